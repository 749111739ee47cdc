#include "seegrad/record/run_folder.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "record/atomic_file.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/csv_row.hpp"

namespace seegrad::records {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 5> table_names{"steps.csv", "epochs.csv", "layers.csv", "histograms.jsonl", "units.csv"};

std::string layers_header() {
  const observe::LayerStatistics any;
  CsvRow header;
  observe::for_each_column(any, [&](const char* name, const auto&) { header << std::string_view(name); });
  return header.text();
}

void make_folders(const fs::path& path) {
  std::error_code trouble;
  fs::create_directories(path, trouble);
  if (!trouble && !fs::is_directory(path, trouble) && !trouble) trouble = std::make_error_code(std::errc::not_a_directory);
  if (trouble)
    throw Error(fmt::format("--out {}: the folder cannot be made: {}; give another one by --out", path.string(), trouble.message()));
}

bool holds_a_run(const fs::path& folder) {
  std::error_code ignored;
  const auto there = [&](const char* file) { return fs::exists(folder / file, ignored); };
  return there("config.json") || there("summary.json") || there("lesson.json") ||
         std::any_of(table_names.begin(), table_names.end(), there);
}

/// What a unit does, in units.csv.
constexpr std::array<const char*, 3> unit_words{"alive", "dead", "saturated"};
double state_of(const observe::UnitHistory& unit) { return unit.dead ? 1 : unit.saturated ? 2 : 0; }

std::string json_line(const observe::LayerHistogram& h) {
  const auto occupied = [](std::int64_t count) { return count != 0; };
  const auto first = std::find_if(h.counts.begin(), h.counts.end(), occupied);
  const auto last = std::find_if(h.counts.rbegin(), std::make_reverse_iterator(first), occupied).base();
  return fmt::format(R"({{"step":{},"epoch":{},"layer":{},"name":"{}","tensor":"{}","nan":{},"first_bin":{},"counts":[{}]}})"
                     "\n",
                     h.step, h.epoch, h.layer, h.name, h.tensor, h.nan_count, first - h.counts.begin(), fmt::join(first, last, ","));
}

bool read_whole(std::string_view text, std::int64_t& number) {
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  return trouble == std::errc{} && end == text.data() + text.size();
}

/// What a process that was killed had not finished writing.
void remove_halves(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    if (entry.path().extension() == ".tmp") fs::remove(entry.path(), ignored);
}

fs::path make_wanted(const fs::path& wanted) {
  if (holds_a_run(wanted))
    throw UsageError(
        fmt::format("--out {}: already holds a run, which is never overwritten; give a new folder or remove this one", wanted.string()));
  make_folders(wanted);
  return wanted;
}

/// Two runs may begin in the same second, also in two processes: the folder is ours if we are the one who created it.
fs::path make_default(std::string_view example, std::string_view activation) {
  const std::time_t now = std::time(nullptr);
  const std::string name = fmt::format("{:%Y%m%d-%H%M%S}-{}-{}", fmt::localtime(now), example, file_name_of(activation));
  make_folders("runs");
  for (int number = 1;; ++number) {
    fs::path path = fs::path("runs") / (number == 1 ? name : fmt::format("{}-{}", name, number));
    std::error_code trouble;
    if (fs::create_directory(path, trouble)) return path;
    if (trouble) throw Error(fmt::format("{}: the folder cannot be made: {}; give another one by --out", path.string(), trouble.message()));
  }
}

}  // namespace

fs::path make_run_folder(const fs::path& wanted, std::string_view example, std::string_view activation) {
  return wanted.empty() ? make_default(example, activation) : make_wanted(wanted);
}

