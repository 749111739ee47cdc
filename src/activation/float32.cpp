// What is lost when the formula is computed in float32: the scalar float code beside the same code in double.
#include "activation/curve.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seegrad::card {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// f and f' in float, and in double with the parameters that float has.
class Twin {
 public:
  explicit Twin(const Activation& activation) : formula_(activation.formula()) {
    for (const double value : activation.parameters()) single_.push_back(float(value));
    twice_.assign(single_.begin(), single_.end());
    for (const float& value : single_) single_at_.push_back(&value);
    for (const double& value : twice_) twice_at_.push_back(&value);
  }

  float single(int order, float x) const { return formula_.at(x, single_, derivative(order)); }
  double exact(int order, float x) const { return formula_.at(double(x), twice_, derivative(order)); }
  std::vector<float> single(int order, const std::vector<float>& x) const {
    std::vector<float> y(x.size());
    formula_.apply({x.data(), nullptr, y.data(), x.size(), single_at_.data(), false}, derivative(order));
    return y;
  }
  std::vector<double> exact(int order, const std::vector<float>& x) const {
    const std::vector<double> wide(x.begin(), x.end());
    std::vector<double> y(x.size());
    formula_.apply({wide.data(), nullptr, y.data(), wide.size(), twice_at_.data(), false}, derivative(order));
    return y;
  }

 private:
  static Derivative derivative(int order) { return order == 0 ? Derivative{} : Derivative{0}; }

  const Formula& formula_;
  std::vector<float> single_;
  std::vector<double> twice_;
  std::vector<const float*> single_at_;
  std::vector<const double*> twice_at_;
};

/// Every power of two of the float range with 24 steps, and |x| <= 32 with steps that are no dyadic numbers; right half only.
std::vector<float> right_half() {
  std::vector<float> x{0};
  for (int exponent = -149; exponent < 128; ++exponent)
    for (int step = 0; step < 24; ++step) x.push_back(float(std::ldexp(1 + step / 24.0, exponent)));
  for (int i = 1; i < 12000; ++i) x.push_back(float(i * 0.00266667));
  std::sort(x.begin(), x.end());
  x.erase(std::unique(x.begin(), x.end()), x.end());
  return x;
}

double ulp(double value) {
  const float magnitude = std::max(float(std::fabs(value)), std::numeric_limits<float>::min());
  return std::isinf(magnitude) ? infinity : double(std::nextafter(magnitude, std::numeric_limits<float>::infinity())) - double(magnitude);
}

/// The float nearest to 0 with a property that holds at `holds` and not at `fails`, which is nearer to 0.
template <class Test>
float boundary(float fails, float holds, Test test) {
  while (std::nextafter(fails, holds) != holds) {
    const float middle = float(0.5 * (double(fails) + double(holds)));
    if (middle == fails || middle == holds) break;
    (test(middle) ? holds : fails) = middle;
  }
  return holds;
}

/// The sample nearest to 0 from which on the test holds to the end of the list, refined; nothing when it does not hold at the end or
/// holds from the start. Samples where it cannot be judged count as holding.
template <class Test>
std::optional<double> onset(const std::vector<float>& x, const std::vector<char>& flags, Test test) {
  std::size_t first = x.size();
  while (first > 0 && flags[first - 1]) --first;
  if (first == x.size() || first == 0) return std::nullopt;
  return double(boundary(x[first - 1], x[first], test));
}

void worst_error(const std::vector<float>& x, const std::vector<float>& got, const std::vector<double>& wanted, double& worst, double& at) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::fabs(x[i]) > float32_reach || !std::isfinite(got[i]) || !std::isfinite(wanted[i])) continue;
    const double error = std::fabs(double(got[i]) - wanted[i]) / ulp(wanted[i]);
    if (error > worst) worst = error, at = double(x[i]);
  }
}

void note_not_finite(const std::vector<float>& x, const std::vector<float>& got, const std::vector<double>& wanted, Float32& result) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(got[i]) || !std::isfinite(wanted[i])) continue;
    if (!result.not_finite || std::fabs(x[i]) < std::fabs(*result.not_finite)) result.not_finite = double(x[i]);
    return;  // x goes outward
  }
}

/// One side: the worst errors, and where float gives up.
void look(const Twin& f, const std::vector<float>& x, std::optional<double> limit, Float32& result, std::optional<double>& slope_zero,
          std::optional<double>& at_limit) {
  const std::vector<float> y = f.single(0, x), dy = f.single(1, x);
  const std::vector<double> exact = f.exact(0, x), exact_dy = f.exact(1, x);
  worst_error(x, y, exact, result.worst_ulp, result.worst_ulp_at);
  worst_error(x, dy, exact_dy, result.slope_worst_ulp, result.slope_worst_ulp_at);
  note_not_finite(x, y, exact, result);
  note_not_finite(x, dy, exact_dy, result);

  std::vector<char> zero(x.size()), there(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) zero[i] = dy[i] == 0;
  slope_zero = onset(x, zero, [&](float v) { return f.single(1, v) == 0; });
  if (slope_zero && f.exact(1, float(*slope_zero)) == 0) slope_zero.reset();  // it is truly 0, not rounded to it

  if (!limit || !std::isfinite(*limit)) return;
  const float target = float(*limit);
  for (std::size_t i = 0; i < x.size(); ++i) there[i] = y[i] == target;
  at_limit = onset(x, there, [&](float v) { return f.single(0, v) == target; });
  if (at_limit && f.exact(0, float(*at_limit)) == *limit) at_limit.reset();
}

}  // namespace

void describe_float32(const Curve& f, Properties& card) {
  const Twin twin(f.activation());
  std::vector<float> x = right_half();
  look(twin, x, card.limit_right, card.float32, card.float32.slope_zero_right, card.float32.limit_right);
  for (float& v : x) v = -v;
  look(twin, x, card.limit_left, card.float32, card.float32.slope_zero_left, card.float32.limit_left);
}

}  // namespace seegrad::card
