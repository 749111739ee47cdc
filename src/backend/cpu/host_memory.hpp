// The machine's own memory. Large blocks are aligned to and advised for huge pages: touching fresh 4 KiB pages costs several times what
// copying does.
#pragma once
#include "backend/block_pool.hpp"

namespace seegrad::cpu {

/// Blocks aligned to 64 bytes, large ones to huge pages.
class HostMemory final : public MemorySource {
 public:
  std::size_t rounded(std::size_t bytes) const override;
  void* take(std::size_t bytes) override;
  void give_back(void* data, std::size_t bytes) noexcept override;
  std::string shortage() const override { return "; try a smaller --batch, --width or --depth"; }
};

}  // namespace seegrad::cpu
