// The element types of safetensors files, and how names from a file may be shown.
#pragma once
#include <string>
#include <string_view>

#include "seegrad/record/safetensors.hpp"

namespace seegrad::records {

inline constexpr SafeType all_safe_types[] = {SafeType::f64, SafeType::f32, SafeType::f16, SafeType::bf16,
                                              SafeType::i64, SafeType::i32, SafeType::u8};

/// In quotes, on one line, at most 80 characters; what cannot be shown as ASCII becomes '?'.
std::string printable(std::string_view text);

}  // namespace seegrad::records
