// The experiments as a user runs them: verdicts that follow the measurement, answers that are kept, files that hold no experiment.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/math/error.hpp"
#include "seegrad/train/experiment.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using seegrad::testing::Outcome;
using seegrad::testing::RunOptions;

namespace {

/// A row that a fraction of a second answers: does the gradient vanish?
const char* const row = R"({"title": "It vanishes", "source": "a test", "says": "Sigmoids lose the gradient.",
  "runs": {
    "deep": "train_mlp --activation sigmoid --depth 6 --width 20 --init xavier --data digits --train-samples 200 --batch 200 --epochs 1"},
  "quick": "--depth 5",
  "claims": [{"says": "It shrinks to a quarter a layer", "expected": "0.23", "left": "deep:delta_factor", "is": "<", "right": 0.5}]})";

class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-reproduce-" + std::to_string(getpid()))) {
    fs::create_directories(path_ / "experiments");
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const fs::path& path() const { return path_; }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path_ / "experiments" / (name + ".json")) << text; }
  Outcome run(const std::string& flags, RunOptions options = {}) const {
    std::istringstream words(flags);
    options.folder = path_;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/reproduce", {std::istream_iterator<std::string>(words), {}}, options);
  }

 private:
  fs::path path_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("the verdict of an experiment comes from the measurement: with another activation it is another one", "[reproduce]") {
  const Place place;
  place.put("vanish", row);
  const Outcome sigmoid = place.run("vanish --seeds 2 --out kept");
  INFO(sigmoid.err);
  REQUIRE(sigmoid.code == 0);
  CHECK_THAT(sigmoid.out, Contains("on 2 of 2 seeds: holds") && Contains("vanish: holds"));
  const Outcome tanh = place.run("vanish --seeds 2 --out kept --activation tanh");
  REQUIRE(tanh.code == 0);
  CHECK_THAT(tanh.out, Contains("on 0 of 2 seeds: does not hold") && Contains("--activation tanh"));
}

TEST_CASE("an answer that is kept is not asked for again, and one to another question is", "[reproduce]") {
  const Place place;
  place.put("vanish", row);
  REQUIRE(place.run("vanish --seeds 1 --out kept").code == 0);
  const fs::path kept = place.path() / "kept" / "vanish" / "deep-seed1.json";
  REQUIRE(fs::exists(kept));
  CHECK(std::distance(fs::directory_iterator(kept.parent_path()), {}) == 1);  // no run folder is left
  const fs::file_time_type then = fs::last_write_time(kept);
  REQUIRE(place.run("vanish --seeds 1 --out kept").code == 0);
  CHECK(fs::last_write_time(kept) == then);
  place.put("vanish", replaced(row, "--depth 6", "--depth 7"));
  REQUIRE(place.run("vanish --seeds 1 --out kept").code == 0);
  CHECK(fs::last_write_time(kept) != then);
}

TEST_CASE("verdicts come as JSON and as a table", "[reproduce]") {
  const Place place;
  place.put("vanish", row);
  const Outcome json = place.run("vanish --quick --json --out kept");
  REQUIRE(json.code == 0);
  const auto found = nlohmann::json::parse(json.out)["experiments"][0];
  CHECK(found["verdict"] == "holds");
  CHECK(found["claims"][0]["seeds"].size() == 2);  // what --quick takes
  CHECK(found["claims"][0]["left"][0] < 0.5);
  const Outcome table = place.run("vanish --quick --markdown --out kept");
  REQUIRE(table.code == 0);
  CHECK_THAT(table.out, Contains("`./run.sh reproduce vanish --seeds 2 --quick --markdown`") && Contains("| 2 of 2 | holds |"));
}

