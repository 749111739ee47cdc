#include "seegrad/tensor/gradients.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "seegrad/math/error.hpp"
#include "seegrad/tensor/observer.hpp"

namespace seegrad {
namespace {

class RecordingAs {
 public:
  explicit RecordingAs(bool on) : before_(recording()) { set_recording(on); }
  ~RecordingAs() { set_recording(before_); }
  RecordingAs(const RecordingAs&) = delete;
  RecordingAs& operator=(const RecordingAs&) = delete;

 private:
  bool before_;
};

/// Gradients that reach a tensor by two ways add up. (The op of ops/ cannot be used: ops stand above the tape.)
Tensor accumulated(const Tensor& a, const Tensor& b) {
  Tensor sum(a.shape(), a.options());
  a.backend().binary(BinaryOp::add, a.array(), b.array(), sum.array_to_fill());
  const auto pass = [](const Tensor& g, const Tensor&) { return g; };
  return record(std::move(sum), "add", a, pass, b, pass);
}

void check_loss(const Tensor& loss) {
  if (!loss) throw Error("gradients: the loss is an empty tensor");
  if (loss.count() != 1) {
    throw Error(fmt::format("gradients: the loss must be one number, it has shape {}; take its mean() or sum()", loss.shape().to_string()));
  }
  if (!loss.requires_grad()) {
    throw Error("gradients: the loss depends on nothing that requires a gradient (call requires_grad(true) on the parameters)");
  }
}

/// Nodes whose gradient is still being gathered, youngest first. A node is younger than all its inputs, so when it comes to the
/// front nothing more can reach it.
struct Arrived {
  Tensor tensor, gradient;
};
using Frontier = std::map<std::uint64_t, Arrived, std::greater<>>;

/// The rules read the numbers that the op saw, from where it saw them.
void check_unchanged(const Tensor::Node& node) {
  for (const Reading& reading : node.readings) {
    const std::shared_ptr<const Storage> storage = reading.storage.lock();
    if (!storage || storage->version() == reading.version) continue;
    throw Error(
        fmt::format("gradients: {} of {}, shape {}, was changed in place after the forward pass; take the gradients before the "
                    "change, or compute the loss again after it",
                    storage == node.buffer.storage ? "the result" : "an input", node.op, reading.shape.to_string()));
  }
}

void pass_on(const Tensor& tensor, const Tensor& gradient, Frontier& frontier) {
  check_unchanged(*tensor.node());
  for (const Edge& edge : tensor.node()->edges) {
    Tensor share = edge.rule(gradient, tensor);
    if (!(share.shape() == edge.input.shape())) {
      throw Error(fmt::format("gradients: the rule of {} gave shape {} for an input of shape {}", tensor.node()->op,
                              share.shape().to_string(), edge.input.shape().to_string()));
    }
    Arrived& place = frontier[edge.input.node()->order];
    place.gradient = place.tensor ? accumulated(place.gradient, share) : std::move(share);
    place.tensor = edge.input;
  }
}

void announce(const Tensor& tensor, const Tensor& gradient) {
  if (!tensor.watched()) return;
  // A copy: one of them may stop listening when it hears this.
  const std::vector<Observer*> listeners(observers().begin(), observers().end());
  for (Observer* observer : listeners) observer->gradient(tensor, gradient);
}

}  // namespace

std::vector<Tensor> gradients(const Tensor& loss, std::span<const Tensor> parameters, GradientOptions options) {
  check_loss(loss);
  const RecordingAs mode(options.differentiable);
  std::map<const Tensor::Node*, Tensor> wanted;
  for (const Tensor& parameter : parameters) {
    if (!parameter) throw Error("gradients: one of the parameters is an empty tensor");
    wanted[parameter.node().get()] = {};
  }

  Frontier frontier;
  frontier[loss.node()->order] = {loss, Tensor::full(loss.shape(), 1, loss.options())};
  while (!frontier.empty()) {
    const auto front = frontier.extract(frontier.begin());
    const auto& [tensor, gradient] = front.mapped();
    announce(tensor, gradient);
    if (const auto found = wanted.find(tensor.node().get()); found != wanted.end()) found->second = gradient;
    pass_on(tensor, gradient, frontier);
  }

  std::vector<Tensor> result;
  result.reserve(parameters.size());
  for (const Tensor& parameter : parameters) {
    const Tensor& found = wanted[parameter.node().get()];
    result.push_back(found ? found : Tensor::zeros(parameter.shape(), parameter.options()));
  }
  return result;
}

std::vector<Tensor> gradients(const Tensor& loss, std::initializer_list<Tensor> parameters, GradientOptions options) {
  return gradients(loss, std::span(parameters.begin(), parameters.size()), options);
}

}  // namespace seegrad
