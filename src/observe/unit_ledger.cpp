#include "seegrad/observe/unit_ledger.hpp"

#include <algorithm>
#include <cmath>

#include "seegrad/observe/saturation.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {
namespace {

template <class Pick>
std::int64_t total(const std::vector<UnitHistory>& units, Pick pick) {
  std::int64_t sum = 0;
  for (const UnitHistory& unit : units) sum += pick(unit);
  return sum;
}

double share(std::int64_t part, std::size_t whole) { return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole); }

std::vector<std::uint8_t> alive_units(const TracedLayer& layer) {
  std::vector<std::uint8_t> alive(static_cast<std::size_t>(layer.units()), 0);
  layer.h.backend().mark_alive(layer.h.array(), alive);
  return alive;
}

/// On how many samples each unit's slope is below the threshold. A unit that has no slope of its own does not saturate.
std::vector<std::int64_t> saturated_counts(const TracedLayer& layer) {
  std::vector<std::int64_t> none(static_cast<std::size_t>(layer.units()), 0);
  if (!layer.activation) return none;
  std::vector<ConstArray> arrays;
  Tensor slopes(layer.z.shape(), layer.z.options());
  slopes.backend().elementwise(layer.formula(arrays), {0}, layer.z.array(), {}, slopes.array_to_fill());
  const std::vector<double> values = slopes.to_vector();
  const double threshold = saturation_threshold(*layer.activation);
  const std::size_t units = static_cast<std::size_t>(layer.units());
  std::vector<std::int64_t> counts(units, 0);
  for (std::size_t i = 0; i < values.size(); ++i) counts[i % units] += std::abs(values[i]) < threshold;
  return counts;
}

void enter_life(UnitHistory& unit, bool dead, bool first, std::int64_t step) {
  if (first) {
    unit.born_dead = dead;
  } else if (dead && !unit.dead) {
    unit.died = step;
    ++unit.deaths;
  } else if (!dead && unit.dead) {
    unit.revived = step;
    ++unit.revivals;
  }
  unit.dead = dead;
}

}  // namespace

std::int64_t LayerUnits::dead() const {
  return total(units, [](const UnitHistory& u) { return std::int64_t{u.dead}; });
}
std::int64_t LayerUnits::saturated() const {
  return total(units, [](const UnitHistory& u) { return std::int64_t{u.saturated}; });
}
std::int64_t LayerUnits::born_dead() const {
  return total(units, [](const UnitHistory& u) { return std::int64_t{u.born_dead}; });
}
std::int64_t LayerUnits::deaths() const {
  return total(units, [](const UnitHistory& u) { return u.deaths; });
}
std::int64_t LayerUnits::revivals() const {
  return total(units, [](const UnitHistory& u) { return u.revivals; });
}
double LayerUnits::dead_share() const { return share(dead(), units.size()); }
double LayerUnits::saturated_share() const { return share(saturated(), units.size()); }

void UnitLedger::enter(LayerUnits& record, const TracedLayer& layer, std::int64_t step) const {
  const bool first = record.units.empty();
  record.units.resize(static_cast<std::size_t>(layer.units()));
  const std::vector<std::uint8_t> alive = alive_units(layer);
  const std::vector<std::int64_t> saturated = saturated_counts(layer);
  const double samples = static_cast<double>(layer.h.count()) / static_cast<double>(layer.units());
  for (std::size_t i = 0; i < record.units.size(); ++i) {
    UnitHistory& unit = record.units[i];
    enter_life(unit, alive[i] == 0, first, step);
    unit.saturated = !unit.dead && static_cast<double>(saturated[i]) > saturated_samples * samples;
  }
}

void UnitLedger::probe(std::int64_t step, const std::function<void()>& pass) {
  LayerTrace trace;
  {
    const NoGrad no_tape;
    const Listening listening(trace);
    pass();
  }
  std::size_t hidden = 0;
  for (std::size_t i = 0; i < trace.layers().size(); ++i) {
    const TracedLayer& layer = trace.layers()[i];
    if (layer.nonlinearity.empty()) continue;
    if (hidden == layers_.size()) layers_.push_back({static_cast<std::int64_t>(i) + 1, layer.name, {}});
    enter(layers_[hidden++], layer, step);
  }
  last_step_ = step;
}

double UnitLedger::dead_share(std::int64_t layer) const {
  const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const LayerUnits& l) { return l.layer == layer; });
  return found == layers_.end() ? 0 : found->dead_share();
}

}  // namespace seegrad::observe
