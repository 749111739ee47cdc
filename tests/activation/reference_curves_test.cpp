// The table of reference.hpp. (Named like a test so that the build finds it; a test that it is complete is below.)
#include "activation/reference.hpp"

#include "seegrad/activation/activation.hpp"
#include "seegrad/activation/program.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

namespace seegrad::test {
namespace {

using Real = long double;

Real s(Real x) { return 1 / (1 + std::exp(-x)); }
Real ds(Real x) { return x > 0 ? ds(-x) : std::exp(x) / ((1 + std::exp(x)) * (1 + std::exp(x))); }
Real Phi(Real x) { return std::erfc(-x / std::sqrt(Real(2))) / 2; }
Real phi(Real x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi_v<Real>); }
Real sp(Real x) { return std::fmax(x, Real(0)) + std::log1p(std::exp(-std::fabs(x))); }
Real zero(Real, const Values&) { return 0; }

Reference piecewise(Real right, std::function<Real(const Values&)> left) {
  return {[=](Real x, const Values& p) { return x > 0 ? right * x : left(p) * x; },
          [=](Real x, const Values& p) { return x > 0 ? right : left(p); }, zero};
}

Reference exponential_linear(Real scale, std::function<Real(const Values&)> alpha) {
  return {[=](Real x, const Values& p) { return scale * (x > 0 ? x : alpha(p) * std::expm1(x)); },
          [=](Real x, const Values& p) { return scale * (x > 0 ? 1 : alpha(p) * std::exp(x)); },
          [=](Real x, const Values& p) { return scale * (x > 0 ? 0 : alpha(p) * std::exp(x)); }};
}

Reference prelu() {
  Reference r = piecewise(1, [](const Values& p) { return p[0]; });
  r.dp = [](Real x, const Values&) { return x > 0 ? 0 : x; };
  r.dxdp = [](Real x, const Values&) { return Real(x > 0 ? 0 : 1); };
  r.d2p = zero;
  return r;
}

Reference swish() {
  return {[](Real x, const Values& p) { return x * s(p[0] * x); },
          [](Real x, const Values& p) { return s(p[0] * x) + p[0] * x * ds(p[0] * x); },
          [](Real x, const Values& p) { return p[0] * ds(p[0] * x) * (2 + p[0] * x * (1 - 2 * s(p[0] * x))); },
          [](Real x, const Values& p) { return x * x * ds(p[0] * x); },
          [](Real x, const Values& p) { return x * ds(p[0] * x) * (2 + p[0] * x * (1 - 2 * s(p[0] * x))); },
          [](Real x, const Values& p) { return x * x * x * ds(p[0] * x) * (1 - 2 * s(p[0] * x)); }};
}

/// swish with a fixed beta.
Reference gated_by_sigmoid(Real beta) {
  const Reference r = swish();
  const Values fixed{beta};
  return {[=](Real x, const Values&) { return r.f(x, fixed); }, [=](Real x, const Values&) { return r.df(x, fixed); },
          [=](Real x, const Values&) { return r.d2f(x, fixed); }};
}

Reference e_swish() {
  const Reference r = gated_by_sigmoid(1);
  return {[=](Real x, const Values& p) { return p[0] * r.f(x, p); }, [=](Real x, const Values& p) { return p[0] * r.df(x, p); },
          [=](Real x, const Values& p) { return p[0] * r.d2f(x, p); }};
}

Reference acon_c() {
  struct Inner {
    Real x, p2, d, beta, s0, s1, s2;  // the sigmoid of beta d x and its first two derivatives
    Inner(Real x_, const Values& p) : x(x_), p2(p[1]), d(p[0] - p[1]), beta(p[2]) {
      const Real u = beta * d * x;
      s0 = s(u), s1 = ds(u), s2 = s1 * (1 - 2 * s0);
    }
  };
  return {[](Real x, const Values& p) {
            const Inner i(x, p);
            return x * (i.p2 + i.d * i.s0);
          },
          [](Real x, const Values& p) {
            const Inner i(x, p);
            return i.p2 + i.d * i.s0 + x * i.d * i.d * i.beta * i.s1;
          },
          [](Real x, const Values& p) {
            const Inner i(x, p);
            return i.d * i.d * i.beta * (2 * i.s1 + x * i.d * i.beta * i.s2);
          },
          [](Real x, const Values& p) {
            const Inner i(x, p);
            return x * (i.s0 + i.d * i.beta * x * i.s1);
          },
          [](Real x, const Values& p) {
            const Inner i(x, p);
            const Real u = i.beta * i.d * x;
            return i.s0 + 3 * u * i.s1 + u * u * i.s2;
          },
          [](Real x, const Values& p) {
            const Inner i(x, p);
            return i.beta * x * x * (2 * i.s1 + i.beta * i.d * x * i.s2);
          }};
}

Real sech2(Real x) { return 1 / (std::cosh(x) * std::cosh(x)); }

Reference tanhexp() {
  return {[](Real x, const Values&) { return x * std::tanh(std::exp(x)); },
          [](Real x, const Values&) {
            const Real e = std::exp(x), q = sech2(e);
            return std::tanh(e) + (q == 0 ? 0 : x * e * q);
          },
          [](Real x, const Values&) {
            const Real e = std::exp(x), q = sech2(e);
            return q == 0 ? 0 : e * q * (2 + x * (1 - 2 * e * std::tanh(e)));
          }};
}

Reference gelu_tanh() {
  struct Inner {
    Real u, du, d2u, t, sech2;
    explicit Inner(Real x) {
      const Real c = std::sqrt(2 / std::numbers::pi_v<Real>), a = 0.044715L;
      u = c * (x + a * x * x * x), du = c * (1 + 3 * a * x * x), d2u = c * 6 * a * x;
      t = std::tanh(u), sech2 = 1 / (std::cosh(u) * std::cosh(u));
    }
  };
  return {[](Real x, const Values&) { return x * s(2 * Inner(x).u); },
          [](Real x, const Values&) {
            const Inner i(x);
            return s(2 * i.u) + (i.sech2 == 0 ? 0 : x / 2 * i.sech2 * i.du);
          },
          [](Real x, const Values&) {
            const Inner i(x);
            return i.sech2 == 0 ? 0 : i.sech2 * (i.du + x / 2 * (i.d2u - 2 * i.t * i.du * i.du));
          }};
}

Reference mish() {
  struct Inner {
    Real t, dt, d2t;
    explicit Inner(Real x) {
      const Real y = sp(x), sech2 = 1 / (std::cosh(y) * std::cosh(y));
      t = std::tanh(y), dt = s(x) * sech2, d2t = sech2 * (ds(x) - 2 * s(x) * s(x) * t);
    }
  };
  return {[](Real x, const Values&) { return x * Inner(x).t; }, [](Real x, const Values&) { return Inner(x).t + x * Inner(x).dt; },
          [](Real x, const Values&) { return 2 * Inner(x).dt + x * Inner(x).d2t; }};
}

std::map<std::string, Reference> table() {
  const Real lambda = 1.0507009873554804934193349852946L, alpha = 1.6732632423543772848170429916717L;
  std::map<std::string, Reference> t;
  add_algebra(t);
  t["identity"] = piecewise(1, [](const Values&) { return 1; });
  t["relu"] = piecewise(1, [](const Values&) { return 0; });
  t["leaky_relu"] = piecewise(1, [](const Values& p) { return p[0]; });
  t["prelu"] = prelu();
  t["elu"] = exponential_linear(1, [](const Values& p) { return p[0]; });
  t["selu"] = exponential_linear(lambda, [=](const Values&) { return alpha; });
  t["sigmoid"] = {[](Real x, const Values&) { return s(x); }, [](Real x, const Values&) { return ds(x); },
                  [](Real x, const Values&) { return ds(x) * (1 - 2 * s(x)); }};
  t["tanh"] = {[](Real x, const Values&) { return std::tanh(x); }, [](Real x, const Values&) { return 1 / (std::cosh(x) * std::cosh(x)); },
               [](Real x, const Values&) { return -2 * std::tanh(x) / (std::cosh(x) * std::cosh(x)); }};
  t["softplus"] = {[](Real x, const Values& p) { return sp(p[0] * x) / p[0]; }, [](Real x, const Values& p) { return s(p[0] * x); },
                   [](Real x, const Values& p) { return p[0] * ds(p[0] * x); }};
  t["celu"] = {[](Real x, const Values& p) { return x > 0 ? x : p[0] * std::expm1(x / p[0]); },
               [](Real x, const Values& p) { return x > 0 ? 1 : std::exp(x / p[0]); },
               [](Real x, const Values& p) { return x > 0 ? 0 : std::exp(x / p[0]) / p[0]; }};
  t["log_sigmoid"] = {[](Real x, const Values&) { return -sp(-x); }, [](Real x, const Values&) { return s(-x); },
                      [](Real x, const Values&) { return -ds(x); }};
  const Real a = 1.7159L, k = 2.0L / 3;
  t["lecun_tanh"] = {[=](Real x, const Values&) { return a * std::tanh(k * x); },
                     [=](Real x, const Values&) { return a * k * sech2(k * x); },
                     [=](Real x, const Values&) { return -2 * a * k * k * std::tanh(k * x) * sech2(k * x); }};
  t["tanhshrink"] = {[](Real x, const Values&) { return x - std::tanh(x); },
                     [](Real x, const Values&) { return std::pow(std::tanh(x), 2); },
                     [](Real x, const Values&) { return 2 * std::tanh(x) * sech2(x); }};
  t["lisht"] = {[](Real x, const Values&) { return x * std::tanh(x); }, [](Real x, const Values&) { return std::tanh(x) + x * sech2(x); },
                [](Real x, const Values&) { return 2 * sech2(x) * (1 - x * std::tanh(x)); }};
  t["gaussian"] = {[](Real x, const Values&) { return std::exp(-x * x); }, [](Real x, const Values&) { return -2 * x * std::exp(-x * x); },
                   [](Real x, const Values&) { return (4 * x * x - 2) * std::exp(-x * x); }};
  t["silu"] = gated_by_sigmoid(1);
  t["quick_gelu"] = gated_by_sigmoid(1.702L);
  t["e_swish"] = e_swish();
  t["acon_c"] = acon_c();
  t["tanhexp"] = tanhexp();
  t["swish"] = swish();
  t["gelu"] = {[](Real x, const Values&) { return x * Phi(x); }, [](Real x, const Values&) { return Phi(x) + x * phi(x); },
               [](Real x, const Values&) { return phi(x) == 0 ? 0 : phi(x) * (2 - x * x); }};
  t["gelu_tanh"] = gelu_tanh();
  t["mish"] = mish();
  return t;
}

}  // namespace

const std::map<std::string, Reference>& references() {
  static const std::map<std::string, Reference> curves = table();
  return curves;
}

bool oscillates(const Formula& formula) { return formula.program().uses(Word::sin) || formula.program().uses(Word::cos); }

Reference reference_of(const Formula& formula) {
  if (const auto found = references().find(std::string(formula.name())); found != references().end()) return found->second;
  const auto curve = [&formula](Derivative derivative) -> Curve {
    return [&formula, derivative](Real x, const Values& parameters) {
      return Real(formula.at(double(x), std::vector<double>(parameters.begin(), parameters.end()), derivative));
    };
  };
  Reference own{curve({}), curve({0}), curve({0, 0})};
  if (formula.has({1})) own.dp = curve({1}), own.dxdp = curve({0, 1}), own.d2p = curve({1, 1});
  return own;
}

TEST_CASE("every entry of the textbook belongs to an activation, and covers what it learns", "[activation]") {
  for (const auto& [name, entry] : references()) {
    INFO(name);
    const Activation activation = Activation::parse(name);
    CHECK(activation.name() == name);
    CHECK(activation.learnable() == static_cast<bool>(entry.dp));
  }
}

}  // namespace seegrad::test
