// What is wrong with a network, said with the numbers that show it and a remedy to try.
//
// Judged from delta and h, never from the ratio of weight gradients: where signals decay forward and gradients decay backward, the
// two cancel in their product and all weight gradients look alike (Glorot and Bengio 2010, section 4.2.2).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/unit_ledger.hpp"

namespace seegrad::observe {

struct Evidence {
  std::string name;
  double value = 0;
};

struct Diagnosis {
  enum class Severity { warning, failure };
  std::string name;  ///< vanishing, exploding, saturated, dead, chance_level, not_finite
  Severity severity = Severity::warning;
  std::int64_t layer = 0;  ///< counted from 1; 0 for the whole network
  std::vector<Evidence> evidence;
  std::string remedy;  ///< one line
};

/// The first number that was not finite.
struct NotFinite {
  std::int64_t step = 0;
  double loss = 0;
  std::int64_t layer = 0;  ///< the first layer that shows one, 0 when none does
  std::string tensor;      ///< "h", "delta", ...; empty when only the loss is known
};

/// Follows the loss and notices when it stays at what guessing costs.
class ChanceMeter {
 public:
  explicit ChanceMeter(std::int64_t classes);
  void add(double loss);
  /// Updates in a row, up to the last one, during which the running mean of the loss (over 50) was within 0.02 of ln(classes).
  std::int64_t updates_at_chance() const { return updates_; }
  double mean_loss() const { return mean_; }
  double chance_loss() const { return chance_; }

 private:
  double chance_, mean_ = 0;
  std::int64_t seen_ = 0, updates_ = 0;
};

/// Everything that a diagnosis looks at; what is missing is not judged.
struct Symptoms {
  std::span<const LayerStatistics> layers = {};  ///< of one step
  const UnitLedger* units = nullptr;
  const ChanceMeter* chance = nullptr;
  std::optional<NotFinite> not_finite = {};
};

std::vector<Diagnosis> diagnose(const Symptoms& symptoms);

/// "vanishing: RMS delta changes by a factor 0.231 a layer on the way back ..." : name, evidence and remedy in one line.
std::string describe(const Diagnosis& diagnosis);

}  // namespace seegrad::observe
