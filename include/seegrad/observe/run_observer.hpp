// What a training run tells those who follow it: tables, TensorBoard events, the terminal, the rules of the diagnosis. The run
// announces, in the order of the steps; it does not know who listens. Whoever remembers something can hand it over and take it back, so
// that a run which was broken off goes on as if nothing had happened.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/unit_ledger.hpp"

namespace seegrad::observe {

/// A row of steps.csv: the loss and accuracy of this step's batch before the update; seconds since training began.
struct StepRecord {
  std::int64_t step = 0, epoch = 0;
  double train_loss = 0, train_accuracy = 0, learning_rate = 0, seconds = 0;
};

/// A row of epochs.csv: the mean loss of the epoch's batches, then loss and accuracy on the test set.
struct EpochRecord {
  std::int64_t epoch = 0;
  double train_loss = 0, test_loss = 0, test_accuracy = 0, seconds = 0;
};

/// How the numbers of one tensor of a layer are spread at one step, in the bins of math/histogram_bin.hpp.
struct LayerHistogram {
  std::int64_t step = 0, epoch = 0, layer = 0;
  std::string name;                  ///< the layer's, as in LayerStatistics
  std::string tensor;                ///< "z", "h" or "delta"
  std::vector<std::int64_t> counts;  ///< histogram_bins of them; infinity lies in the outermost bins, NaN in none
  std::int64_t nan_count = 0;
  double sum = 0, squares = 0, min = 0, max = 0;  ///< of the finite values
};

/// The first number that was not finite.
struct NotFinite {
  std::int64_t step = 0;
  double loss = 0;
  std::int64_t layer = 0;  ///< the first layer that shows one, 0 when none does
  std::string tensor;      ///< "z", "h", "delta" or "weight gradient"; empty when only the loss is known
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// Every step, logged or not, with the loss of its batch.
  virtual void step(std::int64_t /*step*/, double /*loss*/) {}
  /// A logged step, after step(): its row and those of its layers, from the first to the last.
  virtual void logged(const StepRecord&, std::span<const LayerStatistics>) {}
  /// Of a logged step, after logged(): some of them come with histograms of every layer's z, h and delta.
  virtual void histograms(std::span<const LayerHistogram>) {}
  /// The probe set has gone through the network, before the step of UnitLedger::last_step().
  virtual void probed(const UnitLedger&) {}
  virtual void epoch(const EpochRecord&) {}
  /// The run ends here: the rows of this step were logged before.
  virtual void not_finite(const NotFinite&) {}

  /// Adds what the observer remembers, under names of its own, and takes it back.
  virtual void save(Memory&) const {}
  virtual void restore(const Memory&) {}
};

}  // namespace seegrad::observe
