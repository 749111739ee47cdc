#include "record/crc32c.hpp"

#include <array>

namespace seegrad::records {
namespace {

using Table = std::array<std::uint32_t, 256>;

/// Table 0 moves the remainder on by one byte; table k does the same and then by k bytes of zeros. So eight bytes, each looked up in the
/// table of its distance from the end, can be done at once: their remainders simply add up (exclusive or).
constexpr std::array<Table, 8> make_tables() {
  constexpr std::uint32_t polynomial = 0x82F63B78;  // x^32 + x^28 + x^27 + ... + 1, lowest bit first
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ (remainder & 1 ? polynomial : 0);
    tables[0][byte] = remainder;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before >> 8 ^ tables[0][before & 0xFF];
    }
  return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

std::uint32_t word_at(std::string_view bytes, std::size_t i) {
  return byte_at(bytes, i) | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2) << 16 | byte_at(bytes, i + 3) << 24;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    const std::uint32_t low = crc ^ word_at(bytes, i), high = word_at(bytes, i + 4);
    crc = 0;
    for (std::size_t k = 0; k < 4; ++k) crc ^= tables[7 - k][low >> 8 * k & 0xFF] ^ tables[3 - k][high >> 8 * k & 0xFF];
  }
  for (; i < bytes.size(); ++i) crc = crc >> 8 ^ tables[0][(crc ^ byte_at(bytes, i)) & 0xFF];
  return ~crc;
}

}  // namespace seegrad::records
