// Fuzzer (of Activation::parse); scripts/fuzz.sh runs it.
#include "fuzz/fuzz_body.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seegrad::fuzz::activation({reinterpret_cast<const char*>(data), size});
  return 0;
}
