// A run folder for tests of the report: written by RunFolder as a training run would, with numbers that are easy to recognise.
#pragma once
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "seegrad/record/png.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/record/safetensors.hpp"

namespace seegrad::test {

namespace fs = std::filesystem;

/// A folder of its own, gone afterwards.
struct Scratch {
  fs::path path = fs::temp_directory_path() / ("seegrad-report-" + std::to_string(getpid()));
  Scratch() { fs::remove_all(path), fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

inline std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}
inline void write(const fs::path& file, std::string_view text) { std::ofstream(file, std::ios::binary) << text; }

struct RunPlan {
  std::string activation = "relu";
  std::int64_t depth = 2, steps = 6, log_every = 10;
  double delta = 0.5;    ///< RMS delta of layer 1 at step 0; the others' is 0.5
  double late_loss = 1;  ///< what the loss is from the middle on
  std::size_t histogram_steps = 2;
  bool finished = true;
};

/// Row `layer` of step number `index`; every metric has a value of its own.
inline observe::LayerStatistics layer_row(const RunPlan& plan, std::int64_t index, std::int64_t layer) {
  observe::LayerStatistics row;
  row.step = index * plan.log_every, row.epoch = 1, row.layer = layer;
  row.name = std::to_string(2 * (layer - 1));
  row.units = layer <= plan.depth ? 4 : 3;
  row.activation = layer <= plan.depth ? plan.activation : "";
  const double value = static_cast<double>(layer) + 0.001 * static_cast<double>(index);
  row.z_mean = 0.1, row.z_std = value, row.h_mean = -value, row.h_std = 2 * value, row.h_min = 0, row.h_max = 9;
  row.zero_share = 0.25, row.saturated_share = 0.5, row.dead_share = 0.125;
  row.delta_rms = layer == 1 && index == 0 ? plan.delta : 0.5;
  row.weight_rms = 0.3, row.weight_grad_rms = 3 * value, row.bias_grad_rms = 0.2, row.update_ratio = 0.001, row.sign_coherence = 0.75;
  row.nan_count = index, row.inf_count = 2;
  return row;
}

inline std::vector<observe::LayerStatistics> layer_rows(const RunPlan& plan, std::int64_t index) {
  std::vector<observe::LayerStatistics> rows;
  for (std::int64_t layer = 1; layer <= plan.depth + 1; ++layer) rows.push_back(layer_row(plan, index, layer));
  return rows;
}

inline records::Summary summary_of(const RunPlan& plan) {
  records::Summary summary;
  summary.example = "train_mlp";
  summary.steps = plan.steps, summary.epochs = 1;
  summary.train_loss = 0.25, summary.train_accuracy = 0.9, summary.test_loss = 0.123456789, summary.test_accuracy = 0.85;
  summary.seconds = 12, summary.samples_per_second = 1e5;
  summary.layers = layer_rows(plan, plan.steps - 1);
  observe::Diagnosis diagnosis;
  diagnosis.name = "vanishing";
  diagnosis.severity = observe::Diagnosis::Severity::failure;
  diagnosis.layers = {1, 2};
  diagnosis.since = 10;
  diagnosis.evidence = {{"delta_factor_a_layer", 0.123456}};
  diagnosis.what = "The gradient shrinks.";
  diagnosis.why = "Slopes below 1 multiply.";
  diagnosis.remedy = "--init auto";
  summary.findings = {{diagnosis, "./run.sh train_mlp --init auto"}};
  return summary;
}

inline void write_mistakes(const fs::path& folder) {
  write(folder / "mistakes.csv", "sample,label,predicted,score_0,score_1,score_2\n17,0,2,0.1,0.2,0.7\n3,1,0,0.5,0.25,0.25\n");
  write(folder / "mistakes.png", records::png_of(std::vector<std::uint8_t>(16 * 2, 100), 16, 2, 1));
}

inline std::vector<observe::LayerHistogram> histograms_at(const RunPlan& plan, std::int64_t step) {
  std::vector<observe::LayerHistogram> all;
  for (std::int64_t layer = 1; layer <= plan.depth + 1; ++layer) {
    for (const char* tensor : {"z", "h", "delta"}) {
      if (layer > plan.depth && *tensor == 'h') continue;
      observe::LayerHistogram histogram;
      histogram.step = step, histogram.epoch = 1, histogram.layer = layer, histogram.tensor = tensor;
      histogram.name = std::to_string(2 * (layer - 1));
      histogram.counts.assign(257, 0);
      histogram.counts[100] = step, histogram.counts[102] = 7;
      histogram.nan_count = layer;
      all.push_back(histogram);
    }
  }
  return all;
}

/// Writes the folder with everything that a finished run leaves.
inline fs::path write_run(const fs::path& folder, const RunPlan& plan = {}) {
  records::RunFolder run(folder, "train_mlp", plan.activation);
  run.write_config({{"example", "train_mlp"},
                    {"version", "0.1.0"},
                    {"command", "./run.sh train_mlp --depth 2"},
                    {"device", "cpu"},
                    {"threads", std::int64_t{1}},
                    {"network", "linear 4 -> 4, relu, linear 4 -> 3"},
                    {"parameters", std::int64_t{99}},
                    {"data", records::Settings{{"name", "digits"},
                                               {"train_samples", std::int64_t{600}},
                                               {"test_samples", std::int64_t{200}},
                                               {"classes", std::vector<std::string>{"zero", "one", "two"}},
                                               {"note", "drawn here"}}},
                    {"flags", records::Settings{{"activation", plan.activation},
                                                {"depth", plan.depth},
                                                {"init", "he"},
                                                {"normalisation", "none"},
                                                {"dropout", 0.0},
                                                {"lr", 0.1},
                                                {"out", folder.string()},
                                                {"quiet", false}}}});
  const std::int64_t between = std::max<std::int64_t>(1, plan.steps / static_cast<std::int64_t>(plan.histogram_steps));
  for (std::int64_t i = 0; i < plan.steps; ++i) {
    const double loss = i < plan.steps / 2 ? 2 : plan.late_loss;
    run.logged({i * plan.log_every, 1, loss, 0.5, 0.1, 0.01 * static_cast<double>(i)}, layer_rows(plan, i));
    if (i % between == 0) run.histograms(histograms_at(plan, i * plan.log_every));
  }
  run.epoch({1, 1.5, 1.25, 0.8, 2});
  std::ofstream(folder / "units.csv", std::ios::app) << "0,1,3,dead\n10,1,3,alive\n10,2,0,saturated\n";
  const std::vector<float> weights{1, -1, 0, 0.5F, 2, 2, 2, 2, 0, 0, 0, 0, -1, -1, -1, -1};
  const Shape shape({4, 4});
  const std::vector<records::SafeTensor> model{records::SafeTensor::of<float>("0.weight", shape, weights)};
  records::write_safetensors(folder / "model.safetensors", model);
  write_mistakes(folder);
  if (plan.finished) run.write_summary(summary_of(plan));
  return folder;
}

}  // namespace seegrad::test
