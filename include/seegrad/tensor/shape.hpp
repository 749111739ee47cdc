// The shape of a dense array: sizes from the outermost dimension to the innermost, which is contiguous in memory.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace seegrad {

/// Sizes of up to six dimensions, kept inline. A shape of rank 0 is a scalar and has one element.
class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> sizes);
  explicit Shape(std::span<const std::int64_t> sizes);

  int rank() const { return rank_; }
  /// Size of one dimension; negative axes count from the end. Throws Error for an axis the shape does not have.
  std::int64_t operator[](int axis) const { return sizes_[static_cast<std::size_t>(normalise(axis))]; }
  /// Number of elements.
  std::int64_t count() const;
  std::span<const std::int64_t> sizes() const { return {sizes_.data(), static_cast<std::size_t>(rank_)}; }

  /// The axis counted from the front. Throws Error for an axis the shape does not have.
  int normalise(int axis) const;
  /// Product of the sizes of the dimensions [first, last).
  std::int64_t count(int first, int last) const;

  /// The same shape with one dimension taken out, or put in before `axis`.
  Shape without(int axis) const;
  Shape with(int axis, std::int64_t size) const;
  /// True when these are the last dimensions of `other`, so that this array repeats over the leading ones.
  bool is_suffix_of(const Shape& other) const;

  bool operator==(const Shape& other) const;
  /// "[128, 784]"
  std::string to_string() const;

 private:
  std::array<std::int64_t, max_rank> sizes_{};
  int rank_ = 0;
};

}  // namespace seegrad
