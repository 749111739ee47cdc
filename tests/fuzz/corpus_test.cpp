// What the fuzzers have found is tried again in every test run.
#include "fuzz/fuzz_body.hpp"

#include <catch2/catch.hpp>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace seegrad::test {

TEST_CASE("everything in the fuzzers' corpus is read or refused as it should, quickly", "[activation][text][fuzz]") {
  const auto [name, body] = GENERATE(table<std::string, void (*)(std::string_view)>({
      {"formula", &fuzz::formula},
      {"activation", &fuzz::activation},
  }));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(SEEGRAD_SOURCE_DIR) / "tests/fuzz/corpus" / name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    INFO(entry.path());
    const std::clock_t start = std::clock();
    CHECK_NOTHROW(body(bytes));
    CHECK(double(std::clock() - start) / CLOCKS_PER_SEC < 1);
    ++files;
  }
  CHECK(files > 20);
}

}  // namespace seegrad::test
