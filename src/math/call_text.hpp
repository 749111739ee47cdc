// Values that are written as a call: "leaky_relu(0.2)", "step(every=10, factor=0.5)". Activations, initialisers, schedules and
// optimisers read and print themselves through this, so that all of them tolerate and refuse the same things in the same words.
#pragma once
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::call_text {

/// Which numbers are allowed; both ends included unless said otherwise.
struct Range {
  double lower = std::numeric_limits<double>::lowest(), upper = std::numeric_limits<double>::max();
  bool above = false;  ///< lower itself is not allowed
  bool below = false;  ///< upper itself is not allowed
  bool whole = false;  ///< integers only
};
inline constexpr Range positive{.lower = 0, .above = true};
inline constexpr Range not_negative{.lower = 0};

/// One parameter: its name, default and range.
struct Form {
  std::string_view name;
  double value = 0;
  Range range = {};
};

/// Throws UsageError "`where`: -1 must be greater than 0" unless the value is in the range (NaN and infinity never are).
void check(std::string_view where, double value, const Range& range);

/// A name and what stands in its brackets.
struct Call {
  std::string name, inside;
};
/// Splits "name(inside)". Throws UsageError, beginning with `what`, when brackets do not match or the name is empty.
Call split(std::string_view what, std::string_view text);
/// Throws UsageError when there are more parameters than the form has.
void check_count(std::string_view where, std::size_t given, std::span<const Form> forms);
/// Reads "0.5, factor=2" by position, then by name; what is not given keeps its default. Throws UsageError.
std::vector<double> read_parameters(std::string_view where, std::string_view inside, std::span<const Form> forms);
/// "name(factor=0.5)": parameters at their defaults are not shown.
std::string print(std::string_view name, std::span<const Form> forms, std::span<const double> values);

/// Letters and digits in lower case: "He-Uniform" and "he_uniform" are one name.
std::string key(std::string_view name);
/// The shortest text that reads back as the same double.
std::string shortest(double value);
/// The text in quotes, without foreign bytes and not endless: fit for a message on a terminal.
std::string quoted(std::string_view text);
/// UsageError "unknown init 'hee' (did you mean 'he'?); known are: ...". Aliases may be meant, but are not listed.
[[noreturn]] void unknown(std::string_view what, std::string_view name, std::span<const std::string> known,
                          std::span<const std::string> aliases);

/// The row of a table whose name, or one of whose aliases (a span of names), is meant.
template <class Table>
const auto& find(std::string_view what, std::string_view name, const Table& table) {
  std::vector<std::string> known, aliases;
  for (const auto& row : table) {
    if (key(row.name) == key(name)) return row;
    known.emplace_back(row.name);
    for (const std::string_view alias : row.aliases) {
      if (key(alias) == key(name)) return row;
      aliases.emplace_back(alias);
    }
  }
  unknown(what, name, known, aliases);
}

}  // namespace seegrad::call_text
