// One array in a file, as numpy.load() reads it: NumPy's .npy format, version 1.0, row-major.
#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad::records {

/// What stands before the numbers: a Python dictionary as text, and before it a magic number and its own length.
std::string npy_header(DType dtype, const Shape& shape);

/// Numbers of a type that tensors have, as bytes on the host. Throws Error when they do not fit the shape, or when the file cannot be
/// written; it is written as a whole or not at all.
void write_npy(const std::filesystem::path& path, DType dtype, const Shape& shape, std::span<const std::byte> bytes);

/// A tensor on any device.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

template <class T>
requires std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t>
void write_npy(const std::filesystem::path& path, const Shape& shape, std::span<const T> values) {
  write_npy(path, dtype_of<T>(), shape, std::as_bytes(values));
}

}  // namespace seegrad::records
