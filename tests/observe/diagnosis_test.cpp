// Laws over all rules of the diagnosis, on streams of announcements that no network had to make: what each rule must see, and the same
// just short of it. How the rules do on real networks: docs/diagnosis.md and tests/train/diagnosis_runs_test.cpp.
#include "seegrad/observe/diagnosis.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <set>
#include <sstream>

using namespace seegrad::observe;

namespace {

constexpr int depth = 6, units = 20, logged_steps = 40, steps_between = 20, steps_an_epoch = 200;
const RunFacts facts{
    .classes = 10, .depth = depth, .activation = "relu", .init = "he", .optimizer = "sgd", .normalisation = "none", .learning_rate = 0.1};

/// One logged step of a network, healthy unless it is changed.
struct Scene {
  std::int64_t step = 0;
  std::vector<LayerStatistics> rows;
  UnitLedger ledger;
  double loss = 1, accuracy = 0.7, test_accuracy = 0.8, test_loss = 0.9;
};

/// The ledger of a network whose hidden layers have so many dead and saturated units.
UnitLedger ledger_of(std::int64_t step, int dead, int saturated, double spread) {
  Memory memory{{"ledger", {static_cast<double>(step)}}};
  for (int layer = 1; layer <= depth; ++layer) {
    std::vector<double> numbers{static_cast<double>(layer), spread};
    for (int unit = 0; unit < units; ++unit) {
      const double is_dead = unit < dead ? 1 : 0, is_stuck = unit >= dead && unit < dead + saturated ? 1 : 0;
      numbers.insert(numbers.end(), {is_dead, is_stuck, 0, is_dead ? 20.0 : -1.0, -1, is_dead, 0});
    }
    memory["ledger of " + std::to_string(2 * (layer - 1))] = numbers;
  }
  UnitLedger ledger;
  ledger.restore(memory);
  return ledger;
}

Scene healthy(std::int64_t step) {
  Scene scene;
  scene.step = step;
  scene.loss = 0.3 + 2 * std::exp(-static_cast<double>(step) / 100);
  for (int layer = 1; layer <= depth + 1; ++layer) {
    LayerStatistics row;
    row.step = step, row.epoch = 1 + step / steps_an_epoch, row.layer = layer, row.units = layer > depth ? 10 : units;
    row.activation = layer > depth ? "" : "relu";
    row.z_mean = 0.01, row.z_std = 1, row.h_mean = 0.4, row.h_std = 0.6, row.h_min = 0, row.h_max = 4;
    row.zero_share = row.saturated_share = layer > depth ? 0 : 0.5;
    row.delta_rms = 1e-3, row.weight_rms = 0.1, row.weight_grad_rms = 1e-2, row.bias_grad_rms = 1e-3;
    row.update_ratio = 1e-3, row.sign_coherence = 0.4;
    scene.rows.push_back(row);
  }
  scene.ledger = ledger_of(step, 1, 0, 0.8);
  return scene;
}

using Event = std::function<void(RunObserver&)>;
using Alter = std::function<void(Scene&)>;

/// A run of healthy scenes, each changed.
std::vector<Event> run_of(const Alter& change, const std::vector<Event>& end = {}) {
  std::vector<Event> events;
  for (int i = 0; i < logged_steps; ++i) {
    Scene scene = healthy(i * steps_between);
    change(scene);
    events.push_back([scene](RunObserver& to) { to.probed(scene.ledger); });
    for (int step = 0; step < steps_between; ++step)
      events.push_back([scene, step](RunObserver& to) { to.step(scene.step + step, scene.loss); });
    events.push_back([scene](RunObserver& to) {
      to.logged({scene.step, scene.rows.front().epoch, scene.loss, scene.accuracy, 0.1, 1}, scene.rows);
    });
    if ((i + 1) * steps_between % steps_an_epoch == 0)
      events.push_back([scene](RunObserver& to) {
        to.epoch({scene.rows.front().epoch, scene.loss, scene.test_loss, scene.test_accuracy, 1});
      });
  }
  events.insert(events.end(), end.begin(), end.end());
  return events;
}

std::vector<Diagnosis> verdicts_of(const std::vector<Event>& events) {
  Diagnostician diagnostician(facts);
  for (const Event& event : events) event(diagnostician);
  return diagnostician.verdicts();
}

std::set<std::string> names_of(const std::vector<Diagnosis>& verdicts) {
  std::set<std::string> names;
  for (const Diagnosis& verdict : verdicts) names.insert(verdict.name);
  return names;
}

/// For each hidden layer, counted from 1 at the input.
Alter layers(const std::function<void(LayerStatistics&, int)>& change) {
  return [change](Scene& scene) {
    for (int i = 0; i < depth; ++i) change(scene.rows[static_cast<std::size_t>(i)], i + 1);
  };
}

/// Without line breaks, and with single blanks.
std::string on_one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// A rule, a stream that it must see, and one that is just short of that.
struct Case {
  std::string rule;
  std::vector<Event> broken, nearly;
};

std::vector<Case> cases() {
  const auto falling = [](double factor) {
    return layers([factor](auto& row, int layer) { row.delta_rms = 1e-3 * std::pow(factor, depth - layer); });
  };
  const auto fading = [](double last) { return layers([last](auto& row, int layer) { row.h_std = layer == depth ? last : 0.6; }); };
  const auto with_ledger = [](int dead, int saturated, double spread) {
    return [=](Scene& scene) { scene.ledger = ledger_of(scene.step, dead, saturated, spread); };
  };
  const auto update_of_first = [](double ratio) { return [ratio](Scene& scene) { scene.rows[0].update_ratio = ratio; }; };
  const auto off_centre = [](double mean, double coherence) {
    return [=](Scene& scene) {
      scene.rows[2].h_mean = mean * scene.rows[2].h_std;
      scene.rows[3].sign_coherence = coherence;
    };
  };
  const auto loss = [](double value, double accuracy) { return [=](Scene& scene) { scene.loss = value, scene.accuracy = accuracy; }; };
  const auto by_heart = [](double accuracy) { return [accuracy](Scene& scene) { scene.test_accuracy = accuracy, scene.test_loss = 3; }; };
  const Event is_nan = [](RunObserver& to) { to.not_finite({logged_steps * steps_between, NAN, 3, "z"}); };
  return {
      {"vanishing", run_of(falling(0.55)), run_of(falling(0.65))},
      {"exploding", run_of(falling(1.6)), run_of(falling(1.4))},
      {"unstable", run_of(update_of_first(0.12)), run_of(update_of_first(0.09))},
      {"stalled", run_of(update_of_first(0.9e-7)), run_of(update_of_first(1.1e-7))},
      {"collapsed_forward", run_of(fading(0.6 * 0.03)), run_of(fading(0.6 * 0.033))},
      {"dead", run_of(with_ledger(5, 0, 0.8)), run_of(with_ledger(4, 0, 0.8))},
      {"saturated", run_of(with_ledger(0, 6, 0.8)), run_of(with_ledger(0, 5, 0.8))},
      {"symmetry", run_of(with_ledger(0, 0, 0.9e-4)), run_of(with_ledger(0, 0, 1.1e-4))},
      {"not_centred", run_of(off_centre(1.1, 0.6)), run_of(off_centre(0.9, 0.6))},
      {"not_centred", run_of(off_centre(-1.1, 0.6)), run_of(off_centre(-1.1, 0.45))},
      {"chance_level", run_of(loss(std::log(10.0) - 0.01, 0.1)), run_of(loss(std::log(10.0) - 0.03, 0.1))},
      {"chance_level", run_of(loss(5, 0.18)), run_of(loss(5, 0.2))},
      {"chance_level", run_of(by_heart(0.18)), run_of(by_heart(0.2))},
      {"not_finite", run_of([](Scene&) {}, {is_nan}), run_of([](Scene&) {})},
  };
}

}  // namespace

