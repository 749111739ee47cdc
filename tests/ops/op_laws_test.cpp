// Laws that hold for every op of the table.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "op_table.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"

namespace seegrad::testing {
namespace {

template <class Law>
void for_every_op(Law law) {
  for (const OpCase& c : op_table()) {
    INFO(c.op << ", " << c.what);
    law(c);
  }
}

template <class Law>
void for_every_differentiable_op(Law law) {
  for_every_op([&](const OpCase& c) {
    if (c.differentiable) law(c);
  });
}

std::vector<Tensor> copies(std::span<const Tensor> inputs, DType dtype, bool requires_grad) {
  std::vector<Tensor> result;
  for (const Tensor& input : inputs) {
    result.push_back(Tensor::from(input.to_vector(), input.shape(), {dtype}));
    result.back().requires_grad(requires_grad);
  }
  return result;
}

/// The result and, when there are inputs, the gradients of sum(result^2) by them.
std::vector<std::vector<double>> result_and_gradients(const OpCase& c, DType dtype) {
  const std::vector<Tensor> inputs = copies(c.inputs, dtype, c.differentiable);
  const Tensor y = c.call(inputs);
  std::vector<std::vector<double>> values{y.to_vector()};
  if (!c.differentiable) return values;
  for (const Tensor& g : gradients(sum(y * y), inputs)) values.push_back(g.to_vector());
  return values;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

/// x again, as the result of a product that waits, seen in another shape.
Tensor behind_a_product(const Tensor& x) {
  const Tensor one = Tensor::full({1, 1}, 1, x.options());
  return reshape(linear(reshape(x, {x.count(), 1}), one), x.shape());
}

/// x again, used twice on the way.
Tensor in_two_halves(const Tensor& x) { return reshape(reshape(0.5 * x, {x.count()}) + reshape(0.5 * x, {x.count()}), x.shape()); }

template <class Before>
TensorFunction after(Before before, const OpCase& c) {
  return [before, call = c.call](std::span<const Tensor> inputs) {
    std::vector<Tensor> changed;
    for (const Tensor& input : inputs) changed.push_back(before(input));
    return call(changed);
  };
}

class ThreadCount {
 public:
  explicit ThreadCount(int count) : before_(thread_count()) { set_thread_count(count); }
  ~ThreadCount() { set_thread_count(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

}  // namespace

TEST_CASE("the gradient of every op is its Jacobian, and the gradient's gradient too", "[ops]") {
  for_every_differentiable_op([](const OpCase& c) {
    // A step that suits the steepest wave of the catalogue, whose third derivative is 27000, too.
    CHECK(gradient_check(c.call, c.inputs, {.step = 1e-6, .second_order = true}));
  });
}

TEST_CASE("every op has its gradient behind a deferred product, through a reshape and with inputs used twice", "[ops]") {
  for_every_differentiable_op([](const OpCase& c) {
    CHECK(gradient_check(after(behind_a_product, c), c.inputs));
    CHECK(gradient_check(after(in_two_halves, c), c.inputs));
    CHECK(same_bits(after(behind_a_product, c)(c.inputs).to_vector(), c.call(c.inputs).to_vector()));
    CHECK(same_bits(after(in_two_halves, c)(c.inputs).to_vector(), c.call(c.inputs).to_vector()));
  });
}

TEST_CASE("every op has its gradient when one tensor stands in all its places", "[ops]") {
  for_every_differentiable_op([](const OpCase& c) {
    if (c.inputs.size() < 2) return;
    for (const Tensor& input : c.inputs) {
      if (!(input.shape() == c.inputs[0].shape())) return;
    }
    const auto call = [&c](std::span<const Tensor> x) { return c.call(std::vector<Tensor>(c.inputs.size(), x[0])); };
    CHECK(gradient_check(call, std::span(&c.inputs.back(), 1), {.second_order = true}));
  });
}

TEST_CASE("every op in float32 comes near its float64 result and gradient", "[ops]") {
  for_every_differentiable_op([](const OpCase& c) {
    const auto exact = result_and_gradients(c, DType::float64), rounded = result_and_gradients(c, DType::float32);
    REQUIRE(exact.size() == rounded.size());
    for (std::size_t k = 0; k < exact.size(); ++k) {
      REQUIRE(exact[k].size() == rounded[k].size());
      double scale = 1;
      for (double value : exact[k]) scale = std::max(scale, std::abs(value));
      for (std::size_t i = 0; i < exact[k].size(); ++i) CHECK(std::abs(exact[k][i] - rounded[k][i]) <= 4e-6 * scale);
    }
  });
}

TEST_CASE("the result of every op has the dtype of its inputs", "[ops]") {
  for_every_differentiable_op([](const OpCase& c) {
    CHECK(c.call(copies(c.inputs, DType::float32, false)).dtype() == DType::float32);
    CHECK(c.call(c.inputs).dtype() == DType::float64);
  });
}

TEST_CASE("no op changes its inputs, forward or back", "[ops]") {
  for_every_op([](const OpCase& c) {
    const std::vector<Tensor> inputs = copies(c.inputs, DType::float64, c.differentiable);
    const Tensor y = c.call(inputs);
    y.to_vector();
    if (c.differentiable) gradients(sum(y * y), inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) CHECK(same_bits(inputs[i].to_vector(), c.inputs[i].to_vector()));
  });
}

TEST_CASE("every op gives the same bits twice and with any number of threads", "[ops]") {
  const ThreadCount restore(thread_count());
  for_every_op([](const OpCase& c) {
    set_thread_count(1);
    const auto one = result_and_gradients(c, DType::float32);
    set_thread_count(3);
    const auto three = result_and_gradients(c, DType::float32), again = result_and_gradients(c, DType::float32);
    for (std::size_t k = 0; k < one.size(); ++k) {
      CHECK(same_bits(one[k], three[k]));
      CHECK(same_bits(three[k], again[k]));
    }
  });
}

TEST_CASE("ops on arrays large enough to be shared among threads agree with one thread", "[ops]") {
  const ThreadCount restore(thread_count());
  const Tensor x = numbers({640, 512}, 0, DType::float32), w = numbers({40, 512}, 1, DType::float32), b = numbers({512}, 2, DType::float32);
  const auto results = [&](int threads) {
    set_thread_count(threads);
    std::vector<std::vector<double>> values;
    for (const Tensor& y :
         {x + b, exp(x), transpose(x), sum(x, 0), sum(x, 1), sum(x), max(x, 0), max(x), linear(x, w), matmul(w, x, {false, true}),
          slice(x, 1, 3, 200), expand(b, 0, 700), activate(Activation::parse("tanh"), linear(x, w))}) {
      values.push_back(y.to_vector());
    }
    return values;
  };
  const auto one = results(1), three = results(3);
  for (std::size_t k = 0; k < one.size(); ++k) {
    INFO("result " << k);
    REQUIRE(one[k].size() == three[k].size());
    double difference = 0, scale = 1;
    for (std::size_t i = 0; i < one[k].size(); ++i) {
      difference = std::max(difference, std::abs(one[k][i] - three[k][i]));
      scale = std::max(scale, std::abs(one[k][i]));
    }
    CHECK(difference <= 1e-5 * scale);
  }
  CHECK(same_bits(three[5], results(3)[5]));
}

TEST_CASE("every op records nothing without a gradient to ask for", "[ops]") {
  for_every_op([](const OpCase& c) {
    CHECK_FALSE(c.call(copies(c.inputs, DType::float64, false)).requires_grad());
    const NoGrad off;
    const Tensor y = c.call(copies(c.inputs, DType::float64, c.differentiable));
    CHECK(y.node()->edges.empty());
  });
}

TEST_CASE("every op refuses empty tensors, integers and mixed dtypes", "[ops]") {
  for_every_op([](const OpCase& c) {
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      std::vector<Tensor> inputs = c.inputs;
      if (i < c.required) {
        inputs[i] = Tensor();
        CHECK_THROWS_AS(c.call(inputs), Error);
      }
      if (c.any_dtype) continue;
      inputs[i] = c.inputs[i].to(DType::int32);
      CHECK_THROWS_AS(c.call(inputs), Error);
      if (c.inputs.size() < 2) continue;
      inputs[i] = c.inputs[i].to(DType::float32);
      CHECK_THROWS_AS(c.call(inputs), Error);
    }
  });
}

}  // namespace seegrad::testing
