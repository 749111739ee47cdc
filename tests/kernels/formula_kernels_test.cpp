// The kernels of formulas, run on the host: the text that the run-time compiler gets, with fibers for threads.
#include "kernels/formula_kernels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "backend/random_values.hpp"
#include "kernels/chosen_formula.hpp"
#include "kernels/thread_orders.hpp"

namespace seegrad::test {
namespace {

using kernels::ConstantParameters;
using kernels::MixedParameters;
using kernels::Spread;

template <class T>
constexpr int packet = kernels::packet_width<T>;

// Kernels and formulas do the same operations in the same order, so they agree to the bit, where a*b + c is not made into one rounding
// here and into two there.
template <class T>
bool agree(T a, T b) {
  if (std::isnan(a) && std::isnan(b)) return true;
#ifdef __FP_FAST_FMA
  const T size = std::max({std::fabs(a), std::fabs(b), T(1)});
  return a == b || std::fabs(a - b) <= 64 * std::numeric_limits<T>::epsilon() * size;
#else
  return std::memcmp(&a, &b, sizeof a) == 0;
#endif
}

template <class F, int parameters, int width, int... Directions, class T, class Parameters>
void run_elementwise(const kernels::ElementwiseArguments<T, Parameters>& arguments, unsigned blocks = 2) {
  REQUIRE(kernels::launch(kernels::elementwise_kernel<F, parameters, width, T, Parameters, Directions...>, blocks, kernels::formula_threads,
                          0, kernels::Stream{}, arguments) == kernels::success);
}

/// Special values, small and large ones, and a stretch around 0.
template <class T>
std::vector<T> points() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{
      0, T(-0.0), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::max(), Limits::lowest(), Limits::min()};
  for (int e = Limits::min_exponent; e < Limits::max_exponent; e += Limits::max_exponent / 8)
    x.insert(x.end(), {std::ldexp(T(1.37), e), -std::ldexp(T(1.37), e)});
  for (int i = -300; i <= 300; ++i) x.push_back(T(i) * T(0.0321));
  return x;
}

/// A formula's derivative by the kernel, against the formula itself.
template <class F, class T, int... Directions>
void check_derivative(const std::vector<T>& x) {
  constexpr int count = parameter_count<F>;
  ConstantParameters<T> values{};
  std::array<T, count + 1> defaults{};
  for (int p = 0; p < count; ++p) values.constant[p] = defaults[p] = static_cast<T>(parameters_of<F>()[p].value);
  std::vector<T> y(x.size());
  run_elementwise<ChosenFormula<count>, count, packet<T>, Directions...>(
      kernels::ElementwiseArguments<T, ConstantParameters<T>>{x.data(), nullptr, y.data(), static_cast<std::int64_t>(x.size()), values});
  constexpr std::array<int, 2> none{Derivative::none, Derivative::none};
  Derivative derivative{none[0], none[1]};
  if constexpr (sizeof...(Directions) > 0) {
    const int directions[] = {Directions...};
    derivative.first = directions[0];
    if (sizeof...(Directions) > 1) derivative.second = directions[1];
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const T wanted = formula_of<F>().at(x[i], std::span<const T>(defaults.data(), count), derivative);
    if (agree(y[i], wanted)) continue;
    FAIL_CHECK(fmt::format("{} {}, derivative ({}, {}): at {} the kernel gives {}, the formula {}", F::name,
                           sizeof(T) == 4 ? "float" : "double", derivative.first, derivative.second, x[i], y[i], wanted));
    return;
  }
}

/// An array of n elements that begins `offset` elements after an address that packets can begin at, with a guard on both sides.
template <class T>
class Guarded {
 public:
  Guarded(std::size_t n, std::size_t offset) : all_(n + offset + 32, guard), start_(offset + 16), n_(n) {
    while (reinterpret_cast<std::uintptr_t>(all_.data() + start_ - offset) % 16 != 0) ++start_;
  }
  T* data() { return all_.data() + start_; }
  T& operator[](std::size_t i) { return data()[i]; }
  std::size_t size() const { return n_; }
  bool intact() const {
    for (std::size_t i = 0; i < all_.size(); ++i)
      if ((i < start_ || i >= start_ + n_) && all_[i] != guard) return false;
    return true;
  }

