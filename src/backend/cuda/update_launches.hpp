// The backend's door for optimisers, as launches. Its meaning is that of tensor/backend.hpp.
#pragma once
#include "backend/cuda/launch.hpp"
#include "seegrad/tensor/backend.hpp"

namespace seegrad::cuda {

/// One launch for up to 32 parameters of the same rule and element type, and one more when sizes are wanted.
void update(const Launch& launch, const UpdateStep& step);

}  // namespace seegrad::cuda
