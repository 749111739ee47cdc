// The diagnosis on networks that are really trained: the broken ones are named right, the healthy ones left in peace. More of them, with
// ten seeds each and on Fashion-MNIST: scripts/calibrate_diagnosis.py.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "seegrad/data/digits.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;

namespace {

class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-diagnosis-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    static const seegrad::Dataset digits = seegrad::digits_dataset(4000, 500);
    seegrad::save_dataset(digits, path_ / "few");
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// summary.json of a run with these flags.
  nlohmann::json summary(const std::string& flags, int seed = 1) const {
    std::istringstream words(flags + " --data few --width 64 --epochs 10 --log-every 10 --threads 1 --json --seed " + std::to_string(seed) +
                             " --out run" + std::to_string(++runs_));
    const auto outcome = seegrad::testing::run_program(SEEGRAD_EXAMPLES "/train_mlp", {std::istream_iterator<std::string>(words), {}},
                                                       {.folder = path_, .environment = {}, .interrupt_when = {}});
    INFO(outcome.err);
    REQUIRE_FALSE(outcome.out.empty());
    return nlohmann::json::parse(outcome.out);
  }

 private:
  fs::path path_;
  mutable int runs_ = 0;
};

std::set<std::string> names_in(const nlohmann::json& summary) {
  std::set<std::string> names;
  for (const auto& diagnosis : summary["diagnoses"]) names.insert(diagnosis["name"]);
  return names;
}

}  // namespace

TEST_CASE("broken runs are named right", "[train][diagnosis][slow]") {
  const Place place;
  struct Broken {
    std::string flags;
    std::set<std::string> wanted;
  };
  for (const Broken& broken : {Broken{"--activation sigmoid --depth 10 --init xavier", {"vanishing", "chance_level"}},
                               Broken{"--activation relu --depth 4 --optimizer adam --lr 0.03", {"dead"}},
                               Broken{"--activation tanh --depth 10 --init normal(0.01)", {"vanishing", "collapsed_forward"}},
                               Broken{"--activation relu --lr 10", {"not_finite"}}, Broken{"--activation relu --init zeros", {"symmetry"}},
                               Broken{"--activation tanh --init zeros", {"symmetry"}}, Broken{"--shuffle-labels", {"chance_level"}}}) {
    const nlohmann::json summary = place.summary(broken.flags);
    INFO(broken.flags << ": " << summary["diagnoses"].dump(1));
    const std::set<std::string> found = names_in(summary);
    for (const std::string& name : broken.wanted) CHECK(found.count(name) == 1);
    for (const auto& diagnosis : summary["diagnoses"]) {
      CHECK(diagnosis["page"] == "docs/diagnosis.md#" + diagnosis["name"].get<std::string>());
      const std::string command = diagnosis["command"];
      CHECK((command.empty() || command.rfind("./run.sh train_mlp ", 0) == 0));
    }
  }
}

TEST_CASE("trained on labels that mean nothing, a network is told from one that does not learn", "[train][diagnosis]") {
  const Place place;
  const auto why_of = [&](const std::string& flags) {
    const nlohmann::json summary = place.summary(flags);
    for (const auto& diagnosis : summary["diagnoses"])
      if (diagnosis["name"] == "chance_level") return diagnosis["why"].get<std::string>();
    return std::string("not seen");
  };
  CHECK(why_of("--shuffle-labels").find("gradients arrive in every layer") == 0);
  CHECK(why_of("--activation sigmoid --depth 10 --init xavier").find("the gradient does not arrive") == 0);
}

TEST_CASE("a loss that is not finite is traced to its step, layer and tensor", "[train][diagnosis]") {
  const Place place;
  const nlohmann::json summary = place.summary("--activation relu --lr 10");
  REQUIRE(summary["diagnoses"].size() >= 1);
  const auto& found = summary["diagnoses"][0];
  CHECK(found["name"] == "not_finite");
  CHECK(found["since"] == summary["steps"]);  // the step that could not be entered any more
  CHECK(found["layers"].size() == 1);
  const std::string what = found["what"];
  CHECK(what.find("layer " + std::to_string(found["layers"][0].get<int>())) != std::string::npos);
  CHECK((what.find(" in z of") != std::string::npos || what.find(" in h of") != std::string::npos ||
         what.find(" in weight of") != std::string::npos || what.find(" in bias of") != std::string::npos ||
         what.find(" in delta of") != std::string::npos));
}

TEST_CASE("healthy runs of three seeds raise no alarm", "[train][diagnosis][slow]") {
  const Place place;
  for (const char* flags : {"--activation relu --init he", "--activation relu --init he --depth 8", "--activation tanh --init xavier",
                            "--activation tanh --init xavier --depth 8", "--activation selu --init lecun",
                            "--activation selu --init lecun --depth 8 --lr 0.03"}) {
    for (const int seed : {1, 2, 3}) {
      const nlohmann::json summary = place.summary(flags, seed);
      INFO(flags << ", seed " << seed << ": " << summary["diagnoses"].dump(1));
      CHECK(summary["diagnoses"].empty());
      CHECK(summary["test_accuracy"] > 0.6);
    }
  }
}
#endif
