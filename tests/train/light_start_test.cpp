// A program starts the same with and without a GPU: no CUDA library is linked to it, and without a driver it runs on the CPU.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/run_program.hpp"

namespace fs = std::filesystem;
using seegrad::testing::Outcome;
using seegrad::testing::run_program;

namespace {

seegrad::testing::RunOptions here() {
  seegrad::testing::RunOptions options;
  options.folder = fs::temp_directory_path();
  return options;
}

bool names_a_cuda_library(const std::string& text) {
  for (const char* name : {"libcuda", "libcublas", "libnvrtc", "libcudart", "libnvidia"})
    if (text.find(name) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("no program is linked to a CUDA library", "[train][cuda]") {
  CHECK(names_a_cuda_library("\tlibcublasLt.so.13 => not found"));  // the check itself
  int programs = 0;
  for (const auto& entry : fs::directory_iterator(SEEGRAD_EXAMPLES)) {
    if (!entry.is_regular_file() || entry.path().has_extension()) continue;
    const Outcome libraries = run_program("/usr/bin/ldd", {entry.path().string()}, here());
    INFO(entry.path() << "\n" << libraries.out << libraries.err);
    REQUIRE(libraries.code == 0);
    CHECK(libraries.out.find("libc.so") != std::string::npos);
    CHECK_FALSE(names_a_cuda_library(libraries.out));
    ++programs;
  }
  CHECK(programs >= 4);
}

TEST_CASE("--device auto always runs, and --device cuda runs or says in one line what is missing", "[train][cuda]") {
  const std::vector<std::string> small{"--data", "digits", "--train-samples", "100", "--epochs", "1", "--quiet", "--json"};
  const auto train_on = [&](const std::string& device) {
    std::vector<std::string> flags = small;
    const fs::path folder = fs::temp_directory_path() / ("seegrad-light-start-" + std::to_string(getpid()));
    flags.insert(flags.end(), {"--device", device, "--out", folder.string()});
    const Outcome outcome = run_program(SEEGRAD_EXAMPLES "/train_mlp", flags, here());
    fs::remove_all(folder);
    return outcome;
  };
  const Outcome automatic = train_on("auto");
  INFO(automatic.err);
  CHECK(automatic.code == 0);
  const Outcome cuda = train_on("cuda");
  INFO(cuda.err);
  if (automatic.out.find("\"device\": \"cuda:0\"") != std::string::npos) {
    CHECK(cuda.code == 0);
  } else {
    CHECK(cuda.code == 1);
    CHECK(cuda.err.starts_with("train_mlp: --device cuda:0: "));
    CHECK(cuda.err.find("use --device cpu") != std::string::npos);
    CHECK(std::count(cuda.err.begin(), cuda.err.end(), '\n') == 1);
  }
}
#endif
