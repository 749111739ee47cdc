#include "seegrad/nn/dropout.hpp"

#include <fmt/format.h>

#include "math/call_text.hpp"
#include "seegrad/ops/dropout.hpp"

namespace seegrad::nn {

Dropout::Dropout(double p, Random& random) : p_(p), seed_(random.bits64()), draws_(Tensor::zeros({}, {DType::float64, Device{}})) {
  call_text::check("dropout", p, {.lower = 0, .upper = 1, .below = true});
}

std::string Dropout::describe() const { return fmt::format("dropout {}", p_); }

Tensor Dropout::forward(const Tensor& x) {
  if (!training() || p_ == 0) return x;
  double& draws = *draws_.array_for_update().as<double>();
  const auto stream = static_cast<std::uint64_t>(draws);
  draws += 1;
  return dropout(x, p_, seed_, stream);
}

void Dropout::collect_buffers(std::vector<NamedTensor>& into) const { into.push_back({full_name("draws"), draws_}); }

}  // namespace seegrad::nn
