// IDX files, whole and broken in every way that we could think of, and in many that we could not.

#include "seegrad/data/idx.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"

using namespace seegrad;
using namespace seegrad::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

namespace {

// An IDX file of 5 images of 3 x 4 pixels that count up: 16 + 60 bytes.
Bytes image_file() {
  Bytes file{0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 4};
  for (int i = 0; i < 60; ++i) file.push_back(static_cast<std::uint8_t>(i));
  return file;
}

Bytes gzip(const Bytes& bytes) {
  const TemporaryFolder folder;
  gzFile file = gzopen((folder / "x").c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return read_bytes(folder / "x");
}

std::string error_of(const Bytes& bytes, std::size_t dimensions = 3, std::uint64_t max_bytes = idx_max_bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "broken", bytes);
  const std::string message = message_of<Error>([&] { read_idx(folder / "broken", dimensions, max_bytes); });
  CHECK_THAT(message, Contains((folder / "broken").string()));
  return message;
}

Bytes with(Bytes bytes, std::size_t position, Bytes replacement) {
  std::copy(replacement.begin(), replacement.end(), bytes.begin() + static_cast<std::ptrdiff_t>(position));
  return bytes;
}

}  // namespace

TEST_CASE("an IDX file is read as it was written, plain and compressed", "[data]") {
  const TemporaryFolder folder;
  const std::vector<std::uint32_t> sizes{5, 3, 4};
  Bytes pixels(60);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  for (const char* name : {"plain", "packed.gz"}) {
    write_idx(folder / name, sizes, pixels);
    const IdxFile file = read_idx(folder / name, 3);
    CHECK(file.sizes == sizes);
    CHECK(file.bytes == pixels);
    CHECK(file.md5 == idx_md5(sizes, pixels));
  }
  CHECK(read_bytes(folder / "plain") == image_file());
  CHECK(read_bytes(folder / "packed.gz")[0] == 0x1f);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);  // nothing unfinished is left
}

TEST_CASE("compression is told by the content, not by the name", "[data]") {
  const TemporaryFolder folder;
  write_bytes(folder / "plain.gz", image_file());
  write_bytes(folder / "packed", gzip(image_file()));
  CHECK(read_idx(folder / "plain.gz", 3).bytes == read_idx(folder / "packed", 3).bytes);
}

TEST_CASE("what is not a file is named", "[data]") {
  const TemporaryFolder folder;
  CHECK_THAT(message_of<Error>([&] { read_idx(folder / "nothing", 3); }), Contains("nothing: there is no such file"));
  CHECK_THAT(message_of<Error>([&] { read_idx(folder.path(), 3); }), Contains("is a folder, a file was expected"));
  CHECK_THAT(message_of<Error>([&] { read_idx("/dev/zero", 3); }), Contains("is not a regular file"));
  CHECK_THAT(error_of({}), Contains("is empty (0 bytes)"));
}

TEST_CASE("a wrong header is named with its byte", "[data]") {
  CHECK_THAT(error_of(with(image_file(), 0, {'H', 'T', 'M', 'L'})),
             Contains("is not an IDX file: byte 0: expected 00 00 08 03, found 48 54 4d 4c"));
  CHECK_THAT(error_of(with(image_file(), 2, {0x0D})),
             Contains("byte 2: element type 0x0d (32-bit floats); expected 0x08 (unsigned bytes)"));
  CHECK_THAT(error_of(with(image_file(), 2, {0x77})), Contains("(an unknown type)"));
  CHECK_THAT(error_of(with(image_file(), 3, {1})), Contains("byte 3: 1 dimensions, expected 3 (images: count, rows, columns)"));
  CHECK_THAT(error_of(image_file(), 1), Contains("byte 3: 3 dimensions, expected 1 (labels: count)"));
  CHECK_THAT(error_of(with(image_file(), 8, {0, 0, 0, 0})), Contains("byte 8: size 2 of 3 is 0"));
}

TEST_CASE("truncated and oversized files say how much is missing or too much", "[data]") {
  Bytes file = image_file();
  for (std::size_t length = 1; length < file.size(); ++length) {
    const std::string message = error_of({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)});
    CHECK_THAT(message, Contains(length < 16 ? "inside the header" : "the file is truncated"));
  }
  CHECK_THAT(error_of({file.begin(), file.end() - 1}), Contains("byte 4: the header promises 5 x 3 x 4 bytes = 60, but only 59 follow it"));
  file.push_back(7);
  CHECK_THAT(error_of(file), Contains("1 bytes too many: the data should end at byte 76, the file has 77"));
  CHECK_THAT(error_of(gzip(file)), Contains("the data should end at byte 76, but more bytes follow"));
  file.resize(70);
  CHECK_THAT(error_of(gzip(file)), Contains("is truncated: the header promises 60 bytes, 54 follow it"));
}

