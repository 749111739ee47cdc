// Products are computed when somebody reads them, alone or together with what follows: nobody may see the difference.
#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "ops/op_table.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/observer.hpp"

namespace seegrad {
namespace {

using testing::numbers;
using testing::positive_numbers;

bool waits(const Tensor& t) { return t.buffer().storage->deferred() != nullptr; }

bool same_bits(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  return a.shape() == b.shape() && std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
}

/// Rows, inner size and columns: single elements, odd tails, more than one block of the backend.
struct Sizes {
  std::int64_t rows, inner, columns;
};
constexpr Sizes all_sizes[] = {{1, 1, 1}, {3, 5, 7}, {33, 17, 13}, {150, 3, 301}};

/// Nothing learned; then, where the formula can learn, one value and one for each column.
std::vector<std::vector<Tensor>> ways_to_learn(const Activation& f, std::int64_t columns, DType dtype) {
  std::vector<std::vector<Tensor>> ways{{}};
  if (!f.learnable()) return ways;
  for (const Shape& shape : {Shape{}, Shape{columns}}) {
    std::vector<Tensor> learned;
    for (const Parameter& parameter : f.formula().parameters())
      learned.push_back(parameter.learnable ? positive_numbers(shape, 9, dtype) : Tensor());
    ways.push_back(learned);
  }
  return ways;
}

template <class Law>
void for_every_layer(Law law) {
  for (const Activation& f : Activation::all()) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      for (const Sizes& n : all_sizes) {
        for (const std::vector<Tensor>& learned : ways_to_learn(f, n.columns, dtype)) {
          INFO(f.to_string() << ", " << name_of(dtype) << ", " << n.rows << "x" << n.inner << "x" << n.columns << ", " << learned.size()
                             << " learned");
          law(f, dtype, n, learned);
        }
      }
    }
  }
}

/// Reads every gradient that it hears of.
class Reader : public Observer {
 public:
  void gradient(const Tensor&, const Tensor& gradient) override {
    was_waiting = waits(gradient);
    gradient.to_vector();
  }
  bool was_waiting = false;
};

}  // namespace

TEST_CASE("an activation worked into its product gives the bits of one that comes after it", "[tensor][deferred]") {
  for_every_layer([](const Activation& f, DType dtype, const Sizes& n, const std::vector<Tensor>& learned) {
    const Tensor x = numbers({n.rows, n.inner}, 0, dtype), w = numbers({n.columns, n.inner}, 1, dtype), b = numbers({n.columns}, 2, dtype);
    const Tensor fused_z = linear(x, w, b);
    REQUIRE(waits(fused_z));
    const Tensor fused = activate(f, fused_z, learned);
    CHECK_FALSE(waits(fused_z));
    const Tensor z = linear(x, w, b);
    z.to_vector();
    CHECK(same_bits(fused, activate(f, z, learned)));
    CHECK(same_bits(fused_z, z));
  });
}

TEST_CASE("a slope worked into the product on the way back gives the bits of one that comes after it", "[tensor][deferred]") {
  for_every_layer([](const Activation& f, DType dtype, const Sizes& n, const std::vector<Tensor>& learned) {
    std::vector<Tensor> parameters{numbers({n.columns, n.inner}, 1, dtype), numbers({n.columns}, 2, dtype),
                                   numbers({4, n.columns}, 3, dtype)};
    for (Tensor& parameter : parameters) parameter.requires_grad(true);
    const Tensor x = numbers({n.rows, n.inner}, 0, dtype), c = numbers({n.rows, 4}, 4, dtype);
    const Tensor h = activate(f, linear(x, parameters[0], parameters[1]), learned);
    const Tensor loss = sum(linear(h, parameters[2]) * c);
    const std::vector<Tensor> fused = gradients(loss, parameters);
    Reader reader;
    const Listening listening(reader);
    h.watch();
    const std::vector<Tensor> read_first = gradients(loss, parameters);
    CHECK(reader.was_waiting);
    for (std::size_t i = 0; i < parameters.size(); ++i) CHECK(same_bits(fused[i], read_first[i]));
  });
}

