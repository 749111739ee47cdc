// The only source that includes the command-line library, which is slow to compile. It splits the line and writes --help; what a
// value may be is decided here, so that every wrong one gets the same kind of answer.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {
namespace {

/// A value as it may stand in a message: on one line, and not endless.
std::string shown(std::string_view value) {
  constexpr std::size_t longest = 80;
  std::string text;
  for (const char c : value.substr(0, longest)) text += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  if (value.size() > longest) text += "...";
  return text.empty() ? "''" : text;
}

[[noreturn]] void refuse(std::string_view flag, std::string_view value, std::string_view reason) {
  throw UsageError(fmt::format("{} {}: {}", flag, shown(value), reason));
}

template <class Integer>
Integer whole_number(std::string_view flag, std::string_view text, Integer lowest, Integer highest) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < lowest || value > highest)
    refuse(flag, text, fmt::format("must be a whole number from {} to {}", lowest, highest));
  return value;
}

struct Interval {
  double lowest = 0, highest = std::numeric_limits<double>::max();
  bool lowest_allowed = true, highest_allowed = true;
  std::string_view words;  ///< "must be " ...
};

double number(std::string_view flag, std::string_view text, const Interval& interval) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool read = error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
  const bool inside = value >= interval.lowest && value <= interval.highest && (value > interval.lowest || interval.lowest_allowed) &&
                      (value < interval.highest || interval.highest_allowed);
  if (!read || !inside) refuse(flag, text, fmt::format("must be {}", interval.words));
  return value;
}

constexpr Interval positive{.lowest_allowed = false, .words = "a number above 0"};
constexpr Interval not_negative{.words = "a number of at least 0"};
constexpr Interval below_one{.highest = 1, .highest_allowed = false, .words = "a number from 0 up to, not including, 1"};

/// A value that knows how to read itself: its own message follows the flag and the text.
template <class Read>
auto parsed(std::string_view flag, const std::string& text, Read read) {
  try {
    return read(text);
  } catch (const UsageError& error) {
    refuse(flag, text, error.what());
  }
}

std::string one_of(std::string_view flag, const std::string& text, const std::vector<std::string>& allowed) {
  if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return text;
  refuse(flag, text, fmt::format("must be one of {}{}", fmt::join(allowed, ", "), suggestion(text, allowed)));
}

std::string device_name(std::string_view flag, const std::string& text) {
  const std::string_view index = std::string_view(text).substr(std::min<std::size_t>(5, text.size()));
  const bool numbered = text.starts_with("cuda:") && !index.empty() && index.size() <= 3 &&
                        std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (numbered || text == "auto" || text == "cpu" || text == "cuda") return text;
  refuse(flag, text,
         fmt::format("must be auto, cpu, cuda or cuda:N with a number N{}",
                     suggestion(text, std::vector<std::string>{"auto", "cpu", "cuda"})));
}

DType precision_of(std::string_view flag, const std::string& text) {
  return one_of(flag, text, {"fp32", "fp64"}) == "fp64" ? DType::float64 : DType::float32;
}

/// The flags of one command line, bound to the options that they fill.
class Flags {
 public:
  Flags(const Example& example, TrainOptions& options) : o_(options), app_(example.description, example.name) {
    app_.set_help_flag("-h,--help", "Show this text");
    app_.get_formatter()->column_width(38);
    app_.allow_extras();
    add_network();
    add_training();
    add_data();
    add_output();
    app_.footer(
        fmt::format("Examples:\n  {0} --activation gelu --depth 8 --init auto\n"
                    "  {0} --activation sigmoid --depth 10 --init xavier     gradients vanish\n"
                    "  {0} --optimizer adam --lr 0.03 --depth 4              units die\n"
                    "  {0} --data digits --train-samples 5000 --log-every 1  every step in layers.csv",
                    example.name));
  }

