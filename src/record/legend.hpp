// Which mark of a chart is which: a row above the frame, or several where one is too short. There it never hides data.
#pragma once
#include <string>
#include <vector>

#include "seegrad/record/chart.hpp"

namespace seegrad::records {

class Legend {
 public:
  /// The marks must outlive the legend; those without a label are not in it.
  Legend(const std::vector<Chart::Mark>& marks, double width);

  double height() const;
  void draw(Canvas& sheet, Point corner) const;

 private:
  struct Entry {
    const Chart::Mark* mark;
    std::string label;
    double x;
    int row;
  };

  int rows_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace seegrad::records
