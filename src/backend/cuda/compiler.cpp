#include "backend/cuda/compiler.hpp"

#include <fmt/format.h>
#include <nvrtc.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "backend/cuda/embedded_headers.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::cuda {
namespace {

void check(nvrtcResult result, const char* call) {
  if (result != NVRTC_SUCCESS) throw Error(fmt::format("{} failed: {}", call, nvrtcGetErrorString(result)));
}

struct DestroyProgram {
  void operator()(nvrtcProgram program) const { nvrtcDestroyProgram(&program); }
};
using Program = std::unique_ptr<_nvrtcProgram, DestroyProgram>;

std::string version() {
  int major = 0, minor = 0;
  check(nvrtcVersion(&major, &minor), "nvrtcVersion");
  return fmt::format("{}.{}", major, minor);
}

std::vector<int> known_architectures() {
  int count = 0;
  check(nvrtcGetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> known(static_cast<std::size_t>(count));
  check(nvrtcGetSupportedArchs(known.data()), "nvrtcGetSupportedArchs");
  std::sort(known.begin(), known.end());
  return known;
}

/// What decides the result beside the source. IEEE arithmetic, as on the CPU: no fast division, denormals stay. Only a*b + c may
/// become one rounding instead of two. Headers come from memory alone, never from the folder that the program happens to run in.
std::vector<std::string> options_for(const Compilation& what) {
  std::vector<std::string> options{"--gpu-architecture=" + target_of(what.architecture),
                                   "--std=c++20",
                                   "--device-as-default-execution-space",
                                   "--no-source-include",
                                   "--ftz=false",
                                   "--prec-div=true",
                                   "--prec-sqrt=true",
                                   "--fmad=true"};
  options.insert(options.end(), what.options.begin(), what.options.end());
  return options;
}

std::string key_of(const Compilation& what, const std::vector<std::string>& options) {
  std::string all = version();
  for (const std::string& option : options) all += '\n' + option;
  for (const EmbeddedHeader& header : embedded_headers()) all.append("\n").append(header.name).append("\n").append(header.text);
  return digest(all + '\n' + what.source);
}

/// The first complaint of a log of many lines.
std::string first_error(std::string_view log) {
  for (std::size_t begin = 0; begin < log.size();) {
    const std::size_t end = std::min(log.find('\n', begin), log.size());
    const std::string_view line = log.substr(begin, end - begin);
    if (line.find("error") != std::string_view::npos) return std::string(line);
    begin = end + 1;
  }
  return std::string(log.substr(0, log.find('\n')));
}

std::string log_of(nvrtcProgram program) {
  std::size_t size = 0;
  check(nvrtcGetProgramLogSize(program, &size), "nvrtcGetProgramLogSize");
  std::string log(size, '\0');
  if (size) check(nvrtcGetProgramLog(program, log.data()), "nvrtcGetProgramLog");
  while (!log.empty() && (log.back() == '\0' || log.back() == '\n')) log.pop_back();
  return log;
}

std::vector<char> image_of(nvrtcProgram program, bool ptx) {
  std::size_t size = 0;
  check(ptx ? nvrtcGetPTXSize(program, &size) : nvrtcGetCUBINSize(program, &size), "reading the size of what NVRTC compiled");
  std::vector<char> image(size);
  check(ptx ? nvrtcGetPTX(program, image.data()) : nvrtcGetCUBIN(program, image.data()), "reading what NVRTC compiled");
  return image;
}

Compiled compile_now(const Compilation& what, const std::vector<std::string>& options) {
  std::vector<const char*> names, texts, flags;
  for (const EmbeddedHeader& header : embedded_headers()) {
    names.push_back(header.name);
    texts.push_back(header.text);
  }
  for (const std::string& option : options) flags.push_back(option.c_str());
  nvrtcProgram created = nullptr;
  check(nvrtcCreateProgram(&created, what.source.c_str(), "formula.cu", static_cast<int>(names.size()), texts.data(), names.data()),
        "nvrtcCreateProgram");
  const Program program(created);
  const nvrtcResult result = nvrtcCompileProgram(created, static_cast<int>(flags.size()), flags.data());
  Compiled compiled{.image = {}, .log = log_of(created), .from_cache = false};
  if (result != NVRTC_SUCCESS) {
    const std::string reason = compiled.log.empty() ? nvrtcGetErrorString(result) : first_error(compiled.log);
    throw Error(fmt::format("{}: NVRTC {} could not compile it for {}: {}", what.subject, version(), target_of(what.architecture), reason));
  }
  compiled.image = image_of(created, target_of(what.architecture).starts_with("compute_"));
  return compiled;
}

}  // namespace

std::string target_of(int architecture) {
  static const std::vector<int> known = known_architectures();
  if (std::find(known.begin(), known.end(), architecture) != known.end()) return fmt::format("sm_{}", architecture);
  const auto above = std::upper_bound(known.begin(), known.end(), architecture);
  if (above != known.begin()) return fmt::format("compute_{}", *(above - 1));
  throw Error(fmt::format("NVRTC {} compiles for compute capability {}.{} and newer, this device has {}.{}: use an older CUDA toolkit",
                          version(), known.front() / 10, known.front() % 10, architecture / 10, architecture % 10));
}

Compiled compile(const Compilation& what, const KernelCache& cache) {
  const std::vector<std::string> options = options_for(what);
  const std::string key = key_of(what, options);
  if (auto image = cache.find(key)) return {.image = std::move(*image), .log = {}, .from_cache = true};
  Compiled compiled = compile_now(what, options);
  cache.keep(key, compiled.image);
  return compiled;
}

}  // namespace seegrad::cuda
