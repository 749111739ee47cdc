// The benchmark of activations as a user meets it: its outputs for people and programs, wrong flags, too large a tensor, Ctrl-C.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/activation/activation.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using seegrad::testing::Outcome;
using seegrad::testing::RunOptions;

namespace {

class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-speed-" + std::to_string(getpid()))) { fs::create_directories(path_); }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome run(const std::string& flags, RunOptions options = {}) const {
    std::istringstream words(flags);
    options.folder = path_;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/activation_speed", {std::istream_iterator<std::string>(words), {}}, options);
  }

 private:
  fs::path path_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("the speeds come as JSON with the promised keys, fastest first", "[speed]") {
  const Outcome outcome = Place().run("--rows 9 --cols 1001 --runs 3 --warmup 1 --threads 2 --json");
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err.empty());
  const auto json = nlohmann::ordered_json::parse(outcome.out);
  CHECK(json["shape"] == nlohmann::ordered_json{9, 1001});
  CHECK(json["device"] == "cpu");
  CHECK(json["type"] == "float32");
  CHECK(json["threads"] == 2);
  CHECK(json["runs"] == 3);
  CHECK(json["interrupted"] == false);
  CHECK(json["copy_gbps"] > 0);
  REQUIRE(json["rows"].size() == 9);
  const std::vector<std::string> promised{"name",        "forward_ms",   "forward_sd",   "backward_ms",
                                          "backward_sd", "forward_gbps", "backward_gbps"};
  double before = 0;
  for (const auto& row : json["rows"]) {
    std::vector<std::string> keys;
    for (const auto& item : row.items()) keys.push_back(item.key());
    CHECK(keys == promised);
    // Rates come from medians, so that they know the order: two arrays forward, three backward.
    const double both = 2 / row["forward_gbps"].get<double>() + 3 / row["backward_gbps"].get<double>();
    CHECK(both >= before * (1 - 1e-9));
    before = both;
  }
}

TEST_CASE("the speeds come as CSV, names with commas between quotes", "[speed]") {
  const Outcome outcome =
      Place().run("--activation relu,elu(alpha=0.5),log_softmax --rows 2 --cols 10 --runs 1 --warmup 0 --csv --type float64");
  REQUIRE(outcome.code == 0);
  const std::vector<std::string> lines = lines_of(outcome.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "name,forward_ms,forward_sd,backward_ms,backward_sd,forward_gbps,backward_gbps,copy_gbps");
  for (const std::string& line : lines) CHECK(std::count(line.begin(), line.end(), ',') == 7);
}

TEST_CASE("the table says what was measured, and ends in words", "[speed]") {
  const Outcome outcome = Place().run("--activation all --rows 4 --cols 100 --runs 2 --warmup 0");
  REQUIRE(outcome.code == 0);
  CHECK_THAT(outcome.out, Contains("4 x 100 numbers of float32 on cpu"));
  CHECK_THAT(outcome.out, Contains("Copying moved"));
  CHECK_THAT(outcome.out, Contains("was the fastest"));
  for (const seegrad::Activation& activation : seegrad::Activation::all())
    if (activation.formula().catalogue_index() >= 0)  // this process may have registered more
      CHECK_THAT(outcome.out, Contains(std::string(activation.name())));
}

TEST_CASE("wrong flags of the benchmark end it with one line and exit code 2", "[speed]") {
  const Place place;
  for (const auto& [flags, words] : std::vector<std::pair<std::string, std::string>>{{"--rows 0", "--rows 0"},
                                                                                     {"--cols -3", "--cols -3"},
                                                                                     {"--runs 0", "--runs 0"},
                                                                                     {"--warmup x", "--warmup x"},
                                                                                     {"--type float16", "--type float16"},
                                                                                     {"--activation relu,rely", "rely"},
                                                                                     {"--activation relu,,tanh", "--activation relu,,tanh"},
                                                                                     {"--activation elu(1", "--activation elu(1"},
                                                                                     {"--json --csv", "--json and --csv"},
                                                                                     {"--colums 3", "--colums"},
                                                                                     {"--threads 0", "--threads 0"},
                                                                                     {"--rows 1000000000 --cols 1000", "16000.0 GB"}}) {
    INFO(flags);
    const Outcome outcome = place.run(flags);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK(lines_of(outcome.err).size() == 1);
    CHECK_THAT(outcome.err, Contains(words));
  }
}

TEST_CASE("a tensor that is too large is refused with what is free and what would fit", "[speed]") {
  const Outcome outcome = Place().run("--rows 100000000 --cols 1000");
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Contains("x, g, y and dx need 1600.0 GB") && Contains("GB are free; use --rows"));
}

TEST_CASE("Ctrl-C ends the benchmark with what was measured", "[speed]") {
  int polls = 0;
  RunOptions options;
  options.interrupt_when = [&] { return ++polls > 30; };
  const Outcome outcome = Place().run("--rows 64 --cols 10000 --runs 100000 --warmup 0 --activation relu --csv", options);
  CHECK_FALSE(outcome.killed);
  CHECK(outcome.code == 130);
  CHECK(lines_of(outcome.out).size() == 1);
  CHECK_THAT(outcome.err, Contains("interrupted; 0 of 1 functions"));
}
#endif
