#include "seegrad/train/processes.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <unistd.h>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::test {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("jobs run in processes of their own and leave their numbers in what is shared", "[train]") {
  const pid_t here = getpid();
  const train::SharedNumbers found(7);
  for (const double zero : found.all()) CHECK(zero == 0);
  std::set<std::size_t> ended;
  const std::size_t done = train::run_jobs(
      7, 3, [&](std::size_t i) { found.all()[i] = getpid() == here ? -1 : double(i * i); }, [&](std::size_t i) { ended.insert(i); });
  CHECK((done == 7 && ended.size() == 7));
  for (std::size_t i = 0; i < 7; ++i) CHECK(found.all()[i] == double(i * i));
}

TEST_CASE("one job at a time runs in this process", "[train]") {
  std::vector<std::size_t> order;
  CHECK(train::run_jobs(3, 1, [&](std::size_t i) { order.push_back(i); }) == 3);
  CHECK(order == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("a job that fails is an error, after which no other is begun", "[train]") {
  const train::SharedNumbers begun(20);
  const auto job = [&](std::size_t i) {
    begun.all()[i] = 1;
    if (i == 0) throw Error("this job fails on purpose");
    usleep(100'000);
  };
  CHECK_THROWS_WITH(train::run_jobs(20, 2, job), Catch::Contains("a training failed"));
  CHECK(begun.all()[0] == 1);
  CHECK(begun.all()[19] == 0);
}

TEST_CASE("programs leave their outputs in files and say how they ended", "[train]") {
  const TemporaryFolder folder;
  const std::vector<train::ChildProgram> programs{
      {.program = "/bin/sh", .arguments = {"-c", "echo well"}, .out = folder / "0.out", .err = folder / "0.err"},
      {.program = "/bin/sh", .arguments = {"-c", "echo ill >&2; exit 3"}, .out = folder / "1.out", .err = folder / "1.err"},
      {.program = "/bin/sh", .arguments = {"-c", "kill -9 $$"}, .out = folder / "2.out", .err = folder / "2.err", .alone = true}};
  std::map<std::size_t, int> codes;
  CHECK(train::run_programs(programs, 2, [&](std::size_t index, int code, double seconds) {
    codes[index] = code;
    CHECK(seconds > 0);
  }));
  CHECK(codes == std::map<std::size_t, int>{{0, 0}, {1, 3}, {2, 128 + 9}});
  CHECK(text_of(folder / "0.out") == "well\n");
  CHECK(text_of(folder / "1.err") == "ill\n");
  const train::ChildProgram missing{.program = folder / "missing", .arguments = {}, .out = folder / "m.out", .err = folder / "m.err"};
  CHECK_THROWS_WITH(train::run_programs(std::span(&missing, 1), 1, [](std::size_t, int, double) {}), Catch::Contains("cannot be started"));
}

}  // namespace seegrad::test
