// Examples of what the diagnosis says, and of what it does not, on streams of announcements that no network had to make. The laws over all
// rules: diagnosis_test.cpp.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/diagnosis_streams.hpp"

using namespace seegrad::testing;

TEST_CASE("what was overcome is no finding", "[observe][diagnosis]") {
  const Alter bad_start = [](Scene& scene) {
    if (scene.step > 300) return;
    for (int i = 0; i < depth; ++i) scene.rows[static_cast<std::size_t>(i)].delta_rms = std::pow(0.3, depth - i);
    scene.ledger = ledger_of(scene.step, 12, 0, 0.8);
    scene.loss = std::log(10.0);
  };
  CHECK(names_of(verdicts_of(run_of(bad_start))).empty());
}

TEST_CASE("a network that has learned everything, and one whose schedule has ended, raise nothing", "[observe][diagnosis]") {
  const auto ending = [](double update) {
    return [update](Scene& scene) {
      scene.loss = 1e-5;
      for (LayerStatistics& row : scene.rows) {
        row.delta_rms *= 1e-6;
        if (scene.step >= 600) row.update_ratio = update;
      }
      if (scene.step >= 600) scene.rows[0].update_ratio = 1e-12;
    };
  };
  CHECK(names_of(verdicts_of(run_of(ending(1e-12)))).empty());
  CHECK(names_of(verdicts_of(run_of(ending(0.9e-5)))).empty());
  CHECK(names_of(verdicts_of(run_of(ending(1.1e-5)))) == std::set<std::string>{"stalled"});
}

TEST_CASE("what has held for three looks and a tenth of all is a finding, less is not", "[observe][diagnosis]") {
  const auto dead_at_the_end = [](int looks, int of) {
    const std::int64_t since = (of - looks) * steps_between;
    const Alter change = [since](Scene& scene) {
      if (scene.step >= since) scene.ledger = ledger_of(scene.step, 12, 0, 0.8);
    };
    return !verdicts_of(run_of(change, {}, of)).empty();
  };
  CHECK(dead_at_the_end(4, 40));
  CHECK_FALSE(dead_at_the_end(3, 40));
  CHECK(dead_at_the_end(3, 12));
  CHECK_FALSE(dead_at_the_end(2, 12));
  CHECK(dead_at_the_end(2, 2));  // from the start, in a run that was broken off
}

TEST_CASE("a loss must be that of guessing for 500 updates, or for half of a shorter run of 100 at least", "[observe][diagnosis]") {
  const auto guesses = [](int good, int guessing) {
    Diagnostician diagnostician(facts);
    for (int step = 0; step < good + guessing; ++step) diagnostician.step(step, step < good ? 0.5 : std::log(10.0));
    return !diagnostician.verdicts().empty();
  };
  // After a good time the running mean over 50 steps needs 223 steps to come within 0.02.
  CHECK(guesses(3000, 223 + 510));
  CHECK_FALSE(guesses(3000, 223 + 490));
  CHECK(guesses(0, 110));
  CHECK_FALSE(guesses(0, 90));
  CHECK(guesses(60, 223 + 300));
}

TEST_CASE("what counts is how the network does now", "[observe][diagnosis]") {
  const auto test_set_at_chance_from = [](std::int64_t step) {
    return run_of([step](Scene& scene) {
      if (scene.step >= step) scene.test_accuracy = 0.1, scene.test_loss = 3;
    });
  };
  CHECK(names_of(verdicts_of(test_set_at_chance_from(2 * steps_an_epoch))) == std::set<std::string>{"chance_level"});
  CHECK(names_of(verdicts_of(test_set_at_chance_from(3 * steps_an_epoch))).empty());
  const Alter once_better = [](Scene& scene) { scene.loss = std::log(10.0), scene.accuracy = scene.step < 5 * steps_between ? 0.9 : 0.1; };
  CHECK(names_of(verdicts_of(run_of(once_better))) == std::set<std::string>{"chance_level"});
}

