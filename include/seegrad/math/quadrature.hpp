// Expectations under a normal distribution: what an activation does to a signal on average.
#pragma once

#include <functional>

namespace seegrad {

/// E[f(sigma Z)] for a standard normal Z, by adaptive Gauss-Kronrod quadrature (7 and 15 points) on |Z| <= 14.
/// Relative error about 1e-12 for smooth f; kinks and jumps are found by bisection and cost evaluations, not accuracy
/// (better than 1e-9). f must be finite where it is asked; sigma > 0, else Error.
double gaussian_expectation(const std::function<double(double)>& f, double sigma = 1);

}  // namespace seegrad
