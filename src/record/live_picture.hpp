// The words and bars of the live view, without the terminal: from what is known to lines of text.
#pragma once
#include <string>
#include <vector>

#include "seegrad/record/live_view.hpp"

namespace seegrad::records {

/// The picture: fewer lines than the terminal has rows, because the cursor stands below, and fewer columns, because some terminals go
/// to the next line by themselves after the last one. Layers that have no place are counted.
std::vector<std::string> live_picture(const LiveState& state, ScreenSize screen);

/// "step 470/9380 epoch 1/10 loss 0.412 accuracy 0.86 | delta 1: 8.6e-04 ... 11: 4.8e-03 | dead 0 %"
std::string plain_line(const LiveState& state);

/// "step 470: the loss is nan, first in layer 3 (delta)"
std::string not_finite_line(const observe::NotFinite& found);

}  // namespace seegrad::records
