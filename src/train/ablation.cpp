#include "seegrad/train/ablation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "seegrad/record/report.hpp"
#include "seegrad/record/row_charts.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/processes.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;

enum : std::size_t { activation, depth, init, optimizer };

const char* const result_file = "result.json";  // written last: a training without it was broken off

/// Named after everything that decides the result.
std::string folder_name(const TrainOptions& run) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : command_line({"train_mlp", ""}, run)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return fmt::format("{}-{}-{}-{}-{}-{:08x}", records::file_name_of(run.activation.to_string()), run.depth,
                     records::file_name_of(run.init.to_string()), records::file_name_of(run.optimizer.to_string()), run.seed,
                     hash & 0xffffffffU);
}

TrainOptions training(const AblationOptions& options, const FactorGrid& grid, std::size_t place, const fs::path& folder) {
  const FactorGrid::Setting setting = grid.setting(place);
  TrainOptions run = options.run;
  run.activation = nn::Nonlinearity::parse(grid.level(setting, activation));
  run.depth = whole_number_in<std::int64_t>("--depths", grid.level(setting, depth), {1, 1000});
  run.init = nn::Initializer::parse(grid.level(setting, init));
  run.optimizer = optim::OptimizerOptions::parse(grid.level(setting, optimizer));
  run.seed += place % grid.repeats();
  run.threads = 1;
  run.quiet = true;
  run.json = false;
  run.out = folder / folder_name(run);
  return run;
}

void do_training(const TrainOptions& run) {
  fs::remove_all(run.out);  // what was broken off
  nn::Sequential network;
  const records::Summary found = fit({"train_mlp", ""}, run, network);
  if (found.interrupted) return;
  fs::remove(run.out / "checkpoint.safetensors");  // a good part of the folder, and nobody goes on from here
  records::write_whole_file(run.out / result_file, records::to_json(records::Settings{{"test_accuracy", found.test_accuracy},
                                                                                      {"train_accuracy", found.train_accuracy}}));
}

}  // namespace

std::vector<Factor> AblationOptions::factors() const {
  std::vector<std::string> all = activations;
  if (const std::string own = studied.to_string(); std::find(all.begin(), all.end(), own) == all.end()) all.push_back(own);
  return {{"activation", all}, {"depth", depths}, {"init", inits}, {"optimizer", optimizers}};
}

records::Settings AblationOptions::settings() const {
  return {
      {"activations", factors()[activation].levels}, {"depths", depths}, {"inits", inits}, {"optimizers", optimizers}, {"seeds", seeds}};
}

Ablation::Ablation(const AblationOptions& options, const fs::path& folder)
    : grid_(options.factors(), static_cast<std::size_t>(options.seeds)) {
  fs::create_directories(folder);
  for (std::size_t place = 0; place < grid_.size(); ++place) {
    runs_.push_back(training(options, grid_, place, folder));
    read(place);
  }
  const bool on_cpu = Device::parse(options.run.device).kind == Device::Kind::cpu;  // a GPU is not for several processes copied from one
  if (on_cpu) at_once_ = options.run.threads > 0 ? options.run.threads : thread_count();
}

void Ablation::read(std::size_t place) {
  const fs::path file = folder(place) / result_file;
  if (!fs::exists(file)) return;
  for (const records::Setting& s : records::settings_of(records::read_whole_file(file), file))
    if (s.name == "test_accuracy") grid_[place] = std::get<double>(s.value);
}

void Ablation::train(bool shows) {
  std::vector<std::size_t> missing;
  for (std::size_t place = 0; place < grid_.size(); ++place)
    if (!fs::exists(folder(place) / result_file)) missing.push_back(place);
  const int threads = thread_count();
  set_thread_count(1);
  shows = shows && !missing.empty() && isatty(fileno(stdout)) != 0;
  std::size_t ended = 0;
  run_jobs(
      missing.size(), at_once_, [&](std::size_t i) { do_training(runs_[missing[i]]); },
      [&](std::size_t) {
        if (shows) fmt::print("\r{} of {}\033[K", ++ended, missing.size()), std::fflush(stdout);
      });
  if (shows) fmt::print("\r\033[K");
  set_thread_count(threads);
  for (const std::size_t place : missing) read(place);
}

records::Canvas Ablation::picture() const {
  const std::vector<Factor>& factors = grid_.factors();
  const std::vector<FactorGrid::Cell> cells = grid_.cells();
  std::vector<records::Canvas> panels;
  for (std::size_t panel = 0; panel < factors[depth].levels.size(); ++panel) {
    records::DotRows plot{.title = fmt::format("{} hidden layers", factors[depth].levels[panel]),
                          .subtitle = "test accuracy: mean +- deviation over seeds",
                          .rows = factors[activation].levels};
    for (const std::string& start : factors[init].levels)
      for (const std::string& steps : factors[optimizer].levels) plot.kinds.push_back(fmt::format("{}, {}", start, steps));
    for (const auto& [setting, mean, deviation, first] : cells)
      if (setting[depth] == panel)
        plot.dots.push_back({setting[activation], setting[init] * factors[optimizer].levels.size() + setting[optimizer], mean, deviation});
    panels.push_back(plot.draw());
  }
  return records::side_by_side(panels);
}

std::vector<fs::path> Ablation::best_runs() const {
  std::vector<fs::path> runs;
  std::set<std::pair<std::size_t, std::size_t>> shown;
  for (const FactorGrid::Cell& cell : grid_.cells())
    if (runs.size() < records::most_runs_on_a_page && shown.emplace(cell.setting[activation], cell.setting[depth]).second)
      runs.push_back(folder(cell.first));
  return runs;
}

}  // namespace seegrad::train
