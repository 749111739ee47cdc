// Affine maps x -> x W^T + b, and how near one comes to a network.
//
// Without a bend between them layers fold: W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2), again a matrix and a shift, and so on for any
// number of layers. With an activation that is a straight line, f(z) = a z + c, they fold as well. With one that bends they do not, and the
// question becomes how much of the network's outputs the best affine map misses.
//
//     const Collapse found = collapse_of(network, Nonlinearity::parse("identity"), images, other_images);
//     found.difference                                               // 7e-7: rounding, for the network is found.product
//
// All of this is computed in float64 on the CPU, whatever the network is kept in.
#pragma once
#include "seegrad/activation/activation.hpp"
#include "seegrad/nn/nonlinearity.hpp"
#include "seegrad/nn/sequential.hpp"

namespace seegrad::nn {

/// x [samples, in] -> x matrix^T + shift [samples, out], in float64 on the CPU.
struct AffineMap {
  Tensor matrix;  ///< [out, in]
  Tensor shift;   ///< [out]
  Tensor operator()(const Tensor& x) const;
  /// How many numbers it is made of.
  std::int64_t count() const { return matrix.count() + shift.count(); }
};

/// z -> slope z + height
struct Line {
  double slope = 1, height = 0;
};

/// The line nearest to f where the signal lives: the least squares error under a standard Gaussian, slope E[z f(z)] and height E[f(z)] (of
/// a straight line, that line). Accurate to about 1e-12. f must be finite, as for moments().
Line best_line(const Activation& f);

/// All layers as one map, with `between` in place of each activation and as the network is in use (dropout does nothing then). Throws
/// Error when a layer is neither linear nor an activation nor dropout, when the network does not begin with a linear layer, and when the
/// sizes do not fit because an activation changes the width.
AffineMap folded(const Sequential& network, const Line& between = {});

/// The affine map with the least squares error from x [samples, in] to y [samples, out]: solves the normal equations
/// (X'X/n + 1e-7) B = X'Y/n, where X is x with a column of ones. The 1e-7 (ridge regression; Hoerl and Kennard 1970) lets inputs that never
/// change, or that say the same, have a solution. Throws Error when the samples are none or not equally many.
AffineMap best_affine_map(const Tensor& x, const Tensor& y);

/// What the map misses of y: the sum of squares of map(x) - y, as a share of that of y around its mean; 0 is perfect, 1 is no better than
/// the mean. Take samples that the map was not fitted to.
double missed_variance(const AffineMap& map, const Tensor& x, const Tensor& y);

/// A network beside the affine maps that could stand for it, on samples that no map was fitted to.
struct Collapse {
  AffineMap product;       ///< of its weights, with the best line for the activation
  Tensor outputs, folded;  ///< of the network and of the product: float64, [samples, out]
  double difference = 0;   ///< between them: the largest one, of the largest output
  double missed = 0;       ///< by the best affine map, as missed_variance() says
  /// The network is one affine map, but for rounding.
  bool total() const { return difference < 1e-4 || missed < 1e-6; }
};

/// The network, whose layers have this activation between them, runs as it is: put it to use before (train(false)). The best map is fitted
/// to its outputs for `known` [samples, in]; everything is measured on `fresh`. An activation that changes the width of a row has no line;
/// there the best map stands in for the product. Throws Error as folded() and best_affine_map() do.
Collapse collapse_of(Sequential& network, const Nonlinearity& between, const Tensor& known, const Tensor& fresh);

/// How many rows of a matrix are independent: rows are cleared of those before them, the longest first (Gram and Schmidt, with pivoting),
/// until what is left of each is at most `tolerance` of the longest. A matrix with NaN has rank 0. Throws Error when it is not a matrix.
int rank_of(const Tensor& matrix, double tolerance = 1e-6);

}  // namespace seegrad::nn
