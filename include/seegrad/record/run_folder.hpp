// The folder that a training run leaves behind: what was asked for, what happened at each step and epoch, in each layer, and how
// it ended. Its files are complete at any time, also after Ctrl-C, a crash or a full disk.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/observe/run_observer.hpp"
#include "seegrad/record/append_file.hpp"
#include "seegrad/record/csv_row.hpp"

namespace seegrad::records {

/// config.json, in the order in which it is written. A list of settings is an object.
struct Setting;
using Settings = std::vector<Setting>;
struct Setting {
  std::string name;
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<std::string>, Settings> value;
  bool operator==(const Setting&) const = default;
};

/// A finding, and the command that tries its remedy.
struct Finding {
  observe::Diagnosis diagnosis;
  std::string command;
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
  std::vector<Finding> findings;
};

/// summary.json and config.json as text. NaN and Inf, which JSON does not know, become null.
std::string to_json(const Summary& summary);
std::string to_json(const Settings& settings);
/// Reads what to_json() wrote; null becomes NaN. Throws Error, naming `file`, for anything else.
Settings settings_of(std::string_view json, const std::filesystem::path& file);

/// How long the growing files of a run folder were at some moment.
using FileLengths = std::map<std::string, std::int64_t>;

/// Writes steps.csv, epochs.csv, layers.csv, histograms.jsonl and units.csv as the run announces what they hold.
class RunFolder : public observe::RunObserver {
 public:
  /// Makes runs/<time>-<example>-<activation>/ or, when `wanted` is not empty, that folder, with the empty tables in it. Throws
  /// UsageError when the wanted folder already holds a run, Error when it cannot be made or written.
  RunFolder(const std::filesystem::path& wanted, std::string_view example, std::string_view activation);
  /// Goes on in a folder that a run left behind, its tables cut back to these lengths. Throws Error as AppendFile::reopen() does.
  RunFolder(const std::filesystem::path& existing, const FileLengths& lengths);

  const std::filesystem::path& path() const { return path_; }
  /// Of the tables, once everything that waits is written.
  FileLengths lengths();

  /// Writes what waits; by itself it happens ten times a second, at ends of epochs and at the end. Throws Error, as on a full disk.
  void flush();

  void write_config(const Settings& settings);
  void write_summary(const Summary& summary);

  void logged(const observe::StepRecord& r, std::span<const observe::LayerStatistics> rows) override;
  void histograms(std::span<const observe::LayerHistogram> all) override;
  void probed(const observe::UnitLedger& ledger) override;
  void epoch(const observe::EpochRecord& r) override;
  void save(observe::Memory& memory) const override;
  void restore(const observe::Memory& memory) override;

 private:
  enum Table : std::size_t { steps, epochs, layers, histogram_lines, units, table_count };

  template <class... Fields>
  void append(Table table, const Fields&... fields) {
    rows_.clear();
    (rows_ << ... << fields);
    rows_.end_line();
    tables_[table].append(rows_.text());
  }
  /// Writes what waits, when it is time.
  void flush_when_due();

  std::filesystem::path path_;
  std::vector<AppendFile> tables_;  // in the order of Table
  FlushRhythm rhythm_;
  CsvRow rows_;                                              // of one announcement; kept for its memory
  std::map<std::int64_t, std::vector<double>> unit_states_;  // by layer: what units.csv said last of each unit
};

/// Makes runs/<time>-<example>-<activation>/ or, when `wanted` is not empty, that folder. Throws as the constructor of RunFolder.
std::filesystem::path make_run_folder(const std::filesystem::path& wanted, std::string_view example, std::string_view activation);

/// Text made safe for a file name: letters, digits, '-' and '_' stay, at most 40; runs of anything else become one '_'.
std::string file_name_of(std::string_view text);

/// Writes a file under a temporary name and renames it, so that nobody ever reads half of it. Throws Error.
void write_whole_file(const std::filesystem::path& path, std::string_view text);
/// The bytes of a file. Throws Error.
std::string read_whole_file(const std::filesystem::path& path);

}  // namespace seegrad::records
