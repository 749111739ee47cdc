// Calls of matmul in all their forms, what they should give (in double), and what is left to do after a product done naively on the
// host. The tests with a host's library and those on a GPU share them.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "backend/cuda/products.hpp"
#include "seegrad/activation/gated.hpp"
#include "seegrad/activation/rectifiers.hpp"
#include "seegrad/activation/sigmoids.hpp"
#include "seegrad/activation/struct_formula.hpp"
#include "seegrad/math/random.hpp"

namespace seegrad::cuda::test {

struct ProductCase {
  std::int64_t rows = 1, columns = 1, inner = 1;
  bool transpose_a = false, transpose_b = false, bias = false, row_sums = false;
  const Formula* activation = nullptr;
  bool c_is_optional = false, wants_by_product = false;
  const Formula* derivative = nullptr;
  std::size_t offset = 0;  ///< elements by which every array lies beside an aligned address

  std::string to_string() const {
    std::string text = "[" + std::to_string(rows) + ", " + std::to_string(inner) + "] times [" + std::to_string(inner) + ", " +
                       std::to_string(columns) + "]";
    const auto add = [&](bool holds, std::string_view what) { text += holds ? std::string(", ").append(what) : std::string(); };
    add(transpose_a, "a transposed"), add(transpose_b, "b transposed"), add(bias, "bias"), add(row_sums, "row sums");
    if (activation) text.append(", ").append(activation->name());
    add(c_is_optional, "c optional"), add(wants_by_product, "by-product wanted"), add(offset > 0, "unaligned");
    if (derivative) text.append(", slope of ").append(derivative->name());
    return text;
  }
};

/// Everything that may be asked of a product of this shape.
inline std::vector<ProductCase> cases_of_shape(ProductCase shape) {
  std::vector<ProductCase> all;
  const Formula* const formulas[] = {&formula_of<Relu>(), &formula_of<GeluTanh>(), &formula_of<Tanh>()};
  for (int bits = 0; bits < 16; ++bits) {
    shape.transpose_a = bits & 1, shape.transpose_b = bits & 2, shape.bias = bits & 4, shape.row_sums = bits & 8;
    all.push_back(shape);
    for (const Formula* formula : formulas) {
      for (int wishes = 0; wishes < 4; ++wishes) {
        ProductCase forward = shape;
        forward.activation = formula, forward.c_is_optional = wishes & 1, forward.wants_by_product = wishes & 2;
        all.push_back(forward);
      }
      ProductCase backward = shape;
      backward.derivative = formula;
      all.push_back(backward);
    }
  }
  return all;
}

inline const std::vector<ProductCase>& product_shapes() {
  static const std::vector<ProductCase> shapes = {{1, 1, 1}, {3, 5, 7}, {8, 8, 8}, {5, 16, 3}, {4, 1, 6}, {1, 8, 33}, {6, 130, 4}};
  return shapes;
}

/// What goes into a call and what should come out; `size` is the sum of the absolute terms of each c, the scale of its rounding.
template <class T>
struct Numbers {
  std::vector<T> a, b, bias, at;
  std::vector<double> c, size, activated, row_sums, row_sizes;
};

/// `whole`: small integers, of which every sum is exact in any order and precision.
template <class T>
Numbers<T> numbers_of(const ProductCase& call, bool whole, std::uint64_t seed) {
  Random random(seed);
  const auto draw = [&](std::int64_t count) {
    std::vector<T> values(static_cast<std::size_t>(count));
    for (T& value : values) value = whole ? T(static_cast<int>(random.uniform(0, 9)) - 4) : static_cast<T>(random.normal(0, 1));
    return values;
  };
  return {draw(call.rows * call.inner),
          draw(call.inner * call.columns),
          draw(call.columns),
          draw(call.rows * call.columns),
          {},
          {},
          {},
          {},
          {}};
}

/// Fills in what should come out, row by row as the op means it.
template <class T>
void work_out(const ProductCase& call, Numbers<T>& n) {
  const auto rows = static_cast<std::size_t>(call.rows), columns = static_cast<std::size_t>(call.columns),
             inner = static_cast<std::size_t>(call.inner);
  const auto a = [&](std::size_t i, std::size_t k) { return double(n.a[call.transpose_a ? k * rows + i : i * inner + k]); };
  const auto b = [&](std::size_t k, std::size_t j) { return double(n.b[call.transpose_b ? j * inner + k : k * columns + j]); };
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      double sum = call.bias ? double(n.bias[j]) : 0, size = std::abs(sum);
      for (std::size_t k = 0; k < inner; ++k) sum += a(i, k) * b(k, j), size += std::abs(a(i, k) * b(k, j));
      if (call.derivative) sum *= call.derivative->at(double(n.at[i * columns + j]), {}, Derivative{0});
      n.c.push_back(sum), n.size.push_back(size);
      if (call.activation) n.activated.push_back(call.activation->at(sum, {}));
    }
    double sum = 0, size = 0;
    for (std::size_t k = 0; k < inner; ++k) sum += a(i, k), size += std::abs(a(i, k));
    n.row_sums.push_back(sum), n.row_sizes.push_back(size);
  }
}

