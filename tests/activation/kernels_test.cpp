// Vector kernels against the scalar reference, for every formula, derivative, type and instruction set.
#include "activation/reference.hpp"
#include "backend/cpu/instruction_set.hpp"
#include "backend/cpu/program_loop.hpp"

#include "seegrad/activation/catalogue.hpp"
#include "seegrad/math/error.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace seegrad::test {
namespace {

// The two ways to compute a formula on vectors: the loop that was compiled for it, and its program, word by word.
struct Way {
  cpu::InstructionSet set;
  bool by_program;
  std::string name() const { return std::string(cpu::name(set)) + (by_program ? " word by word" : " compiled"); }
};

std::vector<Way> ways() {
  std::vector<Way> all;
  for (const cpu::InstructionSet set : cpu::available_instruction_sets()) all.insert(all.end(), {{set, false}, {set, true}});
  return all;
}

template <class T>
void run(Way way, const Formula& formula, Derivative derivative, const ElementwiseCall<T>& call) {
  if (way.by_program) return cpu::run_program(way.set, formula.program(), int(formula.parameters().size()), derivative, call);
  const cpu::FormulaKernels& kernels = cpu::formula_kernels(way.set, formula.catalogue_index());
  if constexpr (sizeof(T) == 4)
    kernels.f32(derivative, call);
  else
    kernels.f64(derivative, call);
}

std::vector<Derivative> derivatives_of(const Formula& formula) {
  std::vector<Derivative> all;
  for (int first = -1; first <= int(formula.parameters().size()); ++first)
    for (int second = -1; second <= first; ++second)
      if (formula.has({first, second})) all.push_back({first, second});
  return all;
}

// Both signs of every seventh exponent or so, the middle densely, and the special values.
template <class T>
std::vector<T> samples() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x{0,
                   T(-0.0),
                   Limits::infinity(),
                   -Limits::infinity(),
                   Limits::quiet_NaN(),
                   Limits::max(),
                   Limits::lowest(),
                   Limits::min(),
                   Limits::denorm_min(),
                   -Limits::denorm_min(),
                   1,
                   -1};
  for (int e = Limits::min_exponent - Limits::digits + 2; e < Limits::max_exponent; e += sizeof(T) == 4 ? 3 : 17)
    for (const double m : {1.0, 1.37, 1.93}) x.insert(x.end(), {std::ldexp(T(m), e), -std::ldexp(T(m), e)});
  for (int i = -2500; i <= 2500; ++i) x.push_back(T(i) * T(0.0123));
  return x;
}

// Equal, both NaN, or within `ulps` of the larger magnitude, or both below what single or double can care about:
// x^2/2 and x/sqrt(2) are rounded on the way into an exponential, so far tails agree in absolute terms only.
template <class T>
bool agree(T a, T b, int ulps, T scale) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  const T epsilon = std::numeric_limits<T>::epsilon();
  return std::fabs(a - b) <= T(ulps) * epsilon * std::fmax(std::fmax(std::fabs(a), std::fabs(b)), scale);
}

// How much one rounding of x changes the formula: what may differ where it oscillates, since the last bit of a sine far out is
// as good as random.
template <class T>
T change_by_rounding(const Formula& formula, Derivative derivative, T x, const std::vector<T>& parameters) {
  const auto at = [&](T value) { return formula.at(value, parameters, derivative); };
  return std::fmax(std::fabs(at(std::nextafter(x, x - 1)) - at(x)), std::fabs(at(std::nextafter(x, x + 1)) - at(x)));
}

template <class T>
struct Arguments {
  std::vector<std::vector<T>> values;
  std::vector<const T*> pointers;

  Arguments(const Formula& formula, std::size_t count) {
    for (const Parameter& p : formula.parameters()) {
      values.emplace_back();
      for (std::size_t i = 0; i < count; ++i) values.back().push_back(T(p.value * (1 + 0.25 * double(i % 3))));
    }
    for (const auto& v : values) pointers.push_back(v.data());
  }

  std::vector<T> at(std::size_t i) const {
    std::vector<T> one;
    for (const auto& v : values) one.push_back(v[i]);
    return one;
  }
};