TEST_CASE("a gradient that fades is missing where less than a tenth of the last layer's arrives", "[observe][diagnosis]") {
  const Alter falling = layers([](auto& row, int layer) { row.delta_rms = 1e-3 * std::pow(0.35, depth - layer); });
  const Alter rising = layers([](auto& row, int layer) { row.delta_rms = 1e-3 * std::pow(2.5, depth - layer); });
  for (const Alter& change : {falling, rising}) {
    const std::vector<Diagnosis> found = verdicts_of(run_of(change));
    REQUIRE(found.size() == 1);
    CHECK(found[0].layers == std::vector<std::int64_t>{1, 2, 3});
  }
}

TEST_CASE("failures come before warnings, and each is told since when it holds", "[observe][diagnosis]") {
  const Alter two = [](Scene& scene) {
    scene.rows[4].h_mean = 2, scene.rows[5].sign_coherence = 0.9;
    if (scene.step >= 400) scene.ledger = ledger_of(scene.step, 15, 0, 0.8);
  };
  const std::vector<Diagnosis> found = verdicts_of(run_of(two));
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "dead");
  CHECK(found[0].severity == Diagnosis::Severity::failure);
  CHECK(found[0].since == 400);
  CHECK(found[0].units == 15 * depth);
  CHECK(found[1].name == "not_centred");
  CHECK(found[1].layers == std::vector<std::int64_t>{5});
  CHECK(found[1].since == 0);
}

TEST_CASE("chance level says whether gradients arrive", "[observe][diagnosis]") {
  const Alter guessing = [](Scene& scene) { scene.loss = std::log(10.0), scene.accuracy = 0.1; };
  const std::vector<Diagnosis> arriving = verdicts_of(run_of(guessing));
  REQUIRE(arriving.size() == 1);
  CHECK(arriving[0].why.find("labels") != std::string::npos);
  const Alter starving = [&](Scene& scene) {
    guessing(scene);
    for (int i = 0; i < depth; ++i) scene.rows[static_cast<std::size_t>(i)].delta_rms = std::pow(0.2, depth - i);
  };
  for (const Diagnosis& found : verdicts_of(run_of(starving)))
    if (found.name == "chance_level") CHECK(found.why.find("does not arrive") != std::string::npos);
  CHECK(names_of(verdicts_of(run_of(starving))) == std::set<std::string>{"chance_level", "vanishing"});
}

TEST_CASE("a loss that is not finite names step, layer and tensor", "[observe][diagnosis]") {
  const Event infinite = [](RunObserver& to) { to.not_finite({12, std::numeric_limits<double>::infinity(), 2, "weight gradient"}); };
  const std::vector<Diagnosis> found = verdicts_of({infinite});
  REQUIRE(found.size() == 1);
  CHECK(found[0].layers == std::vector<std::int64_t>{2});
  for (const char* part : {"step 12", "layer 2", "weight gradient", "infinite"}) CHECK(found[0].what.find(part) != std::string::npos);
}

TEST_CASE("labels that mean nothing are told from a network that does not learn", "[observe][diagnosis]") {
  const Alter shuffled = [](Scene& scene) { scene.test_accuracy = 0.1, scene.test_loss = 2.4, scene.loss = 2.0; };
  const std::vector<Diagnosis> found = verdicts_of(run_of(shuffled));
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "chance_level");
  CHECK(found[0].why.find("gradients arrive in every layer") != std::string::npos);
  CHECK(found[0].why.find("labels") != std::string::npos);
  CHECK(found[0].what.find("begins to learn its samples by heart") != std::string::npos);
}

