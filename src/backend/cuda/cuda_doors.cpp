// The doors that compute: each is a launch or two.
#include <vector>

#include "array_launches.hpp"
#include "cuda_backend.hpp"
#include "row_launches.hpp"
#include "update_launches.hpp"

namespace seegrad::cuda {

void CudaBackend::fill(Array y, double value) {
  const Turn turn(*this);
  cuda::fill(launch_, y, value);
}

void CudaBackend::binary(BinaryOp op, ConstArray a, ConstArray b, Array y) {
  const Turn turn(*this);
  cuda::binary(launch_, op, a, b, y);
}

void CudaBackend::elementwise(FormulaArguments f, Derivative derivative, ConstArray x, ConstArray scale, Array y) {
  const Turn turn(*this);
  formulas_->elementwise(launch_, f, derivative, x, scale, y);
}

bool CudaBackend::matmul(const Matmul& call) {
  const Turn turn(*this);
  if (!recording_ && (call.activation.formula || call.derivative.formula)) products_->prepare(launch_);
  const Remainder left = products_->multiply(launch_, call);
  if (left.clear && call.c.count() > 0) cuda::fill(launch_, call.c, 0);
  if (left.bias && left.activation) {
    formulas_->bias_activation(launch_, call.activation, call.bias, call.c, call.activated);
  } else {
    if (left.bias) cuda::binary(launch_, BinaryOp::add, call.c, call.bias, call.c);
    if (left.activation) formulas_->elementwise(launch_, call.activation, {}, call.c, {}, call.activated);
  }
  if (left.derivative) formulas_->elementwise(launch_, call.derivative, {0}, call.derivative_at, call.c, call.c);
  if (left.row_sums) {
    ConstArray a = call.a;
    const std::int64_t rows = call.a.shape[0], columns = call.a.shape[1];
    a.shape = call.transpose_a ? Shape{1, rows, columns} : Shape{rows, columns, 1};
    cuda::reduce(launch_, ReduceOp::sum, a, call.row_sums);
  }
  return left.c_written;
}

void CudaBackend::reduce(ReduceOp op, ConstArray x, Array y) {
  const Turn turn(*this);
  cuda::reduce(launch_, op, x, y);
}

void CudaBackend::expand(ConstArray x, Array y) {
  const Turn turn(*this);
  cuda::expand(launch_, x, y);
}

void CudaBackend::transpose(ConstArray x, Array y) {
  const Turn turn(*this);
  cuda::transpose(launch_, x, y);
}

void CudaBackend::softmax(ConstArray x, bool logarithm, Array y) {
  const Turn turn(*this);
  cuda::softmax(launch_, x, logarithm, y);
}

void CudaBackend::softmax_slope(ConstArray y, ConstArray g, bool logarithm, Array dx) {
  const Turn turn(*this);
  cuda::softmax_slope(launch_, y, g, logarithm, dx);
}

void CudaBackend::cross_entropy(ConstArray logits, ConstArray labels, Array loss, Array slope) {
  const Turn turn(*this);
  cuda::cross_entropy(launch_, logits, labels, loss, slope);
}

void CudaBackend::count_correct(ConstArray logits, ConstArray labels, Array count) {
  const Turn turn(*this);
  cuda::count_correct(launch_, logits, labels, count);
}

void CudaBackend::copy_columns(ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) {
  const Turn turn(*this);
  cuda::copy_columns(launch_, x, from, y, to, count);
}

void CudaBackend::gather_rows(ConstArray x, ConstArray indices, Array y) {
  const Turn turn(*this);
  cuda::gather_rows(launch_, x, indices, y);
}

void CudaBackend::scatter_add_rows(ConstArray x, ConstArray indices, Array y) {
  const Turn turn(*this);
  cuda::scatter_add_rows(launch_, x, indices, y);
}

void CudaBackend::dropout_mask(Array y, double keep, std::uint64_t seed, std::uint64_t stream) {
  const Turn turn(*this);
  host_accesses("a dropout mask");
  cuda::dropout_mask(launch_, y, keep, seed, stream);
}

void CudaBackend::fill_uniform(Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) {
  const Turn turn(*this);
  host_accesses("a random draw");
  cuda::fill_uniform(launch_, y, lower, upper, seed, stream);
}

void CudaBackend::statistics(std::span<const StatisticsRequest> requests, Array totals) {
  const Turn turn(*this);
  formulas_->statistics(launch_, requests, totals);
}

void CudaBackend::mark_alive(ConstArray x, std::span<std::uint8_t> alive) {
  const Turn turn(*this);
  if (alive.empty() || x.count() == 0) return;
  const std::shared_ptr<void> marks = shared_block(alive.size());
  check(cudaMemsetAsync(marks.get(), 0, alive.size(), stream_.get()), "cudaMemsetAsync");
  cuda::mark_alive(launch_, x, static_cast<std::uint8_t*>(marks.get()), static_cast<std::int64_t>(alive.size()));
  std::vector<std::uint8_t> found(alive.size());
  download(found.data(), marks.get(), found.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i]) alive[i] = 1;
}

void CudaBackend::update(const UpdateStep& step) {
  const Turn turn(*this);
  if (step.gradient_totals) formulas_->statistics(launch_, step.gradient_requests(), step.gradient_totals);
  // A step that is not taken changes nothing.
  if (step.sizes) check(cudaMemsetAsync(step.sizes.data, 0, step.sizes.count() * sizeof(double), stream_.get()), "cudaMemsetAsync");
  cuda::update(launch_, step);
}

}  // namespace seegrad::cuda
