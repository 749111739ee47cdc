// What does a network say of your own picture? Shows what it sees of it, and how sure it is of each class.
//
//   ./run.sh train_mlp --data digits --epochs 3 --out runs/digits            a network that knows digits
//   ./run.sh predict my_digit.png photo.jpg --model runs/digits              what it makes of these
//   ./run.sh predict shoe.jpg --model runs/fashion --prepare fashion-mnist
//
// A network knows only pictures like those that it learned from. So a photograph of a black digit in a corner is first made into a white
// one in the middle of a small black square, as the data set was made: --prepare. Try --prepare none to see what becomes of it without.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "seegrad/data/digit_picture.hpp"
#include "seegrad/data/image_file.hpp"
#include "seegrad/ops/softmax.hpp"
#include "seegrad/record/prediction_text.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/model_file.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;

const train::Example program{"predict", "Says what a trained network takes pictures for (PNG, JPEG, BMP), and shows what it sees of them."};

struct Wishes {
  std::vector<std::string> pictures;
  std::string model, device = "auto";
  std::optional<Preparation> prepare;  // none: what fits the model's data
  bool json = false;
};

bool read(int argc, char** argv, Wishes& wishes) {
  train::Flags flags(program);
  flags.group("What");
  flags.rest(wishes.pictures, "IMAGE", "Picture files");
  flags.text("--model", "RUN|FILE", wishes.model, "the folder of a run or a .safetensors file", "",
             "A run's folder, or its model.safetensors");
  flags.parsed(
      "--prepare", wishes.prepare, "auto",
      "As for which data: mnist, fashion-mnist, none (only the size), auto (what the model learned from)",
      [](const std::string& text) { return text == "auto" ? std::nullopt : std::optional(parse_preparation(text)); },
      "auto|mnist|fashion-mnist|none");
  flags.device(wishes.device);
  flags.group("Output").toggle("--json", wishes.json, "As JSON: an array with an object for each picture");
  if (!flags.parse(argc, argv)) return false;
  if (wishes.pictures.empty()) throw UsageError("no picture is given; name one or several files");
  if (wishes.model.empty()) throw UsageError("--model: is missing; give the folder of a run, such as ./run.sh --out runs/mine leaves");
  return true;
}

/// What the network saw of a picture, and its probability for each class.
struct Answer {
  Preparation preparation = Preparation::none;
  GreyImage seen;
  std::vector<double> scores;
  std::size_t best = 0;
};

Answer ask(train::SavedModel& model, const std::string& file, const Wishes& wishes, Device device) {
  const auto rows = static_cast<std::size_t>(model.rows), columns = static_cast<std::size_t>(model.columns);
  const GreyImage picture = read_image(file);
  Answer answer;
  answer.preparation = wishes.prepare.value_or(preparation_for(model.data, picture, rows, columns));
  try {
    answer.seen = prepared(picture, answer.preparation, rows, columns);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file, error.what()));
  }
  std::vector<double> inputs;
  for (const std::uint8_t pixel : answer.seen.pixels) inputs.push_back(pixel * model.scaling.scale + model.scaling.shift);

  const NoGrad no_tape;
  const Tensor logits = model.network(Tensor::from(inputs, {1, model.rows * model.columns}, {.device = device}));
  answer.scores = softmax(logits).to_vector();
  answer.best = static_cast<std::size_t>(std::max_element(answer.scores.begin(), answer.scores.end()) - answer.scores.begin());
  if (std::isnan(answer.scores[0])) throw Error(fmt::format("{}: the network's answer is NaN: its training had diverged", file));
  return answer;
}

std::string as_text(const std::string& file, const Answer& answer, std::span<const std::string> classes) {
  constexpr std::size_t side = 28, most_classes = 10;
  const records::TextStyle style = records::TextStyle::of(stdout);
  const bool small = std::max(answer.seen.rows, answer.seen.columns) <= 2 * side;
  const GreyImage shown = small ? answer.seen : fitted(answer.seen, side, side);
  std::vector<std::string> words{fmt::format("prepared: {}", name_of(answer.preparation)), ""};
  for (std::string& line : score_bars(classes, answer.scores, most_classes, style)) words.push_back(std::move(line));
  return fmt::format("{}: {}, {:.1f} %\n{}", file, classes[answer.best], 100 * answer.scores[answer.best],
                     records::beside(records::grey_picture(shown.pixels, shown.rows, shown.columns, style), shown.columns, words));
}

std::string as_json(const std::string& file, const Answer& answer, std::span<const std::string> classes) {
  records::Settings scores;
  for (std::size_t i = 0; i < classes.size(); ++i) scores.push_back({classes[i], answer.scores[i]});
  return records::to_json({{"file", file},
                           {"class", classes[answer.best]},
                           {"score", answer.scores[answer.best]},
                           {"prepared", std::string(name_of(answer.preparation))},
                           {"scores", scores}});
}

int predict(const Wishes& wishes) {
  const Device device = Device::parse(wishes.device);
  train::SavedModel model = train::load_model(wishes.model, {.device = device});
  int code = 0;
  std::string_view separator = wishes.json ? "[\n" : "";
  for (const std::string& file : wishes.pictures) {
    std::string said;
    try {
      const Answer answer = ask(model, file, wishes, device);
      said = wishes.json ? as_json(file, answer, model.classes) : as_text(file, answer, model.classes);
    } catch (const Error& error) {  // the next picture may be better
      code = 1;
      fmt::print(stderr, "{}: {}\n", program.name, error.what());
      if (!wishes.json) continue;
      said = records::to_json({{"file", file}, {"error", std::string(error.what())}});
    }
    fmt::print("{}{}", separator, said);
    separator = wishes.json ? ",\n" : "\n";
  }
  if (wishes.json) fmt::print("]\n");
  return code;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    return read(argc, argv, wishes) ? predict(wishes) : 0;
  });
}

// Expected output, of a 7 in dark ink in a corner of a sheet of 300 x 260 pixels (--data digits, 3 epochs, a terminal without colours):
//
//   my_digit.png: 7, 100.0 %
//                                 prepared: mnist
//
//                                 > 7  ████████████████████ 100.0 %
//                                   2                         0.0 %
//           ████████████            9                         0.0 %
//           ██▀      ██▀            3                         0.0 %
//            ▀     ▄██▀             1                         0.0 %
//                 ▄██▀              8                         0.0 %
//                ▄██                0                         0.0 %
//               ▄██                 5                         0.0 %
//              ▄██                  4                         0.0 %
//              ██                   6                         0.0 %
//              ██
//
// With --prepare none the same picture is a small grey 7 on white, and the network says 8, and is 90 % sure of it: a network that is asked
// something that it does not know does not say so.
