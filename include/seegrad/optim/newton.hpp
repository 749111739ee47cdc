// Newton's method, for losses of a few parameters. Gradient descent takes a step of a length that somebody chose; Newton's method reads the
// length off the curvature: along an axis on which the loss is a parabola with slope g and second derivative h, the bottom is g/h away.
//
//     const auto valley = [](const Tensor& p) { return sum(p * p); };
//     const NewtonResult found = newton(valley, Tensor::from({3, -4}, {2}));      // one step, and there it is
//
// It is also the proof that the tape goes to second order: gradients(..., {.differentiable = true}) leaves the gradient on the tape, and
// walking back from each of its elements gives a row of the Hessian. That is n + 1 walks for n parameters, and n x n numbers to keep: of
// use for one neuron, or a tiny network, and not for a large one.
//
// The plain step is drawn to saddles and maxima, where the Hessian has negative eigenvalues: there g/h climbs. Here each axis is divided by
// |h| (saddle-free Newton; Dauphin et al. 2014, arXiv:1406.2572, algorithm 1 and section 5), and a step after which the loss is higher is
// halved.
#pragma once
#include <functional>
#include <vector>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad::optim {

/// A loss (one element), or errors (any number of elements), of the parameters: float64, [n], on the CPU. It is called many times and must
/// give the same result for the same parameters.
using FunctionOfParameters = std::function<Tensor(const Tensor& parameters)>;

/// A loss at one place: its value, its gradient [n], and its Hessian [n, n], the matrix of second derivatives.
struct SecondOrder {
  double loss = 0;
  Tensor gradient, hessian;
};
/// By two walks along the tape. Throws Error when `parameters` is not a vector, and as gradients() does.
SecondOrder second_order(const FunctionOfParameters& loss, const Tensor& parameters);

/// The Gauss-Newton matrix (2/m) J'J [n, n] of the loss mean(e^2), where J is the Jacobian of the m errors e. It is the Hessian without the
/// part (2/m) sum of e_i times the Hessian of e_i: what the loss knows of slopes alone, and nothing of bends. Never negative.
/// (Schraudolph 2002, "Fast curvature matrix-vector products", section 2.) Throws as second_order() does.
Tensor gauss_newton(const FunctionOfParameters& errors, const Tensor& parameters);

/// The length of all elements as one vector: of a matrix the Frobenius norm.
double length_of(const Tensor& x);

/// The axes of a symmetric matrix: matrix * vectors[i] = values[i] * vectors[i], values ascending, vectors of length 1 at right angles.
struct Eigen {
  std::vector<double> values;
  std::vector<std::vector<double>> vectors;
};
/// By Jacobi's rotations (Golub and Van Loan, "Matrix Computations", section 8.5). Reads the mean of the matrix and its transpose. NaN
/// gives NaN. Throws Error when the matrix is not square.
Eigen eigen_of_symmetric(const Tensor& matrix);

struct NewtonOptions {
  int most_steps = 60;
  double tolerance = 1e-10;  ///< a gradient shorter than this is zero
};

struct NewtonResult {
  Tensor parameters;  ///< float64, [n]: where it ended
  double loss = 0;    ///< there
  int steps = 0;
  bool converged = false;           ///< the gradient became zero: at a minimum or, if it was led exactly there, at another such point
  bool flat = false;                ///< gradient and Hessian are exactly 0: nothing says where to go
  SecondOrder first = {};           ///< at the start
  double smallest_eigenvalue = 0;   ///< of the Hessian at the start
  bool negative_curvature = false;  ///< which was below 0 by more than rounding: the plain step would have climbed
};

/// From `start` [n], of any float type, until it is converged or flat, the loss is not finite, or no part of the step helps. Axes whose
/// curvature is 0 (to 1e-12 of the largest) are left alone. Throws as second_order() does.
NewtonResult newton(const FunctionOfParameters& loss, const Tensor& start, const NewtonOptions& options = {});

}  // namespace seegrad::optim
