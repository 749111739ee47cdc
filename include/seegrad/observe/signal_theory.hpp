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

/// How large the signal is in each hidden layer on its way there, and the gradient on its way back.
struct Signal {
  double first_z = not_measured;  ///< RMS of what goes into the first activation
  std::vector<double> h_rms;      ///< what comes out of each
  std::vector<double> delta_rms;  ///< dLoss/dz of each
  double h_factor() const;        ///< by which RMS h changes a layer, from the first to the last; NaN with fewer than two
  double delta_factor() const;    ///< by which RMS delta changes a layer, from the last to the first; NaN with fewer than two
};

/// As it was measured: that of all layers but the last, which is the output.
Signal measured_signal(std::span<const LayerStatistics> layers);
/// Value by value, over signals of one depth (else Error; none: an empty signal). A narrow network's luck adds up over its layers, so what
/// theory speaks of is seen better in several networks. NaN and 0 stay.
Signal geometric_mean(std::span<const Signal> signals);
/// What theory makes of where `start` begins, its first z (which depends on the data) and its last delta (which depends on the loss): with
/// weights N(0, c/fan_in) between hidden layers of one width, no bias, no normalisation and no dropout. Throws Error for a c that is
/// negative or not finite.
Signal predicted_signal(const Activation& f, double c, const Signal& start);

}  // namespace seegrad::observe
