// The property card, put together from its parts (curve.hpp).
#include "seegrad/activation/properties.hpp"

#include "activation/curve.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/math/error.hpp"

#include <algorithm>
#include <cmath>

namespace seegrad {
namespace {

Smoothness smoothness(const std::vector<Kink>& kinks) {
  int least = 3;
  for (const Kink& kink : kinks) least = std::min(least, kink.order());
  return Smoothness(least);
}

void keep_nearest(std::vector<Kink>& kinks, std::vector<std::string>& remarks) {
  constexpr std::size_t most = 64;
  if (kinks.size() <= most) return;
  remarks.push_back(std::to_string(kinks.size()) + " kinks were seen: the 64 nearest to 0 are listed");
  std::stable_sort(kinks.begin(), kinks.end(), [](const Kink& a, const Kink& b) { return std::fabs(a.x) < std::fabs(b.x); });
  kinks.resize(most);
  std::sort(kinks.begin(), kinks.end(), [](const Kink& a, const Kink& b) { return a.x < b.x; });
}

}  // namespace

Properties properties_of(const Activation& activation) {
  const card::Curve f(activation);
  Properties properties;
  const std::vector<card::Jump> jumps = card::find_jumps(f);
  for (const card::Jump& jump : jumps) properties.kinks.push_back(jump.kink);
  properties.smoothness = smoothness(properties.kinks);
  properties.surrogate_slope = activation.formula().program().uses(Word::straight_through);
  keep_nearest(properties.kinks, properties.remarks);
  card::describe_range(f, jumps, properties);
  card::describe_shape(f, properties);
  card::describe_regions(f, properties);
  card::describe_signal(f, properties);
  card::describe_float32(f, properties);
  properties.value_cost = card::value_cost(activation);
  properties.slope_cost = card::slope_cost(activation);
  for (const Parameter& parameter : activation.formula().parameters()) properties.learnable_parameters += parameter.learnable;
  return properties;
}

}  // namespace seegrad
