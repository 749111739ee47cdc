// From the backend's words to the kernels': the same place under the name that launchers know.
#pragma once
#include "backend/cuda/launch.hpp"
#include "kernels/site.hpp"

namespace seegrad::cuda {

inline kernels::Site site_of(const Launch& launch) {
  return {launch.stream, launch.multiprocessors, launch.most_shared, launch.workspace, launch.workspace_bytes, launch.fault};
}

}  // namespace seegrad::cuda
