// A user's own program with an activation of its own: the example that shows how.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "support/run_program.hpp"

namespace fs = std::filesystem;
using seegrad::testing::Outcome;

namespace {

class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-custom-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome run(const std::string& example, std::vector<std::string> flags) const {
    flags.insert(flags.end(), {"--data", "digits", "--train-samples", "600", "--batch", "50", "--width", "24", "--epochs", "2"});
    seegrad::testing::RunOptions options;
    options.folder = path_;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/" + example, flags, options);
  }
  fs::path folder(const std::string& name) const { return path_ / name; }
  std::string text(const std::string& file) const {
    std::ifstream in(path_ / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("a program's own activation is checked, shown and trained under its own name, and learns its parameter", "[train][custom]") {
  const Place place;
  const Outcome outcome = place.run("custom_activation", {"--out", "own"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("fault:") == std::string::npos);
  CHECK(outcome.out.find("phish: f(x) = x*tanh(sharpness*x*Phi(x))") != std::string::npos);
  CHECK(outcome.out.find("phish has no fault and reaches ") != std::string::npos);
  const auto config = nlohmann::json::parse(place.text("own/phish/config.json"));
  CHECK(config["flags"]["activation"] == "phish");
  const auto numbers = nlohmann::json::parse(place.text("own/lesson.json"))["numbers"];
  CHECK(numbers["phish.faults"] == 0);
  CHECK(numbers["phish.test_accuracy"] > 0.1);
  CHECK(numbers["phish.gain"] > 1);
  const Outcome sharper = place.run("custom_activation", {"--activation", "Phish(2)", "--quiet"});
  CHECK(sharper.code == 0);
  const Outcome unknown = place.run("custom_activation", {"--activation", "phisch"});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("did you mean 'phish'?") != std::string::npos);
}

// train::fit() is the loop that examples/train_mlp.cpp spells out; the two must not drift apart.
TEST_CASE("training in one call takes the same steps as the loop that the first lesson spells out", "[train][custom]") {
  const Place place;
  for (const char* more : {"--dropout=0.1", "--optimizer=adam", "--clip=0.5"}) {
    INFO(more);
    for (const char* example : {"train_mlp", "custom_activation"})
      REQUIRE(place.run(example, {"--activation", "gelu", "--log-every", "3", "--threads", "1", "--quiet", more, "--out", example}).code ==
              0);
    CHECK(place.text("train_mlp/layers.csv") == place.text("custom_activation/gelu/layers.csv"));
    CHECK(place.text("train_mlp/layers.csv").size() > 1000);
    fs::remove_all(place.folder("train_mlp"));
    fs::remove_all(place.folder("custom_activation"));
  }
}
#endif
