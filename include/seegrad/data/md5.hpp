// MD5, to tell whether a data file is the one that was published. A guard against accidents, not against an attacker:
// the published sums of MNIST are MD5, hence this old function and no better one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace seegrad {

/// The running MD5 sum of bytes that arrive in pieces (RFC 1321).
class Md5 {
 public:
  void update(std::span<const std::uint8_t> bytes);

  /// The sum of all bytes so far as 32 hexadecimal digits. More bytes may follow.
  std::string hex() const;

 private:
  std::array<std::uint32_t, 4> state_{0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t length_ = 0;  // bytes seen; the last length_ % 64 of them wait in pending_
};

}  // namespace seegrad