  /// False after --help.
  bool parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      fmt::print("{}", app_.help());
      return false;
    } catch (const CLI::ArgumentMismatch& error) {
      const std::string text = error.what();
      throw UsageError(fmt::format("{}: a value is missing; see --help", text.substr(0, text.find(':'))));
    } catch (const CLI::ConversionError&) {  // all values are text to the library: only a switch can fail to convert
      throw UsageError("--quiet and --json are switches and take no value; see --help");
    } catch (const CLI::ParseError& error) {
      throw UsageError(error.what());
    }
    refuse_unknown();
    refuse_repeated();
    return true;
  }

 private:
  /// A flag with a value; `take` reads the text, and is given the flag's name for its messages.
  template <class Take>
  void add(const std::string& group, const std::string& flag, const std::string& type, const std::string& usual, const std::string& help,
           Take take) {
    app_.add_option_function<std::string>(
            flag, [flag, take](const std::string& text) { take_value(flag, text, take); }, help)
        ->type_name(type)
        ->default_str(usual)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->group(group);
    names_.push_back(flag);
  }

  /// The library takes the next flag for a value when none is given.
  template <class Take>
  static void take_value(const std::string& flag, const std::string& text, const Take& take) {
    if (text.starts_with("--")) throw UsageError(fmt::format("{}: a value is missing; see --help", flag));
    take(flag, text);
  }

  template <class Integer>
  void add_whole(const std::string& group, const std::string& flag, Integer& value, Integer lowest, Integer highest,
                 const std::string& help, const std::string& type = "N") {
    add(group, flag, type, fmt::format("{}", value), help, [&value, lowest, highest](const std::string& name, const std::string& text) {
      value = whole_number<Integer>(name, text, lowest, highest);
    });
  }

  template <class Target>
  void add_number(const std::string& group, const std::string& flag, Target& value, const std::string& usual, Interval interval,
                  const std::string& help) {
    add(group, flag, "X", usual, help,
        [&value, interval](const std::string& name, const std::string& text) { value = number(name, text, interval); });
  }

  template <class Target, class Read>
  void add_parsed(const std::string& group, const std::string& flag, Target& value, const std::string& usual, const std::string& help,
                  Read read) {
    add(group, flag, "NAME", usual, help,
        [&value, read](const std::string& name, const std::string& text) { value = parsed(name, text, read); });
  }

  void add_network() {
    const std::string group = "Network";
    std::vector<std::string> names;
    for (const Activation& f : Activation::all()) names.emplace_back(f.name());
    add_parsed(group, "--activation", o_.activation, o_.activation.to_string(),
               fmt::format("{}; with parameters: leaky_relu(0.2)", fmt::join(names, ", ")), &Activation::parse);
    add_whole<std::int64_t>(group, "--depth", o_.depth, 0, 1000, "Hidden layers");
    add_whole<std::int64_t>(group, "--width", o_.width, 1, 65536, "Units of each hidden layer");
    names.clear();
    for (const nn::Initializer& rule : nn::Initializer::all()) names.emplace_back(rule.name());
    add_parsed(group, "--init", o_.init, o_.init.to_string(), fmt::format("How weights begin: {}", fmt::join(names, ", ")),
               &nn::Initializer::parse);
    add_parsed(group, "--normalisation", o_.normalisation, std::string(nn::name_of(o_.normalisation)), "none, batch or layer",
               &nn::parse_normalisation);
    add_number(group, "--dropout", o_.dropout, fmt::format("{}", o_.dropout), below_one, "Share of the activations set to 0 in training");
  }

  void add_training() {
    const std::string group = "Training";
    add_parsed(group, "--optimizer", o_.optimizer, o_.optimizer.to_string(), fmt::format("{}", fmt::join(optim::optimizer_names(), ", ")),
               &optim::OptimizerOptions::parse);
    const std::string usual_rate = o_.learning_rate ? fmt::format("{}", *o_.learning_rate) : fmt::format("{}", o_.optimizer.learning_rate);
    add_number(group, "--lr", o_.learning_rate, usual_rate, positive, "Learning rate; other optimisers have their own usual one");
    add_number(group, "--momentum", o_.momentum, fmt::format("{}", o_.optimizer.momentum), below_one, "Of sgd and rmsprop");
    add_number(group, "--weight-decay", o_.weight_decay, fmt::format("{}", o_.optimizer.weight_decay), not_negative,
               "Pull of weights towards 0");
    add_parsed(group, "--schedule", o_.schedule, o_.schedule.to_string(), "constant, step(every, factor) in epochs, cosine",
               &optim::Schedule::parse);
    add_whole<std::int64_t>(group, "--warmup", o_.warmup, 0, 1000000000, "Steps in which the learning rate rises", "STEPS");
    add_number(group, "--clip", o_.clip, fmt::format("{}", o_.clip), not_negative, "Longest gradient, all layers together; 0 is off");
    add_whole<std::int64_t>(group, "--batch", o_.batch, 1, 1000000, "Samples a step");
    add_whole<std::int64_t>(group, "--epochs", o_.epochs, 1, 1000000, "Passes over the training samples");
  }

  void add_data() {
    const std::string group = "Data and machine";
    add(group, "--data", "NAME|FOLDER", o_.data, "auto, fashion-mnist, mnist, digits, or a folder with four IDX files",
        [this](const std::string& name, const std::string& text) {
          text.empty() ? refuse(name, text, "needs a name or a folder") : void(o_.data = text);
        });
    add(group, "--train-samples", "N", "all", "Use the first N training samples", [this](const std::string& name, const std::string& text) {
      o_.train_samples = whole_number<std::int64_t>(name, text, 1, std::numeric_limits<std::int32_t>::max());
    });
    add_whole<std::uint64_t>(group, "--seed", o_.seed, 0, std::numeric_limits<std::uint64_t>::max(), "Equal seeds give equal runs");
    add(group, "--device", "auto|cpu|cuda[:N]", o_.device, "Where to compute",
        [this](const std::string& name, const std::string& text) { o_.device = device_name(name, text); });
    add(group, "--precision", "fp32|fp64", o_.precision == DType::float64 ? "fp64" : "fp32", "Of all numbers",
        [this](const std::string& name, const std::string& text) { o_.precision = precision_of(name, text); });
    add(group, "--threads", "N", "one a processor", "Of the CPU",
        [this](const std::string& name, const std::string& text) { o_.threads = whole_number<int>(name, text, 1, 256); });
  }

  void add_output() {
    const std::string group = "Output";
    add(group, "--out", "FOLDER", "runs/<time>-...", "Where the run is recorded", [this](const std::string& name, const std::string& text) {
      text.empty() ? refuse(name, text, "needs a folder") : void(o_.out = text);
    });
    add_whole<std::int64_t>(group, "--log-every", o_.log_every, 1, 1000000000, "Steps between two rows of steps.csv", "STEPS");
    app_.add_flag("--quiet", o_.quiet, "Only the result and the folder")->group(group);
    app_.add_flag("--json", o_.json, "Only the summary, as JSON")->group(group);
    for (const char* flag : {"--quiet", "--json", "--help"}) names_.emplace_back(flag);
  }

  void refuse_unknown() const {
    const std::vector<std::string> rest = app_.remaining();
    if (rest.empty()) return;
    const std::string word = rest.front().substr(0, rest.front().find('='));
    if (!word.starts_with('-')) throw UsageError(fmt::format("{}: is not a flag; flags begin with --, see --help", shown(word)));
    throw UsageError(fmt::format("{}: there is no such flag{}; see --help", shown(word), suggestion(word, names_)));
  }

  void refuse_repeated() const {
    for (const CLI::Option* option : app_.get_options())
      if (option->count() > 1) throw UsageError(fmt::format("{}: is given {} times; give it once", option->get_name(), option->count()));
  }

  TrainOptions& o_;
  CLI::App app_;
  std::vector<std::string> names_;
};

}  // namespace

std::optional<TrainOptions> parse_flags(int argc, const char* const* argv, const Example& example, TrainOptions options) {
  Flags flags(example, options);
  if (!flags.parse(argc, argv)) return std::nullopt;
  static_cast<void>(options.optimizer_options());  // refuses what does not go together
  return options;
}

}  // namespace seegrad::train
