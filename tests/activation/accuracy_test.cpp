// float32 accuracy of f and f' over the whole float range, for the scalar code and every instruction set. One bar for all;
// a curve that oscillates may in addition be off by what one rounding of x changes (see oscillates()).
#include "activation/reference.hpp"
#include "backend/cpu/instruction_set.hpp"

#include "seegrad/activation/activation.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace seegrad::test {
namespace {

// Every exponent with both signs, subnormals and the largest numbers included; then densely where things happen.
std::vector<float> float_samples() {
  std::vector<float> x{0.0f, -0.0f};
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent)
    for (std::uint32_t i = 0; i < 24; ++i) {
      const std::uint32_t fraction = i == 23 ? 0x7fffff : (i * 2654435761u >> 9 & 0x7fffff) * (i > 0);
      const float value = std::bit_cast<float>(exponent << 23 | fraction);
      x.push_back(value);
      x.push_back(-value);
    }
  for (int i = -30000; i <= 30000; ++i) x.push_back(float(i) * 0.001f);
  for (int i = -2000; i <= 2000; ++i) x.push_back(float(i) * 0.053f);  // out to +-106: where exp leaves float
  return x;
}

struct Worst {
  double ulp = 0, absolute = 0, ulp_at = 0, absolute_at = 0;
  bool within = true;
  double first_outside = 0;
};

double ulp_of(long double value) {
  const float magnitude = std::fmin(std::fabs(float(value)), std::numeric_limits<float>::max());
  const int exponent = std::max(magnitude > 0 ? std::ilogb(magnitude) : -126, -126);
  return std::ldexp(1.0, exponent - 23);
}

// Ulps are counted where they are the rule that binds: where 4 of them are more than 1e-7. `allowed` comes off the
// difference first.
void compare(Worst& worst, float x, float y, long double exact, long double allowed) {
  if (std::fabs(exact) > std::numeric_limits<float>::max() && std::isinf(y)) return;
  const double difference = double(std::fdim(std::fabs(y - exact), allowed)), ulp = ulp_of(exact), tolerance = std::max(4 * ulp, 1e-7);
  if (4 * ulp > 1e-7 && !(difference / ulp <= worst.ulp)) worst.ulp = difference / ulp, worst.ulp_at = x;
  if (4 * ulp <= 1e-7 && !(difference <= worst.absolute)) worst.absolute = difference, worst.absolute_at = x;
  if (!(difference <= tolerance) && worst.within) worst.within = false, worst.first_outside = x;
}

// What is right at each x, and by how much one rounding of x changes it where the curve oscillates.
struct Expected {
  std::vector<long double> exact, allowed;

  Expected(const std::vector<float>& x, const Curve& curve, const Values& parameters, bool oscillating) {
    for (const float v : x) {
      const auto change = [&](long double relative) { return std::fabs(curve(v + v * relative, parameters) - exact.back()); };
      exact.push_back(curve(v, parameters));
      allowed.push_back(oscillating ? std::fmax(change(0x1p-23L), change(-0x1p-23L)) : 0);
    }
  }
};

Worst worst_of(const std::vector<float>& x, const std::vector<float>& y, const Expected& expected) {
  Worst worst;
  for (std::size_t i = 0; i < x.size(); ++i) compare(worst, x[i], y[i], expected.exact[i], expected.allowed[i]);
  return worst;
}

std::string row(std::string_view name, std::string_view set, const Worst& f, const Worst& df) {
  return fmt::format("{:<14} {:<10} {:>5.2f} at {:>9.3g} {:>9.1e} at {:>9.3g}   {:>5.2f} at {:>9.3g} {:>9.1e} at {:>9.3g}\n", name, set,
                     f.ulp, f.ulp_at, f.absolute, f.absolute_at, df.ulp, df.ulp_at, df.absolute, df.absolute_at);
}

}  // namespace

TEST_CASE("in float32 every activation and its derivative are right to 4 ulp or 1e-7", "[activation][accuracy]") {
  const std::vector<float> samples = float_samples();
  std::string table = fmt::format(
      "float32 against long double, {} points; ulp where 4 ulp exceed 1e-7, else absolute\n"
      "{:<14} {:<10} {:<33} {}\n",
      samples.size(), "activation", "code", "f", "  f'");
  for (const Activation& activation : Activation::all()) {
    const Formula& formula = activation.formula();
    if (formula.catalogue_index() < 0) continue;
    const Reference reference = reference_of(formula);
    std::vector<float> values(activation.parameters().begin(), activation.parameters().end());
    const Values exact_values(values.begin(), values.end());
    std::vector<const float*> pointers;
    for (const float& value : values) pointers.push_back(&value);

    const bool oscillating = oscillates(formula);
    std::vector<float> x = samples;
    if (oscillating) std::erase_if(x, [](float v) { return std::fabs(v) > 1e4f; });  // beyond, a rounding moves x by much of a wave
    std::vector<float> y(x.size());
    const Expected f_expected(x, reference.f, exact_values, oscillating);
    const Expected df_expected(x, reference.df, exact_values, oscillating);
    const ElementwiseCall<float> call{x.data(), nullptr, y.data(), x.size(), pointers.data(), false};
    const auto check = [&](std::string_view set, auto&& run) {
      run(Derivative{});
      const Worst f = worst_of(x, y, f_expected);
      run(Derivative{0});
      const Worst df = worst_of(x, y, df_expected);
      table += row(formula.name(), set, f, df);
      INFO(formula.name() << " " << set << ": f fails first at " << f.first_outside << ", f' at " << df.first_outside);
      CHECK(f.within);
      CHECK(df.within);
    };
    check("reference", [&](Derivative d) { formula.apply(call, d); });
    for (const cpu::InstructionSet set : cpu::available_instruction_sets())
      check(cpu::name(set), [&](Derivative d) { cpu::formula_kernels(set, formula.catalogue_index()).f32(d, call); });
  }
  std::fputs(table.c_str(), stdout);
}

TEST_CASE("in float32 sine, cosine, arc tangent and inverse hyperbolic sine are right to 4 ulp everywhere", "[activation][accuracy]") {
  struct WordCase {
    const char* activation;  // with these parameters it is the word alone
    Derivative derivative;
    long double (*exact)(long double);
  };
  const WordCase words[] = {
      {"sine(omega=1)", {}, std::sin}, {"sine(omega=1)", {0}, std::cos}, {"arctan", {}, std::atan}, {"asinh", {}, std::asinh}};
  const std::vector<float> x = float_samples();
  std::vector<float> y(x.size());
  for (const WordCase& word : words) {
    const Activation activation = Activation::parse(word.activation);
    const float one = 1;
    const float* const parameters[] = {&one};
    for (const cpu::InstructionSet set : cpu::available_instruction_sets()) {
      const ElementwiseCall<float> call{x.data(), nullptr, y.data(), x.size(), parameters, false};
      cpu::formula_kernels(set, activation.formula().catalogue_index()).f32(word.derivative, call);
      double worst = 0, at = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const long double exact = word.exact(x[i]);
        const double error = double(std::fabs(y[i] - exact)) / ulp_of(exact);
        if (!(error <= worst)) worst = error, at = x[i];
      }
      INFO(activation.to_string() << " (" << word.derivative.first << ") " << cpu::name(set) << ": worst at " << at);
      CHECK(worst <= 4);
    }
  }
}

}  // namespace seegrad::test
