// Laws over all rules of the diagnosis, on streams of announcements that no network had to make: what each rule must see, and the same
// just short of it. How the rules do on real networks: docs/diagnosis.md and tests/train/diagnosis_runs_test.cpp.
#include "seegrad/observe/diagnosis.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "support/diagnosis_streams.hpp"

using namespace seegrad::testing;

namespace {

/// Without line breaks, and with single blanks.
std::string on_one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// A rule, a change of a healthy run that it must see, and one that is just short of that; `end` happens to the broken run only.
struct Case {
  std::string rule;
  Alter broken, nearly;
  std::vector<Event> end = {};

  std::vector<Event> broken_run() const { return run_of(broken, end); }
  std::vector<Event> nearly_broken_run() const { return run_of(nearly); }
};

/// A network of two layers with an activation, of which the first hears `first` of what the last hears.
Alter two_layers(double first) {
  return [first](Scene& scene) {
    for (std::size_t i = 0; i + 2 < depth; ++i) scene.rows[i].activation.clear();
    scene.rows[depth - 2].delta_rms = first * scene.rows[depth - 1].delta_rms;
  };
}

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
  const auto no_gradient = [](double of_output) {
    return [of_output](Scene& scene) {
      for (LayerStatistics& row : scene.rows) row.delta_rms = row.activation.empty() ? of_output : 0;
    };
  };
  const auto violent_every = [](int looks) {
    return [looks](Scene& scene) {
      if (scene.step / steps_between % looks == 1) scene.rows[1].update_ratio = 0.2;
    };
  };
  const auto flat_values = [](double share) {
    return layers([share](auto& row, int layer) {
      if (layer == 3) row.zero_share = 0.1, row.saturated_share = 0.1 + share;
    });
  };
  const auto silent = [](double weight) {
    return [weight](Scene& scene) {
      scene.ledger = ledger_of(scene.step, 0, 0, NAN);
      scene.rows[0].weight_rms = weight;
    };
  };
  const Alter nothing = [](Scene&) {};
  return {
      {"vanishing", falling(0.55), falling(0.65)},
      {"vanishing", two_layers(0.9e-3), two_layers(1.1e-3)},
      {"vanishing", no_gradient(1e-3), no_gradient(0)},
      {"exploding", falling(1.6), falling(1.4)},
      {"exploding", two_layers(1.1e3), two_layers(0.9e3)},
      {"unstable", update_of_first(0.12), update_of_first(0.09)},
      {"unstable", violent_every(4), violent_every(5)},
      {"stalled", update_of_first(0.9e-7), update_of_first(1.1e-7)},
      {"collapsed_forward", fading(0.6 * 0.03), fading(0.6 * 0.033)},
      {"dead", with_ledger(5, 0, 0.8), with_ledger(4, 0, 0.8)},
      {"saturated", with_ledger(0, 6, 0.8), with_ledger(0, 5, 0.8)},
      {"saturated", flat_values(0.76), flat_values(0.74)},
      {"symmetry", with_ledger(0, 0, 0.9e-4), with_ledger(0, 0, 1.1e-4)},
      {"symmetry", silent(0), silent(0.1)},
      {"not_centred", off_centre(1.1, 0.6), off_centre(0.9, 0.6)},
      {"not_centred", off_centre(-1.1, 0.6), off_centre(-1.1, 0.45)},
      {"chance_level", loss(std::log(10.0) - 0.01, 0.1), loss(std::log(10.0) - 0.03, 0.1)},
      {"chance_level", loss(5, 0.18), loss(5, 0.2)},
      {"chance_level", by_heart(0.18), by_heart(0.2)},
      {"not_finite", nothing, nothing, {is_nan}},
  };
}

}  // namespace

TEST_CASE("a healthy run raises no alarm", "[observe][diagnosis]") {
  CHECK(names_of(verdicts_of(run_of([](Scene&) {}))).empty());
}

