// How deep a plain network may be before it forgets what it was shown: mean-field theory of the start, before a single step.
//
// Weights are N(0, sigma_w^2/fan_in), biases N(0, sigma_b^2). In wide layers z is normal, and from layer to layer the variance q of z, and
// the correlation c of the z of two inputs, become
//
//     q <- sigma_w^2 E f(sqrt(q) g)^2 + sigma_b^2                                                              (variance map)
//     c <- (sigma_w^2 E f(u) f(v) + sigma_b^2) / q*         u, v of variance q* and correlation c               (correlation map)
//
// (Poole et al. 2016, arXiv:1606.05340, eq. 3 and 5). They settle at q* and c*. By chi_1 = sigma_w^2 E f'(sqrt(q*) g)^2 a layer multiplies
// a small difference on its way there, and a gradient's square on its way back (eq. 6). chi_1 <= 1 is order: all inputs become alike, c*
// = 1. Above is chaos: neighbours part, c* < 1. There is nothing else, for as a power series in c with no negative coefficient the map is
// convex (Daniely, Frostig and Singer 2016, arXiv:1602.05897). c comes to rest as exp(-layers/xi), where
//
//     xi = -1 / ln(sigma_w^2 E f'(u) f'(v))   at c*, which in order is -1 / ln chi_1                             (depth scale)
//
// (Schoenholz et al. 2017, arXiv:1611.01232, eq. 9). It is endless at chi_1 = 1. What is deeper than about 6 xi cannot tell inputs apart
// and does not learn (their figure 5): phase_grid.hpp compares that with networks that were trained.
#pragma once

#include "seegrad/activation/activation.hpp"
#include "seegrad/observe/layer_statistics.hpp"

namespace seegrad::observe {

/// What a layer passes on of z ~ N(0, q): E f(z)^2, and E f'(z)^2 of a gradient. Accurate to about 1e-9. With q = 0 those at z = 0; NaN for
/// a q that is negative or not finite, and where f is not finite where it matters.
struct MeanSquares {
  double h = not_measured, slope = not_measured;
};
MeanSquares mean_squares(const Activation& f, double q);

/// Where the start leads a signal after many layers.
struct MeanField {
  double q = not_measured;    ///< q*, the variance of z
  double chi = not_measured;  ///< chi_1
  double c = not_measured;    ///< c*, the correlation of two inputs' z
  double xi = not_measured;   ///< in layers; infinite at chi_1 = 1
};

/// NaN in all of it where the variance settles nowhere: it exceeds 10^6, or still grows after 2,000 layers. From q = 1 it goes to
/// the q* that it meets first. In chaos c and xi are sums over 61 x 61 points: as good as exact for a smooth f, a few per cent off for one
/// whose slope jumps. Throws Error for a variance that is negative or not finite.
MeanField mean_field(const Activation& f, double sigma_w2, double sigma_b2);

/// The smallest sigma_w^2 between `low` and `high` at which chi_1 passes 1 on its way up, where the variance settles; NaN when there is
/// none. Looked for in 70 steps, then halved down to 1e-6. Throws Error as mean_field() does.
double critical_sigma_w2(const Activation& f, double sigma_b2, double low, double high);

}  // namespace seegrad::observe
