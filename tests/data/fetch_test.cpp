// datasets/fetch.sh, against mirrors made of folders.

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "data/temporary_folder.hpp"

using namespace seegrad::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

namespace {

struct Outcome {
  int code;
  std::string text;
};

// Runs the script with a mirror; `folder` gets the output as well.
Outcome fetch(const TemporaryFolder& folder, const std::string& arguments, const std::string& mirror) {
  const fs::path output = folder / "output.txt";
  const std::string command =
      "SEEGRAD_MIRROR='" + mirror + "' bash '" SEEGRAD_SOURCE_DIR "/datasets/fetch.sh' " + arguments + " >'" + output.string() + "' 2>&1";
  const int status = std::system(command.c_str());
  const Bytes bytes = read_bytes(output);
  return {WEXITSTATUS(status), std::string(bytes.begin(), bytes.end())};
}

bool curl_is_here() { return std::system("command -v curl >/dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("fetch.sh refuses what it does not know with exit code 2", "[data][scripts]") {
  const TemporaryFolder folder;
  for (const char* arguments : {"", "mnits", "mnist a b"}) {
    const Outcome outcome = fetch(folder, arguments, "file:///nowhere");
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.text, Contains("usage: datasets/fetch.sh"));
  }
  CHECK(fetch(folder, "--help", "").code == 0);
}

TEST_CASE("fetch.sh leaves no file when a mirror has none or a wrong one", "[data][scripts]") {
  if (!curl_is_here()) return;
  const TemporaryFolder folder;
  const std::string mirror = "file://" + folder.path().string() + "/mirror";
  const std::string target = "'" + folder.path().string() + "/target'";
  const Outcome missing = fetch(folder, "mnist " + target, mirror);
  CHECK(missing.code == 1);
  CHECK_THAT(missing.text, Contains("train-images-idx3-ubyte.gz could not be fetched"));

  fs::create_directories(folder / "mirror/mnist");
  write_bytes(folder / "mirror/mnist/t10k-labels-idx1-ubyte.gz", Bytes{'n', 'o'});
  const Outcome wrong = fetch(folder, "mnist " + target, mirror);
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.text, Contains("t10k-labels-idx1-ubyte.gz: not the published file"));
  CHECK(fs::is_empty(folder / "target/mnist"));
}

TEST_CASE("fetch.sh says when the folder cannot be written", "[data][scripts]") {
  const TemporaryFolder folder;
  write_bytes(folder / "file", Bytes{1});
  const Outcome outcome = fetch(folder, "mnist '" + (folder / "file").string() + "'", "file:///nowhere");
  CHECK(outcome.code == 1);
  CHECK_THAT(outcome.text, Contains("cannot be written"));
}

TEST_CASE("fetch.sh fetches, checks, continues a part, and replaces what is damaged", "[data][scripts][slow]") {
  const fs::path installed = "/usr/share/datasets/fashion-mnist";
  if (!curl_is_here() || !fs::exists(installed / "t10k-images-idx3-ubyte.gz")) {
    WARN("needs curl and the package dataset-fashion-mnist");
    return;
  }
  const TemporaryFolder folder;
  const std::string arguments = "fashion-mnist '" + folder.path().string() + "'";
  const std::string mirror = "file:///usr/share/datasets";
  const std::string part = "fashion-mnist/t10k-images-idx3-ubyte.gz";
  const Bytes whole = read_bytes(installed / "t10k-images-idx3-ubyte.gz");
  fs::create_directories(folder / "fashion-mnist");
  write_bytes(folder / (part + ".part"), std::span(whole).first(100000));
  write_bytes(folder / "fashion-mnist/t10k-labels-idx1-ubyte.gz", Bytes{1, 2, 3});

  // A dead network loses neither the part nor the rest.
  CHECK(fetch(folder, arguments, "http://127.0.0.1:1").code == 1);
  CHECK(fs::file_size(folder / (part + ".part")) == 100000);

  const Outcome outcome = fetch(folder, arguments, mirror);
  CAPTURE(outcome.text);
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.text, Contains("t10k-labels-idx1-ubyte.gz is not the published file"));
  CHECK(read_bytes(folder / part) == whole);
  CHECK(std::distance(fs::directory_iterator(folder / "fashion-mnist"), {}) == 4);
  CHECK(fetch(folder, arguments, "file:///nowhere").code == 0);  // all here: no mirror is asked
}
