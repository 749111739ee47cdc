// Picture files: what was written is read, and what is broken is refused in one line.

#include "seegrad/data/image_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "data/temporary_folder.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/math/error.hpp"
#include "support/pictures.hpp"

using namespace seegrad;
using namespace seegrad::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// A slope from black to white with a disc on it.
GreyImage scene(std::size_t rows, std::size_t columns) {
  GreyImage image{rows, columns, {}};
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      const int y = static_cast<int>(row) - 9, x = static_cast<int>(column) - 12;
      image.pixels.push_back(static_cast<std::uint8_t>(x * x + y * y < 40 ? 200 : 255 * column / columns));
    }
  return image;
}

std::string read_error(const fs::path& file) {
  return message_of<Error>([&] { read_image(file); });
}

/// What reading a file of these bytes says. The last one is taken away first: to write over a file can mean to wait for the disk.
std::string read_error(const fs::path& file, std::span<const std::uint8_t> bytes) {
  fs::remove(file);
  write_bytes(file, bytes);
  return read_error(file);
}

void put(Bytes& file, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_chunk(Bytes& file, std::string_view type, const Bytes& content) {
  put(file, static_cast<std::uint32_t>(content.size()));
  const std::size_t begin = file.size();
  file.insert(file.end(), type.begin(), type.end());
  file.insert(file.end(), content.begin(), content.end());
  put(file, static_cast<std::uint32_t>(crc32(0, file.data() + begin, static_cast<unsigned>(file.size() - begin))));
}

/// Whole by its checksums; `rows` are the decompressed bytes, each row with its filter in front.
Bytes png_file(std::uint32_t width, std::uint32_t height, std::uint8_t depth, std::uint8_t colour, const Bytes& rows) {
  Bytes file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, header;
  put(header, width);
  put(header, height);
  header.insert(header.end(), {depth, colour, 0, 0, 0});
  Bytes packed(compressBound(static_cast<uLong>(rows.size())));
  uLongf length = packed.size();
  compress(packed.data(), &length, rows.data(), static_cast<uLong>(rows.size()));
  packed.resize(length);
  put_chunk(file, "IHDR", header);
  put_chunk(file, "IDAT", packed);
  put_chunk(file, "IEND", {});
  return file;
}

}  // namespace

TEST_CASE("a picture is read as it was written: exactly from PNG and BMP, nearly from JPEG", "[data][image]") {
  const TemporaryFolder folder;
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{28, 28}, {1, 1}, {1, 37}, {41, 1}, {33, 50}}) {
    INFO(rows << " x " << columns);
    const GreyImage image = scene(rows, columns);
    for (const char* name : {"a.png", "a.bmp"}) {
      write_picture(folder / name, image);
      CHECK(read_image(folder / name) == image);
    }
    write_picture(folder / "a.jpg", image);
    const GreyImage lossy = read_image(folder / "a.jpg");
    REQUIRE((lossy.rows == rows && lossy.columns == columns));
    double difference = 0;
    for (std::size_t i = 0; i < image.pixels.size(); ++i) difference += std::abs(int{lossy.pixels[i]} - int{image.pixels[i]});
    CHECK(difference / static_cast<double>(image.pixels.size()) < 4);  // of 255, at quality 95
  }
}

TEST_CASE("colours become grey by their luma, and what is transparent shows white paper", "[data][image]") {
  const TemporaryFolder folder;
  write_picture(folder / "rgb.png", Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 20, 30}, 5, 1, 3);
  const Bytes luma{76, 149, 28, 255, 18};  // 0.299, 0.587 and 0.114 of 255; 0.299*10 + 0.587*20 + 0.114*30; rounded down
  CHECK(read_image(folder / "rgb.png").pixels == luma);
  write_picture(folder / "rgb.bmp", Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 20, 30}, 5, 1, 3);
  CHECK(read_image(folder / "rgb.bmp").pixels == luma);
  write_picture(folder / "rgba.png", Bytes{0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 51, 255, 255, 255, 0}, 4, 1, 4);
  CHECK(read_image(folder / "rgba.png").pixels == Bytes{0, 255, 204, 255});
  write_picture(folder / "ga.png", Bytes{100, 255, 100, 0, 100, 102}, 3, 1, 2);
  CHECK(read_image(folder / "ga.png").pixels == Bytes{100, 255, 193});
}

