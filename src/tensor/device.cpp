#include "seegrad/tensor/device.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/cuda_door.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

/// Never destroyed: tensors that live until the program ends give their memory back to it.
Backend& cpu_backend() {
  static auto* backend = new cpu::CpuBackend;
  return *backend;
}

/// The first GPU, if it can be used; whatever is wrong with it, there is always the CPU.
Device first_gpu_or_cpu() {
  if (cuda::presence().devices == 0) return {};
  try {
    return cuda::backend(0).device();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::string Device::to_string() const { return kind == Kind::cpu ? "cpu" : fmt::format("cuda:{}", index); }

Device Device::parse(std::string_view text) {
  if (text == "cpu") return {};
  if (text == "auto") return first_gpu_or_cpu();
  std::string_view number = text;
  if (number.substr(0, 4) == "cuda") {
    number.remove_prefix(4);
    if (number.empty()) return {Kind::cuda, 0};
    Device device{Kind::cuda, 0};
    if (number.front() == ':' && number.size() > 1) {
      const auto [end, error] = std::from_chars(number.data() + 1, number.data() + number.size(), device.index);
      if (error == std::errc() && end == number.data() + number.size() && device.index >= 0) return device;
    }
  }
  const std::array<std::string, 3> known{"auto", "cpu", "cuda"};
  throw UsageError(fmt::format("device '{}' is not one of auto, cpu, cuda, cuda:N{}", text, suggestion(text, known)));
}

Backend& backend_of(Device device) {
  if (device.kind == Device::Kind::cpu) return cpu_backend();
  return cuda::backend(device.index);
}

}  // namespace seegrad