TEST_CASE("a run that diverges counts, one that gives no numbers is shown and fails the program", "[reproduce]") {
  const Place place;
  place.put("diverges", replaced(replaced(row, "--batch 200 --epochs 1", "--batch 20 --epochs 2 --lr 1e30 --activation relu"),
                                 "--activation sigmoid ", ""));
  const Outcome diverges = place.run("diverges --seeds 1 --out kept");
  INFO(diverges.out << diverges.err);
  CHECK(diverges.code == 0);
  CHECK_THAT(diverges.out, Contains("the loss became") && Contains("it counts"));
  place.put("wrong", replaced(row, "--depth 6", "--depht 6"));
  const Outcome wrong = place.run("wrong --seeds 2 --out kept");
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.out, Contains("there is no such flag") && Contains("wrong: not judged"));
  CHECK_THAT(wrong.err, Contains("not everything could be run or judged: wrong"));
  place.put("place", replaced(row, "deep:delta_factor", "deep:delta_facto"));
  const Outcome lost = place.run("place --seeds 1 --out kept");
  CHECK(lost.code == 1);
  CHECK_THAT(lost.out, Contains("did you mean 'delta_factor'?"));
}

TEST_CASE("a file that holds no experiment is refused in one line that names the place", "[reproduce]") {
  const Place place;
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"{", "is not JSON"},
           {"[]", "an object was expected"},
           {replaced(row, "\"source\"", "\"sauce\""), "\"sauce\" is no key here (did you mean 'source'?)"},
           {replaced(row, "\"title\": \"It vanishes\", ", ""), "\"title\" is missing"},
           {replaced(row, "\"is\": \"<\"", "\"is\": \"=\""), "claims[0].is: '=': must be <"},
           {replaced(row, "\"is\": \"<\"", "\"is\": \"between\""), "claims[0].right: a list was expected"},
           {replaced(row, "deep:delta_factor", "deap:delta_factor"), "there is no run 'deap' (did you mean 'deep'?)"},
           {replaced(row, "train_mlp --activation", "../train_mlp --activation"), "must begin with the name of a program"},
           {replaced(row, "--epochs 1\"}", "--epochs '1\"}"), "a quote has no end"}}) {
    place.put("bad", text);
    INFO(text);
    const Outcome outcome = place.run("bad --out kept");
    CHECK(outcome.code == 1);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, Contains("bad.json") && Contains(words));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
}

TEST_CASE("wrong wishes about experiments end with one line and exit code 2", "[reproduce]") {
  const Place place;
  place.put("vanish", row);
  for (const auto& [flags, words] : std::vector<std::pair<std::string, std::string>>{{"", "reproduce list"},
                                                                                     {"vanisch", "did you mean 'vanish'?"},
                                                                                     {"all vanish", "vanish: is behind 'all'"},
                                                                                     {"vanish --seeds 0", "--seeds 0"},
                                                                                     {"vanish --activation rely", "rely"},
                                                                                     {"vanish --json --markdown", "one of them"}}) {
    INFO(flags);
    const Outcome outcome = place.run(flags);
    CHECK(outcome.code == 2);
    CHECK_THAT(outcome.err, Contains(words));
  }
}

TEST_CASE("Ctrl-C ends the experiments, and the same command goes on", "[reproduce]") {
  const Place place;
  place.put("vanish", replaced(row, "--epochs 1", "--epochs 100000"));
  int polls = 0;
  RunOptions options;
  options.interrupt_when = [&] { return ++polls > 50; };
  const Outcome outcome = place.run("vanish --out kept", options);
  CHECK(outcome.code == 130);
  CHECK_FALSE(outcome.killed);
  CHECK_THAT(outcome.err, Contains("the same command goes on"));
}

TEST_CASE("every experiment of this project can be read and asks programs that exist", "[reproduce]") {
  const fs::path folder = fs::path(SEEGRAD_SOURCE_DIR) / "experiments";
  const std::vector<std::string> names = seegrad::train::experiments_in(folder);
  CHECK(names.size() >= 18);
  for (const std::string& name : names) {
    INFO(name);
    const seegrad::train::Experiment experiment = seegrad::train::read_experiment(folder / (name + ".json"));
    for (const seegrad::train::ExperimentRun& run : experiment.runs)
      CHECK(fs::exists(fs::path(SEEGRAD_SOURCE_DIR) / "examples" / (run.words.front() + ".cpp")));
  }
}
#endif
