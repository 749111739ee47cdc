// The only source that includes the command-line library, which is slow to compile. It splits the line and writes --help; what a
// value may be is decided here and by those who declare flags, so that every wrong one gets the same kind of answer.
#include "seegrad/train/flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

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

bool read_number(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
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

}  // namespace

void refuse(std::string_view flag, std::string_view value, std::string_view reason) {
  // A reason of several lines shows the value itself.
  if (reason.find('\n') != std::string_view::npos) throw UsageError(fmt::format("{}: {}", flag, reason));
  throw UsageError(fmt::format("{} {}: {}", flag, shown(value), reason));
}

double number_in(std::string_view flag, std::string_view text, const Interval& interval) {
  double value = 0;
  const bool read = read_number(text, value) && std::isfinite(value);
  const bool inside = value >= interval.lowest && value <= interval.highest && (value > interval.lowest || interval.lowest_allowed) &&
                      (value < interval.highest || interval.highest_allowed);
  if (!read || !inside) refuse(flag, text, fmt::format("must be {}", interval.words));
  return value;
}

class Flags::CommandLine {
 public:
  explicit CommandLine(const Example& program) : app_(program.description, program.name) {
    app_.set_help_flag("-h,--help", "Show this text");
    app_.get_formatter()->column_width(38);
    app_.allow_extras();
  }

  void group(std::string heading) { group_ = std::move(heading); }
  void footer(const std::string& text) { app_.footer(text); }

  void value(const std::string& flag, const std::string& type, const std::string& usual, const std::string& help, const Take& take) {
    app_.add_option_function<std::string>(
            flag, [flag, take](const std::string& text) { take_value(flag, text, take); }, help)
        ->type_name(type)
        ->default_str(usual)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->group(group_);
    names_.push_back(flag);
  }

  void toggle(const std::string& flag, bool& on, const std::string& help) {
    app_.add_flag(flag, on, help)->group(group_);
    switches_.push_back(flag);
  }

  void rest(std::vector<std::string>& words, const std::string& type, const std::string& help) {
    rest_ = app_.add_option(type, words, help)->type_name("");
  }

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
      const bool several = switches_.size() > 1;
      throw UsageError(fmt::format("{} {} and {} no value; see --help", fmt::join(switches_, " and "),
                                   several ? "are switches" : "is a switch", several ? "take" : "takes"));
    } catch (const CLI::ParseError& error) {
      throw UsageError(error.what());
    }
    refuse_unknown();
    refuse_repeated();
    return true;
  }

 private:
  /// The library takes the next flag for a value when none is given.
  static void take_value(const std::string& flag, const std::string& text, const Take& take) {
    if (text.starts_with("--")) throw UsageError(fmt::format("{}: a value is missing; see --help", flag));
    take(flag, text);
  }

  void refuse_unknown() const {
    std::vector<std::string> rest = app_.remaining();
    if (rest_) rest.erase(std::remove(rest.begin(), rest.end(), "--"), rest.end());
    if (rest.empty()) return;
    const std::string word = rest.front().substr(0, rest.front().find('='));
    if (!word.starts_with('-')) throw UsageError(fmt::format("{}: is not a flag; flags begin with --, see --help", shown(word)));
    std::vector<std::string> known = names_;
    known.insert(known.end(), switches_.begin(), switches_.end());
    known.emplace_back("--help");
    throw UsageError(fmt::format("{}: there is no such flag{}; see --help", shown(word), suggestion(word, known)));
  }

  void refuse_repeated() const {
    for (const CLI::Option* option : app_.get_options())
      if (option != rest_ && option->count() > 1)
        throw UsageError(fmt::format("{}: is given {} times; give it once", option->get_name(), option->count()));
  }

  CLI::App app_;
  std::string group_ = "Flags";
  std::vector<std::string> names_, switches_;
  const CLI::Option* rest_ = nullptr;
};

Flags::Flags(const Example& program) : line_(std::make_unique<CommandLine>(program)) {}
Flags::~Flags() = default;

Flags& Flags::group(std::string heading) {
  line_->group(std::move(heading));
  return *this;
}
Flags& Flags::footer(const std::string& text) {
  line_->footer(text);
  return *this;
}
Flags& Flags::value(const std::string& flag, const std::string& type, const std::string& usual, const std::string& help, const Take& take) {
  line_->value(flag, type, usual, help, take);
  return *this;
}
Flags& Flags::toggle(const std::string& flag, bool& on, const std::string& help) {
  line_->toggle(flag, on, help);
  return *this;
}

Flags& Flags::rest(std::vector<std::string>& words, const std::string& type, const std::string& help) {
  line_->rest(words, type, help);
  return *this;
}

Flags& Flags::number(const std::string& flag, double& number, const Interval& interval, const std::string& help) {
  return value(flag, "X", fmt::format("{}", number), help,
               [&number, interval](const std::string& name, const std::string& text) { number = number_in(name, text, interval); });
}

Flags& Flags::numbers(const std::string& flag, std::vector<double>& list, const std::string& help) {
  return value(flag, "X1,X2,...", "", help, [&list](const std::string& name, const std::string& text) {
    list.clear();
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      const std::string item = text.substr(begin, end - begin);
      double value = 0;
      if (!read_number(item, value))
        refuse(name, text, fmt::format("{} is not a number; write numbers with commas between them, as in -1,0,2.5", shown(item)));
      list.push_back(value);
      begin = end + 1;
    }
  });
}

Flags& Flags::one_of(const std::string& flag, std::string& chosen, const std::vector<std::string>& allowed, const std::string& help) {
  return value(flag, fmt::format("{}", fmt::join(allowed, "|")), chosen, help,
               [&chosen, allowed](const std::string& name, const std::string& text) {
                 if (std::find(allowed.begin(), allowed.end(), text) == allowed.end())
                   refuse(name, text, fmt::format("must be one of {}{}", fmt::join(allowed, ", "), suggestion(text, allowed)));
                 chosen = text;
               });
}

Flags& Flags::text(const std::string& flag, const std::string& type, std::string& text, const std::string& need, const std::string& usual,
                   const std::string& help) {
  return value(flag, type, usual, help, [&text, need](const std::string& name, const std::string& given) {
    if (given.empty()) refuse(name, given, "needs " + need);
    text = given;
  });
}

Flags& Flags::device(std::string& device) {
  return value("--device", "auto|cpu|cuda[:N]", device, "Where to compute",
               [&device](const std::string& name, const std::string& text) { device = device_name(name, text); });
}

Flags& Flags::threads(int& threads) {
  return value("--threads", "N", "one a processor", "Of the CPU", [&threads](const std::string& name, const std::string& text) {
    threads = whole_number_in<int>(name, text, {1, 256});
  });
}

bool Flags::parse(int argc, const char* const* argv) { return line_->parse(argc, argv); }

std::string given_command(int argc, const char* const* argv, const Example& program) {
  std::string line = "./run.sh " + program.name;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool shows = word == "--json" || word == "--csv" || word == "--quiet";
    if (shows || word.starts_with("--out=") || word.starts_with("--threads=")) continue;
    if (word == "--out" || word == "--threads")
      ++i;
    else
      line += word.find_first_of("*()' ;|&<>$\"") == std::string::npos ? " " + word : " '" + word + "'";
  }
  return line;
}

}  // namespace seegrad::train