template <class T>
void compare_with_scalar(Way way) {
  const std::vector<T> x = samples<T>();
  for (const Formula* formula : compiled_formulas())
    for (const Derivative derivative : derivatives_of(*formula))
      for (const bool each : {false, true}) {
        const Arguments<T> arguments(*formula, x.size());
        std::vector<T> expected(x.size()), got(x.size());
        ElementwiseCall<T> call{x.data(), nullptr, expected.data(), x.size(), arguments.pointers.data(), each};
        formula->apply(call, derivative);
        call.y = got.data();
        run(way, *formula, derivative, call);
        for (std::size_t i = 0; i < x.size(); ++i)
          if (!agree(got[i], expected[i], 8, T(0.25)) &&
              !(oscillates(*formula) &&
                std::fabs(got[i] - expected[i]) <= change_by_rounding(*formula, derivative, x[i], arguments.at(each ? i : 0)))) {
            INFO(formula->name() << " (" << derivative.first << ", " << derivative.second << ") " << way.name());
            INFO("x = " << double(x[i]) << ": " << double(got[i]) << " instead of " << double(expected[i]));
            FAIL_CHECK("vector and scalar formula disagree");
            break;
          }
      }
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

// Each x alone, then at every offset of a longer array: the bits must not change.
template <class T>
void check_places(Way way, const Formula& formula, Derivative derivative) {
  const std::size_t n = 67;
  std::vector<T> x, scale, alone(n);
  for (std::size_t i = 0; i < n; ++i) x.push_back(T(i) * T(0.37) - T(11)), scale.push_back(T(1) + T(i) * T(0.1));
  const Arguments<T> arguments(formula, n);
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<const T*> pointers;
    for (const T* p : arguments.pointers) pointers.push_back(p + i);
    run<T>(way, formula, derivative, {&x[i], &scale[i], &alone[i], 1, pointers.data(), true});
  }
  for (std::size_t from = 0; from < 20; ++from) {
    std::vector<T> y(n, T(-77));
    std::vector<const T*> pointers;
    for (const T* p : arguments.pointers) pointers.push_back(p + from);
    const std::size_t count = n - from - from % 3;
    run<T>(way, formula, derivative, {&x[from], &scale[from], y.data(), count, pointers.data(), true});
    for (std::size_t i = 0; i < count; ++i)
      if (!same_bits(y[i], alone[from + i])) FAIL_CHECK("place " << i << " from " << from << " changes the result");
    for (std::size_t i = count; i < n; ++i)
      if (y[i] != T(-77)) FAIL_CHECK("written past the end");
  }
}

}  // namespace

TEST_CASE("vector kernels agree with the scalar formula in every derivative", "[activation][kernels]") {
  for (const Way way : ways()) {
    SECTION("float32 " + way.name()) { compare_with_scalar<float>(way); }
    SECTION("float64 " + way.name()) { compare_with_scalar<double>(way); }
  }
}

TEST_CASE("an element's result does not depend on its place, alignment or neighbours", "[activation][kernels]") {
  for (const Way way : ways())
    for (const Formula* formula : compiled_formulas())
      for (const Derivative derivative : derivatives_of(*formula)) {
        INFO(formula->name() << " (" << derivative.first << ", " << derivative.second << ") " << way.name());
        check_places<float>(way, *formula, derivative);
        check_places<double>(way, *formula, derivative);
      }
}

TEST_CASE("kernels may write over their input or over the scale", "[activation][kernels]") {
  const Formula& silu = formula_of<Silu>();
  for (const Way way : ways()) {
    std::vector<float> x(37), scale(37), expected(37);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = float(i) * 0.2f - 3, scale[i] = float(i);
    run<float>(way, silu, {0}, {x.data(), scale.data(), expected.data(), x.size(), nullptr, false});
    std::vector<float> over_x = x, over_scale = scale;
    run<float>(way, silu, {0}, {over_x.data(), scale.data(), over_x.data(), x.size(), nullptr, false});
    run<float>(way, silu, {0}, {x.data(), over_scale.data(), over_scale.data(), x.size(), nullptr, false});
    CHECK(over_x == expected);
    CHECK(over_scale == expected);
  }
}

TEST_CASE("an instruction set can be named, and one that does not run here is not offered", "[activation][kernels]") {
  const auto sets = cpu::available_instruction_sets();
  REQUIRE_FALSE(sets.empty());
  for (const cpu::InstructionSet set : sets) CHECK_FALSE(cpu::name(set).empty());
  CHECK_THROWS_AS(cpu::formula_kernels(sets.front(), -1), Error);
  CHECK_THROWS_AS(cpu::formula_kernels(sets.front(), 100000), Error);
  float x = 1, y = 0, slope = 0.5f;
  const float* parameters[] = {&slope};
  CHECK_THROWS_AS((run<float>({sets.front(), false}, formula_of<LeakyRelu>(), {1}, {&x, nullptr, &y, 1, parameters, false})), Error);
}

}  // namespace seegrad::test
