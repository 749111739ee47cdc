// What cuBLASLt's functions return, looked at in the way that check.hpp looks at CUDA's.
#pragma once
#include <cublasLt.h>

#include <source_location>
#include <string>
#include <string_view>

#include "seegrad/math/error.hpp"

namespace seegrad::cuda {

/// "cublasLtCreate: CUBLAS_STATUS_NOT_INITIALIZED (1), the library was not initialized; asked by product_library.cpp:41"
inline std::string failure_text(cublasStatus_t status, std::string_view what, const std::source_location& place) {
  const std::string_view path = place.file_name();
  std::string text(what);
  text.append(": ").append(cublasLtGetStatusName(status)).append(" (").append(std::to_string(static_cast<int>(status))).append("), ");
  text.append(cublasLtGetStatusString(status)).append("; asked by ").append(path.substr(path.find_last_of("/\\") + 1));
  return text.append(":").append(std::to_string(place.line()));
}

/// Throws Error unless all is well. `what` names the function.
inline void check(cublasStatus_t status, std::string_view what, const std::source_location& place = std::source_location::current()) {
  if (status != CUBLAS_STATUS_SUCCESS) throw Error(failure_text(status, what, place));
}

}  // namespace seegrad::cuda
