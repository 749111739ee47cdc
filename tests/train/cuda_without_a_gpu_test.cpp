// The lesson that runs kernels on the CPU: its diary tells of the same result in every order, and its bug shows in all but one.
#ifdef SEEGRAD_EXAMPLES
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/run_program.hpp"

using seegrad::testing::Outcome;

namespace {

Outcome lesson(const std::string& kernel, const std::string& order) {
  seegrad::testing::RunOptions options;
  options.folder = std::filesystem::temp_directory_path();
  return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/cuda_without_a_gpu", {"--kernel", kernel, "--order", order}, options);
}

/// "y[3] = 0.0392" and the like: what was written to memory, by whichever thread at whatever time.
std::set<std::string> written(const std::string& diary) {
  std::set<std::string> found;
  for (std::size_t at = diary.find("y["); at != std::string::npos; at = diary.find("y[", at + 1))
    found.insert(diary.substr(at, diary.find_first_of(" \n", diary.find("= ", at) + 2) - at));
  return found;
}

struct Row {
  std::string order;
  int with_barrier = -1, without = -1;
};

std::vector<Row> table_in(const std::string& text) {
  std::istringstream lines(text.substr(text.find("with barrier")));
  std::string line;
  std::getline(lines, line);
  std::vector<Row> rows;
  for (Row row; lines >> row.order >> row.with_barrier >> row.without;) rows.push_back(row);
  return rows;
}

}  // namespace

TEST_CASE("a kernel writes the same numbers in every order of threads, and the diary names them all", "[train][kernels]") {
  for (const std::string kernel : {"softmax", "transpose"}) {
    const Outcome forward = lesson(kernel, "forward");
    INFO(kernel << "\n" << forward.out << forward.err);
    REQUIRE(forward.code == 0);
    CHECK(written(forward.out).size() >= 12);
    CHECK(forward.out.find("thread 3,0") != std::string::npos);
    for (const char* order : {"reverse", "random"}) {
      const Outcome other = lesson(kernel, order);
      REQUIRE(other.code == 0);
      CHECK(written(other.out) == written(forward.out));
      CHECK(other.out != forward.out);
    }
  }
}

TEST_CASE("a missing barrier goes unnoticed in forward order and shows in all others", "[train][kernels]") {
  const std::vector<Row> rows = table_in(lesson("softmax", "forward").out);
  REQUIRE(rows.size() == 5);
  for (const Row& row : rows) {
    INFO(row.order);
    CHECK(row.with_barrier == 0);
    CHECK((row.without == 0) == (row.order == "forward"));
  }
}
#endif
