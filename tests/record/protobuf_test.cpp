#include "record/protobuf.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <numeric>
#include <random>

#include "record/crc32c.hpp"
#include "support/event_reader.hpp"

using namespace seegrad;
using namespace seegrad::records;
using test::masked;
using test::ProtobufReader;
using test::slow_crc32c;

TEST_CASE("CRC-32C has the values of RFC 3720", "[record][event]") {
  std::string ascending(32, '\0'), descending;
  std::iota(ascending.begin(), ascending.end(), '\0');
  descending.assign(ascending.rbegin(), ascending.rend());
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  CHECK(crc32c(ascending) == 0x46DD794E);
  CHECK(crc32c(descending) == 0x113FDB5C);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c("") == 0);
}

TEST_CASE("CRC-32C by eights agrees with CRC-32C by bits at every length and place", "[record][event]") {
  std::mt19937 random(1);
  std::string bytes(100, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      const std::string_view part = std::string_view(bytes).substr(begin, length);
      CHECK(crc32c(part) == slow_crc32c(part));
      CHECK(masked_crc32c(part) == masked(slow_crc32c(part)));
    }
}

TEST_CASE("fields of Protocol Buffers have the bytes of its documentation", "[record][event]") {
  using namespace std::string_view_literals;
  ProtobufMessage number, text, inner, packed;
  number.integer(1, 150);
  CHECK(number.bytes() == "\x08\x96\x01");
  text.text(2, "testing");
  CHECK(text.bytes() == "\x12\x07testing");
  inner.message(3, number);
  CHECK(inner.bytes() == "\x1a\x03\x08\x96\x01");
  const std::int64_t numbers[] = {3, 270, 86942};
  packed.packed_int64(6, numbers);
  CHECK(packed.bytes() == "\x32\x06\x03\x8E\x02\x9E\xA7\x05");
  number.clear();
  number.integer(1, -2);
  CHECK(number.bytes() == "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  number.clear();
  number.float32(1, -1.5F);
  number.float64(16, 1);
  CHECK(number.bytes() == "\x0d\x00\x00\xc0\xbf\x81\x01\x00\x00\x00\x00\x00\x00\xf0\x3f"sv);
}

TEST_CASE("whole numbers of any size survive in varints", "[record][event]") {
  std::vector<std::int64_t> numbers = {0, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), -1};
  for (int bit = 0; bit < 63; ++bit)
    for (const std::int64_t near : {-1, 0, 1}) numbers.push_back((std::int64_t{1} << bit) + near);
  ProtobufMessage message, packed, separate;
  for (const std::int64_t number : numbers) message.integer(5, number), packed.packed_int64(1, {&number, 1});
  const ProtobufReader reader(message.bytes());
  REQUIRE(reader.fields().size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(static_cast<std::int64_t>(reader.fields()[i].bits) == numbers[i]);
  // Packed, they are the same varints without their keys.
  for (const std::int64_t number : numbers) separate.integer(1, number);
  std::string bare, unpacked;
  const ProtobufReader separately(separate.bytes());
  for (const auto& field : ProtobufReader(packed.bytes()).all(1)) bare += field.bytes;
  for (const std::int64_t number : numbers) {
    ProtobufMessage one;
    one.integer(1, number);
    unpacked += one.bytes().substr(1);
  }
  CHECK(bare == unpacked);
}
