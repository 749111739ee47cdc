#include "seegrad/record/run_folder.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view steps_header = "step,epoch,train_loss,train_accuracy,learning_rate,seconds";
constexpr std::string_view epochs_header = "epoch,train_loss,test_loss,test_accuracy,seconds";

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
  for (const char* file : {"config.json", "summary.json", "steps.csv", "epochs.csv", "layers.csv"})
    if (fs::exists(folder / file, ignored)) return true;
  return false;
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
  const fs::path temporary = path.string() + ".tmp";
  const auto fail = [&](int code) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw Error(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(code)));
  };
  std::FILE* file = std::fopen(temporary.c_str(), "we");
  if (!file) fail(errno);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  const int code = errno;
  if (std::fclose(file) != 0 || !written) fail(written ? errno : code);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) fail(errno);
}

RunFolder::RunFolder(const fs::path& wanted, std::string_view example, std::string_view activation)
    : path_(wanted.empty() ? make_default(example, activation) : make_wanted(wanted)) {
  steps_.emplace(path_ / "steps.csv", steps_header);
  epochs_.emplace(path_ / "epochs.csv", epochs_header);
  layers_.emplace(path_ / "layers.csv", layers_header());
}

void RunFolder::write_config(const Settings& settings) { write_whole_file(path_ / "config.json", to_json(settings)); }
void RunFolder::write_summary(const Summary& summary) { write_whole_file(path_ / "summary.json", to_json(summary)); }

void RunFolder::append(const StepRecord& r) {
  steps_->append(CsvRow() << r.step << r.epoch << r.train_loss << r.train_accuracy << r.learning_rate << r.seconds);
}

void RunFolder::append(const EpochRecord& r) {
  epochs_->append(CsvRow() << r.epoch << r.train_loss << r.test_loss << r.test_accuracy << r.seconds);
}

void RunFolder::append(const observe::LayerStatistics& row) {
  CsvRow line;
  observe::for_each_column(row, [&](const char*, const auto& value) { line << value; });
  layers_->append(line);
}

}  // namespace seegrad::records
