// Laws over all lessons: every file of examples/ that uses train/lesson.hpp is one, or writes a lesson.json by itself, so that a new one
// cannot be forgotten.
#ifdef SEEGRAD_EXAMPLES
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "data/temporary_folder.hpp"
#include "support/run_program.hpp"

namespace seegrad::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

bool is_lesson(const std::string& source) {
  return source.find("#include \"seegrad/train/lesson.hpp\"") != std::string::npos || source.find("\"lesson.json\"") != std::string::npos;
}

/// The source of each lesson, by its name.
const std::map<std::string, std::string>& lessons() {
  static const std::map<std::string, std::string> all = [] {
    std::map<std::string, std::string> found;
    for (const auto& file : fs::directory_iterator(SEEGRAD_SOURCE_DIR "/examples"))
      if (const std::string text = text_of(file.path()); file.path().extension() == ".cpp" && is_lesson(text))
        found[file.path().stem().string()] = text;
    return found;
  }();
  return all;
}

/// As little as a lesson can do.
Words small_run(const std::string& lesson, Words more) {
  Words words{"--data", "digits", "--train-samples", "200", "--epochs", "1", "--threads", "1", "--out", "out"};
  if (lessons().at(lesson).find("--quick") != std::string::npos) words.emplace_back("--quick");
  if (lesson == "activation_speed") words = {"--rows", "3", "--cols", "100", "--runs", "2", "--threads", "1", "--out", "out"};
  if (lesson == "ablation") words.insert(words.end(), {"--depths", "2", "--inits", "auto", "--optimizers", "sgd"});  // else 80 trainings
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

testing::Outcome run(const std::string& lesson, const fs::path& folder, const Words& more) {
  return testing::run_program(std::string(SEEGRAD_EXAMPLES "/") + lesson, small_run(lesson, more),
                              testing::RunOptions{.folder = folder, .environment = {}, .interrupt_when = {}});
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin + 1, end - begin);
}

}  // namespace

TEST_CASE("there are lessons, and each is one file that ends with what it prints", "[train][lesson]") {
  CHECK(lessons().size() >= 12);
  for (const auto& [name, source] : lessons()) {
    CAPTURE(name);
    const std::size_t expected = source.find("\n// Expected output");
    REQUIRE(expected != std::string::npos);
    CHECK(source.find("./run.sh " + name) != std::string::npos);
    CHECK(std::count(source.begin(), source.end(), '\n') <= 140);  // what is longer is not read from top to bottom
  }
}

TEST_CASE("every lesson leaves numbers, a picture twice and a page, and says in words what was seen", "[train][lesson][slow]") {
  for (const auto& [name, source] : lessons()) {
    CAPTURE(name);
    const TemporaryFolder folder;
    const testing::Outcome outcome = run(name, folder.path(), {});
    INFO(outcome.out << outcome.err);
    REQUIRE(outcome.code == 0);
    const fs::path out = folder / "out";
    for (const std::string& file : Words{"config.json", "lesson.json", "report.html", name + ".svg", name + ".png"}) {
      CAPTURE(file);
      CHECK(fs::exists(out / file));
    }
    const nlohmann::json lesson = nlohmann::json::parse(std::ifstream(out / "lesson.json"));
    CHECK(lesson["lesson"] == name);
    CHECK(lesson["numbers"].size() >= 3);
    CHECK(last_line(outcome.out) == lesson["seen"].get<std::string>());
    CHECK(lesson["seen"].get<std::string>().ends_with("."));
    for (const auto& run : lesson.value("runs", nlohmann::json::array())) CHECK(fs::exists(out / run.get<std::string>() / "summary.json"));
  }
}

#ifndef __SANITIZE_ADDRESS__  // the same programs once more, and several times slower
TEST_CASE("every lesson measures the activation that it is given, and repeats itself with the same seed", "[train][lesson][slow]") {
  for (const auto& [name, source] : lessons()) {
    if (name == "activation_speed") continue;  // times do not repeat, and it prints what it measured
    const auto numbers_with = [&, name = name](const char* activation) {
      const TemporaryFolder folder;
      const testing::Outcome outcome = run(name, folder.path(), {"--activation", activation, "--json"});
      CAPTURE(name, activation, outcome.err);
      REQUIRE(outcome.code == 0);
      const nlohmann::json lesson = nlohmann::json::parse(outcome.out);  // nothing else is printed
      return lesson["numbers"].dump() + lesson["seen"].dump();
    };
    CAPTURE(name);
    const std::string softsign = numbers_with("softsign");
    CHECK(numbers_with("softsign") == softsign);
    CHECK(numbers_with("prelu") != softsign);
  }
}
#endif

TEST_CASE("a wrong flag of a lesson is one line and exit code 2", "[train][lesson]") {
  for (const auto& [name, source] : lessons()) {
    const TemporaryFolder folder;
    const testing::Outcome outcome = run(name, folder.path(), {"--activation", "relo"});
    CAPTURE(name, outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("relu") != std::string::npos);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') <= 4);
    CHECK_FALSE(fs::exists(folder / "out"));
  }
}

}  // namespace seegrad::test
#endif
