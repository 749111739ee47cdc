#include "record/report/run_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "record/report/csv_reader.hpp"
#include "record/report/layer_grid.hpp"
#include "record/report/run_json.hpp"
#include "record/report/run_tables.hpp"
#include "record/report/weight_picture.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records::report {
namespace {

namespace fs = std::filesystem;

bool there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void check_folder(const fs::path& folder) {
  std::error_code ignored;
  const std::string name = shown(folder.string(), 200);
  if (!there(folder)) throw UsageError(fmt::format("{}: there is no such folder; give the folder of a run", name));
  if (!fs::is_directory(folder, ignored)) throw UsageError(fmt::format("{}: is not a folder; give the folder of a run", name));
  if (!there(folder / "config.json")) throw UsageError(fmt::format("{}: is not the folder of a run: there is no config.json in it", name));
}

/// layers.csv does not say which activation follows: summary.json does; before there is one, all layers but the last have the run's.
void name_activations(std::vector<observe::LayerStatistics>& layers, const Run& run) {
  const std::string usual = text_of(flags_of(run), "activation");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const bool known = run.result && run.result->activations.size() == layers.size();
    layers[i].activation = known ? run.result->activations[i] : i + 1 < layers.size() ? usual : "";
  }
}

std::optional<WeightPicture> read_weights(const fs::path& file, const Run& run) {
  if (!there(file) || run.layers.first.empty()) return std::nullopt;
  const SafeTensorsFile model = read_safetensors(file);
  const std::string name = run.layers.first.front().name + ".weight";
  const auto at = std::find_if(model.tensors.begin(), model.tensors.end(), [&](const SafeTensor& tensor) { return tensor.name == name; });
  return at == model.tensors.end() ? std::nullopt : weight_picture(*at);
}

}  // namespace

const Settings& flags_of(const Run& run) {
  static const Settings none;
  const Settings* flags = setting<Settings>(run.config, "flags");
  return flags ? *flags : none;
}

std::string text_of(const Settings& settings, std::string_view name) {
  const std::string* text = setting<std::string>(settings, name);
  return text ? *text : "";
}

Run read_run(const fs::path& folder) {
  check_folder(folder);
  Run run;
  run.folder = folder;
  run.config = read_config(folder / "config.json");
  // First: tables that are complete when the summary is there may grow when it is not.
  const bool finished = there(folder / "summary.json");
  if (finished) run.result = read_summary(folder / "summary.json");
  run.steps = read_steps(folder / "steps.csv", finished);
  run.epochs = read_epochs(folder / "epochs.csv", run.steps, finished);
  run.layers = read_layers(folder / "layers.csv", run.steps.step, finished);
  name_activations(run.layers.first, run);
  name_activations(run.layers.last, run);
  if (const fs::path file = folder / "histograms.jsonl"; there(file))
    run.histograms = read_histograms(file, run.layers.first.size(), finished);
  if (const fs::path file = folder / "units.csv"; there(file)) run.units = read_units(file, run.layers.first, run.steps, finished);
  if (const fs::path file = folder / "mistakes.csv"; there(file)) run.mistakes = read_mistakes(file, folder / "mistakes.png");
  run.weights = read_weights(folder / "model.safetensors", run);
  return run;
}

}  // namespace seegrad::records::report
