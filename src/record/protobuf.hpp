// Writes messages in the wire format of Protocol Buffers: what TensorBoard's event files and ONNX models are made of.
//
// A message is a row of fields in any order. Each is a varint with the field's number and its kind, then the value: a varint (seven
// bits a byte, the lowest first, the top bit set on all but the last), four or eight bytes little-endian, or a length and that many
// bytes. Text, messages within messages and packed arrays are all of this last kind. Which numbers mean what, the reader knows.
#pragma once
#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seegrad::records {

class ProtobufMessage {
 public:
  /// int32, int64, bool and enum fields; a negative number takes ten bytes.
  void integer(int field, std::int64_t value) {
    key(field, Kind::varint);
    varint(static_cast<std::uint64_t>(value));
  }
  void float32(int field, float value) {
    key(field, Kind::fixed32);
    little_endian(std::bit_cast<std::uint32_t>(value));
  }
  void float64(int field, double value) {
    key(field, Kind::fixed64);
    little_endian(std::bit_cast<std::uint64_t>(value));
  }
  /// string and bytes fields.
  void text(int field, std::string_view value) {
    key(field, Kind::delimited);
    varint(value.size());
    bytes_ += value;
  }
  void message(int field, const ProtobufMessage& value) { text(field, value.bytes_); }
  void packed_float64(int field, std::span<const double> values) {
    key(field, Kind::delimited);
    varint(values.size_bytes());
    for (const double value : values) little_endian(std::bit_cast<std::uint64_t>(value));
  }
  void packed_int64(int field, std::span<const std::int64_t> values) {
    std::size_t size = 0;
    for (const std::int64_t value : values) size += varint_size(static_cast<std::uint64_t>(value));
    key(field, Kind::delimited);
    varint(size);
    for (const std::int64_t value : values) varint(static_cast<std::uint64_t>(value));
  }

  const std::string& bytes() const { return bytes_; }
  /// Empties the message and keeps its memory.
  void clear() { bytes_.clear(); }

 private:
  enum class Kind : std::uint8_t { varint = 0, fixed64 = 1, delimited = 2, fixed32 = 5 };

  static std::size_t varint_size(std::uint64_t value) { return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7; }

  void key(int field, Kind kind) { varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(kind)); }

  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  template <std::unsigned_integral Bits>
  void little_endian(Bits value) {
    char bytes[sizeof(Bits)];
    for (std::size_t i = 0; i < sizeof(Bits); ++i) bytes[i] = static_cast<char>(value >> 8 * i);  // one move where memory is so too
    bytes_.append(bytes, sizeof(Bits));
  }

  std::string bytes_;
};

}  // namespace seegrad::records