TEST_CASE("a healthy run raises no alarm", "[observe][diagnosis]") {
  CHECK(names_of(verdicts_of(run_of([](Scene&) {}))).empty());
}

TEST_CASE("every rule sees what it is for, and does not see what falls short of it", "[observe][diagnosis]") {
  for (const Case& one : cases()) {
    INFO(one.rule);
    CHECK(names_of(verdicts_of(one.broken)) == std::set<std::string>{one.rule});
    CHECK(names_of(verdicts_of(one.nearly)).empty());
  }
}

TEST_CASE("every rule is among the cases, and on the page of the diagnosis", "[observe][diagnosis]") {
  std::ifstream file(SEEGRAD_SOURCE_DIR "/docs/diagnosis.md");
  std::stringstream page;
  page << file.rdbuf();
  std::set<std::string> covered;
  for (const Case& one : cases()) covered.insert(one.rule);
  for (const auto& rule : all_rules(facts)) {
    const std::string name(rule->name());
    INFO(name);
    CHECK(covered.count(name) == 1);
    CHECK(page.str().find("\n## " + name + "\n") != std::string::npos);
    CHECK(page_of(name) == "docs/diagnosis.md#" + name);
  }
}

TEST_CASE("every verdict says what, why and what to try, with finite evidence", "[observe][diagnosis]") {
  for (const Case& one : cases()) {
    for (const Diagnosis& verdict : verdicts_of(one.broken)) {
      INFO(one.rule);
      CHECK_FALSE(verdict.what.empty());
      CHECK_FALSE(verdict.why.empty());
      CHECK_FALSE(verdict.remedy.empty());
      CHECK(verdict.page == page_of(one.rule));
      CHECK_FALSE(verdict.evidence.empty());
      for (const Evidence& evidence : verdict.evidence) CHECK(std::isfinite(evidence.value));
      CHECK(std::is_sorted(verdict.layers.begin(), verdict.layers.end()));
      for (const std::int64_t layer : verdict.layers) CHECK((layer >= 1 && layer <= depth + 1));
      const std::string text = on_one_line(describe(verdict, "./run.sh train_mlp --lr 0.01"));
      for (const std::string& part : {verdict.name, verdict.what, verdict.why, verdict.remedy, verdict.page, std::string("--lr 0.01")})
        CHECK(text.find(part) != std::string::npos);
    }
  }
}

