// Who died, when, and who came back. A unit is dead when its activation is exactly zero on every sample of a fixed probe set: no
// gradient reaches its weights from any of these samples. A single batch cannot tell (a unit may be silent on 64 samples and
// useful on others), so the same samples are passed through the network again and again, and the ledger compares.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/layer_trace.hpp"

namespace seegrad::observe {

/// What somebody remembers of a run: lists of numbers under names. Whole numbers are exact up to 2^53.
using Memory = std::map<std::string, std::vector<double>>;

/// A unit is saturated when |f'(z)| is next to nothing on more than this share of the probe samples.
inline constexpr double saturated_samples = 0.99;

/// One unit over time. Steps are those of the probes, so a death is dated to the first probe that found it.
struct UnitHistory {
  bool dead = false, saturated = false;  ///< at the last probe; a dead unit does not count as saturated
  bool born_dead = false;                ///< dead at the first probe
  std::int64_t died = -1, revived = -1;  ///< the last such step, or -1
  std::int64_t deaths = 0, revivals = 0;
};

/// The units of one hidden layer.
struct LayerUnits {
  std::int64_t layer = 0;  ///< counted from 1, as in LayerStatistics
  std::string name;
  std::vector<UnitHistory> units;
  /// At the last probe, how much the units differ: RMS of h - (mean of h over the units) beside RMS of h, over a few of the samples. 0 when
  /// all units are copies of one; NaN when all give zero.
  double unit_spread = not_measured;

  std::int64_t dead() const;       ///< now
  std::int64_t saturated() const;  ///< now, the dead ones not among them
  std::int64_t born_dead() const;
  std::int64_t deaths() const;  ///< since the first probe
  std::int64_t revivals() const;
  double dead_share() const;
  double saturated_share() const;
};

class UnitLedger {
 public:
  /// Runs `pass`, which must send the probe set through the network (in use, not in training), and enters what it shows as of
  /// `step`. Nothing is recorded on the tape. NaN is not zero: a unit that shows it counts as alive.
  void probe(std::int64_t step, const std::function<void()>& pass);

  /// The layers that have an activation.
  const std::vector<LayerUnits>& layers() const { return layers_; }
  /// The share of a layer's units that are dead; 0 for a layer without an activation, and before the first probe.
  double dead_share(std::int64_t layer) const;
  std::int64_t last_step() const { return last_step_; }  ///< of the last probe, -1 before the first

  /// All of it as lists of numbers, and back (RunObserver says what for).
  void save(Memory& memory) const;
  void restore(const Memory& memory);

 private:
  void enter(LayerUnits& record, const TracedLayer& layer, std::int64_t step) const;

  std::vector<LayerUnits> layers_;
  std::int64_t last_step_ = -1;
};

}  // namespace seegrad::observe
