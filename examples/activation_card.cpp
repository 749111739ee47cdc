// The property card of an activation: everything that can be said of it by computing.
//
//   ./run.sh activation_card                                    the nine properties of all activations, one line each
//   ./run.sh activation_card --activation gelu                  the card of one: range, kinks, slopes, moments, float32
//   ./run.sh activation_card --activation gelu --at -1,0,2.5    f, f', f'' at these points, by the kernels that train
//   ./run.sh activation_card --activation gelu --out card       the same as card/gelu.{txt,md,json,csv} with a picture
//
// Nothing is looked up: what a card says of a formula typed here is found in the same way as what it says of relu.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "seegrad/observe/speed.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/record/activation_picture.hpp"
#include "seegrad/record/property_table.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;

const train::Example program{"activation_card", "Says of an activation what can be found by computing; without one, compares all."};

struct Wishes {
  std::optional<Activation> activation;
  std::vector<double> at;
  std::string type = "float32", device = "auto";
  std::filesystem::path out;
  bool measure = false, json = false, markdown = false, csv = false, text = false;
};

bool read(int argc, char** argv, Wishes& wishes) {
  train::Flags flags(program);
  flags.group("What");
  flags.parsed("--activation", wishes.activation, "all", "A name, as in leaky_relu(0.2), or a formula", &Activation::parse, "NAME|FORMULA");
  flags.numbers("--at", wishes.at, "Print f, f', f'' at these points instead of the card");
  flags.one_of("--type", wishes.type, {"float32", "float64"}, "Of the numbers, with --at and --measure");
  flags.device(wishes.device);
  flags.toggle("--measure", wishes.measure, "Also measure what an element costs on this machine");
  flags.group("Output");
  flags.toggle("--text", wishes.text, "For a terminal (the usual)");
  flags.toggle("--markdown", wishes.markdown, "As Markdown");
  flags.toggle("--json", wishes.json, "As JSON; NaN and Inf are the strings \"NaN\", \"Infinity\", \"-Infinity\"");
  flags.toggle("--csv", wishes.csv, "As CSV");
  flags.parsed(
      "--out", wishes.out, "none", "Also write card and picture of each activation there",
      [](const std::string& folder) { return folder.empty() ? throw UsageError("needs a folder") : std::filesystem::path(folder); },
      "FOLDER");
  if (!flags.parse(argc, argv)) return false;
  if (wishes.json + wishes.markdown + wishes.csv + wishes.text > 1)
    throw UsageError("--text, --markdown, --json, --csv: one of them at a time");
  if (!wishes.at.empty() && !wishes.activation) throw UsageError("--at needs an --activation");
  if (!wishes.at.empty() && (wishes.markdown || wishes.measure || !wishes.out.empty()))
    throw UsageError("--at goes with --text, --json or --csv alone");
  return true;
}

DType type_of(const Wishes& wishes) { return wishes.type == "float64" ? DType::float64 : DType::float32; }

/// f, f' and f'' as the device's kernels compute them.
records::CurvePoints evaluate(const Activation& f, const Wishes& wishes) {
  const Device device = Device::parse(wishes.device);
  const Tensor x = Tensor::from(wishes.at, {std::int64_t(wishes.at.size())}, {.dtype = type_of(wishes), .device = device});
  const auto values = [&](Derivative derivative) { return apply_formula(f, x, {}, derivative).to_vector(); };
  return {f.to_string(), device.to_string(), wishes.type, x.to_vector(), values({}), values({0}), values({0, 0})};
}

std::string printed(const records::CurvePoints& points, const Wishes& wishes) {
  if (wishes.json) return to_json(points);
  std::string text = wishes.csv ? "x,f,df,d2f\n" : fmt::format("{:>24}{:>26}{:>26}{:>26}\n", "x", "f", "f'", "f''");
  const int digits = wishes.type == "float64" ? 17 : 9;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const char* line = wishes.csv ? "{:.{}g},{:.{}g},{:.{}g},{:.{}g}\n" : "{:>24.{}g}{:>26.{}g}{:>26.{}g}{:>26.{}g}\n";
    text += fmt::format(fmt::runtime(line), points.x[i], digits, points.f[i], digits, points.df[i], digits, points.d2f[i], digits);
  }
  return text;
}

std::string printed(std::span<const records::PropertyCard> cards, const Wishes& wishes) {
  const bool one = wishes.activation.has_value();
  const records::TextStyle style = records::TextStyle::of(stdout);
  if (wishes.json) return one ? to_json(cards.front()) : to_json(cards);
  if (wishes.csv) return one ? cards_csv(cards) : table_csv(cards);
  if (wishes.markdown) return one ? card_markdown(cards.front()) : table_markdown(cards) + "\n" + records::thresholds_markdown();
  return one ? card_text(cards.front(), style) : table_text(cards, style);
}

void write(const records::PropertyCard& card, const std::filesystem::path& folder) {
  const std::string name = records::file_name_of(card.activation.to_string());
  const auto save = [&](const char* ending, std::string_view text) { records::write_whole_file(folder / (name + ending), text); };
  save(".txt", card_text(card, {.unicode = true}));
  save(".md", fmt::format("{}\n![f, f' and f'']({}.svg)\n", card_markdown(card), name));
  save(".json", to_json(card));
  save(".csv", records::cards_csv({&card, 1}));
  const records::Canvas picture = records::activation_picture(card.activation);
  save(".svg", picture.svg());
  save(".png", picture.png());
}

/// Nanoseconds an element, large tensors, all cards in one run.
void measure(std::vector<records::PropertyCard>& cards, const Wishes& wishes) {
  std::vector<Activation> activations;
  for (const records::PropertyCard& card : cards) activations.push_back(card.activation);
  const auto costs = observe::element_costs(activations, {.dtype = type_of(wishes), .device = Device::parse(wishes.device)});
  for (std::size_t i = 0; i < cards.size(); ++i)
    cards[i].measured = {costs[i].forward, costs[i].backward, costs[i].forward_bound, costs[i].backward_bound};
}

int show(const Wishes& wishes) {
  if (!wishes.at.empty()) {
    fmt::print("{}", printed(evaluate(*wishes.activation, wishes), wishes));
    return 0;
  }
  std::vector<records::PropertyCard> cards;
  for (const Activation& f : wishes.activation ? std::vector{*wishes.activation} : Activation::all()) cards.emplace_back(f);
  if (wishes.measure) measure(cards, wishes);
  if (!wishes.out.empty()) {
    std::filesystem::create_directories(wishes.out);
    for (const records::PropertyCard& card : cards) write(card, wishes.out);
    records::write_whole_file(wishes.out / "nine_properties.csv", table_csv(cards));
  }
  fmt::print("{}", printed(cards, wishes));
  return 0;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    return read(argc, argv, wishes) ? show(wishes) : 0;
  });
}

// Expected output of --activation gelu (the head of it):
//
//   gelu: f(x) = x*Phi(x), Phi the normal distribution
//
//   Shape
//     range                  [-0.17, ∞)
//     lowest                 -0.17 at x = -0.7518
//     highest                no bound
//     monotone               no: falls by 0.17 on the way to x = -0.7518
//     curvature              neither
//     symmetry               none
//     smoothness             C2+: no jump up to f''
//
//   Slopes and zeros
//     largest |f'|           1.129 at x = 1.414
//     Lipschitz              1.129
//     saturated              0.0170 of the mass: -∞ < x < -3.022; -0.7786 < x < -0.7262
//     exactly 0              nowhere
//   ...
