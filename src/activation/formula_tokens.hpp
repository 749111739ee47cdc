// The first step of reading a formula: from characters to tokens; and how a message shows the place where a text is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::formula_text {

struct Token {
  enum class Kind { number, name, sign, end };
  Kind kind = Kind::end;
  std::string_view text;     ///< as it stands in the source; of a sign one or two characters
  std::size_t position = 0;  ///< of its first character in the source
  double value = 0;          ///< of a number
};

/// All tokens of the text, the last one of Kind::end. Throws UsageError at the first character that belongs to none.
std::vector<Token> tokens_of(std::string_view source);

/// UsageError: what is wrong; the text around `position` with a caret under it; what to do. Foreign bytes are shown as '?'.
[[noreturn]] void fail(std::string_view source, std::size_t position, std::string_view what, std::string_view hint = {});

/// How a character is called in a message: '@', or byte \xE2.
std::string named(char c);

bool is_letter(char c);
bool is_digit(char c);

}  // namespace seegrad::formula_text