TEST_CASE("a header that promises the moon gets no memory", "[data]") {
  const Bytes huge = with(image_file(), 4, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
  CHECK_THAT(error_of(huge), Contains("4294967295 x 4294967295 x 4294967295 bytes, more than the limit of 1073741824"));
  CHECK_THAT(error_of(gzip(huge)), Contains("more than the limit"));
  const Bytes large = with(image_file(), 4, {0x01, 0, 0, 0});
  CHECK_THAT(error_of(large), Contains("but only 60 follow it"));
  CHECK_THAT(error_of(gzip(large)), Contains("bytes cannot hold so many"));
  CHECK_THAT(error_of(image_file(), 3, 59), Contains("more than the limit of 59"));
}

TEST_CASE("a bomb of zeros is stopped at the limit", "[data]") {
  Bytes zeros(std::size_t{1} << 24, 0);
  const Bytes header{0, 0, 8, 1, 0x00, 0xFF, 0xFF, 0xF8};
  std::copy(header.begin(), header.end(), zeros.begin());
  const Bytes bomb = gzip(zeros);
  REQUIRE(bomb.size() < 20000);
  CHECK_THAT(error_of(bomb, 1, 1u << 20), Contains("more than the limit of 1048576"));
  const TemporaryFolder folder;
  write_bytes(folder / "allowed", bomb);
  CHECK(read_idx(folder / "allowed", 1).bytes.size() == zeros.size() - 8);
}

TEST_CASE("damage inside a gzip file is found, its checksum included", "[data]") {
  const Bytes packed = gzip(image_file());
  CHECK_THAT(error_of(with(packed, packed.size() - 8, {1, 2, 3, 4})), Contains("incorrect data check"));
  CHECK_THAT(error_of(with(packed, packed.size() - 4, {1, 2, 3, 4})), Contains("incorrect length check"));
  for (std::size_t length = 11; length < packed.size(); ++length)
    CHECK_THAT(error_of({packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length)}), Contains("cut off"));
}

TEST_CASE("any mutation of an IDX file ends in success or in an Error", "[data]") {
  const TemporaryFolder folder;
  Random random(1);
  int read = 0, refused = 0;
  for (const Bytes& whole : {image_file(), gzip(image_file())})
    for (int round = 0; round < 1500; ++round) {
      Bytes file = whole;
      const std::uint64_t changes = 1 + random.below(3);
      for (std::uint64_t i = 0; i < changes; ++i) {
        // Most of what can go wrong is in the header: every second change falls there.
        const std::uint64_t reach = random.chance(0.5) ? std::min<std::size_t>(16, file.size()) : file.size();
        file[random.below(reach)] = static_cast<std::uint8_t>(random.bits());
      }
      if (random.chance(0.3)) file.resize(random.below(file.size() + 20) + 1);
      write_bytes(folder / "mutant", file);
      try {
        const IdxFile result = read_idx(folder / "mutant", 3);
        REQUIRE(result.bytes.size() <= file.size() * 1032);
        ++read;
      } catch (const Error&) {
        ++refused;
      }
    }
  CHECK(read > 100);  // changed pixels of a plain file are no error
  CHECK(refused > 1000);
}

TEST_CASE("a file that cannot be written says so and leaves nothing behind", "[data]") {
  const TemporaryFolder folder;
  const std::vector<std::uint32_t> sizes{2};
  const Bytes two{1, 2};
  CHECK_THAT(message_of<Error>([&] { write_idx(folder / "no/such/folder", sizes, two); }), Contains("cannot be written: No such file"));
  CHECK_THAT(message_of<Error>([&] { write_idx(folder / "x", sizes, Bytes{1, 2, 3}); }), Contains("3 bytes do not fill 2"));
  fs::create_directory(folder / "taken");
  CHECK_THAT(message_of<Error>([&] { write_idx(folder / "taken", sizes, two); }), Contains("taken: cannot be written"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a full disk is reported", "[data]") {
  if (!fs::exists("/dev/full")) return;
  const TemporaryFolder folder;
  fs::create_symlink("/dev/full", folder / "full.part");
  const std::vector<std::uint32_t> sizes{1u << 20};
  CHECK_THAT(message_of<Error>([&] { write_idx(folder / "full", sizes, Bytes(1u << 20)); }), Contains("No space left on device"));
  CHECK(!fs::exists(folder / "full"));
}
