// Tensors with names in one file, as PyTorch, NumPy and others exchange them: the safetensors format. Eight bytes that say how long the
// header is, the header (JSON: of each tensor its type, shape and place), then the numbers, row-major and little-endian, end to end.
//
//     write_safetensors("model.safetensors", safe_tensors(network.parameters_by_name()), {{"format", "pt"}});
//     for (const SafeTensor& tensor : read_safetensors("model.safetensors").tensors) ...
//
// The reader believes nothing that the file says before it has been checked: a checkpoint may come from anywhere.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "seegrad/tensor/tensor.hpp"

namespace seegrad::records {

/// Those of the format's element types that are known here.
enum class SafeType : std::uint8_t { f64, f32, f16, bf16, i64, i32, u8 };

std::size_t size_of(SafeType type);
std::string_view name_of(SafeType type);  ///< "F64", "F32", "F16", "BF16", "I64", "I32", "U8"

template <class T>
constexpr SafeType safe_type_of() {
  if constexpr (std::is_same_v<T, double>) return SafeType::f64;
  if constexpr (std::is_same_v<T, float>) return SafeType::f32;
  if constexpr (std::is_same_v<T, std::int64_t>) return SafeType::i64;
  if constexpr (std::is_same_v<T, std::int32_t>) return SafeType::i32;
  if constexpr (std::is_same_v<T, std::uint8_t>) return SafeType::u8;
}

struct SafeTensor {
  std::string name;
  SafeType type = SafeType::f32;
  Shape shape;
  std::vector<std::byte> bytes;  ///< row-major, little-endian: shape.count() elements

  /// A copy of numbers that lie on the host. Throws Error when their number does not fit the shape.
  template <class T>
  static SafeTensor of(const std::string& name, const Shape& shape, std::span<const T> values) {
    return from_bytes(name, safe_type_of<T>(), shape, std::as_bytes(values));
  }

  /// The numbers, as long as this tensor lives. Throws Error, naming the tensor, unless T is their type.
  template <class T>
  std::span<const T> values() const {
    check_type(safe_type_of<T>());
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  /// On the given device: F64 and F32 as they are, F16 and BF16 as float32, I32 as it is. Throws Error for I64 and U8, which no
  /// tensor holds.
  Tensor to_tensor(Device device = {}) const;

 private:
  static SafeTensor from_bytes(const std::string& name, SafeType type, const Shape& shape, std::span<const std::byte> bytes);
  void check_type(SafeType wanted) const;
};

/// Copies to the host, from any device; all are on their way before the first is waited for.
std::vector<SafeTensor> safe_tensors(std::span<const std::pair<std::string, Tensor>> named);

/// Texts by name; whole numbers are written as text.
using SafeMetadata = std::map<std::string, std::string>;

struct SafeTensorsFile {
  std::vector<SafeTensor> tensors;  ///< in the order of their numbers in the file
  SafeMetadata metadata;

  /// The tensor of this name. Throws Error when there is none.
  const SafeTensor& at(std::string_view name) const;
};

/// Writes the file as a whole or not at all, and waits until it is on the disk. Larger element types lie before smaller ones, so that every
/// number is aligned for readers that map the file; among equals the order stays. Throws Error when a name appears twice, is
/// "__metadata__" or is no UTF-8, when bytes do not fit their shape, or when the file cannot be written.
void write_safetensors(const std::filesystem::path& path, std::span<const SafeTensor> tensors, const SafeMetadata& metadata = {});

/// Throws Error, naming the file and the byte or the tensor, for anything that is not a whole, well-formed file of known types and at most
/// six dimensions.
SafeTensorsFile read_safetensors(const std::filesystem::path& path);

}  // namespace seegrad::records
