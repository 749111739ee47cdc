// What the literature says, measured again: each experiment of experiments/ runs other programs of this folder with several seeds and asks
// whether what a paper or text claims holds for their numbers.
//
//   ./run.sh reproduce list                                the experiments and where their claims come from
//   ./run.sh reproduce sigmoid_staircase                   one of them, five seeds
//   ./run.sh reproduce sigmoid_staircase --activation relu the same question about another activation: another verdict
//   ./run.sh reproduce all --quick                         all in some minutes: fewer samples, epochs and seeds
//
// The programs that it runs lie beside this one and are built with it. An answer is kept in --out; the same command goes on where it was
// broken off. Every verdict comes from the numbers that were just measured.
#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/experiment.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/processes.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;
namespace fs = std::filesystem;

const train::Example program{"reproduce", "Measures again what papers say about activations, over several seeds.", true};

struct Wishes {
  std::vector<std::string> names;
  int seeds = 0, threads = 0;
  bool quick = false, json = false, markdown = false;
  std::string out = "runs/reproduce", experiments, activation, data, device;
};

bool read(int argc, char** argv, Wishes& wishes) {
  train::Flags flags(program);
  flags.rest(wishes.names, "NAME", "Experiments, all, or list");
  flags.group("What to run");
  flags.value("--seeds", "N", "5, with --quick 2", "Runs of each program, with the seeds 1 to N",
              [&](const std::string& flag, const std::string& text) {
                wishes.seeds = train::whole_number_in<int>(flag, text, {1, 1000});
              });
  flags.toggle("--quick", wishes.quick, "Less of everything, for a first look");
  flags.text("--activation", "NAME|FORMULA", wishes.activation, "an activation", "the experiment's own",
             "Study this one in place of the first run's");
  flags.text("--data", "NAME|FOLDER", wishes.data, "a name or a folder", "auto", "For the runs, as train_mlp has it");
  flags.text("--device", "auto|cpu|cuda[:N]", wishes.device, "a device", "auto", "For the runs, as train_mlp has it");
  flags.text("--experiments", "FOLDER", wishes.experiments, "a folder", "experiments/ of this project", "Where NAME.json lie");
  flags.group("Machine").threads(wishes.threads);
  flags.group("Output");
  flags.text("--out", "FOLDER", wishes.out, "a folder", wishes.out, "Where answers are kept");
  flags.toggle("--json", wishes.json, "Print the verdicts as JSON");
  flags.toggle("--markdown", wishes.markdown, "Print the verdicts as a table in Markdown");
  if (!flags.parse(argc, argv)) return false;
  if (wishes.names.empty()) throw UsageError("say which: reproduce list shows the experiments, reproduce all runs them");
  if (wishes.json && wishes.markdown) throw UsageError("--json and --markdown: give one of them");
  if (!wishes.activation.empty()) static_cast<void>(nn::Nonlinearity::parse(wishes.activation));
  if (wishes.seeds == 0) wishes.seeds = wishes.quick ? 2 : 5;
  if (wishes.threads == 0) wishes.threads = std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  return true;
}

/// experiments/ beside or above the working folder or this program.
fs::path experiments_folder(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  for (const fs::path& start : {fs::current_path(), train::own_folder()})
    for (fs::path at = start;; at = at.parent_path()) {
      if (fs::is_directory(at / "experiments")) return at / "experiments";
      if (at == at.root_path()) break;
    }
  throw Error("there is no folder experiments/ above this one or the program; give it with --experiments");
}

