// The command line of a program: flags that it declares, --help, and one kind of answer to everything that cannot be meant.
//
//     struct Wishes { std::int64_t runs = 50; std::string device = "auto"; bool json = false; };
//
//     int main(int argc, char** argv) {
//       const train::Example program{"activation_speed", "Times activations on large tensors."};
//       return train::guarded_main(program, [&] {
//         Wishes wishes;
//         train::Flags flags(program);
//         flags.group("Measurement").whole("--runs", wishes.runs, {1, 1000000}, "Timed repetitions");
//         flags.group("Machine").device(wishes.device);
//         flags.group("Output").toggle("--json", wishes.json, "Print JSON");
//         return flags.parse(argc, argv) ? measure(wishes) : 0;
//       });
//     }
//
// --help shows as usual value what a variable holds when its flag is declared. A wrong value, an unknown flag (with the nearest
// known one), a flag without its value and a flag that is given twice are a UsageError: guarded_main prints the line and exits with 2.
// So is a word that belongs to no flag, unless rest() says what such words are.
#pragma once
#include <charconv>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include "seegrad/math/error.hpp"

namespace seegrad::train {

/// Who is asking: for --help, the run folder's name and messages.
struct Example {
  std::string name;         ///< "train_mlp"
  std::string description;  ///< one sentence
  bool has_quick = false;   ///< it has a short form, --quick
};

/// The whole numbers that a flag takes, both ends included.
template <class Integer>
struct WholeRange {
  Integer lowest = 0, highest = std::numeric_limits<Integer>::max();
};

/// The numbers that a flag takes.
struct Interval {
  double lowest = 0, highest = std::numeric_limits<double>::max();
  bool lowest_allowed = true, highest_allowed = true;
  std::string_view words;  ///< "must be " ...
};
inline constexpr Interval positive{.lowest_allowed = false, .words = "a number above 0"};
inline constexpr Interval not_negative{.words = "a number of at least 0"};
inline constexpr Interval below_one{.highest = 1, .highest_allowed = false, .words = "a number from 0 up to, not including, 1"};

/// Throws UsageError "FLAG VALUE: REASON", the value shortened to one line; or "FLAG: REASON" when the reason has several lines, for then
/// it shows the value itself.
[[noreturn]] void refuse(std::string_view flag, std::string_view value, std::string_view reason);
/// The number that the text is; refuses everything else.
double number_in(std::string_view flag, std::string_view text, const Interval& interval);
template <class Integer>
Integer whole_number_in(std::string_view flag, std::string_view text, WholeRange<std::type_identity_t<Integer>> range) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < range.lowest || value > range.highest)
    refuse(flag, text, "must be a whole number from " + std::to_string(range.lowest) + " to " + std::to_string(range.highest));
  return value;
}

/// "./run.sh ablation --depths 2,4": the command that was given, but for where it writes and how it shows (--out, --threads, --json, --csv,
/// --quiet).
std::string given_command(int argc, const char* const* argv, const Example& program);

class Flags {
 public:
  /// Reads the text of a flag; `flag` is its name, for refuse().
  using Take = std::function<void(const std::string& flag, const std::string& text)>;

  explicit Flags(const Example& program);
  ~Flags();
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;

  /// Flags that are declared from now on stand under this heading in --help.
  Flags& group(std::string heading);
  /// What --help ends with.
  Flags& footer(const std::string& text);

  // Variables must live until parse() has returned.

  /// Any flag with a value; `type` stands for the value in --help, `usual` is what it is when the flag is not given.
  Flags& value(const std::string& flag, const std::string& type, const std::string& usual, const std::string& help, const Take& take);
  /// A switch.
  Flags& toggle(const std::string& flag, bool& on, const std::string& help);
  template <class Integer>
  Flags& whole(const std::string& flag, Integer& number, WholeRange<std::type_identity_t<Integer>> range, const std::string& help,
               const std::string& type = "N") {
    return value(flag, type, std::to_string(number), help, [&number, range](const std::string& name, const std::string& text) {
      number = whole_number_in<Integer>(name, text, range);
    });
  }
  Flags& number(const std::string& flag, double& number, const Interval& interval, const std::string& help);
  /// Numbers with commas between them, among them inf and nan.
  Flags& numbers(const std::string& flag, std::vector<double>& list, const std::string& help);
  Flags& one_of(const std::string& flag, std::string& chosen, const std::vector<std::string>& allowed, const std::string& help);
  /// A file or folder name, or another text that must not be empty; `need` says what ("a folder").
  Flags& text(const std::string& flag, const std::string& type, std::string& text, const std::string& need, const std::string& usual,
              const std::string& help);
  /// --device auto|cpu|cuda[:N]
  Flags& device(std::string& device);
  /// --threads N; 0, which cannot be asked for, means one for each processor.
  Flags& threads(int& threads);
  /// The words that belong to no flag, in their order, as in `report RUN RUN --out FILE`; `type` stands for each in --help ("RUN").
  /// Those behind a lone "--" may begin with a dash. How many there must be is for the program to say. Declared once at most.
  Flags& rest(std::vector<std::string>& words, const std::string& type, const std::string& help);
  /// A value that reads itself and throws UsageError when it cannot, as Activation::parse does: its message follows flag and text.
  template <class Target, class Read>
  Flags& parsed(const std::string& flag, Target& target, const std::string& usual, const std::string& help, Read read,
                const std::string& type = "NAME") {
    return value(flag, type, usual, help, [&target, read](const std::string& name, const std::string& text) {
      try {
        target = read(text);
      } catch (const UsageError& error) {
        refuse(name, text, error.what());
      }
    });
  }

  /// Reads the command line into the variables. False after --help, whose text it has printed. Throws UsageError.
  bool parse(int argc, const char* const* argv);

 private:
  class CommandLine;
  std::unique_ptr<CommandLine> line_;
};

}  // namespace seegrad::train
