// MD5 against the test suite of RFC 1321 and against itself in pieces.

#include "seegrad/data/md5.hpp"

#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

using seegrad::Md5;

namespace {

std::string md5_of(std::string_view text) {
  Md5 sum;
  sum.update({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return sum.hex();
}

}  // namespace

TEST_CASE("MD5 gives the sums of RFC 1321", "[data]") {
  CHECK(md5_of("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of("a") == "0cc175b9c0f1b6a831c399e269772661");
  CHECK(md5_of("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5_of("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5_of("abcdefghijklmnopqrstuvwxyz") == "c3fcd3d76192e4007dfb496cca67e13b");
  CHECK(md5_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == "d174ab98d277d9f5a5611c2c9f419d9f");
  CHECK(md5_of("12345678901234567890123456789012345678901234567890123456789012345678901234567890") == "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("MD5 does not depend on the pieces in which bytes arrive, at any length around a block", "[data]") {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 200; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 37));
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    Md5 whole, single, thirds;
    whole.update(std::span(bytes).first(length));
    for (std::size_t i = 0; i < length; ++i) single.update(std::span(bytes).subspan(i, 1));
    thirds.update(std::span(bytes).first(length / 3));
    thirds.update(std::span(bytes).subspan(length / 3, length - length / 3));
    REQUIRE(single.hex() == whole.hex());
    REQUIRE(thirds.hex() == whole.hex());
  }
}