TEST_CASE("pictures of other depths are read: of 16 bits the upper 8, of 1 bit black and white", "[data][image]") {
  const TemporaryFolder folder;
  write_bytes(folder / "deep.png", png_file(2, 2, 16, 0, {0, 0x12, 0xff, 0x80, 0x00, 0, 0xff, 0xff, 0x00, 0x01}));
  CHECK(read_image(folder / "deep.png").pixels == Bytes{0x12, 0x80, 0xff, 0x00});
  write_bytes(folder / "flat.png", png_file(10, 1, 1, 0, {0, 0b10100000, 0b01000000}));
  CHECK(read_image(folder / "flat.png").pixels == Bytes{255, 0, 255, 0, 0, 0, 0, 0, 0, 255});
}

TEST_CASE("what a file holds decides, not its name", "[data][image]") {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg", scene(20, 20));
  fs::rename(folder / "a.jpg", folder / "a.png");
  CHECK(read_image(folder / "a.png").rows == 20);
  CHECK(has_image_ending("x/A.PNG"));
  CHECK(has_image_ending("x.Jpeg"));
  CHECK(has_image_ending("x.tar.bmp"));
  for (const char* other : {"png", ".png", "x.gif", "x.png.txt", "x.pngx", ""}) CHECK_FALSE(has_image_ending(other));
}

TEST_CASE("a picture that is cut off anywhere is refused", "[data][image]") {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "a.jpg", "a.bmp"}) {
    write_picture(folder / name, scene(20, 24));
    const Bytes whole = read_bytes(folder / name);
    for (std::size_t length = 0; length < whole.size(); length += length < 64 ? 1 : 7) {
      INFO(name << " cut to " << length << " of " << whole.size() << " bytes");
      REQUIRE_THAT(read_error(folder / "cut.png", std::span(whole).first(length)), Contains("cut.png: "));
    }
    const std::size_t last = whole.size() - 1;
    CHECK_THAT(read_error(folder / "cut.png", std::span(whole).first(last)),
               Contains("the picture is damaged: it is cut off at byte " + std::to_string(last)));
  }
}

TEST_CASE("a PNG file with any byte changed is refused, since its checksums do not fit", "[data][image]") {
  const TemporaryFolder folder;
  write_picture(folder / "a.png", scene(20, 24));
  const Bytes whole = read_bytes(folder / "a.png");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    INFO("byte " << i);
    Bytes changed = whole;
    changed[i] ^= static_cast<std::uint8_t>(1u << (i % 8));
    REQUIRE_THAT(read_error(folder / "changed.png", changed), Contains("changed.png: "));
  }
  Bytes changed = whole;
  changed[50] ^= 0xff;
  CHECK_THAT(read_error(folder / "changed.png", changed), Contains("byte 33: the checksum of chunk IDAT does not fit"));
}

// JPEG and BMP have no checksums: a changed byte may go unnoticed, but it must not do harm.
TEST_CASE("a JPEG or BMP file with changed bytes is a picture of a possible size or an error", "[data][image]") {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "a.bmp"}) {
    write_picture(folder / name, scene(20, 24));
    const Bytes whole = read_bytes(folder / name);
    std::size_t refused = 0;
    for (std::size_t i = 0; i < whole.size(); i += i < 700 ? 1 : 5) {
      Bytes changed = whole;
      changed[i] = static_cast<std::uint8_t>(i % 3 == 0 ? 0xff : i % 3 == 1 ? 0 : changed[i] ^ 0x55);
      fs::remove(folder / "changed");
      write_bytes(folder / "changed", changed);
      try {
        const GreyImage image = read_image(folder / "changed");
        REQUIRE(image.pixels.size() == image.rows * image.columns);
      } catch (const Error& error) {
        REQUIRE_THAT(error.what(), Contains("changed: "));
        ++refused;
      }
    }
    CHECK(refused > 10);
  }
}

