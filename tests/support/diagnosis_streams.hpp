// Streams of announcements that no network had to make: a run whose rows are healthy, unless a test changes them.
#pragma once
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"

namespace seegrad::testing {

using namespace seegrad::observe;

inline constexpr int depth = 6, units = 20, logged_steps = 40, steps_between = 20, steps_an_epoch = 200;
inline const RunFacts facts{
    .classes = 10, .depth = depth, .activation = "relu", .init = "he", .optimizer = "sgd", .normalisation = "none", .learning_rate = 0.1};

/// One logged step of a network, healthy unless it is changed.
struct Scene {
  std::int64_t step = 0;
  std::vector<LayerStatistics> rows;
  UnitLedger ledger;
  double loss = 1, accuracy = 0.7, test_accuracy = 0.8, test_loss = 0.9;
};

/// The ledger of a network whose hidden layers have so many dead and saturated units.
inline UnitLedger ledger_of(std::int64_t step, int dead, int saturated, double spread) {
  Memory memory{{"ledger", {static_cast<double>(step)}}};
  for (int layer = 1; layer <= depth; ++layer) {
    std::vector<double> numbers{static_cast<double>(layer), spread};
    for (int unit = 0; unit < units; ++unit) {
      const double is_dead = unit < dead ? 1 : 0, is_stuck = unit >= dead && unit < dead + saturated ? 1 : 0;
      numbers.insert(numbers.end(), {is_dead, is_stuck, 0, is_dead > 0 ? 20.0 : -1.0, -1, is_dead, 0});
    }
    memory["ledger of " + std::to_string(2 * (layer - 1))] = numbers;
  }
  UnitLedger ledger;
  ledger.restore(memory);
  return ledger;
}

inline Scene healthy(std::int64_t step) {
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
inline std::vector<Event> run_of(const Alter& change, const std::vector<Event>& end = {}, int looks = logged_steps) {
  std::vector<Event> events;
  for (int i = 0; i < looks; ++i) {
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

inline std::vector<Diagnosis> verdicts_of(const std::vector<Event>& events, const RunFacts& of = facts) {
  Diagnostician diagnostician(of);
  for (const Event& event : events) event(diagnostician);
  return diagnostician.verdicts();
}

inline std::set<std::string> names_of(const std::vector<Diagnosis>& verdicts) {
  std::set<std::string> names;
  for (const Diagnosis& verdict : verdicts) names.insert(verdict.name);
  return names;
}

/// For each hidden layer, counted from 1 at the input.
inline Alter layers(const std::function<void(LayerStatistics&, int)>& change) {
  return [change](Scene& scene) {
    for (int i = 0; i < depth; ++i) change(scene.rows[static_cast<std::size_t>(i)], i + 1);
  };
}

}  // namespace seegrad::testing
