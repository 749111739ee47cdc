#include "seegrad/record/npy.hpp"

#include <fmt/format.h>

#include <bit>

#include "record/atomic_file.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {

static_assert(std::endian::native == std::endian::little, "numbers are written as they are, and the header says little-endian");

std::string npy_header(DType dtype, const Shape& shape) {
  constexpr std::size_t before = 10, alignment = 64;  // the numbers begin at a multiple of 64
  const char* comma = shape.rank() == 1 ? "," : "";   // Python writes (3,) but (3, 4)
  const char* type = dtype == DType::float64 ? "<f8" : dtype == DType::float32 ? "<f4" : "<i4";
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type, fmt::join(shape.sizes(), ", "), comma);
  text.resize((before + text.size() + alignment) / alignment * alignment - before - 1, ' ');  // at least a place for the line's end
  text += '\n';
  std::string header = "\x93NUMPY";
  for (const std::size_t number : {std::size_t{1}, std::size_t{0}, text.size() & 0xFF, text.size() >> 8})
    header += static_cast<char>(number);
  return header + text;
}

void write_npy(const std::filesystem::path& path, DType dtype, const Shape& shape, std::span<const std::byte> bytes) {
  const std::size_t needed = static_cast<std::size_t>(shape.count()) * size_of(dtype);
  if (bytes.size() != needed)
    throw Error(
        fmt::format("{}: {} bytes given, {} of shape {} have {}", path.string(), bytes.size(), name_of(dtype), shape.to_string(), needed));
  AtomicFile file(path);
  file.write(npy_header(dtype, shape));
  file.write(bytes);
  file.commit();
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  if (tensor.count() == 0) return write_npy(path, tensor.dtype(), tensor.shape(), {});
  const std::unique_ptr<Transfer> transfer = tensor.read_later();
  write_npy(path, tensor.dtype(), tensor.shape(), transfer->wait());
}

}  // namespace seegrad::records
