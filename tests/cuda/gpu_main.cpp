// The program of the tests that need a GPU. Without one it says why and exits with 77, which CTest takes for "skipped".
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdio>

#include "backend/cuda_door.hpp"
#include "seegrad/math/error.hpp"

int main(int argc, char** argv) {
  constexpr int skipped = 77;
  try {
    std::printf("%s\n", seegrad::cuda::backend(0).description().c_str());
  } catch (const seegrad::Error& error) {
    std::printf("skipped: %s\n", error.what());
    return skipped;
  }
  return Catch::Session().run(argc, argv);
}
