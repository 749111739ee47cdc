#include "seegrad/activation/check.hpp"

#include "seegrad/activation/program.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>

namespace seegrad {
namespace {

using Curve = std::function<double(double)>;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Richardson's combination of two central differences: its error falls with the fourth power of the step.
double difference(const Curve& f, double x, double step) {
  const double wide = (f(x + step) - f(x - step)) / (2 * step), narrow = (f(x + step / 2) - f(x - step / 2)) / step;
  return (4 * narrow - wide) / 3;
}

/// Whether f jumps within d of x: its change does not shrink as the window does.
bool jumps(const Curve& f, double x, double d) {
  const double wide = std::abs(f(x + d) - f(x - d)), narrow = std::abs(f(x + d / 64) - f(x - d / 64));
  return wide > 1e-9 && narrow > 0.5 * wide;
}

class Checker {
 public:
  explicit Checker(const Activation& activation)
      : activation_(activation),
        f_([this](double x) { return activation_.at(x); }),
        df_([this](double x) { return activation_.derivative(x); }),
        d2f_([this](double x) { return activation_.second_derivative(x); }) {}

  std::vector<std::string> run() {
    if (!activation_.formula().program().uses(Word::straight_through)) {
      slope_agrees("f'", f_, df_);
      slope_agrees("f''", df_, d2f_);
    }
    learned_slopes_agree();
    has_no_seam("f'", df_, d2f_);
    keeps_nan();
    has_limits();
    survives_every_size();
    return std::move(faults_);
  }

 private:
  template <class... Values>
  void fault(fmt::format_string<Values...> text, Values&&... values) {
    faults_.push_back(fmt::format(text, std::forward<Values>(values)...));
  }

  bool oscillates() const {
    const Program& program = activation_.formula().program();
    return program.uses(Word::sin) || program.uses(Word::cos);
  }

  void slope_agrees(const char* name, const Curve& f, const Curve& slope) {
    constexpr double step = 1e-3;
    for (double x = -12.03; x < 12; x += 0.0617) {
      const double expected = difference(f, x, step), found = slope(x), size = 1 + std::abs(expected) + std::abs(f(x));
      // Near a kink no difference is right; f, f' and f'' themselves say where that is.
      if (jumps(f_, x, step) || jumps(df_, x, step) || jumps(d2f_, x, step) || std::abs(found - expected) <= 1e-6 * size) continue;
      return fault("{} at {:.6g} is {:.6g}, but differences give {:.6g}", name, x, found, expected);
    }
  }

  void learned_slopes_agree() {
    const auto parameters = activation_.formula().parameters();
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      if (!parameters[p].learnable) continue;
      for (double x = -6.03; x < 6; x += 0.171) {
        std::vector<double> values = activation_.parameters();
        const Curve f = [&](double v) {
          values[p] = v;
          return activation_.formula().at(x, values);
        };
        const double at = activation_.parameters()[p], expected = difference(f, at, 1e-4 * (1 + std::abs(at)));
        const double found = activation_.formula().at(x, activation_.parameters(), {int(p) + 1});
        if (std::abs(found - expected) <= 1e-6 * (1 + std::abs(expected) + std::abs(f(at)))) continue;
        fault("the derivative with respect to {} at x = {:.6g} is {:.6g}, but differences give {:.6g}", parameters[p].name, x, found,
              expected);
        break;
      }
    }
  }

  void has_no_seam(const char* name, const Curve& slope, const Curve& bend) {
    constexpr double d = 0x1p-20;
    for (int i = -256; i <= 256; ++i) {
      const double x = i / 32.0, left = slope(x - d), right = slope(x + d), here = slope(x);
      // On a kink the slope is the limit from one side, which lies `bend` times d away from the neighbour on that side.
      const double slack = 4 * d * (1 + std::abs(bend(x - d)) + std::abs(bend(x + d)));
      if (here >= std::fmin(left, right) - slack && here <= std::fmax(left, right) + slack) continue;
      return fault(
          "{} at {:.6g} is {:.6g}, but {:.6g} to its left and {:.6g} to its right: pieces of the formula meet there and each takes "
          "a side (say it in one word, such as softplus or select)",
          name, x, here, left, right);
    }
  }

  void keeps_nan() {
    if (!std::isnan(f_(std::nan("")))) fault("f(NaN) is {:.6g}: a NaN that vanishes cannot be found", f_(std::nan("")));
  }

  void has_limits() {
    if (oscillates()) return;
    for (const double x : {-infinity, infinity}) {
      if (std::isnan(f_(x))) fault("f({}) is NaN instead of a limit (gate(x, g) is x*g, but 0 where g is 0)", x);
      if (std::isnan(df_(x))) fault("f'({}) is NaN instead of a limit (gate(x, g) is x*g, but 0 where g is 0)", x);
    }
  }

  void survives_every_size() {
    const std::vector<float> parameters(activation_.parameters().begin(), activation_.parameters().end());
    const auto f32 = [&](double x, Derivative which) { return double(activation_.formula().at(float(x), parameters, which)); };
    const auto look = [&](double x, const char* name, const Curve& exact, Derivative which) {
      const double y = exact(x);
      if (std::isnan(y)) return fault("{} at {:.6g} is NaN", name, x), true;
      if (std::abs(x) > std::numeric_limits<float>::max() || std::abs(y) > 0.5 * std::numeric_limits<float>::max()) return false;
      if (std::isfinite(f32(x, which))) return false;
      return fault("{} at {:.6g} is {:.6g} in float, but {:.6g} in double: something overflows on the way", name, x, f32(x, which), y),
             true;
    };
    bool value = true, slope = true;
    const int highest = oscillates() ? 20 : 1024;  // far out an oscillating formula's phase is lost in the rounding of x
    for (int exponent = -1074; exponent < highest; ++exponent)
      for (const double x : {std::ldexp(1.0, exponent), -std::ldexp(1.0, exponent)}) {
        if (value && look(x, "f", f_, {})) value = false;
        if (slope && look(x, "f'", df_, {0})) slope = false;
      }
  }

  const Activation& activation_;
  Curve f_, df_, d2f_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> check(const Activation& activation) { return Checker(activation).run(); }

}  // namespace seegrad
