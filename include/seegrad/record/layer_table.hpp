// The table of layers that a terminal shows: one line a layer, with bars on a log scale that make a vanishing gradient a slope
// one can see.
#pragma once
#include <cstdio>
#include <span>
#include <string>

#include "seegrad/observe/layer_statistics.hpp"

namespace seegrad::records {

/// What the reader's terminal can show.
struct TextStyle {
  bool unicode = false;  ///< block characters; else '#'
  bool colour = false;
  /// Unicode where the locale says UTF-8 (LC_ALL, LC_CTYPE or LANG); colour on a terminal unless NO_COLOR is set or TERM is dumb.
  static TextStyle of(std::FILE* stream);
};

/// The table with its head, and under it the line "RMS delta changes by a factor 0.231 a layer on the way back" when there are two
/// hidden layers or more. Lines are at most 112 columns wide and end in '\n'.
std::string layer_table(std::span<const observe::LayerStatistics> layers, TextStyle style);

/// A bar of at most `width` characters: full for `full`, empty for a value `span` powers of ten below it, and for 0 and NaN.
std::string log_bar(double value, double full, int span, int width, bool unicode);

}  // namespace seegrad::records
