// The one function that the module shows to the program that opens it.
#include "backend/cuda_entry.hpp"
#include "cuda_backend.hpp"

extern "C" __attribute__((visibility("default"))) const seegrad::cuda::Entry* seegrad_cuda_entry() {
  static const seegrad::cuda::Entry entry{SEEGRAD_MODULE_STAMP,
                                          [](int index) -> seegrad::Backend* { return new seegrad::cuda::CudaBackend(index); }};
  return &entry;
}
