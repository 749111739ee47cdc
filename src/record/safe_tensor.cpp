// One tensor of a safetensors file on its way from and to a device.
#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <memory>

#include "record/safe_element.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

static_assert(std::endian::native == std::endian::little, "the formats of this room are little-endian, and numbers are copied as they are");

struct TypeFacts {
  std::string_view name;
  std::size_t size;
};
constexpr TypeFacts facts[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"U8", 1}};

SafeType safe_type_of(DType dtype) {
  return dtype == DType::float64 ? SafeType::f64 : dtype == DType::float32 ? SafeType::f32 : SafeType::i32;
}

float from_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }

/// IEEE 754 binary16. Its exponent is moved by a multiplication, which also makes normal numbers of the subnormal ones.
float from_float16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16, rest = static_cast<std::uint32_t>(bits & 0x7FFF) << 13;
  if ((bits & 0x7C00) == 0x7C00) return std::bit_cast<float>(sign | 0x7F800000 | rest);  // infinity and NaN
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest) * 0x1p112F));
}

std::vector<std::byte> widened(const SafeTensor& tensor) {
  std::vector<std::byte> wide(tensor.bytes.size() * 2);
  for (std::size_t i = 0; i < tensor.bytes.size() / 2; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, tensor.bytes.data() + 2 * i, sizeof bits);
    const float value = tensor.type == SafeType::bf16 ? from_bfloat16(bits) : from_float16(bits);
    std::memcpy(wide.data() + 4 * i, &value, sizeof value);
  }
  return wide;
}

Tensor uploaded(std::span<const std::byte> bytes, const Shape& shape, TensorOptions options) {
  Tensor tensor(shape, options);
  if (!bytes.empty()) tensor.backend().upload(tensor.array_to_fill().data, bytes.data(), bytes.size());
  return tensor;
}

}  // namespace

std::size_t size_of(SafeType type) { return facts[static_cast<std::size_t>(type)].size; }
std::string_view name_of(SafeType type) { return facts[static_cast<std::size_t>(type)].name; }

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string shown = "\"";
  for (const char c : text.substr(0, longest)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > longest ? "...\"" : "\"");
}

SafeTensor SafeTensor::from_bytes(const std::string& name, SafeType type, const Shape& shape, std::span<const std::byte> bytes) {
  if (bytes.size() != static_cast<std::size_t>(shape.count()) * size_of(type))
    throw Error(fmt::format("safetensors: tensor {}: {} values given, the shape {} needs {}", printable(name), bytes.size() / size_of(type),
                            shape.to_string(), shape.count()));
  return {name, type, shape, {bytes.begin(), bytes.end()}};
}

void SafeTensor::check_type(SafeType wanted) const {
  if (type == wanted) return;
  throw Error(fmt::format("safetensors: tensor {} holds {}, not {}", printable(name), name_of(type), name_of(wanted)));
}

Tensor SafeTensor::to_tensor(Device device) const {
  switch (type) {
    case SafeType::f64: return uploaded(bytes, shape, {DType::float64, device});
    case SafeType::f32: return uploaded(bytes, shape, {DType::float32, device});
    case SafeType::f16:
    case SafeType::bf16: return uploaded(widened(*this), shape, {DType::float32, device});
    case SafeType::i32: return uploaded(bytes, shape, {DType::int32, device});
    case SafeType::i64:
    case SafeType::u8: break;
  }
  throw Error(fmt::format("safetensors: tensor {} holds {}, which no tensor can; read it with values()", printable(name), name_of(type)));
}

std::vector<SafeTensor> safe_tensors(std::span<const std::pair<std::string, Tensor>> named) {
  std::vector<std::unique_ptr<Transfer>> transfers;
  for (const auto& [name, tensor] : named) transfers.push_back(tensor.count() > 0 ? tensor.read_later() : nullptr);
  std::vector<SafeTensor> all;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto& [name, tensor] = named[i];
    SafeTensor copy{name, safe_type_of(tensor.dtype()), tensor.shape(), {}};
    if (transfers[i]) {
      const std::span<const std::byte> bytes = transfers[i]->wait();
      copy.bytes.assign(bytes.begin(), bytes.end());
    }
    all.push_back(std::move(copy));
  }
  return all;
}

const SafeTensor& SafeTensorsFile::at(std::string_view name) const {
  for (const SafeTensor& tensor : tensors)
    if (tensor.name == name) return tensor;
  throw Error(fmt::format("safetensors: there is no tensor {}", printable(name)));
}

}  // namespace seegrad::records