std::vector<train::Experiment> chosen(const Wishes& wishes) {
  const fs::path folder = experiments_folder(wishes.experiments);
  const std::vector<std::string> known = train::experiments_in(folder);
  const bool all = wishes.names.front() == "all" || wishes.names.front() == "list";
  if (all && wishes.names.size() > 1)
    throw UsageError(fmt::format("{}: is behind '{}', which is about all", wishes.names[1], wishes.names[0]));
  std::vector<train::Experiment> experiments;
  for (const std::string& name : all ? known : wishes.names) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw UsageError(fmt::format("there is no experiment '{}'{}; reproduce list shows them", name, suggestion(name, known)));
    experiments.push_back(train::read_experiment(folder / (name + ".json")));
    if (!wishes.activation.empty()) train::study(experiments.back(), wishes.activation);
    for (train::ExperimentRun& run : experiments.back().runs)
      if (wishes.quick) run.words = train::with_flags(run.words, run.quick);
  }
  return experiments;
}

/// One run with one seed: what to start, and where its answer is kept.
struct Task {
  std::size_t experiment = 0;
  std::string run;
  std::uint64_t seed = 0;
  fs::path base;  ///< without the ending
  train::ChildProgram child;
  train::Answer answer;
  bool known = false;
};

Task task_of(const Wishes& wishes, std::size_t index, const train::Experiment& experiment, const train::ExperimentRun& run,
             std::uint64_t seed) {
  std::vector<std::string> words = run.words, added;
  if (!wishes.data.empty() && !run.timed) added.insert(added.end(), {"--data", wishes.data});
  if (!wishes.device.empty()) added.insert(added.end(), {"--device", wishes.device});
  if (!run.timed) added.insert(added.end(), {"--seed", std::to_string(seed), "--threads", "1"});
  words = train::with_flags(words, added);
  Task task{.experiment = index, .run = run.name, .seed = seed, .base = {}, .child = {}, .answer = {}};
  task.answer.command = train::line_of(words);
  const std::string variant =
      (wishes.quick ? "-quick" : "") + (wishes.activation.empty() ? "" : "-" + records::file_name_of(wishes.activation));
  task.base = fs::path(wishes.out) / (experiment.name + variant) / fmt::format("{}-seed{}", records::file_name_of(run.name), seed);
  task.child = {.program = train::own_folder() / words.front(),
                .arguments = {words.begin() + 1, words.end()},
                .out = task.base.string() + ".out",
                .err = task.base.string() + ".err",
                .alone = run.timed};
  if (!run.timed) task.child.arguments.insert(task.child.arguments.end(), {"--out", task.base.string()});
  task.child.arguments.emplace_back("--json");
  const fs::path kept = task.base.string() + ".json";
  if (fs::exists(kept)) {
    train::Answer answer = train::answer_of(records::read_whole_file(kept), kept);
    if (answer.command == task.answer.command && !answer.numbers.empty()) task.answer = std::move(answer), task.known = true;
  }
  return task;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

std::string text_of(const fs::path& file) { return records::read_whole_file(file); }

/// Reads what the program printed, and keeps it.
void take_answer(Task& task, int code, double seconds) {
  task.known = true;
  task.answer.code = code;
  task.answer.seconds = seconds;
  task.answer.complaint = last_line(text_of(task.child.err));
  try {
    task.answer.numbers = train::numbers_of(text_of(task.child.out));
  } catch (const Error& error) {
    if (code == 0) task.answer.complaint = fmt::format("what it printed {}", error.what());
  }
  records::write_whole_file(task.base.string() + ".json", train::to_json(task.answer));
  std::error_code ignored;
  fs::remove_all(task.base, ignored);  // the run folder: its numbers are kept
  fs::remove(task.child.out, ignored);
  fs::remove(task.child.err, ignored);
}

train::JudgedExperiment judged(const train::Experiment& experiment, std::size_t index, const std::vector<Task>& tasks) {
  train::JudgedExperiment found{.experiment = experiment, .claims = {}, .troubles = {}};
  std::map<std::uint64_t, train::RunNumbers> seeds;
  for (const Task& task : tasks) {
    if (task.experiment != index) continue;
    train::RunNumbers& runs = seeds[task.seed];
    if (!task.answer.numbers.empty()) runs[task.run] = task.answer.numbers;
    if (task.answer.numbers.empty()) found.failed = true;
    if (task.answer.code != 0 || task.answer.numbers.empty())
      found.troubles.push_back(
          fmt::format("{} with seed {}: {} ({})", task.run, task.seed, task.answer.complaint,
                      task.answer.numbers.empty() ? fmt::format("exit code {}, no numbers", task.answer.code) : "it counts"));
  }
  for (const train::Claim& claim : experiment.claims) {
    train::JudgedClaim result{.claim = claim, .samples = {}, .missing = {}};
    for (const auto& [seed, runs] : seeds) try {
        result.samples.push_back(train::judge(claim, seed, runs));
      } catch (const Error& error) {
        result.missing.push_back(fmt::format("seed {}: {}", seed, error.what()));
        found.failed = true;
      }
    found.claims.push_back(std::move(result));
  }
  return found;
}

struct Measured {
  std::string left, right;
};
Measured measured(const train::JudgedClaim& claim) {
  std::vector<double> left, right;
  for (const train::Sample& s : claim.samples) left.push_back(s.left), right.push_back(s.right);
  const bool two_sided = claim.claim.relation != train::Claim::Relation::between && !claim.claim.right.is_number();
  return {train::spread_text(left), two_sided ? " " + train::spread_text(right) : ""};
}

void print_text(const train::JudgedExperiment& found) {
  const train::Experiment& experiment = found.experiment;
  fmt::print("\n{}: {}\n  {}: {}\n", experiment.name, experiment.title, experiment.source, experiment.says);
  for (const train::ExperimentRun& run : experiment.runs) fmt::print("    {:12} {}\n", run.name, train::line_of(run.words));
  for (const train::JudgedClaim& claim : found.claims) {
    const Measured m = measured(claim);
    fmt::print("  {}\n    expected {}\n    measured {}, to be {}{}: on {} of {} seeds: {}\n", claim.claim.says, claim.claim.expected,
               m.left, train::relation_text(claim.claim), m.right, claim.held(), claim.samples.size(), name_of(claim.verdict()));
    if (!claim.claim.known_not_to_hold.empty()) fmt::print("    known not to hold here: {}\n", claim.claim.known_not_to_hold);
    for (const std::string& line : claim.missing) fmt::print("    not judged: {}\n", line);
  }
  for (const std::string& line : found.troubles) fmt::print("  trouble: {}\n", line);
  fmt::print("  {}: {}\n", experiment.name, name_of(found.verdict()));
  std::fflush(stdout);
}

/// In a cell of a Markdown table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  for (std::size_t at = 0; (at = text.find("+-", at)) != std::string::npos; at += 2) text.replace(at, 2, "±");
  return text;
}

