#include "seegrad/record/npy.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

struct NpyFile {
  std::string header, data;
};

/// Takes a file apart as version 1.0 of the format describes it.
NpyFile parts_of(const std::string& bytes) {
  REQUIRE(bytes.size() >= 10);
  REQUIRE(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t length = static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  REQUIRE(bytes.size() >= 10 + length);
  CHECK((10 + length) % 64 == 0);
  CHECK(bytes[9 + length] == '\n');
  return {bytes.substr(10, length), bytes.substr(10 + length)};
}

NpyFile read(const std::filesystem::path& path) {
  const auto bytes = test::read_bytes(path);
  return parts_of({bytes.begin(), bytes.end()});
}

template <class T>
std::vector<T> numbers_in(const std::string& data) {
  std::vector<T> numbers(data.size() / sizeof(T));
  std::memcpy(numbers.data(), data.data(), data.size());
  return numbers;
}

}  // namespace

TEST_CASE("an array is written as NumPy describes it", "[record][npy]") {
  const test::TemporaryFolder folder;
  const std::vector<double> values = {1, -2.5, 1e300, 4, 5, 6};
  write_npy<double>(folder / "a.npy", {2, 3}, values);
  const NpyFile file = read(folder / "a.npy");
  const std::string dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  CHECK(file.header.starts_with(dictionary));
  CHECK(file.header.find_first_not_of(' ', dictionary.size()) == file.header.size() - 1);
  CHECK(numbers_in<double>(file.data) == values);
}

TEST_CASE("shapes of every rank are Python's tuples", "[record][npy]") {
  const std::pair<Shape, const char*> tuples[] = {{{}, "'shape': (), "},
                                                  {{3}, "'shape': (3,), "},
                                                  {{2, 3}, "'shape': (2, 3), "},
                                                  {{0}, "'shape': (0,), "},
                                                  {{1, 0, 2}, "'shape': (1, 0, 2), "},
                                                  {{1, 2, 3, 4, 5, 6}, "'shape': (1, 2, 3, 4, 5, 6), "},
                                                  {{500'000'000'000'000'000}, "'shape': (500000000000000000,), "}};
  for (const auto& [shape, tuple] : tuples) CHECK(parts_of(npy_header(DType::float32, shape)).header.find(tuple) != std::string::npos);
}

TEST_CASE("tensors of every type are written as what they are", "[record][npy]") {
  const test::TemporaryFolder folder;
  write_npy(folder / "f4.npy", Tensor::from({0.1, -3}, {2}));
  write_npy(folder / "f8.npy", Tensor::from({0.1, -3}, {2}, {DType::float64, {}}));
  write_npy(folder / "i4.npy", Tensor::indices(std::vector<std::int32_t>{7, -8}));
  CHECK(read(folder / "f4.npy").header.find("'<f4'") != std::string::npos);
  CHECK(numbers_in<float>(read(folder / "f4.npy").data) == std::vector<float>{0.1F, -3});
  CHECK(read(folder / "f8.npy").header.find("'<f8'") != std::string::npos);
  CHECK(numbers_in<double>(read(folder / "f8.npy").data) == std::vector<double>{0.1, -3});
  CHECK(read(folder / "i4.npy").header.find("'<i4'") != std::string::npos);
  CHECK(numbers_in<std::int32_t>(read(folder / "i4.npy").data) == std::vector<std::int32_t>{7, -8});
}

TEST_CASE("numbers that do not fit the shape, or the disk, are one clear error", "[record][npy]") {
  const test::TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3};
  const auto path = folder / "a.npy";
  CHECK(test::message_of<Error>([&] { write_npy<float>(path, {2}, values); }) ==
        path.string() + ": 12 bytes given, float32 of shape [2] have 8");
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(test::message_of<Error>([&] { write_npy<float>(folder / "none" / "a.npy", {3}, values); }).find("No such file") !=
        std::string::npos);
}
