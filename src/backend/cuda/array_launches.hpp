// The backend's doors for arrays, as launches: fill, arithmetic, copies, rows by index, transpose, random numbers. Views and meaning are
// those of tensor/backend.hpp.
#pragma once
#include <cstdint>

#include "backend/cuda/launch.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

void fill(const Launch& launch, Array y, double value);
void binary(const Launch& launch, BinaryOp op, ConstArray a, ConstArray b, Array y);
void expand(const Launch& launch, ConstArray x, Array y);
void transpose(const Launch& launch, ConstArray x, Array y);
void copy_columns(const Launch& launch, ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count);
void gather_rows(const Launch& launch, ConstArray x, ConstArray indices, Array y);
void scatter_add_rows(const Launch& launch, ConstArray x, ConstArray indices, Array y);
void dropout_mask(const Launch& launch, Array y, double keep, std::uint64_t seed, std::uint64_t stream);
void fill_uniform(const Launch& launch, Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream);
/// `alive` lies on the device: one byte for each of x's columns.
void mark_alive(const Launch& launch, ConstArray x, std::uint8_t* alive, std::int64_t columns);

}  // namespace seegrad::cuda