 private:
  static constexpr T guard = T(-12345.5);
  std::vector<T> all_;
  std::size_t start_, n_;
};

template <class T>
Guarded<T> guarded(const std::vector<T>& values, std::size_t offset = 0) {
  Guarded<T> array(values.size(), offset);
  std::copy(values.begin(), values.end(), array.data());
  return array;
}

/// a*x + b*x^2/2 + c: every parameter shows in every derivative that the tests take.
struct Parabola {
  template <class T>
  T operator()(T x, T a, T b, T c) const {
    return a * x + T(0.5) * b * x * x + c;
  }
};
template <class T>
T parabola(T x, T a, T b, T c) {
  return a * x + T(0.5) * b * x * x + c;
}

}  // namespace

TEMPLATE_TEST_CASE("a kernel computes f, f' and f'' of every formula as the formula does", "[kernels]", float, double) {
  const std::vector<TestType> x = points<TestType>();
  for_each_formula([&]<class F>() {
    choose<F>();
    check_derivative<F, TestType>(x);
    check_derivative<F, TestType, 0>(x);
    check_derivative<F, TestType, 0, 0>(x);
  });
}

TEMPLATE_TEST_CASE("a kernel computes the slope along every learnable parameter as the formula does", "[kernels]", float, double) {
  const std::vector<TestType> x = points<TestType>();
  for_each_formula([&]<class F>() {
    choose<F>();
    const auto along = [&]<int p>(std::integral_constant<int, p>) {
      if constexpr (is_direction<F>(p)) {
        check_derivative<F, TestType, p>(x);
        check_derivative<F, TestType, 0, p>(x);
        check_derivative<F, TestType, p, p>(x);
      }
    };
    along(std::integral_constant<int, 1>{});
    along(std::integral_constant<int, 2>{});
    along(std::integral_constant<int, 3>{});
    static_assert(parameter_count<F> <= 3, "then the slope along the fourth belongs here");
  });
}

TEMPLATE_TEST_CASE("an elementwise kernel reaches all of an array and nothing else, whatever its length and address", "[kernels]", float,
                   double) {
  using T = TestType;
  const ConstantParameters<T> none{};
  const auto check = [&](std::size_t n, std::size_t offset, bool in_place, bool scaled) {
    Guarded<T> x = guarded(normal_values<T>(n, 1), offset), scale = guarded(normal_values<T>(n, 2), offset);
    const std::vector<T> x_before(x.data(), x.data() + n), scale_before(scale.data(), scale.data() + n);
    Guarded<T> other(n, offset);
    Guarded<T>& y = !in_place ? other : scaled ? scale : x;
    const kernels::ElementwiseArguments<T, ConstantParameters<T>> arguments{x.data(), scaled ? scale.data() : nullptr, y.data(),
                                                                            static_cast<std::int64_t>(n), none};
    if (offset == 0)
      run_elementwise<Silu, 0, packet<T>, 0>(arguments);
    else
      run_elementwise<Silu, 0, 1, 0>(arguments);
    CHECK((x.intact() && scale.intact() && other.intact()));
    for (std::size_t i = 0; i < n; ++i) {
      const T slope = formula_of<Silu>().at(x_before[i], std::span<const T>(), {0});
      if (agree(y[i], scaled ? scale_before[i] * slope : slope)) continue;
      FAIL_CHECK(fmt::format("{} elements, offset {}, in place {}, scaled {}: wrong at {}", n, offset, in_place, scaled, i));
      return;
    }
  };
  Orders().each([&] {
    for (const std::size_t n : {0, 1, 3, 4, 5, 255, 1023, 4096, 4099, 9000})
      for (const std::size_t offset : {0, 1, 3})
        for (const bool in_place : {false, true})
          for (const bool scaled : {false, true}) check(n, offset, in_place, scaled);
  });
}

