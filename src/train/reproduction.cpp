#include "seegrad/train/reproduction.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <system_error>

#include "seegrad/math/error.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/interrupt.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// experiments/ beside or above the working folder or this program.
fs::path experiments_folder(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  for (const fs::path& start : {fs::current_path(), own_folder()})
    for (fs::path at = start;; at = at.parent_path()) {
      if (fs::is_directory(at / "experiments")) return at / "experiments";
      if (at == at.root_path()) break;
    }
  throw Error("there is no folder experiments/ above this one or the program; give it with --experiments");
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t newline = text.rfind('\n', end), begin = newline == std::string::npos ? 0 : newline + 1;
  return text.substr(begin, end - begin + 1);
}

fs::path with_ending(const fs::path& base, const char* ending) { return base.string() + ending; }

}  // namespace

std::vector<Experiment> experiments_of(const ReproductionOptions& options) {
  const fs::path folder = experiments_folder(options.experiments);
  const Words known = experiments_in(folder);
  const bool all = !options.names.empty() && (options.names.front() == "all" || options.names.front() == "list");
  if (all && options.names.size() > 1)
    throw UsageError(fmt::format("{}: is behind '{}', which is about all", options.names[1], options.names[0]));
  std::vector<Experiment> experiments;
  for (const std::string& name : all ? known : options.names) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError(fmt::format("there is no experiment '{}'{}; reproduce list shows them", name, suggestion(name, known)));
    experiments.push_back(read_experiment(folder / (name + ".json")));
    if (!options.activation.empty()) study(experiments.back(), options.activation);
    for (ExperimentRun& run : experiments.back().runs)
      if (options.quick) run.words = with_flags(run.words, run.quick);
  }
  return experiments;
}

Reproduction::Reproduction(const ReproductionOptions& options, std::vector<Experiment> experiments)
    : options_(options), experiments_(std::move(experiments)) {
  for (std::size_t e = 0; e < experiments_.size(); ++e)
    for (int seed = 1; seed <= options_.seeds; ++seed)
      for (const ExperimentRun& run : experiments_[e].runs) tasks_.push_back(task(e, run, static_cast<std::uint64_t>(seed)));
  for (const Task& task : tasks_)
    if (!task.known && !fs::exists(task.child.program))
      throw Error(fmt::format("{}: there is no such program; ./run.sh {} --help builds it", task.child.program.string(),
                              task.child.program.filename().string()));
}

Reproduction::Task Reproduction::task(std::size_t index, const ExperimentRun& run, std::uint64_t seed) const {
  Words added;
  if (!options_.data.empty() && !run.timed) added.insert(added.end(), {"--data", options_.data});
  if (!options_.device.empty()) added.insert(added.end(), {"--device", options_.device});
  if (!run.timed) added.insert(added.end(), {"--seed", std::to_string(seed), "--threads", "1"});
  const Words words = with_flags(run.words, added);
  Task task{.experiment = index, .run = run.name, .seed = seed};
  task.answer.command = line_of(words);
  const std::string variant =
      (options_.quick ? "-quick" : "") + (options_.activation.empty() ? "" : "-" + records::file_name_of(options_.activation));
  task.base = options_.out / (experiments_[index].name + variant) / fmt::format("{}-seed{}", records::file_name_of(run.name), seed);
  task.child = {.program = own_folder() / words.front(),
                .arguments = {words.begin() + 1, words.end()},
                .out = with_ending(task.base, ".out"),
                .err = with_ending(task.base, ".err"),
                .alone = run.timed};
  if (!run.timed) task.child.arguments.insert(task.child.arguments.end(), {"--out", task.base.string()});
  task.child.arguments.emplace_back("--json");
  if (const fs::path kept = with_ending(task.base, ".json"); fs::exists(kept)) {
    Answer answer = answer_of(records::read_whole_file(kept), kept);
    if (answer.command == task.answer.command && !answer.numbers.empty()) task.answer = std::move(answer), task.known = true;
  }
  return task;
}

/// Reads what the program printed, and keeps it.
void Reproduction::take_answer(Task& task, int code, double seconds) {
  task.known = true;
  task.answer.code = code;
  task.answer.seconds = seconds;
  task.answer.complaint = last_line(records::read_whole_file(task.child.err));
  try {
    task.answer.numbers = numbers_of(records::read_whole_file(task.child.out));
  } catch (const Error& error) {
    if (code == 0) task.answer.complaint = fmt::format("what it printed {}", error.what());
  }
  records::write_whole_file(with_ending(task.base, ".json"), to_json(task.answer));
  std::error_code ignored;
  fs::remove_all(task.base, ignored);  // the run folder: its numbers are kept
  fs::remove(task.child.out, ignored);
  fs::remove(task.child.err, ignored);
}

JudgedExperiment Reproduction::judged(std::size_t index) const {
  JudgedExperiment found{.experiment = experiments_[index], .claims = {}, .troubles = {}};
  std::map<std::uint64_t, RunNumbers> seeds;
  for (const Task& task : tasks_) {
    if (task.experiment != index) continue;
    const Answer& answer = task.answer;
    RunNumbers& runs = seeds[task.seed];
    if (answer.numbers.empty())
      found.failed = true;
    else
      runs[task.run] = answer.numbers;
    if (answer.code != 0 || answer.numbers.empty())
      found.troubles.push_back(fmt::format("{} with seed {}: {} ({})", task.run, task.seed, answer.complaint,
                                           answer.numbers.empty() ? fmt::format("exit code {}, no numbers", answer.code) : "it counts"));
  }
  for (const Claim& claim : experiments_[index].claims) {
    JudgedClaim result{.claim = claim, .samples = {}, .missing = {}};
    for (const auto& [seed, runs] : seeds) try {
        result.samples.push_back(judge(claim, seed, runs));
      } catch (const Error& error) {
        result.missing.push_back(fmt::format("seed {}: {}", seed, error.what()));
        found.failed = true;
      }
    found.claims.push_back(std::move(result));
  }
  return found;
}

void Reproduction::judge_complete(const Judged& judged) {
  while (verdicts_.size() < experiments_.size()) {
    const std::size_t next = verdicts_.size();
    const bool complete = std::all_of(tasks_.begin(), tasks_.end(), [&](const Task& t) { return t.experiment != next || t.known; });
    if (!complete) return;
    verdicts_.push_back(this->judged(next));
    judged(verdicts_.back());
  }
}

bool Reproduction::run(const Judged& judged) {
  std::vector<Task*> open;
  std::vector<ChildProgram> children;
  for (Task& task : tasks_) {
    if (task.known) continue;
    fs::create_directories(task.base.parent_path());
    fs::remove_all(task.base);  // of a run that was broken off
    open.push_back(&task);
    children.push_back(task.child);
  }
  const bool terminal = isatty(fileno(stderr)) != 0;
  std::size_t done = 0;
  const InterruptGuard guard;
  judge_complete(judged);
  return run_programs(children, options_.threads, [&](std::size_t index, int code, double seconds) {
    if (InterruptGuard::interrupted()) return;
    take_answer(*open[index], code, seconds);
    if (terminal) fmt::print(stderr, "\r\033[K");
    judge_complete(judged);
    if (terminal && ++done < open.size()) fmt::print(stderr, "{} of {} runs", done, open.size()), std::fflush(stderr);
  });
}

std::string Reproduction::failed() const {
  std::string names;
  for (const JudgedExperiment& found : verdicts_)
    if (found.failed) names += " " + found.experiment.name;
  return names;
}

}  // namespace seegrad::train