TEST_CASE("the remedy fits the cause", "[observe][diagnosis]") {
  RunFacts wide = facts;
  wide.init = "normal(std=0.3)";
  const auto changes = [](const std::vector<Event>& run, const RunFacts& of) {
    const std::vector<Diagnosis> found = verdicts_of(run, of);
    REQUIRE(found.size() == 1);
    return found[0].changes;
  };
  const std::vector<Change> better_start{{"init", "auto"}}, smaller_steps{{"lr", "0.01"}}, far_smaller_steps{{"lr", "0.001"}};

  SECTION("saturated: by the initial weights, though it crossed the threshold later, or by the steps") {
    const auto growing = [](double at_start, double first_update) {
      return run_of([=](Scene& scene) {
        scene.rows[0].zero_share = 0;
        scene.rows[0].saturated_share = scene.step == 0 ? at_start : 0.9;
        if (scene.step == 0) scene.rows[0].update_ratio = first_update;
      });
    };
    CHECK(changes(growing(0.6, 0.01), wide) == better_start);
    CHECK(changes(growing(0.05, 0.01), wide) == smaller_steps);
    CHECK(changes(growing(0.05, 5), wide) == far_smaller_steps);
  }
  SECTION("vanishing: where the slope is 0 everywhere, no weights and no normalisation help") {
    RunFacts stepping = facts;
    stepping.activation = "step";
    const auto nothing_comes_back = run_of([](Scene& scene) {
      for (LayerStatistics& row : scene.rows)
        if (!row.activation.empty()) row.delta_rms = 0;
    });
    const std::vector<Diagnosis> found = verdicts_of(nothing_comes_back, stepping);
    REQUIRE(!found.empty());
    CHECK(found[0].name == "vanishing");
    CHECK(found[0].changes == std::vector<Change>{{"activation", "step(ste=1)"}});
    stepping.activation = "step(ste=1)";
    CHECK(verdicts_of(nothing_comes_back, stepping)[0].changes != std::vector<Change>{{"activation", "step(ste=1)"}});
  }
  SECTION("not finite: by a wild start, or by the steps") {
    const auto ending = [](double first_loss) {
      const Event is_nan = [](RunObserver& to) { to.not_finite({800, NAN, 3, "z"}); };
      return run_of([=](Scene& scene) { scene.loss = scene.step == 0 ? first_loss : scene.loss; }, {is_nan});
    };
    CHECK(changes(ending(25), wide) == better_start);
    CHECK(changes(ending(20), wide) == smaller_steps);
    RunFacts fitting = facts;
    fitting.init = "auto";
    CHECK(changes(ending(25), fitting) == smaller_steps);
  }
}

TEST_CASE("how much of it makes a failure of a warning", "[observe][diagnosis]") {
  const auto severity = [](const Alter& change) {
    const std::vector<Diagnosis> found = verdicts_of(run_of(change));
    REQUIRE(found.size() == 1);
    return found[0].severity;
  };
  const auto with_ledger = [](int dead, int saturated) {
    return [=](Scene& scene) { scene.ledger = ledger_of(scene.step, dead, saturated, 0.8); };
  };
  const auto fading = [](double last) { return layers([last](auto& row, int layer) { row.h_std = layer == depth ? last : 0.6; }); };
  const auto falling = [](double factor) {
    return layers([factor](auto& row, int layer) { row.delta_rms = 1e-3 * std::pow(factor, depth - layer); });
  };
  using enum Diagnosis::Severity;
  CHECK(severity(with_ledger(9, 0)) == warning);
  CHECK(severity(with_ledger(10, 0)) == failure);
  CHECK(severity(with_ledger(0, 9)) == warning);
  CHECK(severity(with_ledger(0, 10)) == failure);
  const auto flat_values = [](double share) {
    return layers([share](auto& row, int) { row.zero_share = 0, row.saturated_share = share; });
  };
  CHECK(severity(flat_values(0.97)) == warning);
  CHECK(severity(flat_values(0.99)) == failure);
  CHECK(severity(fading(0.6 * 1.1e-3)) == warning);
  CHECK(severity(fading(0.6 * 0.9e-3)) == failure);
  CHECK(severity(falling(0.3)) == warning);
  CHECK(severity(falling(0.2)) == failure);
}