TEMPLATE_TEST_CASE("each parameter may be constant, or one value, one for each column or one for each element", "[kernels]", float,
                   double) {
  using T = TestType;
  constexpr std::size_t rows = 37, columns = 19, n = rows * columns;
  const std::vector<T> x = normal_values<T>(n, 3);
  const std::vector<T> values[3] = {normal_values<T>(n, 4), normal_values<T>(n, 5), normal_values<T>(n, 6)};
  std::vector<T> y(n);
  for (int modes = 0; modes < 64; ++modes) {
    const int mode[3] = {modes % 4, modes / 4 % 4, modes / 16};  // 0: constant; else a Spread
    MixedParameters<T> parameters{};
    for (int p = 0; p < 3; ++p) {
      parameters.source[p] = {mode[p] ? values[p].data() : nullptr, T(0.25) * T(p + 1), mode[p] ? Spread(mode[p] - 1) : Spread::one};
      if (mode[p] == 2) parameters.columns = columns;
    }
    const kernels::ElementwiseArguments<T, MixedParameters<T>> arguments{x.data(), nullptr, y.data(), n, parameters};
    run_elementwise<Parabola, 3, packet<T>>(arguments);
    const auto wanted = [&](std::size_t i) {
      T at[3];
      for (int p = 0; p < 3; ++p) {
        const std::size_t place[] = {0, 0, i % columns, i};
        at[p] = mode[p] ? values[p][place[mode[p]]] : T(0.25) * T(p + 1);
      }
      return parabola(x[i], at[0], at[1], at[2]);
    };
    for (std::size_t i = 0; i < n; ++i) {
      if (agree(y[i], wanted(i))) continue;
      FAIL_CHECK(fmt::format("modes {} {} {}: wrong at {}", mode[0], mode[1], mode[2], i));
      break;
    }
  }
}

TEMPLATE_TEST_CASE("after a product, bias and activation are applied in place", "[kernels]", float, double) {
  using T = TestType;
  const auto check = [&]<int width>(kernels::Width<width>, std::size_t rows, std::size_t columns, bool with_bias, bool keeps_c) {
    const std::size_t n = rows * columns, offset = width == 1 ? 1 : 0;
    Guarded<T> c = guarded(normal_values<T>(n, 7), offset), y(n, offset), bias = guarded(normal_values<T>(columns, 8), offset);
    const std::vector<T> before(c.data(), c.data() + n);
    MixedParameters<T> slope{};  // one for each column
    const std::vector<T> slopes = normal_values<T>(columns, 9);
    slope.source[0] = {slopes.data(), T(0), Spread::columns};
    slope.columns = static_cast<std::int64_t>(columns);
    const kernels::BiasActivationArguments<T, MixedParameters<T>> arguments{
        c.data(), with_bias ? bias.data() : nullptr, keeps_c ? y.data() : c.data(), static_cast<std::int64_t>(rows), slope.columns, slope};
    REQUIRE(kernels::launch(kernels::bias_activation_kernel<LeakyRelu, 1, width, T, MixedParameters<T>>, kernels::dim3(2, 3),
                            kernels::dim3(32, 8), 0, kernels::Stream{}, arguments) == kernels::success);
    CHECK((c.intact() && y.intact()));
    for (std::size_t i = 0; i < n; ++i) {
      const T sum = with_bias ? before[i] + bias[i % columns] : before[i];
      const T activated = formula_of<LeakyRelu>().at(sum, std::span<const T>(&slopes[i % columns], 1));
      const bool right = keeps_c ? agree(c[i], sum) && agree(y[i], activated) : agree(c[i], activated);
      if (right) continue;
      FAIL_CHECK(fmt::format("{} x {}, bias {}, c kept {}: wrong at {}", rows, columns, with_bias, keeps_c, i));
      return;
    }
  };
  Orders().each([&] {
    for (const auto& [rows, columns] : {std::pair{1, 1}, {5, 3}, {7, 64}, {130, 12}, {33, 129}, {2, 5000}, {1, 128}})
      for (const bool with_bias : {false, true})
        for (const bool keeps_c : {false, true}) {
          if (columns % packet<T> == 0) check(kernels::Width<packet<T>>{}, rows, columns, with_bias, keeps_c);
          check(kernels::Width<1>{}, rows, columns, with_bias, keeps_c);
        }
  });
}

}  // namespace seegrad::test
