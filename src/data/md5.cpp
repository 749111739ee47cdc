// The MD5 sum as RFC 1321 describes it, 64 bytes at a time.

#include "seegrad/data/md5.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace seegrad {
namespace {

constexpr std::array<std::uint32_t, 64> sines{
    // floor(2^32 |sin(i + 1)|)
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1,
    0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453,
    0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
    0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05,
    0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d,
    0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

constexpr std::array<std::array<int, 4>, 4> rotations{{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

using State = std::array<std::uint32_t, 4>;

struct Step {
  std::uint32_t mixed;
  unsigned word;
};

template <unsigned Round>
Step step(unsigned i, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  if constexpr (Round == 0) return {d ^ (b & (c ^ d)), i};
  if constexpr (Round == 1) return {c ^ (d & (b ^ c)), (5 * i + 1) % 16};
  if constexpr (Round == 2) return {b ^ c ^ d, (3 * i + 5) % 16};
  if constexpr (Round == 3) return {c ^ (b | ~d), (7 * i) % 16};
}

template <unsigned Round>
void sixteen_steps(State& s, const std::array<std::uint32_t, 16>& words) {
  for (unsigned i = 0; i < 16; ++i) {
    const Step now = step<Round>(i, s[1], s[2], s[3]);
    const std::uint32_t sum = s[0] + now.mixed + sines[16 * Round + i] + words[now.word];
    s = {s[3], s[1] + std::rotl(sum, rotations[Round][i % 4]), s[1], s[2]};
  }
}

void digest(State& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 16> words;
  for (std::size_t i = 0; i < 16; ++i)
    words[i] =
        block[4 * i] | std::uint32_t{block[4 * i + 1]} << 8 | std::uint32_t{block[4 * i + 2]} << 16 | std::uint32_t{block[4 * i + 3]} << 24;
  State next = state;
  sixteen_steps<0>(next, words);
  sixteen_steps<1>(next, words);
  sixteen_steps<2>(next, words);
  sixteen_steps<3>(next, words);
  for (std::size_t i = 0; i < 4; ++i) state[i] += next[i];
}

}  // namespace

void Md5::update(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::size_t filled = length_ % 64;
    if (filled == 0 && bytes.size() >= 64) {  // whole blocks are read where they lie
      digest(state_, bytes.data());
      length_ += 64;
      bytes = bytes.subspan(64);
      continue;
    }
    const std::size_t taken = std::min(64 - filled, bytes.size());
    std::memcpy(pending_.data() + filled, bytes.data(), taken);
    length_ += taken;
    bytes = bytes.subspan(taken);
    if (length_ % 64 == 0) digest(state_, pending_.data());
  }
}

std::string Md5::hex() const {
  Md5 ended = *this;
  const std::uint64_t bits = length_ * 8;
  std::array<std::uint8_t, 72> padding{0x80};
  const std::size_t zeros_end = (length_ % 64 < 56 ? 56 : 120) - length_ % 64;
  std::array<std::uint8_t, 8> size;
  for (unsigned i = 0; i < 8; ++i) size[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  ended.update(std::span(padding).first(zeros_end));
  ended.update(size);

  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint32_t word : ended.state_)
    for (unsigned i = 0; i < 4; ++i) {
      const std::uint32_t byte = word >> (8 * i) & 0xFF;
      text += digits[byte >> 4];
      text += digits[byte & 15];
    }
  return text;
}

}  // namespace seegrad
