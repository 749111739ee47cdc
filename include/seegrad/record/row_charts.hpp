// Charts with a row for each name: bars, dots with their spread, a ring for each run. All values are shares, shown as per cent.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad::records {

/// Bars from 0 to 1 below one another, each with its range; a line in bold begins a new group.
struct BarRows {
  struct Bar {
    std::string group{}, label{}, value{};  ///< `value` stands behind the bar
    double length = 0, lowest = 0, highest = 0;
    bool marked = false;  ///< in green
  };
  std::string title{}, subtitle{};
  std::vector<Bar> bars{};

  Canvas draw(double width, double height) const;
};

/// Dots from 0 to 100 %: a row for each name, in it a dot with its spread for each kind that was measured.
struct DotRows {
  struct Dot {
    std::size_t row = 0, kind = 0;
    double middle = 0, spread = 0;  ///< a middle that is not finite is not drawn
  };
  std::string title{}, subtitle{};
  std::vector<std::string> rows{}, kinds{};
  std::vector<Dot> dots{};

  /// As high as its rows need.
  Canvas draw(double width = 500) const;
};

/// A ring for each run, a bar at their mean; the scale runs from the lowest to the highest of all.
struct RingRows {
  struct Row {
    std::string label{};
    std::vector<double> values{};
    bool marked = false;  ///< in another colour
    double mean() const;
  };
  std::string title{}, subtitle{};
  std::vector<Row> rows{};

  Canvas draw(double width, double height) const;
};

}  // namespace seegrad::records