std::string file_name_of(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string name;
  for (const char c : text) {
    const bool safe = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    if (safe)
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  if (name.size() > longest) name.resize(longest);
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

void write_whole_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

std::string read_whole_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();  // of nothing, << would be a failure
  if (!file.is_open() || file.bad() || text.fail()) throw Error(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  return text.str();
}

RunFolder::RunFolder(const fs::path& wanted, std::string_view example, std::string_view activation)
    : path_(make_run_folder(wanted, example, activation)) {
  const std::array<std::string, table_count> headers{"step,epoch,train_loss,train_accuracy,learning_rate,seconds\n",
                                                     "epoch,train_loss,test_loss,test_accuracy,seconds\n", layers_header() + "\n", "",
                                                     "step,layer,unit,state\n"};
  for (std::size_t i = 0; i < table_count; ++i) {
    tables_.push_back(AppendFile::create(path_ / table_names[i]));
    tables_.back().append(headers[i]);
  }
  flush();
}

RunFolder::RunFolder(const fs::path& existing, const FileLengths& lengths) : path_(existing) {
  remove_halves(path_);
  for (const char* name : table_names) {
    const auto length = lengths.find(name);
    if (length == lengths.end()) throw Error(fmt::format("{}: the checkpoint does not say how long {} was", existing.string(), name));
    tables_.push_back(AppendFile::reopen(path_ / name, length->second));
  }
}

void RunFolder::flush() {
  // The steps at last: whoever finds a step in steps.csv finds its layers too.
  for (std::size_t i = 0; i < table_count; ++i)
    if (i != steps) tables_[i].flush();
  tables_[steps].flush();
}

void RunFolder::flush_when_due() {
  if (rhythm_.due()) flush();
}

FileLengths RunFolder::lengths() {
  flush();
  FileLengths all;
  for (std::size_t i = 0; i < table_count; ++i) all[table_names[i]] = tables_[i].length();
  return all;
}

void RunFolder::write_config(const Settings& settings) { write_whole_file(path_ / "config.json", to_json(settings)); }

void RunFolder::write_summary(const Summary& summary) {
  flush();
  write_whole_file(path_ / "summary.json", to_json(summary));
}

void RunFolder::logged(const observe::StepRecord& r, std::span<const observe::LayerStatistics> rows) {
  rows_.clear();
  for (const observe::LayerStatistics& layer : rows) {
    observe::for_each_column(layer, [&](const char*, const auto& value) { rows_ << value; });
    rows_.end_line();
  }
  tables_[layers].append(rows_.text());
  append(steps, r.step, r.epoch, r.train_loss, r.train_accuracy, r.learning_rate, r.seconds);
  flush_when_due();
}

void RunFolder::histograms(std::span<const observe::LayerHistogram> all) {
  std::string lines;
  for (const observe::LayerHistogram& histogram : all) lines += json_line(histogram);
  tables_[histogram_lines].append(lines);
  flush_when_due();
}

void RunFolder::probed(const observe::UnitLedger& ledger) {
  rows_.clear();
  for (const observe::LayerUnits& layer : ledger.layers()) {
    std::vector<double>& states = unit_states_[layer.layer];
    states.resize(layer.units.size());  // alive, until the first probe says otherwise
    for (std::size_t i = 0; i < states.size(); ++i) {
      const double now = state_of(layer.units[i]);
      if (now == states[i]) continue;
      states[i] = now;
      rows_ << ledger.last_step() << layer.layer << static_cast<std::int64_t>(i) << unit_words[static_cast<std::size_t>(now)];
      rows_.end_line();
    }
  }
  tables_[units].append(rows_.text());
  flush_when_due();
}

void RunFolder::epoch(const observe::EpochRecord& r) {
  append(epochs, r.epoch, r.train_loss, r.test_loss, r.test_accuracy, r.seconds);
  flush();
}

void RunFolder::save(observe::Memory& memory) const {
  for (const auto& [layer, states] : unit_states_) memory[fmt::format("units.csv {}", layer)] = states;
}

void RunFolder::restore(const observe::Memory& memory) {
  constexpr std::string_view prefix = "units.csv ";
  for (const auto& [name, states] : memory)
    if (std::int64_t layer = 0; name.starts_with(prefix) && read_whole(std::string_view(name).substr(prefix.size()), layer))
      unit_states_[layer] = states;
}

}  // namespace seegrad::records
