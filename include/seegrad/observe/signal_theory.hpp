// What theory says of the signal at initialisation, before a single step: how large z is in each layer, and delta on its way back.
//
// In a wide layer z is a sum of many independent terms, so it is nearly normal, with mean 0 and variance q. From one layer to the next
//
//     q_{l+1}   = n_l     W_{l+1}^2 E f(sqrt(q_l) g)^2                       g standard normal, n_l units of layer l,
//     delta_l^2 = n_{l+1} W_{l+1}^2 E f'(sqrt(q_l) g)^2 delta_{l+1}^2        W the root mean square of a layer's weights
//
// (He, Zhang, Ren and Sun 2015, arXiv:1502.01852, eq. 6 and 13; Poole et al. 2016, arXiv:1606.05340, eq. 3; Schoenholz et al. 2017,
// arXiv:1611.01232, eq. 8). A factor E f'^2 n W^2 below 1 in every layer makes gradients vanish, above 1 explode.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/observe/layer_statistics.hpp"

namespace seegrad::observe {

/// One value a layer, from the first to the output; NaN where theory has nothing to say (f is not finite or too large there).
struct SignalTheory {
  std::vector<double> z_std;      ///< sqrt(q): the root mean square, which is the standard deviation, for the mean is 0
  std::vector<double> delta_rms;  ///< that of the output layer is the measured one, from which the way back starts
  double factor = not_measured;   ///< delta_factor() of these
};

/// For fully connected layers, all but the last followed by `f`, with biases of 0, no normalisation and no dropout. `layers` are the
/// statistics of step 0, of which are used: units, weight_rms, z of the first layer (which depends on the data) and delta of the last
/// (which depends on the loss). Nothing with fewer than two layers, and for an f that draws random numbers in training.
std::optional<SignalTheory> signal_theory(const Activation& f, std::span<const LayerStatistics> layers);

}  // namespace seegrad::observe
