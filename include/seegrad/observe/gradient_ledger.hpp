// Who takes the gradient away on its way back: the weights or the slopes. With delta = dLoss/dz, one step back is
//
//     dLoss/dh_l = W_{l+1}^T delta_{l+1},      delta_l = dLoss/dh_l * f'(z_l)
//
// (Rumelhart, Hinton and Williams 1986, Nature 323, eq. 7 and 5; Nielsen 2015, chapter 2, eq. BP2, where the two are one). The ledger hears
// both and enters what each leaves of the root mean square:
//
//     GradientLedger ledger;
//     {
//       const Listening listening(ledger);
//       gradients(cross_entropy(network(images), labels), parameters);
//     }
//     const GradientAccount account = ledger.account();   // account.weights * account.slopes is the factor of delta a layer
//
// What stands between a linear map and its activation (a normalisation) counts as part of the weights, and what stands behind the
// activation (dropout) as part of the slopes.
#pragma once
#include <cstdint>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/step_trace.hpp"

namespace seegrad::observe {

/// One step back, from delta of the layer above to one's own. Root mean squares over all samples and units; NaN where nothing came back.
struct GradientStep {
  std::int64_t layer = 0;       ///< counted from 1 at the input
  double above = not_measured;  ///< RMS dLoss/dz of the layer above
  double h = not_measured;      ///< RMS dLoss/dh: of what the linear map above takes in
  double z = not_measured;      ///< RMS dLoss/dz: of what this layer's activation takes in
  double bias = not_measured;   ///< length of dLoss/dbias, the mean of delta over the samples (of a loss that is a mean): the speed of
                                ///< learning in Nielsen 2015, chapter 5; NaN without a bias
  double weights() const;       ///< h / above; NaN for 0/0
  double slopes() const;        ///< z / h; NaN for 0/0
};

struct GradientAccount {
  std::vector<GradientStep> steps;  ///< from the last hidden layer to the first, as the gradient travels
  /// Geometric means of a step's two factors. The last hidden layer's does not take part, for its W^T is that of the outputs, which spreads
  /// few numbers over many units. NaN with fewer than two hidden layers.
  double weights = not_measured, slopes = not_measured;
  double first_hears = not_measured;  ///< RMS delta of the first hidden layer over that of the last
};

/// Listens to one step: a forward pass and the walk back. Only handles are kept until account() is asked.
class GradientLedger : public StepTrace {
 public:
  void forward(const ForwardEvent& event) override;
  void gradient(const Tensor& watched, const Tensor& gradient) override;

  /// Reads what came back; waits for the device. All linear maps but the last count as hidden layers. Empty with fewer than two maps.
  GradientAccount account() const;

 private:
  std::vector<Tensor> inputs_, at_inputs_;  // of the linear maps, and dLoss/d(them); not of the first, whose input is data
};

}  // namespace seegrad::observe