TEST_CASE("a product that nobody reads is never computed and takes no memory", "[tensor][deferred]") {
  const Tensor a = numbers({50, 3}), b = numbers({3, 40}, 1);
  const std::size_t before = a.backend().memory().bytes_in_use;
  Tensor y = matmul(a, b);
  const Tensor seen = reshape(y, {40, 50}), cut = y.detach();
  CHECK(waits(y));
  CHECK(a.backend().memory().bytes_in_use == before);
  seen.to_vector();
  CHECK_FALSE(waits(y));
  CHECK_FALSE(waits(cut));
  CHECK(a.backend().memory().bytes_in_use > before);
}

TEST_CASE("products can be read in any order", "[tensor][deferred]") {
  const Tensor x = numbers({2, 3}), w = numbers({3, 3}, 1), v = numbers({3, 3}, 2);
  const std::vector<double> expected_last = matmul(matmul(matmul(x, w), v), w).to_vector();
  const Tensor first = matmul(x, w), second = matmul(first, v), third = matmul(second, w);
  CHECK(third.to_vector() == expected_last);
  CHECK(second.to_vector() == matmul(first, v).to_vector());
  const Tensor square = matmul(w, w);
  CHECK(matmul(square, square).to_vector() == matmul(matmul(w, w), matmul(w, w)).to_vector());
}

TEST_CASE("a product that waits sees the values from before a change in place", "[tensor][deferred]") {
  for (int changed = 0; changed < 3; ++changed) {
    for (const bool by_view : {false, true}) {
      std::vector<Tensor> operands{numbers({4, 3}), numbers({2, 3}, 1), numbers({2}, 2)};
      const std::vector<double> before = linear(operands[0], operands[1], operands[2]).to_vector();
      const Tensor y = linear(operands[0], operands[1], operands[2]), idle = linear(operands[0], operands[1]);
      Tensor target = operands[static_cast<std::size_t>(changed)];
      if (by_view) target = reshape(target, {target.count(), 1});
      target.assign(std::vector<double>(static_cast<std::size_t>(target.count()), 7.0));
      CHECK_FALSE(waits(y));
      CHECK(waits(idle) == (changed == 2));
      CHECK(y.to_vector() == before);
      CHECK(linear(operands[0], operands[1], operands[2]).to_vector() != before);
    }
  }
}

TEST_CASE("a product can itself be changed in place", "[tensor][deferred]") {
  Tensor y = matmul(numbers({2, 2}), numbers({2, 2}, 1));
  Tensor z = matmul(y, y);
  const std::vector<double> before = matmul(y, y).to_vector();
  y.assign(std::vector<double>{1, 0, 0, 1});
  CHECK(z.to_vector() == before);
  CHECK(matmul(y, y).to_vector() == std::vector<double>{1, 0, 0, 1});
}

TEST_CASE("parameters for each column go with the columns of the reshaped product, not with those of the product", "[tensor][deferred]") {
  const Activation prelu = Activation::parse("prelu");
  const Tensor x = numbers({4, 3}), w = numbers({6, 3}, 1);
  for (const Shape& shape : {Shape{8, 3}, Shape{2, 12}, Shape{2, 2, 6}, Shape{24}}) {
    const std::vector<Tensor> slope{positive_numbers({shape[-1]}, 2)};
    const Tensor z = linear(x, w);
    z.to_vector();
    CHECK(same_bits(activate(prelu, reshape(linear(x, w), shape), slope), activate(prelu, reshape(z, shape), slope)));
    const Tensor at = numbers(shape, 5);
    CHECK(same_bits(apply_formula(prelu, at, slope, {0}, reshape(linear(x, w), shape)),
                    apply_formula(prelu, at, slope, {0}, reshape(z, shape))));
  }
}

