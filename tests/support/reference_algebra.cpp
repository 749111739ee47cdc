// The textbook's entries that need no exponential: straight pieces, parabolas, fractions, roots, arcs and waves.
#include "activation/reference.hpp"

#include <cmath>

namespace seegrad::test {
namespace {

using Real = long double;

Real zero(Real, const Values&) { return 0; }
Real sign_of(Real x) { return Real((x > 0) - (x < 0)); }

// x between two bounds, times a slope; flat outside, bounds included.
Reference clipped(std::function<Real(const Values&)> low, std::function<Real(const Values&)> high) {
  return {[=](Real x, const Values& p) { return std::fmin(std::fmax(x, low(p)), high(p)); },
          [=](Real x, const Values& p) { return Real(x > low(p) && x < high(p)); }, zero};
}

Reference clipped(Real low, Real high) {
  return clipped([=](const Values&) { return low; }, [=](const Values&) { return high; });
}

// Above `right` of the parameters x, elsewhere another line.
Reference lines(std::function<Real(Real, const Values&)> f, std::function<Real(Real, const Values&)> df) { return {f, df, zero}; }

void add_rectifiers(std::map<std::string, Reference>& t) {
  const auto estimator = [](Real x, const Values& p) { return std::fabs(x) <= 1 ? p[0] : 0; };
  t["step"] = lines([](Real x, const Values&) { return Real(x > 0); }, estimator);
  t["sign"] = lines([](Real x, const Values&) { return sign_of(x); }, estimator);
  t["relu6"] = clipped(0, 6);
  t["brelu"] = clipped(0, 1);
  t["hardtanh"] = clipped([](const Values& p) { return p[0]; }, [](const Values& p) { return p[1]; });
  t["rrelu"] = lines([](Real x, const Values& p) { return x > 0 ? x : (p[0] * (1 - p[2]) + p[1] * p[2]) * x; },
                     [](Real x, const Values& p) { return x > 0 ? 1 : p[0] * (1 - p[2]) + p[1] * p[2]; });
  t["threshold"] =
      lines([](Real x, const Values& p) { return x > p[0] ? x : p[1]; }, [](Real x, const Values& p) { return Real(x > p[0]); });
  t["abs"] = lines([](Real x, const Values&) { return std::fabs(x); }, [](Real x, const Values&) { return sign_of(x); });
  t["softshrink"] = lines([](Real x, const Values& p) { return sign_of(x) * std::fmax(std::fabs(x) - p[0], Real(0)); },
                          [](Real x, const Values& p) { return Real(std::fabs(x) > p[0]); });
  t["hardshrink"] = lines([](Real x, const Values& p) { return std::fabs(x) > p[0] ? x : 0; },
                          [](Real x, const Values& p) { return Real(std::fabs(x) > p[0]); });
  t["hardsigmoid"] = lines([](Real x, const Values&) { return std::fabs(x) < 3 ? (x + 3) / 6 : Real(x > 0); },
                           [](Real x, const Values&) { return std::fabs(x) < 3 ? 1 / Real(6) : 0; });
}

void add_parabolas(std::map<std::string, Reference>& t) {
  t["squared_relu"] = {[](Real x, const Values&) { return x > 0 ? x * x : 0; }, [](Real x, const Values&) { return x > 0 ? 2 * x : 0; },
                       [](Real x, const Values&) { return Real(x > 0 ? 2 : 0); }};
  t["star_relu"] = {[](Real x, const Values& p) { return (x > 0 ? p[0] * x * x : 0) + p[1]; },
                    [](Real x, const Values& p) { return x > 0 ? 2 * p[0] * x : 0; },
                    [](Real x, const Values& p) { return x > 0 ? 2 * p[0] : 0; },
                    [](Real x, const Values&) { return x > 0 ? x * x : 0; },
                    [](Real x, const Values&) { return x > 0 ? 2 * x : 0; },
                    zero};
  t["smelu"] = {[](Real x, const Values& p) { return std::fabs(x) < p[0] ? (x + p[0]) * (x + p[0]) / (4 * p[0]) : std::fmax(x, Real(0)); },
                [](Real x, const Values& p) { return std::fabs(x) < p[0] ? (x + p[0]) / (2 * p[0]) : Real(x > 0); },
                [](Real x, const Values& p) { return std::fabs(x) < p[0] ? 1 / (2 * p[0]) : 0; }};
  t["softclip"] = {[](Real x, const Values&) { return std::fabs(x) < 2 ? x - x * std::fabs(x) / 4 : sign_of(x); },
                   [](Real x, const Values&) { return std::fabs(x) < 2 ? 1 - std::fabs(x) / 2 : 0; },
                   [](Real x, const Values&) { return std::fabs(x) < 2 ? -sign_of(x) / 2 : 0; }};
  t["hardswish"] = {[](Real x, const Values&) { return std::fabs(x) < 3 ? x * (x + 3) / 6 : std::fmax(x, Real(0)); },
                    [](Real x, const Values&) { return std::fabs(x) < 3 ? x / 3 + Real(0.5) : Real(x > 0); },
                    [](Real x, const Values&) { return std::fabs(x) < 3 ? 1 / Real(3) : 0; }};
}

void add_fractions_and_roots(std::map<std::string, Reference>& t) {
  t["softsign"] = {[](Real x, const Values&) { return x / (1 + std::fabs(x)); },
                   [](Real x, const Values&) { return 1 / std::pow(1 + std::fabs(x), 2); },
                   [](Real x, const Values&) { return -2 * sign_of(x) / std::pow(1 + std::fabs(x), 3); }};
  t["elliot"] = {[](Real x, const Values&) { return x < 0 ? 1 / (2 - 2 * x) : 1 - 1 / (2 + 2 * x); },
                 [](Real x, const Values&) { return 1 / (2 * std::pow(1 + std::fabs(x), 2)); },
                 [](Real x, const Values&) { return (x < 0 ? 1 : -1) / std::pow(1 + std::fabs(x), 3); }};
  const auto power = [](Real x, Real alpha, Real exponent) { return std::pow(1 + alpha * x * x, exponent); };
  t["isru"] = {[=](Real x, const Values& p) { return x * power(x, p[0], -0.5L); },
               [=](Real x, const Values& p) { return power(x, p[0], -1.5L); },
               [=](Real x, const Values& p) { return -3 * p[0] * x * power(x, p[0], -2.5L); }};
  t["isrlu"] = {[=](Real x, const Values& p) { return x > 0 ? x : x * power(x, p[0], -0.5L); },
                [=](Real x, const Values& p) { return x > 0 ? 1 : power(x, p[0], -1.5L); },
                [=](Real x, const Values& p) { return x > 0 ? 0 : -3 * p[0] * x * power(x, p[0], -2.5L); }};
  const auto root = [](Real x, Real b) { return std::sqrt(x * x + b); };
  t["squareplus"] = {[=](Real x, const Values& p) { return x > 0 ? (root(x, p[0]) + x) / 2 : p[0] / (root(x, p[0]) - x) / 2; },
                     [=](Real x, const Values& p) {
                       const Real r = root(x, p[0]);
                       return x > 0 ? (1 + x / r) / 2 : p[0] / (r - x) / r / 2;
                     },
                     [=](Real x, const Values& p) { return p[0] / std::pow(root(x, p[0]), 3) / 2; }};
  t["bent_identity"] = {[=](Real x, const Values&) { return x * x / (root(x, 1) + 1) / 2 + x; },
                        [=](Real x, const Values&) { return x / root(x, 1) / 2 + 1; },
                        [=](Real x, const Values&) { return 1 / std::pow(root(x, 1), 3) / 2; }};
  t["arctan"] = {[](Real x, const Values&) { return std::atan(x); }, [](Real x, const Values&) { return 1 / (1 + x * x); },
                 [](Real x, const Values&) { return -2 * x / std::pow(1 + x * x, 2); }};
  t["asinh"] = {[](Real x, const Values&) { return std::asinh(x); }, [=](Real x, const Values&) { return 1 / root(x, 1); },
                [=](Real x, const Values&) { return -x / std::pow(root(x, 1), 3); }};
}

void add_waves(std::map<std::string, Reference>& t) {
  t["sine"] = {[](Real x, const Values& p) { return std::sin(p[0] * x); },
               [](Real x, const Values& p) { return p[0] * std::cos(p[0] * x); },
               [](Real x, const Values& p) { return -p[0] * p[0] * std::sin(p[0] * x); }};
  t["gcu"] = {[](Real x, const Values&) { return x * std::cos(x); }, [](Real x, const Values&) { return std::cos(x) - x * std::sin(x); },
              [](Real x, const Values&) { return -2 * std::sin(x) - x * std::cos(x); }};
  const auto squared_sine = [](Real x, Real a) { return std::sin(a * x) * std::sin(a * x); };
  t["snake"] = {[=](Real x, const Values& p) { return x + squared_sine(x, p[0]) / p[0]; },
                [](Real x, const Values& p) { return 1 + std::sin(2 * p[0] * x); },
                [](Real x, const Values& p) { return 2 * p[0] * std::cos(2 * p[0] * x); },
                [=](Real x, const Values& p) { return x * std::sin(2 * p[0] * x) / p[0] - squared_sine(x, p[0]) / (p[0] * p[0]); },
                [](Real x, const Values& p) { return 2 * x * std::cos(2 * p[0] * x); },
                [=](Real x, const Values& p) {
                  const Real a = p[0];
                  return 2 * x * x * std::cos(2 * a * x) / a - 2 * x * std::sin(2 * a * x) / (a * a) + 2 * squared_sine(x, a) / (a * a * a);
                }};
}

}  // namespace

void add_algebra(std::map<std::string, Reference>& table) {
  add_rectifiers(table);
  add_parabolas(table);
  add_fractions_and_roots(table);
  add_waves(table);
}

}  // namespace seegrad::test
