// The door to the GPUs of a build with CUDA: asks the driver, which is quick, and opens the module only if there is a GPU.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "backend/cuda_door.hpp"
#include "backend/cuda_entry.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::cuda {
namespace {

/// The driver is asked through its own library, which every machine with an NVIDIA GPU has, not through the toolkit's.
Presence ask_driver() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!driver) return {0, "there is no NVIDIA driver here (libcuda.so.1 was not found); use --device cpu"};
  const auto start = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto count = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  if (!start || !count) return {0, "the NVIDIA driver is damaged (libcuda.so.1 has no cuInit); use --device cpu"};
  int devices = 0;
  int status = start(0);
  if (status == 0) status = count(&devices);
  constexpr int no_device = 100;
  if (status == no_device || (status == 0 && devices == 0)) return {0, "the NVIDIA driver finds no GPU; use --device cpu"};
  if (status != 0) return {0, fmt::format("the NVIDIA driver does not start (CUDA error {}); use --device cpu", status)};
  return {devices, ""};
}

/// Where the module may lie: where the user says, where the dynamic linker looks (an installed program's own run path), where it was built
/// and where it is installed.
std::vector<std::string> places() {
  std::vector<std::string> all;
  if (const char* chosen = std::getenv("SEEGRAD_CUDA_MODULE"); chosen && *chosen) return {chosen};
  all.emplace_back(module_name);
  for (const char* path : {SEEGRAD_CUDA_MODULE_BUILT, SEEGRAD_CUDA_MODULE_INSTALLED}) all.emplace_back(path);
  return all;
}

const Entry& open_module() {
  std::string first_failure;
  for (const std::string& place : places()) {
    void* module = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!module) {
      const std::string why = dlerror();
      // "cannot open shared object file" of the module itself only says that it is elsewhere; of a library it needs, it is the reason.
      if (first_failure.empty() || why.find(module_name) == std::string::npos) first_failure = why;
      continue;
    }
    const auto entry = reinterpret_cast<EntryFunction>(dlsym(module, entry_name));
    if (!entry || std::string_view(entry()->stamp) != SEEGRAD_MODULE_STAMP)
      throw Error(fmt::format("the CUDA module {} belongs to another build of seegrad; build again, or set SEEGRAD_CUDA_MODULE", place));
    return *entry();
  }
  throw Error(fmt::format("the CUDA module cannot be opened: {}", first_failure));
}

}  // namespace

const Presence& presence() {
  static const Presence found = ask_driver();
  return found;
}

// Backends are never destroyed: tensors that live until the program ends give their memory back to them.
Backend& backend(int index) {
  static std::mutex mutex;
  static auto* backends = new std::map<int, Backend*>;
  if (presence().devices == 0) throw Error(fmt::format("cuda:{}: {}", index, presence().reason));
  if (index >= presence().devices)
    throw Error(fmt::format("cuda:{}: there is no such GPU here; the last one is cuda:{}", index, presence().devices - 1));
  const std::lock_guard lock(mutex);
  static const Entry& entry = open_module();
  Backend*& found = (*backends)[index];
  if (!found) found = entry.make(index);
  return *found;
}

}  // namespace seegrad::cuda
