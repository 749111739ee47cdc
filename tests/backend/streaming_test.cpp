// Results written around the cache are the same bits as results written through it, for every instruction set; rows of softmax
// against naive ones in double.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/program_loop.hpp"
#include "random_values.hpp"
#include "seegrad/activation/activation.hpp"
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::cpu {
namespace {

using test::normal_values;

/// An array whose first element lies at a multiple of 64 bytes, plus `shift` elements.
template <class T>
class Aligned {
 public:
  Aligned(std::size_t n, std::size_t shift) : memory_(n + shift + 64 / sizeof(T), T(7)) {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    start_ = memory_.data() + (64 - address % 64) % 64 / sizeof(T) + shift;
  }
  T* data() { return start_; }

 private:
  std::vector<T> memory_;
  T* start_;
};

template <class T>
bool equal_bits(const T* a, const T* b, std::size_t n) {
  return n == 0 || std::memcmp(a, b, n * sizeof(T)) == 0;
}

template <class T>
void run(InstructionSet set, const Formula& formula, Derivative derivative, const ElementwiseCall<T>& call) {
  const FormulaKernels& kernels = formula_kernels(set, formula.catalogue_index());
  if constexpr (sizeof(T) == 4)
    kernels.f32(derivative, call);
  else
    kernels.f64(derivative, call);
}

}  // namespace

TEMPLATE_TEST_CASE("streamed results of every formula are the same bits", "[backend][activation]", float, double) {
  using T = TestType;
  const std::size_t lengths[] = {5, 2 * 4096 / sizeof(T), 6 * 4096 / sizeof(T) + 77};
  const auto x = normal_values<T>(lengths[2], 1, 0, 3), g = normal_values<T>(lengths[2], 2);
  Aligned<T> through(lengths[2], 0);
  for (const InstructionSet set : available_instruction_sets()) {
    for (const Formula* formula : compiled_formulas()) {
      std::vector<T> parameters;
      std::vector<const T*> pointers;
      for (const Parameter& parameter : formula->parameters()) parameters.push_back(static_cast<T>(parameter.value));
      for (const T& parameter : parameters) pointers.push_back(&parameter);
      for (const Derivative derivative : {Derivative{}, Derivative{0, Derivative::none}}) {
        for (const std::size_t n : lengths) {
          const T* scale = derivative.order() ? g.data() : nullptr;
          run<T>(set, *formula, derivative, {x.data(), scale, through.data(), n, pointers.data(), false, false});
          for (const auto& [shift, turns] : {std::pair{0, false}, {0, true}, {1, true}}) {
            INFO(name(set) << ", " << formula->name() << ", order " << derivative.order() << ", " << n << " elements, shifted by " << shift
                           << (turns ? ", pages in turns" : ""));
            Aligned<T> around(n + 1, static_cast<std::size_t>(shift));
            run<T>(set, *formula, derivative, {x.data(), scale, around.data(), n, pointers.data(), false, true, turns});
            CHECK(equal_bits(through.data(), around.data(), n));
            CHECK(around.data()[n] == T(7));
          }
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("a parameter for each element is streamed along", "[backend][activation]", float, double) {
  using T = TestType;
  const std::size_t n = 4 * 4096 / sizeof(T) + 3;
  const Formula& formula = Activation::parse("swish").formula();
  const auto x = normal_values<T>(n, 1), beta = normal_values<T>(n, 2);
  const T* parameters[] = {beta.data()};
  for (const InstructionSet set : available_instruction_sets()) {
    Aligned<T> through(n, 0);
    run<T>(set, formula, {}, {x.data(), nullptr, through.data(), n, parameters, true, false});
    for (const bool turns : {false, true}) {
      Aligned<T> around(n, 0);
      run<T>(set, formula, {}, {x.data(), nullptr, around.data(), n, parameters, true, true, turns});
      CHECK(equal_bits(through.data(), around.data(), n));
    }
  }
}

TEMPLATE_TEST_CASE("a program streams the same bits", "[backend][activation]", float, double) {
  using T = TestType;
  const std::size_t n = 4 * 4096 / sizeof(T) + 3;
  const Program& program = Activation::parse("gelu").formula().program();
  const auto x = normal_values<T>(n, 1), g = normal_values<T>(n, 2);
  for (const InstructionSet set : available_instruction_sets()) {
    for (const std::size_t shift : {0, 1}) {
      Aligned<T> through(n, 0), around(n + 1, shift);
      run_program<T>(set, program, 0, {0, Derivative::none}, {x.data(), g.data(), through.data(), n, nullptr, false, false});
      run_program<T>(set, program, 0, {0, Derivative::none}, {x.data(), g.data(), around.data(), n, nullptr, false, true});
      CHECK(equal_bits(through.data(), around.data(), n));
      CHECK(around.data()[n] == T(7));
    }
  }
}

TEMPLATE_TEST_CASE("a copy around the cache is a copy", "[backend]", float, double) {
  using T = TestType;
  for (const InstructionSet set : available_instruction_sets()) {
    for (const std::size_t n : {std::size_t{0}, std::size_t{3}, 4 * 4096 / sizeof(T), 9 * 4096 / sizeof(T) + 5}) {
      for (const auto& [shift, turns] : {std::pair{0, false}, {0, true}, {1, true}}) {
        const auto x = normal_values<T>(n, n);
        Aligned<T> y(n + 1, static_cast<std::size_t>(shift));
        array_kernels<T>(set).copy_around_cache(x.data(), y.data(), n, turns);
        CHECK(equal_bits(x.data(), y.data(), n));
        CHECK(y.data()[n] == T(7));
      }
    }
  }
}

TEMPLATE_TEST_CASE("rows of softmax, its logarithm and their slopes agree with naive ones in double", "[backend][ops]", float, double) {
  using T = TestType;
  const double tolerance = 8 * std::numeric_limits<T>::epsilon();
  for (const InstructionSet set : available_instruction_sets()) {
    const ArrayKernels<T>& kernels = array_kernels<T>(set);
    for (const std::size_t n : {std::size_t{1}, std::size_t{10}, std::size_t{16}, std::size_t{33}, std::size_t{9001}}) {
      const auto x = normal_values<T>(n, n, 100, 4), g = normal_values<T>(n, n + 1);
      double total = 0, largest = *std::max_element(x.begin(), x.end());
      for (const T value : x) total += std::exp(double(value) - largest);
      for (const bool logarithm : {false, true}) {
        for (const auto& [stream, shift] : {std::pair{false, 0U}, {true, 0U}, {true, 1U}, {true, 9U}}) {
          INFO(name(set) << ", " << n << " columns, logarithm " << logarithm << ", stream " << stream << ", shifted by " << shift);
          Aligned<T> powers(n, 0), y(n + 1, shift), dx(n + 1, shift);
          kernels.softmax_row(x.data(), stream ? powers.data() : y.data(), y.data(), n, logarithm, stream);
          kernels.softmax_slope_row(y.data(), g.data(), dx.data(), n, logarithm, stream);
          double sum = 0, sizes = 0, worst = 0, worst_slope = 0;
          for (std::size_t i = 0; i < n; ++i) {
            const double term = double(g[i]) * (logarithm ? 1 : double(y.data()[i]));
            sum += term;
            sizes += std::abs(term);
          }
          for (std::size_t i = 0; i < n; ++i) {
            const double shifted = double(x[i]) - largest, p = std::exp(shifted) / total, result = double(y.data()[i]);
            worst = std::max(
                worst, logarithm ? std::abs(result - (shifted - std::log(total))) / (1 + std::abs(shifted)) : std::abs(result - p) / p);
            const double slope = logarithm ? double(g[i]) - std::exp(result) * sum : result * (double(g[i]) - sum);
            const double size = std::abs(double(g[i])) + sizes;
            worst_slope = std::max(worst_slope, std::abs(double(dx.data()[i]) - slope) / size);
          }
          CHECK(worst < tolerance);
          CHECK(worst_slope < tolerance);
          CHECK(y.data()[n] == T(7));
          CHECK(dx.data()[n] == T(7));
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("a row with NaN or +inf has no softmax, one with -inf has", "[backend][ops]", float, double) {
  using T = TestType;
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (const InstructionSet set : available_instruction_sets()) {
    const ArrayKernels<T>& kernels = array_kernels<T>(set);
    for (const bool logarithm : {false, true}) {
      for (const T bad : {T(NAN), infinity}) {
        std::vector<T> x(21, T(1)), y(21);
        x[18] = bad;
        kernels.softmax_row(x.data(), y.data(), y.data(), x.size(), logarithm, false);
        CHECK(std::all_of(y.begin(), y.end(), [](T value) { return std::isnan(value); }));
      }
      std::vector<T> x{T(0), -infinity, T(0)}, y(3);
      kernels.softmax_row(x.data(), y.data(), y.data(), 3, logarithm, false);
      CHECK(y[1] == (logarithm ? -infinity : T(0)));
      CHECK(y[0] == Approx(logarithm ? std::log(0.5) : 0.5));
    }
  }
}

TEST_CASE("a large tensor comes out of the doors as a small one does", "[backend][slow]") {
  Backend& backend = backend_of({});
  const std::int64_t rows = 5, columns = 1 << 21;  // 40 MiB: around the cache
  const auto wide = static_cast<std::size_t>(columns);
  Tensor x({rows, columns}), y({rows, columns}), small({1, columns});
  const auto values = normal_values<float>(wide * 5, 3);
  backend.upload(x.array_to_fill().data, values.data(), values.size() * sizeof(float));
  const Activation gelu = Activation::parse("gelu");
  const FormulaArguments f{&gelu.formula(), gelu.parameters(), {}};
  const auto last_row_equals = [&] { return equal_bits(y.array().as<float>() + 4 * wide, small.array().as<float>(), wide); };
  const ConstArray last{x.array().as<float>() + 4 * wide, DType::float32, {1, columns}};

  backend.elementwise(f, {0, Derivative::none}, x.array(), x.array(), y.array_to_fill());
  backend.elementwise(f, {0, Derivative::none}, last, last, small.array_to_fill());
  CHECK(last_row_equals());
  for (const bool logarithm : {false, true}) {
    backend.softmax(x.array(), logarithm, y.array_to_fill());
    backend.softmax(last, logarithm, small.array_to_fill());
    CHECK(last_row_equals());
  }
  backend.copy_columns(x.array(), 0, y.array_to_fill(), 0, columns);
  CHECK(equal_bits(y.array().as<float>(), values.data(), values.size()));
  backend.elementwise(f, {}, x.array(), {}, y.array_to_fill());
  backend.elementwise(f, {}, x.array(), {}, x.array_to_fill());  // in place
  CHECK(equal_bits(y.array().as<float>(), x.array().as<float>(), values.size()));
}

}  // namespace seegrad::cpu
