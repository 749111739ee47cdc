// Reads messages of Protocol Buffers back, without looking at how they are written: a list of fields, each a number with its value.
#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::test {

struct ProtobufField {
  int number = 0;
  int kind = 0;            ///< 0 varint, 1 eight bytes, 2 with a length, 5 four bytes
  std::uint64_t bits = 0;  ///< of the first, second and last kind
  std::string bytes;       ///< of the third
};

class ProtobufReader {
 public:
  /// Throws std::runtime_error where the bytes are no message.
  explicit ProtobufReader(std::string_view bytes) : rest_(bytes) {
    while (!rest_.empty()) {
      ProtobufField field;
      const std::uint64_t key = varint();
      field.number = static_cast<int>(key >> 3), field.kind = static_cast<int>(key & 7);
      if (field.kind == 0)
        field.bits = varint();
      else if (field.kind == 2)
        field.bytes = take(varint());
      else
        field.bits = fixed(take(field.kind == 1 ? 8 : field.kind == 5 ? 4 : throw std::runtime_error("unknown kind of field")));
      fields_.push_back(field);
    }
  }

  const std::vector<ProtobufField>& fields() const { return fields_; }

  std::vector<ProtobufField> all(int number) const {
    std::vector<ProtobufField> found;
    for (const ProtobufField& field : fields_)
      if (field.number == number) found.push_back(field);
    return found;
  }
  /// The only field of that number.
  ProtobufField one(int number) const {
    const std::vector<ProtobufField> found = all(number);
    if (found.size() != 1)
      throw std::runtime_error("field " + std::to_string(number) + " is there " + std::to_string(found.size()) + " times");
    return found.front();
  }

  std::string text(int number) const { return one(number).bytes; }
  ProtobufReader message(int number) const { return ProtobufReader(one(number).bytes); }
  std::int64_t integer(int number) const { return static_cast<std::int64_t>(one(number).bits); }
  double float64(int number) const { return number_of<double>(one(number).bits); }
  float float32(int number) const { return number_of<float>(static_cast<std::uint32_t>(one(number).bits)); }
  std::vector<double> packed_float64(int number) const {
    const std::string bytes = text(number);
    std::vector<double> values(bytes.size() / 8);
    std::memcpy(values.data(), bytes.data(), values.size() * 8);
    return values;
  }

 private:
  template <class Number, class Bits>
  static Number number_of(Bits bits) {
    static_assert(sizeof(Number) == sizeof(Bits));
    Number number{};
    std::memcpy(&number, &bits, sizeof number);
    return number;
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("a varint without an end");
  }

  static std::uint64_t fixed(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }

  std::string take(std::uint64_t count) {
    if (count > rest_.size()) throw std::runtime_error("a field is cut off");
    std::string taken(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  std::vector<ProtobufField> fields_;
};

}  // namespace seegrad::test
