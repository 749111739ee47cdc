// Matrix products on the CPU, one thread's share of them.
#pragma once
#include <cstddef>

#include "vector/array_kernels.hpp"

namespace seegrad::cpu {

/// c = a b + bias on the calling thread: oneDNN for float where the library was built with it, the plain packed product otherwise.
/// SEEGRAD_MATMUL=plain in the environment forces the latter.
void multiply(const Product<float>& call);
void multiply(const Product<double>& call);

/// "oneDNN 2.6.3" or "plain"
const char* product_library();

}  // namespace seegrad::cpu
