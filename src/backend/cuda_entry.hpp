// What the module and the program that opens it have agreed on: one function with a C name, and a stamp that tells whether both were
// built from the same headers by the same compiler. Without it a stale module would be called through the wrong table.
#pragma once
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

struct Entry {
  const char* stamp;
  /// A new backend for the GPU. Throws Error.
  Backend* (*make)(int index);
};

/// `extern "C" const Entry* seegrad_cuda_entry()`
using EntryFunction = const Entry* (*)();
inline constexpr const char* entry_name = "seegrad_cuda_entry";
inline constexpr const char* module_name = "libseegrad_cuda.so";

}  // namespace seegrad::cuda
