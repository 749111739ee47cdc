#include "seegrad/record/safetensors.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::records;

namespace {

std::string contents(const std::filesystem::path& file) {
  const auto bytes = test::read_bytes(file);
  return {bytes.begin(), bytes.end()};
}

void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  test::write_bytes(file, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// In place: a file that is emptied and filled again goes to the disk at once on some systems, thousands of times.
void change_byte(const std::filesystem::path& file, std::size_t at, char byte) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

template <class T>
SafeTensor random_tensor(std::string name, const Shape& shape) {
  std::mt19937_64 random(static_cast<std::uint64_t>(shape.count()) + sizeof(T));
  std::vector<T> values(static_cast<std::size_t>(shape.count()));
  for (T& value : values) value = static_cast<T>(random() % 200);
  return SafeTensor::of<T>(std::move(name), shape, values);
}

std::vector<SafeTensor> one_of_each() {
  return {random_tensor<float>("0.weight", {3, 2}),        random_tensor<double>("optimizer \"m\"", {5}),
          random_tensor<std::uint8_t>("bytes", {3}),       random_tensor<std::int64_t>("step", {}),
          random_tensor<std::int32_t>("labels", {2, 1}),   random_tensor<float>("empty", {0, 4}),
          random_tensor<float>("ünïcode \n", {1, 1, 1, 2})};
}

/// A file with this header, announced with its true length, and so many bytes of data.
void write_file(const std::filesystem::path& path, const std::string& header, std::size_t data) {
  std::string bytes(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, 8);
  overwrite(path, bytes + header + std::string(data, '\1'));
}

/// What is said about such a file, without the file's name.
std::string complaint(const std::string& header, std::size_t data) {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  write_file(path, header, data);
  const std::string message = test::message_of<Error>([&] { read_safetensors(path); });
  return message.starts_with(path.string() + ": ") ? message.substr(path.string().size() + 2) : message;
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

}  // namespace

TEST_CASE("tensors of every type come back as they were written", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  const SafeMetadata metadata = {{"format", "pt"}, {"step", "12345678901234567890"}, {"text", "a \"b\" \\ \n ü"}};
  const std::vector<SafeTensor> tensors = one_of_each();
  write_safetensors(path, tensors, metadata);
  const SafeTensorsFile file = read_safetensors(path);
  CHECK(file.metadata == metadata);
  REQUIRE(file.tensors.size() == tensors.size());
  for (const SafeTensor& tensor : tensors) {
    INFO(tensor.name);
    const SafeTensor& found = file.at(tensor.name);
    CHECK((found.type == tensor.type && found.shape == tensor.shape && found.bytes == tensor.bytes));
  }
  CHECK(test::message_of<Error>([&] { file.at("none"); }) == "safetensors: there is no tensor \"none\"");
}

TEST_CASE("numbers in a safetensors file are aligned to their size, and equal sizes keep their order", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  write_safetensors(path, one_of_each(), {{"a", "b"}});
  const std::string bytes = contents(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") continue;
    const std::map<std::string, std::uint64_t> sizes = {{"F64", 8}, {"I64", 8}, {"F32", 4}, {"I32", 4}, {"U8", 1}};
    CHECK(value["data_offsets"][0].get<std::uint64_t>() % sizes.at(value["dtype"].get<std::string>()) == 0);
  }
  std::vector<std::string> names;
  for (const SafeTensor& tensor : read_safetensors(path).tensors) names.push_back(tensor.name);
  CHECK(names == std::vector<std::string>{"optimizer \"m\"", "step", "0.weight", "labels", "empty", "ünïcode \n", "bytes"});
}

TEST_CASE("a file with no tensors is a file", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  write_safetensors(folder / "empty", {});
  CHECK(contents(folder / "empty") == std::string("\x08\0\0\0\0\0\0\0{}      ", 16));
  const SafeTensorsFile file = read_safetensors(folder / "empty");
  CHECK((file.tensors.empty() && file.metadata.empty()));
}

TEST_CASE("tensors go to a file and back to a device", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const std::vector<std::pair<std::string, Tensor>> named = {{"0.weight", Tensor::from({1, -2, 0.1, 4, 5, 6}, {2, 3})},
                                                             {"m", Tensor::from({0.1, 1e-300}, {2}, {DType::float64, {}})},
                                                             {"labels", Tensor::indices(std::vector<std::int32_t>{7, -8})},
                                                             {"nothing", Tensor::zeros({0, 3})},
                                                             {"scalar", Tensor::scalar(2.5)}};
  write_safetensors(folder / "model", safe_tensors(named));
  const SafeTensorsFile file = read_safetensors(folder / "model");
  for (const auto& [name, tensor] : named) {
    INFO(name);
    const Tensor back = file.at(name).to_tensor();
    CHECK((back.dtype() == tensor.dtype() && back.shape() == tensor.shape()));
    CHECK(back.to_vector() == tensor.to_vector());
  }
}

TEST_CASE("half precision is read as float32", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const std::uint16_t f16[] = {0x3C00, 0xC000, 0x0001, 0x03FF, 0x7BFF, 0x8000, 0x7C00, 0xFC00, 0x7E00, 0x3555};
  const std::uint16_t bf16[] = {0x3F80, 0xC000, 0x0001, 0x7F80, 0xFF80, 0x7FC0};
  std::string data(reinterpret_cast<const char*>(f16), sizeof f16);
  data.append(reinterpret_cast<const char*>(bf16), sizeof bf16);
  write_file(folder / "half", "{\"a\":" + entry("F16", "[10]", "[0,20]") + ",\"b\":" + entry("BF16", "[6]", "[20,32]") + "}", 0);
  overwrite(folder / "half", contents(folder / "half") + data);
  const SafeTensorsFile file = read_safetensors(folder / "half");
  const auto a = file.at("a").to_tensor().to_vector(), b = file.at("b").to_tensor().to_vector();
  const double inf = std::numeric_limits<double>::infinity();
  // 0x3555 = 2^-2 (1 + 341/1024), the largest subnormal is 1023/1024 2^-14.
  CHECK(std::vector(a.begin(), a.begin() + 8) == std::vector<double>{1, -2, 0x1p-24, 1023 * 0x1p-24, 65504, 0, inf, -inf});
  CHECK(std::signbit(a[5]));
  CHECK(std::isnan(a[8]));
  CHECK(a[9] == 0.25 * (1 + 341 / 1024.0));
  CHECK(std::vector(b.begin(), b.begin() + 5) == std::vector<double>{1, -2, 0x1p-133, inf, -inf});
  CHECK(std::isnan(b[5]));
}

TEST_CASE("numbers are only handed out as what they are", "[record][safetensors]") {
  const std::vector<std::int64_t> values = {std::numeric_limits<std::int64_t>::max(), -1};
  const SafeTensor steps = SafeTensor::of<std::int64_t>("steps", {2}, values);
  CHECK(std::equal(values.begin(), values.end(), steps.values<std::int64_t>().begin()));
  CHECK(test::message_of<Error>([&] { steps.values<double>(); }) == "safetensors: tensor \"steps\" holds I64, not F64");
  CHECK(test::message_of<Error>([&] { steps.to_tensor(); }).find("holds I64, which no tensor can") != std::string::npos);
  CHECK(test::message_of<Error>([&] { SafeTensor::of<std::int64_t>("steps", {3}, values); }) ==
        "safetensors: tensor \"steps\": 2 values given, the shape [3] needs 3");
}

TEST_CASE("a safetensors file that is cut off anywhere is one clear error", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  write_safetensors(path, one_of_each(), {{"a", "b"}});
  const std::string whole = contents(path);
  for (std::size_t length = whole.size(); length-- > 0;) {
    std::filesystem::resize_file(path, length);
    CHECK(test::message_of<Error>([&] { read_safetensors(path); }).starts_with(path.string() + ": "));
  }
  overwrite(path, whole + "x");
  CHECK(test::message_of<Error>([&] { read_safetensors(path); }).find(": data: has ") != std::string::npos);
  CHECK(test::message_of<Error>([&] { read_safetensors(folder / "none"); }).find("No such file") != std::string::npos);
  CHECK(test::message_of<Error>([&] { read_safetensors(folder.path()); }).find("cannot be read: Is a directory") != std::string::npos);
}

TEST_CASE("a safetensors header with a changed byte is one clear error or another valid header", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  write_safetensors(path, one_of_each(), {{"a", "b"}});
  const std::string whole = contents(path);
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  int refused = 0, accepted = 0;
  for (std::size_t at = 0; at < 8 + length; ++at)
    for (int bit = 0; bit < 8; ++bit) {
      change_byte(path, at, static_cast<char>(whole[at] ^ 1 << bit));
      try {
        std::size_t bytes = 0;
        for (const SafeTensor& tensor : read_safetensors(path).tensors) {
          CHECK(tensor.bytes.size() == static_cast<std::size_t>(tensor.shape.count()) * size_of(tensor.type));
          bytes += tensor.bytes.size();
        }
        CHECK(bytes == whole.size() - 8 - length);
        ++accepted;
      } catch (const Error& error) {
        const std::string message = error.what();
        CHECK((message.starts_with(path.string() + ": ") && message.find('\n') == std::string::npos));
        ++refused;
      }
      change_byte(path, at, whole[at]);
    }
  CHECK(refused > accepted);
  CHECK(accepted > 0);  // letters of a name
}

TEST_CASE("a safetensors reader says what is wrong with a header, and where", "[record][safetensors]") {
  const auto with = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return complaint("{\"w\":" + entry(dtype, shape, offsets) + "}", 8);
  };
  CHECK(with("F32", "[2]", "[0,8]") == "nothing was thrown");
  CHECK(with("F8_E4M3", "[8]", "[0,8]") == "tensor \"w\": the dtype \"F8_E4M3\" is not one of F64, F32, F16, BF16, I64, I32 and U8");
  CHECK(with("F32", "[3]", "[0,8]") == "tensor \"w\": has 8 bytes, its shape needs 12");
  CHECK(with("F32", "[-2]", "[0,8]") == "tensor \"w\": shape holds what is not a whole number from 0 to 2^63 - 1");
  CHECK(with("F32", "[2.0]", "[0,8]") == "tensor \"w\": shape holds what is not a whole number from 0 to 2^63 - 1");
  CHECK(with("F32", "[18446744073709551615]", "[0,8]") == "tensor \"w\": shape holds what is not a whole number from 0 to 2^63 - 1");
  CHECK(with("F32", "[4294967296,4294967296]", "[0,8]") == "tensor \"w\": the shape is larger than any memory");
  CHECK(with("F32", "[4611686018427387904,4,0]", "[0,0]") == "tensor \"w\": the shape is larger than any memory");
  CHECK(with("F32", "[1,1,1,1,1,1,2]", "[0,8]") == "tensor \"w\": has 7 dimensions, at most 6 can be read");
  CHECK(with("F32", "2", "[0,8]") == "tensor \"w\": shape is not a list");
  CHECK(with("F32", "[2]", "[8,0]") == "tensor \"w\": data_offsets are not a begin and an end");
  CHECK(with("F32", "[2]", "[0,8,8]") == "tensor \"w\": data_offsets are not a begin and an end");
  CHECK(with("F32", "[2]", "[8,16]") == "tensor \"w\": ends at byte 16 of the data, which has 8");
  CHECK(with("F32", "[1]", "[4,8]") == "tensor \"w\": leaves a hole before it, from byte 0 to 4");
  CHECK(with("F32", "[1]", "[0,4]") == "data: has 8 bytes, the tensors need 4");
  CHECK(with("F32", "[[2]]", "[0,8]") == "header: lists or objects are nested too deeply");
  CHECK(with("F32", "[1e999]", "[0,8]") == "header: holds a number that is out of range");

  const std::string four = entry("F32", "[1]", "[0,4]"), other = entry("F32", "[1]", "[4,8]");
  CHECK(complaint("{\"a\":" + four + ",\"b\":" + four + "}", 8) == "tensor \"b\": begins at byte 0 of the data, inside another tensor");
  CHECK(complaint("{\"a\":" + four + ",\"a\":" + other + "}", 8) == "header: the name \"a\" appears twice");
  CHECK(complaint("{\"a\":" + four + ",\"b\":" + other + "}", 8) == "nothing was thrown");
  CHECK(complaint(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4) ==
        "header: the name \"dtype\" appears twice");
  CHECK(complaint(R"({"a\nb":{"dtype":"F32","shape":[1]}})", 4) == "tensor \"a?b\": has not exactly dtype, shape and data_offsets");
  CHECK(complaint(R"({"a":[]})", 0) == "tensor \"a\": has not exactly dtype, shape and data_offsets");
  CHECK(complaint(R"({"__metadata__":{"n":1}})", 0) == "__metadata__: the value of \"n\" is not a text");
  CHECK(complaint(R"({"__metadata__":[]})", 0) == "__metadata__: is not an object of texts");
  CHECK(complaint("[]", 0) == "byte 8: the header does not begin with {");
  CHECK(complaint("{\"a\":nul}", 0) == "byte 16: the header is not JSON");
  CHECK(complaint("{}x", 0) == "byte 10: the header is not JSON");
  CHECK(complaint("{" + std::string(1000, '['), 0) == "byte 9: the header is not JSON");
  CHECK(complaint("{\"a\":" + std::string(100'000, '['), 0) == "header: lists or objects are nested too deeply");
  CHECK(complaint("{\"\xFF\":1}", 0) == "byte 10: the header is not JSON");
}

TEST_CASE("a safetensors header that claims to be enormous is not believed", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  const auto claim = [&](std::uint64_t length) {
    std::string bytes(10, '{');
    std::memcpy(bytes.data(), &length, 8);
    overwrite(path, bytes);
    return test::message_of<Error>([&] { read_safetensors(path); }).substr(path.string().size());
  };
  CHECK(claim(3) == ": byte 0: a header of 3 bytes is announced, the file has 2 after it");
  CHECK(claim(100'000'001) == ": byte 0: a header of 100000001 bytes is announced, at most 100000000 are allowed");
  CHECK(claim(std::numeric_limits<std::uint64_t>::max()).find("at most 100000000 are allowed") != std::string::npos);
}

TEST_CASE("what no safetensors reader would take is not written", "[record][safetensors]") {
  const test::TemporaryFolder folder;
  const auto refusal = [&](const std::vector<SafeTensor>& tensors, const SafeMetadata& metadata = {}) {
    const std::string message = test::message_of<Error>([&] { write_safetensors(folder / "model", tensors, metadata); });
    CHECK(std::filesystem::is_empty(folder.path()));
    return message;
  };
  const SafeTensor a = random_tensor<float>("a", {2});
  SafeTensor reserved = a, wrong = a, invalid = a;
  reserved.name = "__metadata__";
  wrong.bytes.pop_back();
  invalid.name = "\xFF";
  CHECK(refusal({a, a}) == "safetensors: tensor \"a\": the name appears twice");
  CHECK(refusal({reserved}) == "safetensors: tensor \"__metadata__\": the format keeps this name for itself");
  CHECK(refusal({wrong}) == "safetensors: tensor \"a\": has 7 bytes, its shape [2] needs 8");
  CHECK(refusal({invalid}) == "safetensors: the name \"?\" is not UTF-8");
  CHECK(refusal({a}, {{"key", "\xC3"}}) == "safetensors: the name \"?\" is not UTF-8");
}

TEST_CASE("a file that cannot be written leaves the old one and nothing beside it", "[record][safetensors]") {
  if (!std::filesystem::exists("/dev/full")) return;
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  write_safetensors(path, one_of_each());
  const std::string before = contents(path);
  std::filesystem::create_symlink("/dev/full", path.string() + "." + std::to_string(getpid()) + ".tmp");
  CHECK(test::message_of<Error>([&] { write_safetensors(path, {}); }) == path.string() + ": cannot be written: No space left on device");
  CHECK(contents(path) == before);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  // The name of a folder cannot be taken.
  std::filesystem::create_directory(folder / "taken");
  CHECK(test::message_of<Error>([&] { write_safetensors(folder / "taken", {}); }).find("cannot be written: Is a directory") !=
        std::string::npos);
  CHECK(test::message_of<Error>([&] { write_safetensors(folder / "none" / "file", {}); }).find("No such file") != std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}
