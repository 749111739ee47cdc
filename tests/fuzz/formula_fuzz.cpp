// Fuzzer (of parse_formula); scripts/fuzz.sh runs it.
#include "fuzz/fuzz_body.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  seegrad::fuzz::formula({reinterpret_cast<const char*>(data), size});
  return 0;
}