TEST_CASE("a run that was broken off and taken up again gets the same verdicts, wherever it was cut", "[observe][diagnosis]") {
  for (const Case& one : cases()) {
    const std::vector<Diagnosis> whole = verdicts_of(one.broken);
    for (std::size_t cut = 0; cut <= one.broken.size(); cut += 37) {
      Diagnostician before(facts), after(facts);
      for (std::size_t i = 0; i < cut; ++i) one.broken[i](before);
      Memory memory;
      before.save(memory);
      after.restore(memory);
      for (std::size_t i = cut; i < one.broken.size(); ++i) one.broken[i](after);
      INFO(one.rule << ", cut at " << cut);
      CHECK(after.verdicts() == whole);
    }
  }
}

TEST_CASE("a memory that is damaged breaks nothing", "[observe][diagnosis]") {
  const Case one = cases().front();
  Diagnostician before(facts);
  for (const Event& event : one.broken) event(before);
  Memory memory;
  before.save(memory);
  for (auto& [name, numbers] : memory) {
    for (const double value : {std::nan(""), -1.0, 1e300}) {
      Memory damaged = memory;
      for (double& number : damaged[name]) number = value;
      damaged[name].resize(damaged[name].size() / 2);
      Diagnostician after(facts);
      after.restore(damaged);
      for (const Event& event : one.broken) event(after);
      CHECK_NOTHROW(after.verdicts());
    }
  }
}

TEST_CASE("numbers that were not measured raise nothing", "[observe][diagnosis]") {
  const Alter nothing_known = [](Scene& scene) {
    for (LayerStatistics& row : scene.rows)
      for_each_column(row, [](std::string_view, auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) value = not_measured;
      });
  };
  CHECK(names_of(verdicts_of(run_of(nothing_known))).empty());
  CHECK(verdicts_of({}).empty());
}

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
  const Alter at_rest = [](Scene& scene) {
    for (LayerStatistics& row : scene.rows) row.delta_rms *= 1e-6, row.update_ratio = scene.step < 600 ? row.update_ratio : 1e-12;
    scene.rows[0].update_ratio *= 1e-3;
    scene.loss = 1e-5;
  };
  CHECK(names_of(verdicts_of(run_of(at_rest))).empty());
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

TEST_CASE("what the terminal is told fits it", "[observe][diagnosis]") {
  for (const Case& one : cases())
    for (const Diagnosis& verdict : verdicts_of(one.broken)) {
      std::istringstream lines(describe(verdict));
      for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 112);
        CHECK(line.find_last_not_of(' ') + 1 == line.size());
      }
    }
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
