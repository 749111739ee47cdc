#include "terminal_text.hpp"

#include <algorithm>

#include "utf8.hpp"

namespace seegrad::records {
namespace {

constexpr std::string_view plain = "\033[0m";

/// Takes an escape sequence or a character off the line; true when it was a character.
bool take(std::string_view& line) {
  if (!line.starts_with("\033[")) {
    next_character(line);
    return true;
  }
  const auto last = std::find_if(line.begin() + 2, line.end(), [](char c) { return c >= '@' && c <= '~'; });
  line.remove_prefix(static_cast<std::size_t>(last - line.begin()) + (last != line.end()));
  return false;
}

/// Above U+10FF stand wide characters, among others; combining marks take no column.
bool takes_one_column(char32_t c, bool unicode) {
  if (c < 0x7f) return c >= ' ';
  return unicode && c >= 0xa0 && c < 0x1100 && !(c >= 0x300 && c < 0x370);
}

}  // namespace

std::string painted(std::string text, std::string_view colour, bool on) {
  if (!on || colour.empty()) return text;
  return std::string(colour) + text + std::string(plain);
}

int columns_of(std::string_view line) {
  int columns = 0;
  while (!line.empty()) columns += take(line);
  return columns;
}

std::string cut(std::string_view line, int width) {
  std::string_view rest = line;
  int columns = 0;
  while (!rest.empty() && columns + (rest.front() != '\033') <= width) columns += take(rest);
  std::string kept(line.substr(0, line.size() - rest.size()));
  if (!rest.empty() && kept.find('\033') != std::string::npos) kept += plain;
  while (!kept.empty() && kept.back() == ' ') kept.pop_back();
  return kept;
}

std::string harmless(std::string_view text, bool unicode) {
  std::string clean;
  while (!text.empty()) {
    const char32_t c = next_character(text);
    append_utf8(clean, takes_one_column(c, unicode) ? c : U'?');
  }
  return clean;
}

}  // namespace seegrad::records