/// What a product left in memory.
template <class T>
struct Results {
  std::vector<T> c, activated, row_sums;
};

/// What the backend's kernels do after a product.
template <class T>
void finish(const ProductCase& call, const Remainder& left, const Numbers<T>& n, Results<T>& r) {
  const auto columns = static_cast<std::size_t>(call.columns), inner = static_cast<std::size_t>(call.inner);
  for (std::size_t i = 0; i < r.c.size(); ++i) {
    T& c = r.c[i];
    if (left.clear) c = 0;
    if (left.bias) c += n.bias[i % columns];
    if (left.activation) r.activated[i] = call.activation->at(c, {});
    if (left.derivative) c *= call.derivative->at(n.at[i], {}, Derivative{0});
  }
  if (!left.row_sums) return;
  for (std::size_t i = 0; i < r.row_sums.size(); ++i) {
    r.row_sums[i] = 0;
    for (std::size_t k = 0; k < inner; ++k) r.row_sums[i] += n.a[call.transpose_a ? k * r.row_sums.size() + i : i * inner + k];
  }
}

/// The arrays of one call in the memory of a device. Its results are NaN until they are written.
template <class T>
class Placed {
 public:
  Placed(const ProductCase& call, const Numbers<T>& n, const AllocateShared& allocate, ProductLibrary& copies, const Launch& launch)
      : case_(call), allocate_(allocate), copies_(copies), launch_(launch) {
    const auto stored = [](std::int64_t rows, std::int64_t columns, bool turned) {
      return turned ? Shape{columns, rows} : Shape{rows, columns};
    };
    const Shape square{call.rows, call.columns};
    matmul.a = place(n.a, stored(call.rows, call.inner, call.transpose_a));
    matmul.b = place(n.b, stored(call.inner, call.columns, call.transpose_b));
    matmul.transpose_a = call.transpose_a, matmul.transpose_b = call.transpose_b;
    matmul.c = place(empty(call.rows * call.columns), square);
    if (call.bias) matmul.bias = place(n.bias, {call.columns});
    if (call.row_sums) matmul.row_sums = place(empty(call.rows), {call.rows});
    if (call.activation) matmul.activation.formula = call.activation;
    if (call.activation) matmul.activated = place(empty(call.rows * call.columns), square);
    matmul.c_is_optional = call.c_is_optional;
    if (call.wants_by_product) matmul.by_product = &by_product;
    if (call.derivative) matmul.derivative.formula = call.derivative, matmul.derivative_at = place(n.at, square);
  }
  Placed(const Placed&) = delete;
  Placed& operator=(const Placed&) = delete;

  Results<T> results() const { return {fetch(matmul.c), fetch(matmul.activated), fetch(matmul.row_sums)}; }

  Matmul matmul;
  std::shared_ptr<void> by_product;

 private:
  static std::vector<T> empty(std::int64_t count) {
    return std::vector<T>(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN());
  }

