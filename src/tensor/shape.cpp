#include "seegrad/tensor/shape.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "seegrad/math/error.hpp"

namespace seegrad {

Shape::Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const std::int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  if (sizes.size() > max_rank) throw Error(fmt::format("shape: {} dimensions, at most {} are possible", sizes.size(), max_rank));
  std::int64_t elements = 1;
  for (std::int64_t size : sizes) {
    if (size < 0) throw Error(fmt::format("shape: size {} is negative", size));
    // A size of 0 counts as 1 here, so that the product of any of the others can be formed too.
    const std::int64_t factor = std::max<std::int64_t>(size, 1);
    if (elements > std::numeric_limits<std::int64_t>::max() / 16 / factor) {
      throw Error(fmt::format("shape [{}]: more elements than memory can address", fmt::join(sizes, ", ")));
    }
    elements *= factor;
  }
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

std::int64_t Shape::count() const { return count(0, rank_); }

std::int64_t Shape::count(int first, int last) const {
  std::int64_t product = 1;
  for (int axis = first; axis < last; ++axis) product *= sizes_[static_cast<std::size_t>(axis)];
  return product;
}

int Shape::normalise(int axis) const {
  const int from_front = axis < 0 ? axis + rank_ : axis;
  if (from_front < 0 || from_front >= rank_) throw Error(fmt::format("axis {} does not exist in shape {}", axis, to_string()));
  return from_front;
}

Shape Shape::without(int axis) const {
  axis = normalise(axis);
  Shape result = *this;
  std::copy(sizes_.begin() + axis + 1, sizes_.begin() + rank_, result.sizes_.begin() + axis);
  --result.rank_;
  result.sizes_[static_cast<std::size_t>(result.rank_)] = 0;
  return result;
}

Shape Shape::with(int axis, std::int64_t size) const {
  if (axis < 0) axis += rank_ + 1;
  if (axis < 0 || axis > rank_) throw Error(fmt::format("axis {} cannot be put into shape {}", axis, to_string()));
  std::array<std::int64_t, max_rank + 1> sizes{};
  std::copy(sizes_.begin(), sizes_.begin() + axis, sizes.begin());
  sizes[static_cast<std::size_t>(axis)] = size;
  std::copy(sizes_.begin() + axis, sizes_.begin() + rank_, sizes.begin() + axis + 1);
  return Shape(std::span(sizes.data(), static_cast<std::size_t>(rank_) + 1));
}

bool Shape::is_suffix_of(const Shape& other) const {
  if (rank_ > other.rank_) return false;
  return std::equal(sizes_.begin(), sizes_.begin() + rank_, other.sizes_.begin() + (other.rank_ - rank_));
}

bool Shape::operator==(const Shape& other) const { return rank_ == other.rank_ && is_suffix_of(other); }

std::string Shape::to_string() const { return fmt::format("[{}]", fmt::join(sizes(), ", ")); }

}  // namespace seegrad
