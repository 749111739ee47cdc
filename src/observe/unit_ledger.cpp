#include "seegrad/observe/unit_ledger.hpp"

#include <algorithm>
#include <cmath>

#include "seegrad/observe/saturation.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::observe {
namespace {

/// What was written down as a double; anything else that a file may hold is 0.
std::int64_t whole_of(double number) { return std::abs(number) <= 0x1p53 ? static_cast<std::int64_t>(number) : 0; }

constexpr std::string_view layer_prefix = "ledger of ";
constexpr std::size_t numbers_of_a_unit = 7, numbers_of_a_layer = 2;

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

/// The numbers of a tensor of float type, of its first `rows` rows, on the host.
template <class T>
std::vector<T> host_rows(const Tensor& x, std::int64_t rows) {
  std::vector<T> numbers(static_cast<std::size_t>(rows * x.shape()[-1]));
  x.backend().download(numbers.data(), x.array().data, numbers.size() * sizeof(T));
  return numbers;
}

std::int64_t rows_of(const TracedLayer& layer) { return layer.h.count() / std::max<std::int64_t>(layer.units(), 1); }

/// On how many samples each unit's slope is below the threshold. A unit that has no slope of its own does not saturate.
std::vector<std::int32_t> saturated_counts(const TracedLayer& layer) {
  const auto units = static_cast<std::size_t>(layer.units());
  std::vector<std::int32_t> counts(units, 0);
  if (!layer.activation) return counts;
  std::vector<ConstArray> arrays;
  Tensor slopes(layer.z.shape(), layer.z.options());
  slopes.backend().elementwise(layer.formula(arrays), {0}, layer.z.array(), {}, slopes.array_to_fill());
  with_floating(slopes.dtype(), [&]<class T>() {
    const auto threshold = static_cast<T>(saturation_threshold(*layer.activation));
    const std::vector<T> values = host_rows<T>(slopes, rows_of(layer));
    for (std::size_t row = 0; row < values.size(); row += units)
      for (std::size_t unit = 0; unit < units; ++unit) counts[unit] += std::abs(values[row + unit]) < threshold ? 1 : 0;
  });
  return counts;
}

double unit_spread(const TracedLayer& layer) {
  constexpr std::int64_t samples = 16;
  const std::int64_t units = layer.units();
  double around_mean = 0, around_zero = 0;
  with_floating(layer.h.dtype(), [&]<class T>() {
    const std::vector<T> h = host_rows<T>(layer.h, std::min(samples, rows_of(layer)));
    for (auto row = h.begin(); row != h.end(); row += units) {
      double sum = 0, squares = 0;
      for (auto unit = row; unit != row + units; ++unit) sum += double{*unit}, squares += double{*unit} * double{*unit};
      around_zero += squares;
      const double mean = sum / static_cast<double>(units);
      for (auto unit = row; unit != row + units; ++unit) around_mean += (double{*unit} - mean) * (double{*unit} - mean);
    }
  });
  return std::sqrt(around_mean / around_zero);
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
  const std::vector<std::int32_t> saturated = saturated_counts(layer);
  record.unit_spread = unit_spread(layer);
  const auto samples = static_cast<double>(rows_of(layer));
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
    if (hidden == layers_.size()) layers_.push_back({.layer = static_cast<std::int64_t>(i) + 1, .name = layer.name, .units = {}});
    enter(layers_[hidden++], layer, step);
  }
  last_step_ = step;
}

void UnitLedger::save(Memory& memory) const {
  memory["ledger"] = {static_cast<double>(last_step_)};
  for (const LayerUnits& layer : layers_) {
    std::vector<double>& numbers = memory[std::string(layer_prefix) + layer.name];
    numbers = {static_cast<double>(layer.layer), layer.unit_spread};
    for (const UnitHistory& unit : layer.units) {
      for (const bool flag : {unit.dead, unit.saturated, unit.born_dead}) numbers.push_back(flag ? 1 : 0);
      for (const std::int64_t number : {unit.died, unit.revived, unit.deaths, unit.revivals})
        numbers.push_back(static_cast<double>(number));
    }
  }
}

void UnitLedger::restore(const Memory& memory) {
  layers_.clear();
  for (const auto& [name, numbers] : memory) {
    if (name == "ledger" && numbers.size() == 1) last_step_ = whole_of(numbers[0]);
    if (!name.starts_with(layer_prefix) || numbers.size() % numbers_of_a_unit != numbers_of_a_layer) continue;
    LayerUnits layer{whole_of(numbers[0]), name.substr(layer_prefix.size()), {}, numbers[1]};
    for (std::size_t i = numbers_of_a_layer; i < numbers.size(); i += numbers_of_a_unit) {
      const auto whole = [&list = numbers, i](std::size_t j) { return whole_of(list[i + j]); };
      layer.units.push_back({whole(0) != 0, whole(1) != 0, whole(2) != 0, whole(3), whole(4), whole(5), whole(6)});
    }
    layers_.push_back(std::move(layer));
  }
  std::sort(layers_.begin(), layers_.end(), [](const LayerUnits& a, const LayerUnits& b) { return a.layer < b.layer; });
}

double UnitLedger::dead_share(std::int64_t layer) const {
  const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const LayerUnits& l) { return l.layer == layer; });
  return found == layers_.end() ? 0 : found->dead_share();
}

}  // namespace seegrad::observe
