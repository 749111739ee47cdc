// What a report knows of a run: the contents of its folder, thinned where there is more than a page can show.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::records::report {

/// steps.csv, complete.
struct StepTable {
  std::vector<std::int64_t> step, epoch;
  std::vector<double> train_loss, train_accuracy, learning_rate;
  std::size_t size() const { return step.size(); }
};

/// epochs.csv; `last_step` is the last logged one of the epoch.
struct EpochTable {
  std::vector<std::int64_t> epoch, last_step;
  std::vector<double> train_loss, test_loss, test_accuracy;
};

/// The columns of layers.csv that the page draws, in the order of LayerGrid::metrics.
inline constexpr std::array<std::string_view, 12> grid_metrics{"delta_rms",       "weight_grad_rms", "update_ratio",   "zero_share",
                                                               "saturated_share", "dead_share",      "sign_coherence", "h_mean",
                                                               "h_std",           "z_std",           "nan_count",      "inf_count"};

/// layers.csv: metrics[m][layer - 1][column].
struct LayerGrid {
  std::vector<std::int64_t> step;  ///< of each column
  bool thinned = false;
  std::int64_t logged = 0;  ///< steps in the file
  std::array<std::vector<std::vector<double>>, grid_metrics.size()> metrics;
};

struct LayerTable {
  LayerGrid grid;
  std::vector<observe::LayerStatistics> first, last;  ///< of the first and the last logged step; none when nothing was logged
};

/// One tensor of a layer at one step; the bins before `first_bin` and behind the counts are empty.
struct Bins {
  std::int64_t first_bin = 0, nan_count = 0;
  std::vector<std::int64_t> counts;
};
struct LayerBins {
  std::int64_t layer = 0;
  std::string tensor;
  std::vector<std::optional<Bins>> at;  ///< one for each of Histograms::steps
};
struct Histograms {
  std::vector<std::int64_t> steps;
  std::vector<LayerBins> layers;
};

/// A line of units.csv.
struct UnitChange {
  std::int64_t step = 0, unit = 0;
  std::string state;
};
struct UnitTable {
  std::vector<std::int64_t> probes;
  std::vector<std::vector<UnitChange>> layers;  ///< by layer - 1
  std::optional<std::int64_t> cut;              ///< from somewhere in this step on, changes are left out: too many for a page
};

/// Weights of the first layer as one picture of square tiles.
struct WeightPicture {
  std::string png;
  std::int64_t tile = 0;  ///< pixels of a unit's side, without the line beside it
  std::int64_t columns = 0, shown = 0, of = 0;
  double scale = 0;  ///< the weight that is drawn in full colour
};

struct Mistake {
  std::int64_t sample = 0, label = 0, predicted = 0;
  std::vector<double> scores;
};
struct Mistakes {
  std::vector<Mistake> items;
  std::string png;  ///< empty when there is none
  std::int64_t tile = 0, columns = 8;
};

/// summary.json. What an older version did not write yet is empty, or NaN.
struct Finding {
  std::string name, severity, what, why, page, remedy, command;
  std::vector<std::int64_t> layers;
  std::optional<std::int64_t> units, since;
  std::vector<std::pair<std::string, double>> evidence;
};
struct Result {
  bool interrupted = false;
  std::int64_t steps = 0, epochs = 0;
  double train_loss = observe::not_measured, train_accuracy = observe::not_measured;
  double test_loss = observe::not_measured, test_accuracy = observe::not_measured;
  double seconds = observe::not_measured, samples_per_second = observe::not_measured;
  std::vector<std::string> activations;  ///< of the layers, from the first to the last
  std::vector<Finding> findings;
};

struct Run {
  std::filesystem::path folder;
  std::string name;  ///< how the page calls it
  Settings config;
  std::optional<Result> result;  ///< none: the run goes on, or was killed
  StepTable steps;
  EpochTable epochs;
  LayerTable layers;
  Histograms histograms;
  UnitTable units;
  std::optional<WeightPicture> weights;
  std::optional<Mistakes> mistakes;
};

/// A setting of config.json, or a flag among its "flags"; null when there is none of this name and type.
template <class T>
const T* setting(const Settings& settings, std::string_view name) {
  for (const Setting& s : settings)
    if (s.name == name) return std::get_if<T>(&s.value);
  return nullptr;
}
const Settings& flags_of(const Run& run);
/// The value of a text setting; empty when there is none.
std::string text_of(const Settings& settings, std::string_view name);

}  // namespace seegrad::records::report
