// Laws over the animals of the zoo, so that a new one cannot be half an entry; and how answers are read and graded.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/train/experiment.hpp"
#include "seegrad/train/failure_zoo.hpp"

namespace seegrad::test {
namespace {

namespace fs = std::filesystem;
namespace zoo = train::zoo;
using Words = std::vector<std::string>;

void check_words(const Words& used, const Words& known) {
  CHECK_FALSE(used.empty());
  for (const std::string& word : used) {
    CAPTURE(word);
    CHECK(std::count(known.begin(), known.end(), word) == 1);
  }
}

}  // namespace

TEST_CASE("every animal of the zoo is answered in words of the lists, has clues, and a cure unless it is healthy", "[zoo]") {
  std::set<std::string> names;
  int healthy = 0;
  for (const zoo::Case& one : zoo::cases()) {
    CAPTURE(one.name);
    CHECK(names.insert(one.name).second);
    check_words(one.causes, zoo::all_causes());
    check_words(one.evidence, zoo::all_evidence());
    check_words(one.remedies, zoo::all_remedies());
    CHECK(one.because.ends_with("."));
    CHECK(one.clues.size() >= 2);
    for (const zoo::Clue& clue : one.clues) CHECK(train::Side(clue.place).runs().front() == "run");
    healthy += one.cure().empty();
    CHECK(one.cure().empty() == (one.causes == Words{"nothing_is_wrong"}));
  }
  CHECK(healthy == 1);
  CHECK(names.size() == 13);
}

TEST_CASE("the cure of an animal is its own command with what mends it", "[zoo]") {
  CHECK(zoo::case_of(2).cure() ==
        "./run.sh train_mlp --train-samples 20000 --epochs 3 --schedule constant --activation tanh --depth 10 --init auto");
  CHECK(zoo::case_of(4).cure() == "./run.sh train_mlp --train-samples 20000 --epochs 3 --schedule constant --lr 0.03");  // labels in order
}

TEST_CASE("the run of an animal says nothing of what was asked for, and its numbers are found all the same", "[zoo]") {
  const TemporaryFolder folder;
  zoo::Cage cage{.out = folder.path(), .data = "digits", .threads = 1};
  const int bison = 8;  // the smallest
  CHECK_FALSE(cage.holds(bison));
  const std::optional<records::Summary> found = zoo::train(cage, bison);
  REQUIRE(found);
  CHECK(cage.holds(bison));
  const fs::path run = folder / "08-bison";
  CHECK(cage.folder(bison) == run);
  CHECK(records::read_whole_file(run / "config.json").find("200") == std::string::npos);
  CHECK_FALSE(fs::exists(run / "summary.json"));
  train::Numbers numbers = zoo::numbers_in(run);
  CHECK(numbers.at("train_accuracy") == Approx(found->train_accuracy));
  CHECK(numbers.at("epochs.test_loss") == Approx(found->test_loss));
  for (const zoo::Clue& clue : zoo::case_of(bison).clues) CHECK(std::isfinite(train::Side(clue.place).value({{"run", numbers}})));
}

TEST_CASE("two points for the cause, one for what shows it, one for what to do; any word that fits counts", "[zoo]") {
  const zoo::Case& heron = zoo::case_of(2);
  CHECK(zoo::grade(heron, {}).points() == 0);
  CHECK(zoo::grade(heron, {.cause = "vanishing_gradient"}).points() == 2);
  CHECK(zoo::grade(heron, {.cause = "weights_too_small", .evidence = "delta", .remedy = "normalisation"}).points() == zoo::most_points);
  CHECK(zoo::grade(heron, {.cause = "dead_units", .evidence = "nan", .remedy = "fitted_init"}).points() == 1);
}

TEST_CASE("a sheet without answers is read back as what it is", "[zoo]") {
  const TemporaryFolder folder;
  std::ofstream(folder / "answers.csv") << zoo::empty_answers();
  const std::map<int, zoo::Answer> answers = zoo::read_answers(folder / "answers.csv");
  CHECK(answers.size() == zoo::cases().size());
  for (const auto& [number, answer] : answers) CHECK(zoo::grade(zoo::case_of(number), answer).points() == 0);
  CHECK_THROWS_AS(zoo::read_answers(folder / "nothing.csv"), UsageError);
  CHECK_THROWS_AS(zoo::number_in("run", "14"), UsageError);
}

}  // namespace seegrad::test
