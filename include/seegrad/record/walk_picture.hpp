// The way of two weights in their plane, over lines of equal loss (observe/zigzag.hpp).
#pragma once
#include <string>
#include <vector>

#include "seegrad/observe/zigzag.hpp"
#include "seegrad/record/picture.hpp"

namespace seegrad::records {

struct WalkPicture {
  std::string title{}, subtitle{};
  observe::Walk walk{};
  observe::Pair goal{};
  std::vector<std::vector<observe::Pair>> contours{};
  Colour colour = palette[0];  ///< of the way

  /// A ring at the begin, a disc at the goal. Both lie in a square whose side is 1.6 times their distance; what leaves it is cut off.
  /// Throws Error when goal and begin are one point.
  Canvas draw(double width, double height) const;
};

}  // namespace seegrad::records
