// Every op of the table that the laws of tests/ops run over: the same result, gradients and gradients' gradients on both devices.
#include <catch2/catch.hpp>

#include "compare.hpp"
#include "ops/op_table.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad::testing {
namespace {

std::vector<Tensor> inputs_on(Device device, const OpCase& c, DType dtype) {
  std::vector<Tensor> result;
  for (const Tensor& input : c.inputs) {
    result.push_back(tensor_on(device, input.to_vector(), input.shape(), dtype));
    result.back().requires_grad(c.differentiable);
  }
  return result;
}

/// The result; the gradients of sum(result^2); and, when asked, the gradients of the sum of their squares.
std::vector<Numbers> all_of(const OpCase& c, Device device, DType dtype, bool second_order) {
  const std::vector<Tensor> inputs = inputs_on(device, c, dtype);
  const Tensor y = c.call(inputs);
  std::vector<Numbers> values{y.to_vector()};
  if (!c.differentiable) return values;
  const std::vector<Tensor> first = gradients(sum(y * y), inputs, {.differentiable = second_order});
  for (const Tensor& g : first) values.push_back(g.to_vector());
  if (!second_order) return values;
  Tensor total = Tensor::scalar(0, {dtype, device});
  for (const Tensor& g : first) total = total + sum(g * g);
  if (!total.requires_grad()) return values;
  for (const Tensor& g : gradients(total, inputs)) values.push_back(g.to_vector());
  return values;
}

}  // namespace

// Inputs are a handful of numbers around 1. In float32 the same 4e-6 (32 epsilons) of the array's size are allowed as between float32
// and float64 on the CPU (op_laws_test.cpp); in float64 as many of its epsilons, and for the gradients' gradients, which the steepest
// wave of the catalogue multiplies by 27000 and more, relative to their own size.
TEST_CASE("every op and its gradients are the same on both devices", "[gpu][ops]") {
  std::size_t compared = 0;
  for (const OpCase& c : op_table()) {
    if (c.inputs.empty()) continue;  // it makes numbers of its own: see random_gpu_test.cpp
    INFO(c.op << ", " << c.what);
    const auto same = [&](DType dtype, bool second_order) {
      return differences_in_size(all_of(c, cpu_device, dtype, second_order), all_of(c, gpu_device, dtype, second_order), dtype, 32, 1);
    };
    CHECK(same(DType::float64, true) == "");
    CHECK(same(DType::float32, false) == "");
    ++compared;
  }
  CHECK(compared > 300);
}

TEST_CASE("no op changes its inputs on the GPU", "[gpu][ops]") {
  for (const OpCase& c : op_table()) {
    if (c.inputs.empty()) continue;
    INFO(c.op << ", " << c.what);
    const std::vector<Tensor> inputs = inputs_on(gpu_device, c, DType::float64);
    const Tensor y = c.call(inputs);
    if (c.differentiable) static_cast<void>(gradients(sum(y * y), inputs));
    for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(bit_difference(c.inputs[i].to_vector(), inputs[i].to_vector()) == "");
  }
}

TEST_CASE("labels on the GPU become rows with a one", "[gpu][ops]") {
  const std::vector<std::int32_t> labels{2, 0, 1, 2};
  const Tensor expected = one_hot(Tensor::indices(labels), 3), found = one_hot(Tensor::indices(labels, gpu_device), 3);
  CHECK(found.device() == gpu_device);
  CHECK(bit_difference(expected.to_vector(), found.to_vector()) == "");
}

TEST_CASE("tensors on two devices do not meet in one op", "[gpu][ops]") {
  const Tensor here = Tensor::full({2, 2}, 1), there = Tensor::full({2, 2}, 1, {DType::float32, gpu_device});
  CHECK_THROWS_WITH(here + there, Catch::Contains("cpu") && Catch::Contains("cuda:0"));
}

TEST_CASE("a tensor keeps its numbers on the way to the GPU and back, and its gradient finds home", "[gpu][ops]") {
  const Tensor x = numbers({3, 5}, 2, DType::float32).requires_grad(true);
  const Tensor there = x.to(gpu_device);
  CHECK(there.device() == gpu_device);
  CHECK(bit_difference(x.to_vector(), there.to_vector()) == "");
  const Tensor g = gradients(sum(there * there), {x}).front();
  CHECK(g.device() == cpu_device);
  CHECK(difference((2.0 * x).to_vector(), g.to_vector(), DType::float32, {}) == "");
}

}  // namespace seegrad::testing
