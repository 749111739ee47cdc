// What a network is made of. A module owns parameters and turns one tensor into another; calling it also tells whoever
// listens what went in and what came out. It never reads the numbers it announces: a product that waits to be computed
// together with the activation after it goes on waiting.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seegrad/tensor/observer.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::nn {

/// A tensor with its place in the network, as PyTorch names it: "0.weight", "2.1.running_mean".
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

/// A tensor that training changes. Weights and biases decay, as in PyTorch; what an activation learns and the gain and shift of
/// a normalisation do not: pulling those towards zero changes the function, not its size.
struct Parameter {
  std::string name;
  Tensor tensor;
  bool decay = true;
};

/// Copies of a module would share their parameters by accident, so modules move and do not copy.
class Module {
 public:
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// forward(x), announced to the observers of this thread.
  Tensor operator()(const Tensor& x);

  /// Everything that training changes, in the order of the layers. The tensors are handles: what is written to them counts.
  std::vector<Parameter> parameters() const;
  /// Their tensors alone, as gradients() takes them.
  std::vector<Tensor> parameter_tensors() const;
  /// What training changes by other means than gradients: running statistics, the position in a stream of random numbers.
  /// Parameters and buffers together are all that a checkpoint has to hold.
  std::vector<NamedTensor> buffers() const;
  /// How many numbers the parameters hold together.
  std::int64_t parameter_count() const;

  /// Says whether the network is being trained (as it is at first) or used: dropout and batch normalisation differ.
  virtual void train(bool on) { training_ = on; }
  bool training() const { return training_; }

  /// "linear", "activation", ...: what events carry.
  virtual std::string_view kind() const = 0;
  /// One line for people: "linear 784 -> 256".
  virtual std::string describe() const = 0;

  /// The place in the network: "2.1"; empty for the network itself.
  const std::string& path() const { return path_; }
  /// Called by the container that takes the module in; a container hands it down.
  virtual void set_path(std::string path) { path_ = std::move(path); }

 protected:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;

  virtual Tensor forward(const Tensor& x) = 0;
  /// Adds what the event should say beyond input and output.
  virtual void annotate(ForwardEvent&) const {}
  virtual void collect_parameters(std::vector<Parameter>&) const {}
  virtual void collect_buffers(std::vector<NamedTensor>&) const {}
  /// "2.1.weight" for the local name "weight".
  std::string full_name(std::string_view local) const;

 private:
  std::string path_;
  bool training_ = true;
};

}  // namespace seegrad::nn
