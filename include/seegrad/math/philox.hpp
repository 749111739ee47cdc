// Philox4x32-10: four random words out of a counter and a key, by arithmetic alone.
//
// A counter-based generator has no state that must be advanced in order: word number i of a stream is a pure
// function of (key, i). So a GPU thread, a CPU thread and a resumed run can each ask for exactly the words they need and
// get the same ones. This header is for kernels as well as for the host; `random.hpp` builds a convenient generator on it.
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Passes BigCrush.
#pragma once

#include <cstdint>

#include "seegrad/math/scalar.hpp"

namespace seegrad {

/// Four words: a counter going in, random bits coming out.
struct PhiloxBlock {
  std::uint32_t word[4];
};

/// Two words that choose the bijection; different keys give unrelated sequences.
struct PhiloxKey {
  std::uint32_t word[2];
};

/// The ten rounds of Philox4x32-10.
SEEGRAD_HD PhiloxBlock philox(PhiloxBlock counter, PhiloxKey key) {
  std::uint32_t c0 = counter.word[0], c1 = counter.word[1], c2 = counter.word[2], c3 = counter.word[3];
  std::uint32_t k0 = key.word[0], k1 = key.word[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = 0xD2511F53ull * c0;
    const std::uint64_t product1 = 0xCD9E8D57ull * c2;
    const std::uint32_t n0 = static_cast<std::uint32_t>(product1 >> 32) ^ c1 ^ k0;
    const std::uint32_t n2 = static_cast<std::uint32_t>(product0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(product1);
    c3 = static_cast<std::uint32_t>(product0);
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;  // the golden ratio and sqrt(3) - 1, as in the paper
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// Block number `block` of (seed, stream): the layout that `Random` uses, so that a kernel can draw the same words.
SEEGRAD_HD PhiloxBlock philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t block) {
  const PhiloxBlock counter{{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), static_cast<std::uint32_t>(stream),
                             static_cast<std::uint32_t>(stream >> 32)}};
  return philox(counter, PhiloxKey{{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}});
}

}  // namespace seegrad
