// The estimate of memory: right for networks that can be counted by hand, and a clear word when the machine is too small.
#include "train/memory_need.hpp"

#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"

namespace seegrad::train {

using Catch::Matchers::Contains;

TEST_CASE("the memory need of a small network is what one counts by hand", "[train][memory]") {
  TrainOptions options;
  options.depth = 2;
  options.width = 10;
  const double parameters = 5 * 10 + 10 + 10 * 10 + 10 + 10 * 3 + 3;
  CHECK(memory_need(options, 5, 3, 7).parameters == parameters * 4 * 2);
  CHECK(memory_need(options, 5, 3, 7).activations == 7 * 4 * (5 + 3 + 2 * 2 * 10));
  options.precision = train::Precision::fp64;
  options.optimizer = optim::OptimizerOptions::parse("adam");
  options.dropout = 0.5;
  CHECK(memory_need(options, 5, 3, 7).parameters == parameters * 8 * 4);
  CHECK(memory_need(options, 5, 3, 7).activations == 7 * 8 * (5 + 3 + 2 * 3 * 10));
  options.depth = 0;
  CHECK(memory_need(options, 5, 3, 7).parameters == (5 * 3 + 3) * 8 * 4);
}

TEST_CASE("a run that cannot fit is refused with the flags and the sizes", "[train][memory]") {
  TrainOptions options;
  options.depth = 1000;
  options.width = 65536;
  const MemoryNeed need = memory_need(options, 784, 10, 64);
  CHECK(need.parameters > 3.4e13);
  CHECK_THROWS_AS(check_memory(need, options, 1e12), UsageError);
  CHECK_THROWS_WITH(check_memory(need, options, 8e9),
                    Contains("--width 65536 --depth 1000 --batch 64: training needs 34.4 TB of memory") && Contains("8.0 GB are there"));
  CHECK_NOTHROW(check_memory(need, options, 1e14));
}

TEST_CASE("the machine has some memory", "[train][memory]") {
  CHECK(physical_memory() > 1e8);
  CHECK(physical_memory() < 1e15);
}

}  // namespace seegrad::train