TEST_CASE("one product may be what a formula is applied to, its scale and its parameter", "[tensor][deferred]") {
  const Activation tanh = Activation::parse("tanh"), prelu = Activation::parse("prelu");
  const Tensor a = numbers({3, 2}), b = numbers({2, 2}, 1), row = numbers({1, 2}, 2);
  const auto products = [&](bool read) {
    const Tensor z = matmul(a, b), p = matmul(row, b);
    if (read) z.to_vector(), p.to_vector();
    const std::vector<Tensor> slope{reshape(p, {2})};
    return std::vector<Tensor>{apply_formula(tanh, z, {}, {0}, z), activate(prelu, p, slope),
                               apply_formula(tanh, matmul(a, b), {}, {}, matmul(a, b))};
  };
  const std::vector<Tensor> waiting = products(false), computed = products(true);
  for (std::size_t i = 0; i < waiting.size(); ++i) CHECK(same_bits(waiting[i], computed[i]));
}

TEST_CASE("a gradient that was worked into the layer below can still be read", "[tensor][deferred]") {
  const Tensor a = numbers({3, 2}), b = numbers({2, 4}, 1), at = numbers({3, 4}, 2);
  const Tensor scale = matmul(a, b);
  apply_formula(Activation::parse("sigmoid"), at, {}, {0}, scale);
  CHECK(same_bits(scale, matmul(a, b)));
}

TEST_CASE("a long chain of products is computed and destroyed without recursion", "[tensor][deferred]") {
  const Tensor x = numbers({1, 1});
  Tensor one = Tensor::full({1, 1}, 1, x.options());
  const auto chain = [&](int length) {
    Tensor y = x;
    for (int i = 0; i < length; ++i) y = matmul(y, one);
    return y;
  };
  chain(50'000);  // nobody reads it
  CHECK(chain(50'000).to_vector() == x.to_vector());
  one.requires_grad(true);
  CHECK(gradients(sum(chain(1'000)), {one})[0].item() == Approx(1'000 * x.item()));
}

TEST_CASE("a product may be computed or forgotten by another thread than made it", "[tensor][deferred]") {
  Tensor a = numbers({2, 2});
  const Tensor b = numbers({2, 2}, 1);
  const std::vector<double> expected = matmul(a, b).to_vector();
  Tensor forgotten = matmul(a, b);
  const Tensor read = matmul(a, b);
  std::vector<double> seen;
  std::thread([gone = std::exchange(forgotten, {}), &read, &seen] { seen = read.to_vector(); }).join();
  CHECK(seen == expected);
  a.assign(std::vector<double>(4, 0.0));
  CHECK(matmul(a, b).to_vector() == std::vector<double>(4, 0.0));
}

TEST_CASE("the gradient of a bias makes the gradient of its weights fall out too, and without a bias that still waits",
          "[tensor][deferred]") {
  const Tensor x = numbers({6, 5}, 1), w = numbers({4, 5}, 2).requires_grad(true), b = numbers({4}, 3).requires_grad(true);
  const std::vector<Tensor> both = gradients(sum(linear(x, w, b)), {w, b}), alone = gradients(sum(linear(x, w)), {w});
  CHECK_FALSE(waits(both[0]));
  CHECK(waits(alone[0]));
  CHECK(same_bits(both[0], alone[0]));
  CHECK(both[1].to_vector() == std::vector<double>(4, 6.0));
}

TEST_CASE("numbers that an activation left out are computed when asked for, and given up when their weights change", "[tensor][deferred]") {
  const Tensor x = numbers({6, 5}, 1), kept = linear(x, numbers({4, 5}, 2));
  Tensor w = numbers({4, 5}, 2);
  const Tensor asked = linear(x, w), late = linear(x, w);
  for (const Tensor& z : {asked, late}) z.buffer().storage->spare();
  CHECK(same_bits(asked, kept));
  w.assign(std::vector<double>(20, 1.0));
  CHECK(same_bits(asked, kept));
  CHECK_THROWS_WITH(late.to_vector(), Catch::Contains("watch()"));
}

}  // namespace seegrad