  Array place(const std::vector<T>& values, const Shape& shape) {
    memory_.push_back(allocate_((values.size() + case_.offset + 1) * sizeof(T)));
    T* start = static_cast<T*>(memory_.back().get()) + case_.offset;
    copies_.upload(launch_, start, values.data(), values.size() * sizeof(T));
    return {start, dtype_of<T>(), shape};
  }

  std::vector<T> fetch(const Array& array) const {
    std::vector<T> values(array ? array.count() : 0);
    if (array) copies_.download(launch_, values.data(), array.data, values.size() * sizeof(T));
    return values;
  }

  const ProductCase& case_;
  const AllocateShared& allocate_;
  ProductLibrary& copies_;
  const Launch& launch_;
  std::vector<std::shared_ptr<void>> memory_;
};

/// Where products are computed and how numbers get there and back.
struct Machine {
  Products& products;
  const AllocateShared& allocate;
  ProductLibrary& copies;
  Launch launch;
};

/// How far results may be from the exact ones. Each operand is rounded by at most `operand`, relative to itself, on its way into the
/// product; each of the additions by at most a unit of `sum`, relative to the sum of absolute terms: together the worst case, not
/// the usual one. A function that is applied afterwards adds 80 units, as epilogue_trials.hpp allows.
struct Rounding {
  double operand = 0, sum = 0;
  bool whole = false;  ///< numbers for which neither happens

  double of_product(const ProductCase& call, double size) const {
    return whole ? 0 : (2 * operand + static_cast<double>(call.inner + 4) * sum) * size;
  }
  double of_function(double size) const { return 80 * sum * std::max(1.0, size); }
};

/// Runs the call, does what is left, and counts the results that are not as they should be.
template <class T>
int wrong_numbers(const Machine& machine, const ProductCase& call, const Rounding& rounding) {
  const auto compute = [&](const ProductCase& what, const Numbers<T>& n, Placed<T>& placed, Remainder& left) {
    left = machine.products.multiply(machine.launch, placed.matmul);
    Results<T> r = placed.results();
    int wrong = 0;
    if (!left.c_written) {
      wrong += !what.c_is_optional + left.bias + left.activation + left.derivative;  // there is no c to do it to
      for (const T c : r.c) wrong += !std::isnan(c);                                 // untouched
    }
    finish(what, left, n, r);
    return std::pair(r, wrong);
  };
  Remainder left;
  Numbers<T> n = numbers_of<T>(call, rounding.whole, 11);
  std::shared_ptr<void> mask;
  if (call.derivative == &formula_of<Relu>()) {  // it comes from an earlier call: relu of some other product, with its mask
    const ProductCase below{call.rows, call.columns, 3, false, false, true, false, call.derivative, true, true};
    const Numbers<T> m = numbers_of<T>(below, rounding.whole, 12);
    Placed<T> placed(below, m, machine.allocate, machine.copies, machine.launch);
    n.at = compute(below, m, placed, left).first.activated;
    mask = placed.by_product;
  }
  work_out(call, n);
  Placed<T> placed(call, n, machine.allocate, machine.copies, machine.launch);
  placed.matmul.derivative_by_product = mask;
  auto computed = compute(call, n, placed, left);
  const Results<T>& r = computed.first;
  int& wrong = computed.second;
  const auto count = [&wrong](T got, double want, double allowed) { wrong += !(std::abs(double(got) - want) <= allowed); };
  const bool rounds = call.activation == &formula_of<GeluTanh>() || call.activation == &formula_of<Tanh>() || call.derivative;
  for (std::size_t i = 0; i < n.c.size(); ++i) {
    // No slope of these functions is larger than 1.13.
    const double product = 1.13 * rounding.of_product(call, n.size[i]), function = rounds ? rounding.of_function(n.size[i]) : 0;
    if (left.c_written) count(r.c[i], n.c[i], product + (call.derivative ? function : 0));
    if (call.activation) count(r.activated[i], n.activated[i], product + function);
  }
  for (std::size_t i = 0; i < r.row_sums.size(); ++i) count(r.row_sums[i], n.row_sums[i], rounding.of_product(call, n.row_sizes[i]));
  return wrong;
}

}  // namespace seegrad::cuda::test
