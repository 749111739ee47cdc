// Who wants to watch. Layers announce what they compute, the engine announces the gradients of watched tensors on the way back;
// neither knows who listens. Listeners derive from Observer and listen as long as a Listening lives.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad {

/// What a layer has just computed.
struct ForwardEvent {
  std::string_view path;  ///< the layer's place in the network, as in its parameters' names: "0", "2.1"
  std::string_view kind;  ///< "linear", "activation", "dropout", ...
  const Tensor& input;
  const Tensor& output;
  const Tensor* weight = nullptr;          ///< of a linear layer, [out, in]
  const Tensor* bias = nullptr;            ///< [out]
  std::string nonlinearity = {};           ///< of an activation layer of any kind: "relu", "maxout(k=3)", as --activation names it
  const Activation* activation = nullptr;  ///< when it works element by element
  std::span<const Tensor> learned = {};    ///< its learned parameters: one for each of its formula's, or none at all
};

/// What an optimiser has just done to a parameter. How far it went lies on the device until somebody asks.
struct UpdateEvent {
  const Tensor& parameter;
  const Tensor& gradient;
  const Tensor& sizes;  ///< float64 [parameters, 2]: sums of squares of each parameter before the update, and of what was added to it
  const Tensor& gradient_totals;  ///< float64 [parameters, total_count]: squares, signs, NaN and Inf of each gradient (backend.hpp, Total)
  std::int64_t row = 0;           ///< of this parameter
  /// Root mean squares of the two; they wait for the device.
  double before_rms() const { return rms(0); }
  double change_rms() const { return rms(1); }

 private:
  double rms(std::int64_t column) const;
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// The tensors may still be deferred: keep the handles and read them later, or the work that follows cannot be fused.
  virtual void forward(const ForwardEvent&) {}
  /// dLoss/d(watched), once for each watched tensor and walk back.
  virtual void gradient(const Tensor& /*watched*/, const Tensor& /*gradient*/) {}
  /// An optimiser has changed a parameter.
  virtual void update(const UpdateEvent&) {}
};

/// The observers of this thread, in the order in which they began to listen.
const std::vector<Observer*>& observers();

/// Listens from construction to destruction.
class Listening {
 public:
  explicit Listening(Observer& observer);
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Observer* observer_;
};

}  // namespace seegrad
