// Exact zeros in hidden layers, and what they are worth.
//
// A zero needs no multiplication in the layer that follows, and which units are not zero is a code for what the network sees: each image
// speaks through few units, and images that are alike through the same ones. Values next to zero are neither.
//
//   LayerTrace trace;
//   {
//     const Listening listening(trace);
//     network(images);
//   }
//   const SparseCodes codes = sparse_codes(trace, labels);
//   codes.zero_share[0]           // of the first hidden layer
//   codes.skipped_products        // what a product that leaves out zeros would not compute
//   codes.overlap.same_class      // of the units that two images of one class use, those that both use
//
// Source: Glorot, Bordes and Bengio 2011, "Deep Sparse Rectifier Neural Networks", sections 2.2 and 3.1.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/layer_trace.hpp"

namespace seegrad::observe {

/// How alike the codes of two images are: of the units that are not zero for one or both, the share that is for both (the Jaccard index of
/// the two sets of units). 1 when no unit is ever zero, NaN when there is nothing to compare.
struct CodeOverlap {
  double same_class = not_measured, other_class = not_measured;
};

/// The overlap in a layer's outputs h [samples, units], whose classes are `labels`. Two images are drawn from their classes independently,
/// so that an image may meet itself; all pairs of classes that occur count alike, and the share is one of sums over units and pairs. Throws
/// Error unless there is one label a sample. NaN is not zero.
CodeOverlap code_overlap(const Tensor& h, std::span<const std::uint8_t> labels);

struct SparseCodes {
  std::vector<double> zero_share;  ///< exact zeros in each hidden layer, over samples and units
  double skipped_products = 0;     ///< of all multiplications in the linear maps behind hidden layers, the share with a zero
  CodeOverlap overlap;             ///< of the last hidden layer's codes
  /// The mean over the layers.
  double mean_zero_share() const;
};

/// What the trace of one pass saw, for samples of these classes. All linear maps but the last count as hidden layers. Reads h of each from
/// its device. Throws Error with fewer than two linear maps, and as code_overlap() does.
SparseCodes sparse_codes(const LayerTrace& trace, std::span<const std::uint8_t> labels);

}  // namespace seegrad::observe
