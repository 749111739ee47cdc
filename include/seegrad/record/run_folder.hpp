// The folder that a training run leaves behind: what was asked for, what happened at each step and epoch, in each layer, and how
// it ended. Its files are complete at any time, also after Ctrl-C or a full disk.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/record/csv_file.hpp"

namespace seegrad::records {

/// A row of steps.csv: the loss and accuracy of this step's batch before the update; seconds since training began.
struct StepRecord {
  std::int64_t step = 0, epoch = 0;
  double train_loss = 0, train_accuracy = 0, learning_rate = 0, seconds = 0;
};

/// A row of epochs.csv: the mean loss of the epoch's batches, then loss and accuracy on the test set.
struct EpochRecord {
  std::int64_t epoch = 0;
  double train_loss = 0, test_loss = 0, test_accuracy = 0, seconds = 0;
};

/// config.json, in the order in which it is written. A list of settings is an object.
struct Setting;
using Settings = std::vector<Setting>;
struct Setting {
  std::string name;
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string, Settings> value;
};

/// How a run ended.
struct Summary {
  std::string example, device, data;
  bool interrupted = false;
  std::int64_t steps = 0, epochs = 0;  ///< completed
  double train_loss = observe::not_measured, train_accuracy = observe::not_measured;
  double test_loss = observe::not_measured, test_accuracy = observe::not_measured;
  double seconds = 0, samples_per_second = 0;
  std::int64_t parameters = 0;
  std::vector<observe::LayerStatistics> layers;  ///< of the last logged step
  std::vector<observe::LayerUnits> units;
  std::vector<observe::Diagnosis> diagnoses;
};

/// summary.json and config.json as text. NaN and Inf, which JSON does not know, become null.
std::string to_json(const Summary& summary);
std::string to_json(const Settings& settings);

class RunFolder {
 public:
  /// Makes runs/<time>-<example>-<activation>/ or, when `wanted` is not empty, that folder, with the empty tables in it. Throws
  /// UsageError when the wanted folder already holds a run, Error when it cannot be made or written.
  RunFolder(const std::filesystem::path& wanted, std::string_view example, std::string_view activation);

  const std::filesystem::path& path() const { return path_; }

  void write_config(const Settings& settings);
  void append(const StepRecord& record);
  void append(const EpochRecord& record);
  void append(const observe::LayerStatistics& row);
  void write_summary(const Summary& summary);

 private:
  std::filesystem::path path_;
  std::optional<CsvFile> steps_, epochs_, layers_;
};

/// Text made safe for a file name: letters, digits, '-' and '_' stay, at most 40; runs of anything else become one '_'.
std::string file_name_of(std::string_view text);

/// Writes a file under a temporary name and renames it, so that nobody ever reads half of it. Throws Error.
void write_whole_file(const std::filesystem::path& path, std::string_view text);

}  // namespace seegrad::records
