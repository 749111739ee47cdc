// The checksum of TensorBoard's event files: CRC-32C (Castagnoli's polynomial, as in iSCSI, RFC 3720), bits of a byte from the lowest.
#pragma once
#include <cstdint>
#include <string_view>

namespace seegrad::records {

std::uint32_t crc32c(std::string_view bytes);

/// As event files store it: turned and moved, so that the checksum of bytes which hold checksums is no trivial one.
inline std::uint32_t masked_crc32c(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xA282EAD8U;
}

}  // namespace seegrad::records
