// A picture from anywhere becomes one that a network knows how to read: prepared as the pictures were that it learned from.
//
// A network that has only seen white digits of one size in the middle of a black square takes a photograph of a black digit in a
// corner for something else. How the two well-known data sets were made:
//
//   MNIST           white ink on black; scaled, with grey edges, to fit into 20 x 20 pixels without distortion; put into 28 x 28 so that
//   the
//                   centre of mass of the ink is in the middle (Y. LeCun, C. Cortes, C. Burges, "The MNIST database")
//   Fashion-MNIST   trimmed where it is as the border within 5 %; the longer side scaled to 28 pixels; put into the middle of 28 x 28;
//                   negated (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747, section 2; they also sharpen, which is left out here, and skip
//                   rows and columns where we average)
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "seegrad/data/grey_image.hpp"

namespace seegrad {

enum class Preparation {
  mnist,
  fashion_mnist,
  none,  ///< fitted into the size without distortion, as pictures of an image folder are; otherwise left as it is
};

/// "mnist", "fashion-mnist" or "none"; throws UsageError with the nearest match for anything else.
Preparation parse_preparation(std::string_view text);
std::string_view name_of(Preparation preparation);

/// What fits the data that a network was trained on: mnist for "mnist" and "digits", fashion_mnist for "fashion-mnist", else none. Also
/// none for a picture of the network's size with a dark border, which was prepared already.
Preparation preparation_for(std::string_view data, const GreyImage& picture, std::size_t rows, std::size_t columns);

/// A margin of a seventh (MNIST's 4 of 28 pixels) around the longer side of the ink; its centre of mass is in the middle, unless ink
/// would then be cut off. A picture with a bright border is taken for dark ink on paper. Ink begins a fifth of the way from the border's
/// brightness to that of the strongest ink, which becomes 255. Throws Error for a picture without ink.
GreyImage prepared_digit(const GreyImage& picture, std::size_t rows = 28, std::size_t columns = 28);

/// What differs from the border by more than 5 % of the range, in the middle, as large as it goes. A picture with a bright border is
/// negated. Throws Error when nothing differs.
GreyImage prepared_garment(const GreyImage& picture, std::size_t rows = 28, std::size_t columns = 28);

/// One of the above, or `fitted`.
GreyImage prepared(const GreyImage& picture, Preparation preparation, std::size_t rows, std::size_t columns);

}  // namespace seegrad
