// Formulas on the GPU, where each is compiled while the program runs, against the scalar formula of the host.
//
// The bar for the catalogue is the one that the CPU's vector kernels are held to (tests/activation/kernels_test.cpp): 8 epsilons of the
// larger number, and of at least a quarter. Each word of a formula is right to some 2 ulp on either side and a formula has a few of
// them; far tails agree in absolute terms only, because x^2/2 is rounded on its way into an exponential.
#include <catch2/catch.hpp>

#include "compare.hpp"
#include "seegrad/activation/activation.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "support/formula_texts.hpp"

namespace seegrad::testing {
namespace {

constexpr std::int64_t columns = 7;  // of x, so that packets of four cross the ends of rows
constexpr Nearness bar{8, 0.25};

/// With respect to x alone, or to parameters too.
std::vector<Derivative> derivatives_of(const Formula& formula, bool of_parameters) {
  std::vector<Derivative> all;
  const int most = of_parameters ? static_cast<int>(formula.parameters().size()) : 0;
  for (int first = -1; first <= most; ++first)
    for (int second = -1; second <= first; ++second)
      if (formula.has({first, second})) all.push_back({first, second});
  return all;
}

/// Both signs of every third exponent or so, the middle densely, and the special values; whole rows of them.
template <class T>
std::vector<T> samples() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{0, T(-0.0), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::max(), Limits::lowest()};
  x.insert(x.end(), {Limits::min(), Limits::denorm_min(), -Limits::denorm_min(), 1, -1});
  for (int e = Limits::min_exponent - Limits::digits + 2; e < Limits::max_exponent; e += sizeof(T) == 4 ? 3 : 17)
    for (const double m : {1.0, 1.37, 1.93}) x.insert(x.end(), {std::ldexp(T(m), e), -std::ldexp(T(m), e)});
  for (int i = -2500; i <= 2500; ++i) x.push_back(T(i) * T(0.0123));
  while (x.size() % columns != 0) x.push_back(T(0.5));
  return x;
}

/// How the parameters reach a kernel.
enum class Given { as_constants, in_a_tensor, by_column };

template <class T>
struct Parameters {
  std::vector<double> constants;
  std::vector<std::vector<T>> values;  // of each parameter, one or one for each column

  Parameters(const Formula& formula, Given given) {
    for (const Parameter& p : formula.parameters()) {
      constants.push_back(p.value);
      values.emplace_back();
      for (std::int64_t i = 0; i < (given == Given::by_column ? columns : 1); ++i)
        values.back().push_back(static_cast<T>(given == Given::as_constants ? p.value : p.value * (1.25 + 0.25 * double(i % 3))));
    }
  }
  T at(std::size_t parameter, std::size_t element) const {
    const std::vector<T>& all = values[parameter];
    return all[all.size() == 1 ? 0 : element % all.size()];
  }
  std::vector<T> at(std::size_t element) const {
    std::vector<T> one;
    for (std::size_t p = 0; p < values.size(); ++p) one.push_back(at(p, element));
    return one;
  }
};

template <class T>
Numbers on_gpu(const Formula& formula, Derivative derivative, const std::vector<T>& x, Given given) {
  const Parameters<T> parameters(formula, given);
  const TensorOptions options{dtype_of<T>(), gpu_device};
  const Shape shape{static_cast<std::int64_t>(x.size()) / columns, columns};
  const Tensor at = Tensor::from(Numbers(x.begin(), x.end()), shape, options);
  Tensor y(shape, options);
  std::vector<Tensor> tensors;
  std::vector<ConstArray> learned;
  for (const auto& values : parameters.values) {
    tensors.push_back(Tensor::from(Numbers(values.begin(), values.end()), {static_cast<std::int64_t>(values.size())}, options));
    learned.push_back(tensors.back().array());
  }
  if (given == Given::as_constants) learned.clear();
  backend_of(gpu_device).elementwise({&formula, parameters.constants, learned}, derivative, at.array(), {}, y.array_to_fill());
  return y.to_vector();
}

template <class T>
Numbers by_the_scalar_formula(const Formula& formula, Derivative derivative, const std::vector<T>& x, Given given) {
  const Parameters<T> parameters(formula, given);
  Numbers y;
  for (std::size_t i = 0; i < x.size(); ++i) y.push_back(double{formula.at(x[i], parameters.at(i), derivative)});
  return y;
}

/// Where a formula is made of sines, the last bit of x far out is as good as random: what one rounding of x changes is allowed.
template <class T>
void forgive_what_a_rounding_changes(const Formula& formula, Derivative derivative, const std::vector<T>& x, Given given,
                                     const Numbers& expected, Numbers& found) {
  if (!formula.program().uses(Word::sin) && !formula.program().uses(Word::cos)) return;
  const Parameters<T> parameters(formula, given);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto change = [&](T towards) {
      return std::fabs(double{formula.at(std::nextafter(x[i], towards), parameters.at(i), derivative)} - expected[i]);
    };
    if (std::fabs(found[i] - expected[i]) <= std::fmax(change(x[i] - 1), change(x[i] + 1))) found[i] = expected[i];
  }
}

