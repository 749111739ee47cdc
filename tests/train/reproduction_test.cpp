// Experiments measured from answers that are there already: no program is started. reproduce_test.cpp has them started.
#include "seegrad/train/reproduction.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::test {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using train::Reproduction;
using train::ReproductionOptions;

/// Two experiments of a program that does not exist.
class Laboratory {
 public:
  Laboratory() {
    fs::create_directories(folder_ / "experiments");
    for (const char* name : {"first", "second"})
      std::ofstream(folder_ / "experiments" / (std::string(name) + ".json"))
          << R"({"title": "It shrinks", "source": "a | b", "says": "It does.", "runs": {"deep": "no_program --depth 6"},
                 "quick": "--depth 2", "claims": [
                   {"says": "By half", "expected": "0.5", "left": "deep:factor", "is": "<", "right": 0.6}]})";
  }
  ReproductionOptions options(std::vector<std::string> names) const {
    return {.names = std::move(names), .seeds = 2, .out = folder_ / "kept", .experiments = (folder_ / "experiments").string()};
  }
  /// As if the program had been run.
  void keep(const std::string& experiment, int seed, double factor) const {
    const fs::path file = folder_ / "kept" / experiment / ("deep-seed" + std::to_string(seed) + ".json");
    fs::create_directories(file.parent_path());
    train::Answer answer{.command = "./run.sh no_program --depth 6 --seed " + std::to_string(seed) + " --threads 1",
                         .code = 0,
                         .seconds = 1,
                         .complaint = "",
                         .numbers = {{"factor", factor}}};
    records::write_whole_file(file, train::to_json(answer));
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("experiments are chosen by name, or all of them, in their short form if that is wanted", "[reproduce]") {
  const Laboratory laboratory;
  CHECK(train::experiments_of(laboratory.options({"all"})).size() == 2);
  ReproductionOptions quick = laboratory.options({"second"});
  quick.quick = true;
  CHECK(train::experiments_of(quick).at(0).runs.at(0).words == std::vector<std::string>{"no_program", "--depth", "2"});
  CHECK_THROWS_WITH(train::experiments_of(laboratory.options({"secnd"})), Contains("did you mean 'second'?"));
  CHECK_THROWS_AS(train::experiments_of(laboratory.options({"all", "first"})), UsageError);
}

TEST_CASE("answers that are kept are judged in the order of the experiments, and their programs are not asked", "[reproduce]") {
  const Laboratory laboratory;
  laboratory.keep("first", 1, 0.5);
  laboratory.keep("first", 2, 0.7);
  laboratory.keep("second", 1, 0.4);
  laboratory.keep("second", 2, 0.4);
  const ReproductionOptions options = laboratory.options({"all"});
  Reproduction reproduction(options, train::experiments_of(options));
  std::vector<std::string> names;
  CHECK(reproduction.run([&](const train::JudgedExperiment& found) { names.push_back(found.experiment.name); }));
  CHECK(names == std::vector<std::string>{"first", "second"});
  REQUIRE(reproduction.verdicts().size() == 2);
  CHECK(reproduction.verdicts()[0].claims[0].held() == 1);
  CHECK(reproduction.verdicts()[1].verdict() == train::Verdict::holds);
  CHECK(reproduction.failed().empty());
  CHECK_THAT(train::to_text(reproduction.verdicts()[0]), Contains("on 1 of 2 seeds") && Contains("./run.sh no_program --depth 6"));
  CHECK_THAT(train::to_markdown(options, reproduction.verdicts()), Contains("`./run.sh reproduce all --seeds 2 --markdown`") &&
                                                                       Contains("| second | a \\| b | By half |") &&
                                                                       Contains("| 2 of 2 | holds |"));
}

TEST_CASE("a program that must be asked and is not built is named before anything runs", "[reproduce]") {
  const Laboratory laboratory;
  laboratory.keep("first", 1, 0.5);
  const ReproductionOptions options = laboratory.options({"first"});
  CHECK_THROWS_WITH(Reproduction(options, train::experiments_of(options)), Contains("no_program: there is no such program"));
  laboratory.keep("first", 2, 0.5);
  CHECK_NOTHROW(Reproduction(options, train::experiments_of(options)));
  ReproductionOptions other = options;
  other.data = "digits";  // another command: what is kept answers another question
  CHECK_THROWS_AS(Reproduction(other, train::experiments_of(other)), Error);
}

TEST_CASE("an answer without the number that a claim asks for makes the experiment fail, and says so", "[reproduce]") {
  const Laboratory laboratory;
  laboratory.keep("first", 1, 0.5);
  ReproductionOptions options = laboratory.options({"first"});
  options.seeds = 1;
  std::vector<train::Experiment> experiments = train::experiments_of(options);
  experiments[0].claims[0].left = train::Side("deep:fctor");
  Reproduction reproduction(options, std::move(experiments));
  CHECK(reproduction.run());
  CHECK(reproduction.failed() == " first");
  CHECK_THAT(train::to_text(reproduction.verdicts()[0]), Contains("not judged: seed 1") && Contains("did you mean 'factor'?"));
}

}  // namespace seegrad::test