void print_markdown(const Wishes& wishes, const std::vector<train::JudgedExperiment>& all) {
  std::string command = "./run.sh reproduce";
  for (const std::string& name : wishes.names) command += " " + name;
  const std::string seeds = wishes.seeds == 1 ? "seed 1" : fmt::format("seeds 1 to {}", wishes.seeds);
  fmt::print("`{} --seeds {}{}{} --markdown` printed this table ({}; mean ± standard deviation):\n\n", command, wishes.seeds,
             wishes.quick ? " --quick" : "", wishes.activation.empty() ? "" : fmt::format(" --activation '{}'", wishes.activation), seeds);
  fmt::print("| experiment | source | claim | expected | measured | to be | seeds | verdict |\n|---|---|---|---|---|---|---|---|\n");
  for (const train::JudgedExperiment& found : all)
    for (const train::JudgedClaim& claim : found.claims) {
      const Measured m = measured(claim);
      const std::string known = claim.claim.known_not_to_hold.empty() ? "" : fmt::format(" ({})", claim.claim.known_not_to_hold);
      fmt::print("| {} | {} | {} | {} | {} | {}{} | {} of {} | {}{} |\n", found.experiment.name, cell(found.experiment.source),
                 cell(claim.claim.says), cell(claim.claim.expected), cell(m.left), cell(train::relation_text(claim.claim)), cell(m.right),
                 claim.held(), claim.samples.size(), name_of(claim.verdict()), cell(known));
    }
  for (const train::JudgedExperiment& found : all)
    for (const std::string& line : found.troubles) fmt::print("\n{}: {}\n", found.experiment.name, cell(line));
}

