#include "seegrad/optim/clip.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "math/call_text.hpp"
#include "seegrad/activation/elementary.hpp"
#include "seegrad/activation/struct_formula.hpp"

namespace seegrad::optim {

double gradient_norm(std::span<const Tensor> gradients) {
  double squares = 0;
  std::int64_t nans = 0, infinities = 0;
  for (const Tensor& gradient : gradients) {
    const Statistics found = gradient.backend().measure(gradient.array());
    const std::int64_t finite = found.count - found.nans - found.infinities;
    if (finite > 0) squares += found.rms * found.rms * static_cast<double>(finite);
    nans += found.nans;
    infinities += found.infinities;
  }
  if (nans > 0) return std::numeric_limits<double>::quiet_NaN();
  return infinities > 0 ? std::numeric_limits<double>::infinity() : std::sqrt(squares);
}

NormClip clip_by_norm(std::span<const Tensor> gradients, double max_norm) {
  call_text::check("gradient clipping, largest norm", max_norm, call_text::positive);
  const double norm = gradient_norm(gradients);
  return {norm, std::isfinite(norm) && norm > max_norm ? max_norm / norm : 1};
}

void clip_by_value(std::span<Tensor> gradients, double limit) {
  call_text::check("gradient clipping, largest value", limit, call_text::positive);
  const std::array<double, 2> bounds{-limit, limit};
  for (Tensor& gradient : gradients) {
    const Array values = gradient.array_for_update();
    gradient.backend().elementwise({&formula_of<Clamp>(), bounds, {}}, {}, values, {}, values);
  }
}

}  // namespace seegrad::optim
