// Ablations: what the flags ask for, trainings that are found again, and those that must not be taken for each other.
#include "seegrad/train/ablation.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/train/lesson.hpp"

namespace seegrad::test {
namespace {

namespace fs = std::filesystem;
using train::AblationOptions;
using Words = std::vector<std::string>;

const train::Example about{"an_ablation", "Compares."};

AblationOptions parsed(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "an_ablation");
  return *train::parse_ablation(static_cast<int>(flags.size()), flags.data(), about);
}

/// Two trainings of a fraction of a second.
AblationOptions two_small() {
  AblationOptions options =
      parsed({"--activation", "relu", "--activations", "tanh",   "--depths",        "1",   "--inits", "auto", "--optimizers", "sgd",
              "--seeds",      "1",    "--data",        "digits", "--train-samples", "100", "--width", "4",    "--epochs",     "1"});
  options.run.threads = 1;
  return options;
}

}  // namespace

TEST_CASE("the flags of an ablation are lists, read as their types print them and each entry once", "[train][ablation]") {
  const AblationOptions wishes = parsed({"--activation", "elu(0.5)", "--activations", "relu,leaky_relu(slope=0.2),ReLU", "--depths",
                                         "2,04,2", "--seeds", "5", "--out", "there", "--quick", "--json"});
  CHECK(wishes.activations == Words{"relu", Activation::parse("leaky_relu(0.2)").to_string()});
  CHECK(wishes.factors()[0].levels.back() == Activation::parse("elu(0.5)").to_string());
  CHECK(wishes.depths == Words{"2", "4"});
  CHECK(wishes.seeds == 2);  // what --quick makes of it
  CHECK(*wishes.run.train_samples == 1000);
  CHECK(wishes.run.json);
  CHECK(wishes.command ==
        "./run.sh an_ablation --activation 'elu(0.5)' --activations 'relu,leaky_relu(slope=0.2),ReLU' --depths 2,04,2 --seeds 5 --quick");
  CHECK(parsed({"--activation", "tanh"}).factors()[0].levels == Words{"sigmoid", "tanh", "relu", "silu"});
}

TEST_CASE("a list with a wrong entry is refused with its flag, and so is more than a picture shows", "[train][ablation]") {
  using Catch::Matchers::StartsWith;
  CHECK_THROWS_WITH(parsed({"--activations", "relu,rely"}), StartsWith("--activations relu,rely: unknown activation 'rely'"));
  CHECK_THROWS_WITH(parsed({"--depths", "2,x"}), StartsWith("--depths x: must be a whole number"));
  CHECK_THROWS_AS(parsed({"--inits", "he,"}), UsageError);
  CHECK_THROWS_AS(parsed({"--optimizers", "sgd(momentum=0.9"}), UsageError);
  CHECK_THROWS_WITH(parsed({"--depths", "1,2,3,4,5,6,7,8,9"}), Catch::Contains("more than a picture shows"));
}

TEST_CASE("whatever decides a training's result decides its folder, and nothing else does", "[train][ablation]") {
  const TemporaryFolder folder;
  const auto first_folder = [&](const std::vector<const char*>& flags) {
    return train::Ablation(parsed(flags), folder.path()).folder(0).filename().string();
  };
  const std::string usual = first_folder({});
  std::set<std::string> all{usual};
  for (const std::vector<const char*>& flags : std::vector<std::vector<const char*>>{{"--width", "32"},
                                                                                     {"--batch", "32"},
                                                                                     {"--epochs", "3"},
                                                                                     {"--lr", "0.3"},
                                                                                     {"--train-samples", "77"},
                                                                                     {"--data", "digits"},
                                                                                     {"--precision", "fp64"},
                                                                                     {"--seed", "2"},
                                                                                     {"--depths", "3"},
                                                                                     {"--inits", "he"},
                                                                                     {"--optimizers", "adam"},
                                                                                     {"--activations", "tanh"}})
    CHECK(all.insert(first_folder(flags)).second);
  CHECK(first_folder({"--quiet", "--threads", "2", "--out", "there", "--activation", "relu", "--seeds", "1"}) == usual);
}

TEST_CASE("an ablation trains what is missing, finds it again, and begins anew what was broken off", "[train][ablation]") {
  const TemporaryFolder folder;
  AblationOptions options = two_small();
  train::Ablation first(options, folder.path());
  CHECK(first.grid().missing() == 2);
  CHECK(first.at_once() == 1);
  first.train();
  CHECK(first.grid().missing() == 0);
  CHECK(first.best_runs().size() == 2);
  for (const fs::path& run : first.best_runs()) CHECK(fs::exists(run / "summary.json"));
  CHECK(first.picture().width() > 100);

  options.depths.emplace_back("2");  // the grid grows
  train::Ablation grown(options, folder.path());
  CHECK(grown.grid().missing() == 2);
  CHECK(grown.grid()[0] == first.grid()[0]);

  const double before = first.grid()[1];
  fs::remove(first.folder(1) / "result.json");  // as if it had been broken off
  train::Ablation again(two_small(), folder.path());
  CHECK(again.grid().missing() == 1);
  again.train();
  CHECK(again.grid()[1] == before);
}

TEST_CASE("a lesson that was broken off before its end goes on in its folder, and another lesson does not", "[train][lesson]") {
  const TemporaryFolder folder;
  train::TrainOptions knobs;
  knobs.out = folder / "lesson";
  for (int i = 0; i < 2; ++i) CHECK_NOTHROW(train::Lesson(about, knobs, {.goes_on = true}));  // never finished
  CHECK_THROWS_AS(train::Lesson(about, knobs), UsageError);
  CHECK_THROWS_AS(train::Lesson({"another", "Is another."}, knobs, {.goes_on = true}), UsageError);
}

TEST_CASE("a level that cannot be read is refused before anything is trained", "[train][ablation]") {
  const TemporaryFolder folder;
  AblationOptions options = two_small();
  options.depths = {"two"};
  CHECK_THROWS_AS(train::Ablation(options, folder.path()), UsageError);
}

}  // namespace seegrad::test
