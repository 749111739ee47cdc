// Which tensors belong to which layer: pairs every linear map that a network announces with the activation behind it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "seegrad/tensor/observer.hpp"

namespace seegrad::observe {

/// One linear map with the activation behind it; only handles, nothing is computed by keeping them.
struct TracedLayer {
  std::string name;
  Tensor weight, bias;
  Tensor z, h;                           ///< the same tensor when there is no activation
  std::string nonlinearity;              ///< "relu", "maxout(k=3)"; empty without one
  std::optional<Activation> activation;  ///< when it works element by element
  std::vector<Tensor> learned;           ///< the activation's learned parameters, if any

  /// The arguments of the layer's formula; `arrays` keeps what they point to.
  FormulaArguments formula(std::vector<ConstArray>& arrays) const;
  /// The numbers that come out for each sample; an activation that is not elementwise may take in more or fewer.
  std::int64_t units() const { return h.shape()[-1]; }
};

/// Listens to one forward pass. What stands between a linear map and its activation (a normalisation) belongs to the layer:
/// z is the activation's input. An activation without a linear map before it is passed over.
class LayerTrace : public Observer {
 public:
  void forward(const ForwardEvent& event) override;
  const std::vector<TracedLayer>& layers() const { return layers_; }
  /// Lets go of all tensors.
  void clear() { layers_.clear(); }

 private:
  std::vector<TracedLayer> layers_;
};

}  // namespace seegrad::observe