TEST_CASE("a JPEG file whose Huffman codes do not fit into their table or segment is refused before it is decoded", "[data][image]") {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg", scene(20, 24));
  Bytes changed = read_bytes(folder / "a.jpg");
  const std::array<std::uint8_t, 2> marker{0xff, 0xc4};
  const auto table = std::search(changed.begin(), changed.end(), marker.begin(), marker.end());
  REQUIRE(changed.end() - table > 30);
  SECTION("16 lengths, 17 codes each") { std::fill(table + 5, table + 21, std::uint8_t{17}); }
  SECTION("codes that go on behind their segment") { *(table + 3) = 20; }
  SECTION("a segment that ends inside of the counts") { *(table + 3) = 10; }
  CHECK_THAT(read_error(folder / "changed.jpg", changed), Contains("the tables of Huffman codes make no sense"));
}

TEST_CASE("a picture that claims to be huge is refused before memory is taken for it", "[data][image]") {
  const TemporaryFolder folder;
  const auto error_of = [&](std::uint32_t width, std::uint32_t height) {
    return read_error(folder / "huge.png", png_file(width, height, 8, 0, {0, 0}));
  };
  CHECK_THAT(error_of(0x80000000u, 0x80000000u), Contains("huge.png: cannot be decoded"));
  CHECK_THAT(error_of(0x7fffffffu, 0x7fffffffu), Contains("huge.png: cannot be decoded"));
  CHECK_THAT(error_of(16385, 1), Contains("has 16385 x 1 pixels; at most 16384 a side and 100 million in all are read; scale it down"));
  CHECK_THAT(error_of(1, 20000), Contains("has 1 x 20000 pixels"));
  CHECK_THAT(error_of(16384, 16384), Contains("has 16384 x 16384 pixels"));
  CHECK_THAT(error_of(0, 5), Contains("huge.png: "));
  CHECK_THAT(error_of(5, 5), Contains("huge.png: cannot be decoded: "));  // and has two bytes
  Bytes bmp(54);
  bmp[0] = 'B', bmp[1] = 'M', bmp[10] = 54, bmp[14] = 40, bmp[20] = bmp[24] = 1, bmp[26] = 1, bmp[28] = 24;
  CHECK_THAT(read_error(folder / "huge.bmp", bmp),
             Contains("huge.bmp: the picture is damaged: it is cut off at byte 54, the header promises 12884901942"));  // 54 + 3 * 65536^2
  for (std::size_t i = 18; i < 26; ++i) bmp[i] = 0x7f;
  CHECK_THAT(read_error(folder / "huge.bmp", bmp), Contains("huge.bmp: the picture is damaged: its header makes no sense"));
}

TEST_CASE("what is no picture is refused in one line that says what it is", "[data][image]") {
  const TemporaryFolder folder;
  CHECK_THAT(read_error(folder / "none.png"), Contains("none.png: there is no such file"));
  fs::create_directory(folder / "x.png");
  CHECK_THAT(read_error(folder / "x.png"), Contains("x.png: is a folder, a file was expected"));
  CHECK_THAT(read_error(folder / "empty.png", {}), Contains("empty.png: is empty"));
  CHECK_THAT(read_error(folder / "text.png", Bytes{'h', 'e', 'l', 'l', 'o'}),
             Contains("text.png: is no PNG, JPEG or BMP picture: it begins with the bytes 68 65 6c 6c 6f; convert it"));
  CHECK_THAT(read_error(folder / "zeros.png", Bytes(1000)), Contains("begins with the bytes 00 00 00 00 00 00 00 00;"));
  Bytes rle(100);
  rle[0] = 'B', rle[1] = 'M', rle[10] = 54, rle[14] = 40, rle[18] = 2, rle[22] = 2, rle[26] = 1, rle[28] = 8, rle[30] = 1;
  CHECK_THAT(read_error(folder / "rle.bmp", rle), Contains("rle.bmp: cannot be decoded: ") && Contains("save it anew as PNG"));
  save_dataset(digits_dataset(1, 1), folder / "idx");
  CHECK_THAT(read_error(folder / "idx/train-images-idx3-ubyte.gz"), Contains("is a gzip file, a picture was expected"));
}