template <class T>
void check_formula(const Formula& formula, Given given, bool of_parameters) {
  const std::vector<T> x = samples<T>();
  for (const Derivative derivative : derivatives_of(formula, of_parameters)) {
    INFO(formula.name() << ", derivative (" << derivative.first << ", " << derivative.second << "), parameters given in way "
                        << int(given));
    const Numbers expected = by_the_scalar_formula(formula, derivative, x, given);
    Numbers found = on_gpu(formula, derivative, x, given);
    forgive_what_a_rounding_changes(formula, derivative, x, given, expected, found);
    CHECK(difference(expected, found, dtype_of<T>(), bar) == "");
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every activation and its derivatives are the same on the GPU", "[gpu][activation]", float, double) {
  for (const Activation& f : Activation::all()) check_formula<TestType>(f.formula(), Given::as_constants, false);
}

TEMPLATE_TEST_CASE("parameters that lie on the GPU, and the derivatives by them", "[gpu][activation]", float, double) {
  for (const Activation& f : Activation::all()) {
    if (f.parameters().empty()) continue;
    check_formula<TestType>(f.formula(), Given::in_a_tensor, true);
    check_formula<TestType>(f.formula(), Given::by_column, true);
  }
}

// A text may subtract large numbers from each other: it is held to the largest value that the derivative has from -6 to 6.
TEMPLATE_TEST_CASE("typed formulas are the same on the GPU", "[gpu][activation][text]", float, double) {
  using T = TestType;
  std::vector<T> x;
  for (int i = -300; i <= 300; ++i)
    if (std::abs(i) > 5) x.push_back(T(i) * T(0.02));
  while (x.size() % columns != 0) x.push_back(T(0.5));
  // At infinity only derivatives by x are compared: of those by parameters the CPU's own two ways do not give the same limits there.
  const T infinity = std::numeric_limits<T>::infinity();
  const std::vector<T> special{0, T(-0.0), std::numeric_limits<T>::quiet_NaN(), 1, -1, 2, -2};
  const std::vector<T> and_infinite{0, T(-0.0), std::numeric_limits<T>::quiet_NaN(), 1, -1, infinity, -infinity};
  for (const std::string& text : test::formula_texts()) {
    const Activation f = Activation::parse(text);
    for (const Derivative derivative : derivatives_of(f.formula(), true)) {
      for (const Given given : {Given::as_constants, Given::by_column}) {
        INFO(text << ", derivative (" << derivative.first << ", " << derivative.second << ")");
        const Numbers expected = by_the_scalar_formula(f.formula(), derivative, x, given);
        const Nearness near{16, largest_finite(expected)};
        CHECK(difference(expected, on_gpu(f.formula(), derivative, x, given), dtype_of<T>(), near) == "");
        const bool by_x = derivative.first <= 0 && derivative.second <= 0;
        const std::vector<T>& corners = by_x ? and_infinite : special;
        const Numbers at_corners = by_the_scalar_formula(f.formula(), derivative, corners, given);
        CHECK(difference(at_corners, on_gpu(f.formula(), derivative, corners, given), dtype_of<T>(), near) == "");
      }
    }
  }
}

TEMPLATE_TEST_CASE("a formula works in place, with a scale, on any number of elements and at any address", "[gpu][activation]", float,
                   double) {
  using T = TestType;
  const DType dtype = dtype_of<T>();
  const Formula& silu = Activation::parse("silu").formula();
  for (const std::int64_t count : {1, 3, 4, 5, 255, 1023, 4096, 70001}) {
    for (const std::int64_t offset : {0, 1}) {
      Random random(static_cast<std::uint64_t>(count));
      Numbers x, scale;
      for (std::int64_t i = 0; i < count + offset; ++i) x.push_back(random.normal(0, 3)), scale.push_back(random.normal());
      const auto run = [&](Device device, int over) {
        Tensor at = tensor_on(device, x, {count + offset}, dtype), by = tensor_on(device, scale, {count + offset}, dtype);
        Tensor y = Tensor::full({count + offset}, -77, {dtype, device});
        const auto view = [&](Array whole) { return Array{whole.as<T>() + offset, dtype, {count}}; };
        const Array a = view(at.array_for_update()), b = view(by.array_for_update()), c = view(y.array_for_update());
        backend_of(device).elementwise({&silu, {}, {}}, {0}, a, b, over == 0 ? c : over == 1 ? a : b);
        return std::vector<Numbers>{at.to_vector(), by.to_vector(), y.to_vector()};
      };
      for (const int over : {0, 1, 2}) {
        INFO(count << " elements from " << offset << ", result in place " << over);
        CHECK(differences(run(cpu_device, over), run(gpu_device, over), dtype, bar) == "");
      }
    }
  }
}

// The product's sums are of 33 terms in another order (6 roundings at random), and f' carries that on: hence the floor.
TEST_CASE("a layer with any activation behind it computes and goes back as on the CPU", "[gpu][activation]") {
  const std::int64_t rows = 19, inputs = 33, units = 14;
  Random random(5);
  const auto draw = [&](std::int64_t count, double deviation) {
    Numbers values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(random.normal(0, deviation));
    return values;
  };
  const Numbers x = draw(rows * inputs, 1), w = draw(units * inputs, 0.2), b = draw(units, 0.5);
  const auto run = [&](Device device, const Activation& f, DType dtype, std::int64_t learned_values) {
    std::vector<Tensor> inputs_and_parameters{tensor_on(device, x, {rows, inputs}, dtype), tensor_on(device, w, {units, inputs}, dtype),
                                              tensor_on(device, b, {units}, dtype)};
    std::vector<Tensor> learned;
    for (const Parameter& p : f.formula().parameters()) {
      learned.push_back(learned_values == 0 || !p.learnable ? Tensor() : Tensor::full({learned_values}, p.value * 1.25, {dtype, device}));
      if (learned.back()) inputs_and_parameters.push_back(learned.back());
    }
    for (Tensor& tensor : inputs_and_parameters) tensor.requires_grad(true);
    const Tensor z = linear(inputs_and_parameters[0], inputs_and_parameters[1], inputs_and_parameters[2]);
    const Tensor y = activate(f, z, learned_values == 0 ? std::vector<Tensor>{} : learned);
    std::vector<Numbers> all{y.to_vector()};
    for (const Tensor& g : gradients(sum(y * y), inputs_and_parameters)) all.push_back(g.to_vector());
    return all;
  };
  for (const Activation& f : Activation::all()) {
    // A wave of this frequency turns the roundings of a product into hundreds of them; the law above has it alone.
    const bool steep = std::fabs(f.derivative(0)) > 10;
    for (const DType dtype : {DType::float32, DType::float64}) {
      for (const std::int64_t values : {std::int64_t{0}, std::int64_t{1}, units}) {
        if (values > 0 && !f.learnable()) continue;
        INFO(f.to_string() << " " << name_of(dtype) << ", values learned for each parameter: " << values);
        CHECK(differences_in_size(run(cpu_device, f, dtype, values), run(gpu_device, f, dtype, values), dtype, steep ? 2000 : 64, 0.25) ==
              "");
      }
    }
  }
}

}  // namespace seegrad::testing
