// Digits that are drawn, not downloaded: images to learn from on a machine that has no network and no data set.
//
// Each of the ten digits has several ways of being written, as strokes of straight lines and Bezier curves. A sample moves
// their control points a little, turns, scales, shears and shifts the strokes, bends them by a smooth random displacement
// (Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document analysis",
// ICDAR 2003; the noise is smoothed by a cubic B-spline where they use a Gaussian), and paints them with a pen of random width.
// Only additions, multiplications, divisions and square roots are used: the bytes are the same with every compiler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "seegrad/data/dataset.hpp"

namespace seegrad {

/// Generated images are 28 x 28 pixels, white (255) on black (0), as in MNIST.
inline constexpr std::size_t digit_side = 28;

/// Paints sample number `index` of `seed` into 784 pixels and returns its label, 0 to 9. A pure function of its arguments.
/// Throws Error when `pixels` has another size.
std::uint8_t draw_digit(std::uint64_t seed, std::uint64_t index, std::span<std::uint8_t> pixels);

/// Samples first .. first + count - 1 of `seed`. Uses all processors; the result does not depend on how many.
Images generate_digits(std::size_t count, std::uint64_t seed = 1, std::uint64_t first = 0);

/// A whole data set: the training part begins at sample 0, the test part at sample 2^40 of `seed`.
Dataset digits_dataset(std::size_t train_count = 60000, std::size_t test_count = 10000, std::uint64_t seed = 1);

}  // namespace seegrad