TEST_CASE("every rule sees what it is for, and does not see what falls short of it", "[observe][diagnosis]") {
  for (const Case& one : cases()) {
    INFO(one.rule);
    CHECK(names_of(verdicts_of(one.broken_run())) == std::set<std::string>{one.rule});
    CHECK(names_of(verdicts_of(one.nearly_broken_run())).empty());
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
    for (const Diagnosis& verdict : verdicts_of(one.broken_run())) {
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
    for (const std::vector<Event>& run : {one.broken_run(), one.nearly_broken_run()}) {
      const std::vector<Diagnosis> whole = verdicts_of(run);
      // 37 shares no factor with the 22 events of a logged step, so every kind of event is the last before a cut, and the first after it.
      for (std::size_t cut = 0; cut <= run.size(); cut += 37) {
        Diagnostician before(facts), after(facts);
        for (std::size_t i = 0; i < cut; ++i) run[i](before);
        Memory memory;
        before.save(memory);
        after.restore(memory);
        for (std::size_t i = cut; i < run.size(); ++i) run[i](after);
        INFO(one.rule << ", cut at " << cut);
        CHECK(after.verdicts() == whole);
      }
    }
  }
}

TEST_CASE("a memory that is damaged breaks nothing", "[observe][diagnosis]") {
  const std::vector<Event> run = cases().front().broken_run();
  Diagnostician before(facts);
  for (const Event& event : run) event(before);
  Memory memory;
  before.save(memory);
  for (auto& [name, numbers] : memory) {
    for (const double value : {std::nan(""), -1.0, 1e300}) {
      Memory damaged = memory;
      for (double& number : damaged[name]) number = value;
      damaged[name].resize(damaged[name].size() / 2);
      Diagnostician after(facts);
      after.restore(damaged);
      for (const Event& event : run) event(after);
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

TEST_CASE("a single column that was not measured raises nothing", "[observe][diagnosis]") {
  std::vector<std::string> columns;
  LayerStatistics any;
  for_each_column(any, [&](std::string_view name, auto& value) {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) columns.emplace_back(name);
  });
  REQUIRE(columns.size() > 10);
  for (const std::string& unknown : columns) {
    const Alter hidden_from_us = [&](Scene& scene) {
      for (LayerStatistics& row : scene.rows)
        for_each_column(row, [&](std::string_view name, auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>)
            if (name == unknown) value = not_measured;
        });
    };
    INFO(unknown);
    CHECK(names_of(verdicts_of(run_of(hidden_from_us))).empty());
  }
}

TEST_CASE("verdicts are sorted, whatever is wrong at once", "[observe][diagnosis]") {
  // Failures first; then by the first layer, the whole network last.
  const auto key = [](const Diagnosis& d) {
    return std::pair{d.severity != Diagnosis::Severity::failure, d.layers.empty() ? std::int64_t{depth + 2} : d.layer()};
  };
  std::size_t most = 0;
  const std::vector<Case> all = cases();
  for (const Case& one : all)
    for (const Case& other : all) {
      const Alter both = [&](Scene& scene) { one.broken(scene), other.broken(scene); };
      if (one.rule == other.rule) continue;
      const std::vector<Diagnosis> found = verdicts_of(run_of(both, one.end));
      most = std::max(most, found.size());
      INFO(one.rule << " and " << other.rule);
      CHECK(std::is_sorted(found.begin(), found.end(), [&](const Diagnosis& a, const Diagnosis& b) { return key(a) < key(b); }));
      CHECK(names_of(found).size() == found.size());
    }
  CHECK(most >= 2);
}

TEST_CASE("what the terminal is told fits it", "[observe][diagnosis]") {
  for (const Case& one : cases())
    for (const Diagnosis& verdict : verdicts_of(one.broken_run())) {
      std::istringstream lines(describe(verdict));
      for (std::string line; std::getline(lines, line);) {
        CHECK(line.size() <= 112);
        CHECK(line.find_last_not_of(' ') + 1 == line.size());
      }
    }
}
