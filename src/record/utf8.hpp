// UTF-8, one character at a time. Whatever is not valid becomes U+FFFD, one for each wrong byte, and never stops a picture.
#pragma once
#include <string>
#include <string_view>

namespace seegrad::records {

/// Takes the first character off `text`, which must not be empty.
inline char32_t next_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  static constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  char32_t c = length == 1 ? first : first & (0xffu >> (length + 1));
  bool valid = first < 0x80 || (first >= 0xc2 && first < 0xf5 && text.size() >= length);
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(i) & 0xc0) == 0x80;
    c = c << 6 | (byte(i) & 0x3fu);
  }
  valid = valid && c >= smallest[length] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
  text.remove_prefix(valid ? length : 1);
  return valid ? c : U'\ufffd';
}

inline void append_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3f));
    }
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

}  // namespace seegrad::records
