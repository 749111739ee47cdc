// From data to pixels along one axis, and the ticks that people like to read.
#pragma once
#include <string>
#include <vector>

#include "seegrad/record/chart.hpp"

namespace seegrad::records {

class AxisScale {
 public:
  /// From range.low at pixel `from` to range.high at pixel `to`. A range that is empty, reversed, too narrow for its numbers or not
  /// to be shown at that scale is mended.
  AxisScale(Range range, Scale scale, double from, double to);

  /// Whether the axis has a place for the value, inside the range or not.
  bool shows(double value) const;
  /// Its pixel. Values far outside are held near the frame, so that no coordinate becomes too large to draw.
  double pixel(double value) const;
  const Range& range() const { return range_; }

  struct Tick {
    double value = 0;
    std::string label;  ///< empty: a line of the grid without a number
  };
  /// Ticks inside the range, about one every `spacing` pixels.
  std::vector<Tick> ticks(double spacing) const;

 private:
  std::vector<Tick> linear_ticks(double spacing) const;
  std::vector<Tick> decade_ticks(double spacing) const;

  Range range_;
  Scale scale_;
  double from_, to_;
};

/// A number as people write it: with a real minus sign, and 1·10⁶ for 1e+06. `digits` after the point.
std::string number_text(double value, int digits);

/// The shortest text with `digits` significant digits; whole numbers below a million have all of theirs.
std::string short_number(double value, int digits = 3);

}  // namespace seegrad::records
