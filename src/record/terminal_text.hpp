// Text for a terminal, measured in columns: colours take none, and a character of several bytes takes one.
#pragma once
#include <string>
#include <string_view>

namespace seegrad::records {

/// In the colour, which is an escape sequence; unchanged when the colour is empty or `on` is false.
std::string painted(std::string text, std::string_view colour, bool on);

/// The columns that a line takes. Escape sequences (ESC [ ... letter) take none.
int columns_of(std::string_view line);

/// The first `width` columns, with colours ended where something was cut, and without blanks at the end.
std::string cut(std::string_view line, int width);

/// A user's own text as it may stand in a picture: what is no printable character of one column becomes '?', and so does, without
/// Unicode, whatever is not ASCII.
std::string harmless(std::string_view text, bool unicode);

}  // namespace seegrad::records
