// How much memory a training run will need at least: known before the network is made, so that one that cannot fit is refused with a
// sentence instead of bringing the machine down.
#pragma once
#include "seegrad/train/options.hpp"

namespace seegrad::train {

/// Bytes, by what they hold. Estimated from below: real runs need somewhat more.
struct MemoryNeed {
  double parameters = 0;   ///< with their gradients and what the optimiser remembers
  double activations = 0;  ///< of one step, as the walk back needs them
  double total() const { return parameters + activations; }
};

/// `rows` is the largest batch that occurs.
MemoryNeed memory_need(const TrainOptions& options, std::int64_t inputs, std::int64_t classes, std::int64_t rows);

/// The machine's memory in bytes, or what a container leaves of it.
double physical_memory();

/// Throws UsageError, naming the flags and the sizes, when the run cannot fit into `available` bytes.
void check_memory(const MemoryNeed& need, const TrainOptions& options, double available);

}  // namespace seegrad::train
