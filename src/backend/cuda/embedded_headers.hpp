// The device headers as text, for the run-time compiler; cmake/EmbedHeaders.cmake writes the other half.
#pragma once
#include <span>

namespace seegrad::cuda {

/// One header: what stands in #include, and what it contains.
struct EmbeddedHeader {
  const char* name;
  const char* text;
};

std::span<const EmbeddedHeader> embedded_headers();

}  // namespace seegrad::cuda
