#include "product_runner.hpp"

#include <algorithm>

namespace seegrad::cuda {

bool ProductRunner::run(const Launch& launch, ProductKey key, const ProductOperands& operands) {
  key.alignment = {alignment_of(operands.a), alignment_of(operands.b), alignment_of(operands.d)};
  if (has_vector(key.epilogue)) key.alignment.vector = alignment_of(operands.vector);
  if (has_aux(key.epilogue)) key.alignment.aux = alignment_of(operands.aux);
  key.workspace_bytes = launch.workspace_bytes;
  // Epilogues read vectors in 16-byte pieces, and what becomes of others is not documented: the caller's kernels can do those.
  if (std::min(key.alignment.vector, key.alignment.aux) < 16) return false;

  Plan& plan = plan_for(key, operands);
  if (!plan.algorithm) return false;
  plan.description.set_pointers(operands.vector, operands.aux);
  if (library_->multiply(launch, plan.description, *plan.algorithm, operands.b, operands.a, operands.d)) return true;
  plan.algorithm.reset();
  return false;
}

ProductRunner::Plan& ProductRunner::plan_for(const ProductKey& key, const ProductOperands& operands) {
  const auto known = plans_.find(key);
  if (known != plans_.end()) return known->second;
  // A program that meets new shapes for ever must not grow for ever.
  constexpr std::size_t most = 4096;
  if (plans_.size() >= most) plans_.clear();
  Plan plan(key);
  // The heuristic looks at these addresses too, for their alignment.
  plan.description.set_pointers(operands.vector, operands.aux);
  plan.algorithm = library_->algorithm(plan.description);
  return plans_.emplace(key, std::move(plan)).first->second;
}

}  // namespace seegrad::cuda