int reproduce(const Wishes& wishes) {
  const std::vector<train::Experiment> experiments = chosen(wishes);
  if (wishes.names.front() == "list") {
    for (const train::Experiment& experiment : experiments)
      fmt::print("{:28} {}\n{:28} {}\n", experiment.name, experiment.title, "", experiment.source);
    return 0;
  }
  std::vector<Task> tasks;
  for (std::size_t e = 0; e < experiments.size(); ++e)
    for (int seed = 1; seed <= wishes.seeds; ++seed)
      for (const train::ExperimentRun& run : experiments[e].runs)
        tasks.push_back(task_of(wishes, e, experiments[e], run, static_cast<std::uint64_t>(seed)));
  std::vector<std::size_t> open;
  std::vector<train::ChildProgram> children;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (tasks[t].known) continue;
    if (!fs::exists(tasks[t].child.program))
      throw Error(fmt::format("{}: there is no such program; ./run.sh {} --help builds it", tasks[t].child.program.string(),
                              tasks[t].child.program.filename().string()));
    fs::create_directories(tasks[t].base.parent_path());
    fs::remove_all(tasks[t].base);  // of a run that was broken off
    open.push_back(t);
    children.push_back(tasks[t].child);
  }
  std::vector<train::JudgedExperiment> all;
  const bool terminal = isatty(fileno(stderr)) != 0, text = !wishes.json && !wishes.markdown;
  const auto judge_complete = [&] {  // in their order, as soon as they can be
    for (; all.size() < experiments.size();) {
      const bool complete = std::all_of(tasks.begin(), tasks.end(), [&](const Task& t) { return t.experiment != all.size() || t.known; });
      if (!complete) return;
      all.push_back(judged(experiments[all.size()], all.size(), tasks));
      if (text) print_text(all.back());
    }
  };
  std::size_t done = 0;
  const train::InterruptGuard guard;
  judge_complete();
  const bool finished = train::run_programs(children, wishes.threads, [&](std::size_t index, int code, double seconds) {
    if (train::InterruptGuard::interrupted()) return;
    take_answer(tasks[open[index]], code, seconds);
    if (terminal) fmt::print(stderr, "\r\033[K");
    judge_complete();
    if (terminal && ++done < open.size()) fmt::print(stderr, "{} of {} runs", done, open.size()), std::fflush(stderr);
  });
  if (wishes.json) fmt::print("{}", train::to_json(all));
  if (wishes.markdown) print_markdown(wishes, all);
  if (!finished) {
    fmt::print(stderr, "{}: interrupted; {} of {} experiments are done, and the same command goes on\n", program.name, all.size(),
               experiments.size());
    return train::interrupted_exit_code;
  }
  std::string failed;
  for (const train::JudgedExperiment& found : all)
    if (found.failed) failed += " " + found.experiment.name;
  if (!failed.empty()) throw Error(fmt::format("not everything could be run or judged:{}", failed));
  return 0;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    return read(argc, argv, wishes) ? reproduce(wishes) : 0;
  });
}

// Expected output of ./run.sh reproduce sigmoid_staircase (the lines of two of its claims):
//
//   sigmoid_staircase: Each layer of sigmoids costs accuracy, until nothing is learned
//    ...
//     Three are worse than one
//       expected .82 against .85
//       measured 0.8181 +- 0.0040, to be < 0.8461 +- 0.0059: on 3 of 3 seeds: holds
//    ...
//     sigmoid_staircase: holds
