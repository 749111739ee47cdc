#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

Tensor Module::operator()(const Tensor& x) {
  Tensor y = forward(x);
  if (observers().empty()) return y;
  ForwardEvent event{.path = path_, .kind = kind(), .input = x, .output = y};
  annotate(event);
  for (Observer* observer : observers()) observer->forward(event);
  return y;
}

std::vector<Parameter> Module::parameters() const {
  std::vector<Parameter> all;
  collect_parameters(all);
  return all;
}

std::vector<Tensor> Module::parameter_tensors() const {
  std::vector<Tensor> tensors;
  for (const Parameter& parameter : parameters()) tensors.push_back(parameter.tensor);
  return tensors;
}

std::vector<NamedTensor> Module::buffers() const {
  std::vector<NamedTensor> all;
  collect_buffers(all);
  return all;
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters()) count += parameter.tensor.count();
  return count;
}

std::string Module::full_name(std::string_view local) const {
  return path_.empty() ? std::string(local) : path_ + "." + std::string(local);
}

}  // namespace seegrad::nn
