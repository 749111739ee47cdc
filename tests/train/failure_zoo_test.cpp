// The zoo of broken networks as a class meets it: names that tell nothing, runs whose findings are out of sight, answers, grades.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/run_program.hpp"

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using seegrad::testing::Outcome;

namespace {

class Zoo {
 public:
  Zoo() : path_(fs::temp_directory_path() / ("seegrad-zoo-" + std::to_string(getpid()))) { fs::create_directories(path_); }
  ~Zoo() { fs::remove_all(path_); }
  Zoo(const Zoo&) = delete;
  Zoo& operator=(const Zoo&) = delete;

  const fs::path& path() const { return path_; }
  Outcome run(const std::string& flags) const {
    std::istringstream words(flags);
    seegrad::testing::RunOptions options;
    options.folder = path_;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/failure_zoo", {std::istream_iterator<std::string>(words), {}}, options);
  }
  Outcome grade(const std::string& answers) const {
    std::ofstream(path_ / "a.csv") << answers;
    return run("grade a.csv");
  }

 private:
  fs::path path_;
};

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const std::string head = "run,cause,evidence,remedy\n";

}  // namespace

TEST_CASE("the list and the folder of a run give no answer away", "[zoo]") {
  const Zoo zoo;
  const Outcome list = zoo.run("list");
  REQUIRE(list.code == 0);
  for (const char* word : {"dead", "dropout", "vanish", "label", "lr"}) CHECK_THAT(list.out, !Contains(word));
  const Outcome run = zoo.run("run 12 --data digits --out zoo");
  INFO(run.err);
  REQUIRE(run.code == 0);
  CHECK_THAT(run.out, Contains("RMS delta (dLoss/dz)") && Contains("epoch,train_loss") && !Contains("dropout"));
  const fs::path folder = zoo.path() / "zoo" / "12-vole";
  CHECK(fs::exists(folder / "layers.csv"));
  CHECK_FALSE(fs::exists(folder / "summary.json"));
  CHECK_THAT(text_of(folder / "config.json"), !Contains("dropout"));
  CHECK_THAT(text_of(folder / "report.html"), !Contains("dropout"));
  CHECK_THAT(text_of(folder / "answer" / "config.json"), Contains("\"dropout\": 0.9"));
  const Outcome answer = zoo.run("answer 12 --data digits --out zoo");
  REQUIRE(answer.code == 0);
  CHECK_THAT(answer.out, Contains("too_much_dropout") && Contains("what shows it") && Contains("./run.sh train_mlp"));
  REQUIRE(zoo.run("run 12 --data digits --out zoo --open").code == 0);  // again, and as usual
  CHECK(fs::exists(folder / "summary.json"));
}

TEST_CASE("an answer can be asked for before the run, also of one that ends in NaN", "[zoo]") {
  const Zoo zoo;
  const Outcome answer = zoo.run("answer 9 --data digits --out zoo");
  INFO(answer.err);
  REQUIRE(answer.code == 0);
  CHECK_THAT(answer.out, Contains("steps_too_large"));
}

TEST_CASE("the work sheet has a line for each run, and its empty answers earn nothing", "[zoo]") {
  const Zoo zoo;
  const Outcome sheet = zoo.run("sheet --out zoo");
  REQUIRE(sheet.code == 0);
  CHECK_THAT(sheet.out, Contains("| 13 | puffin |") && Contains("dead_units"));
  const Outcome grade = zoo.run("grade zoo/answers.csv");
  CHECK(grade.code == 0);
  CHECK_THAT(grade.out, Contains("0 of 52 points"));
  std::ofstream(zoo.path() / "zoo" / "answers.csv") << head << "1,,,\n";
  CHECK_THAT(zoo.run("sheet --out zoo").out, Contains("left as it is"));
}

TEST_CASE("answers are graded line by line", "[zoo]") {
  const Zoo zoo;
  const Outcome outcome =
      zoo.grade("\xEF\xBB\xBF" +
                std::string("run,cause,evidence,remedy\r\n3, dead_units ,dead_share,none\r\n2,vanishing_gradient,,\"fitted_init\"\n\n"));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("3 gecko    3 of 4: dead_units (right), dead_share (right), none (wrong)"));
  CHECK_THAT(outcome.out, Contains("2 heron    3 of 4: vanishing_gradient (right), -, fitted_init (right)"));
  CHECK_THAT(outcome.out, Contains("6 of 52 points"));
}

TEST_CASE("a broken file of answers is refused with its line and what was expected", "[zoo]") {
  const Zoo zoo;
  for (const auto& [text, words] :
       std::vector<std::pair<std::string, std::string>>{{"", "is empty; line 1 must be the head"},
                                                        {"run;cause;evidence;remedy\n", "line 1: must be the head"},
                                                        {head + "1,a\n", "line 2: has 2 cells"},
                                                        {head + "1,,,\n14,,,\n", "line 3: run 14: must be a whole number from 1 to 13"},
                                                        {head + "one,,,\n", "line 2: run one"},
                                                        {head + "1,,,\n1,,,\n", "line 3: run 1 was answered before"},
                                                        {head + "1,dead_unit,,\n", "did you mean 'dead_units'?"},
                                                        {head + "1,,what,\n", "evidence 'what'"},
                                                        {head + "1,,,pray\n", "remedy 'pray'"},
                                                        {head + "1,\"dead_units,,\n", "line 2: a quote has no end"}}) {
    INFO(text);
    const Outcome outcome = zoo.grade(text);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Contains("a.csv") && Contains(words));
  }
  CHECK(zoo.run("grade nothing.csv").code == 2);
}

TEST_CASE("wrong commands of the zoo end with one line and exit code 2", "[zoo]") {
  const Zoo zoo;
  for (const auto& [flags, words] : std::vector<std::pair<std::string, std::string>>{{"", "must be list"},
                                                                                     {"gade x", "did you mean 'grade'?"},
                                                                                     {"run", "needs the number"},
                                                                                     {"run 0", "from 1 to 13"},
                                                                                     {"answer x", "answer x"},
                                                                                     {"list 1", "takes no further word"},
                                                                                     {"grade", "needs one file"}}) {
    INFO(flags);
    const Outcome outcome = zoo.run(flags);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(words));
  }
}
#endif
