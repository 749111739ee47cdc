// A zoo of networks that do not learn as they should: look at the numbers of a run, say what is wrong, what shows it and what to do, and
// have your answers graded. For classes and for oneself; docs/failure-zoo.md is the work sheet.
//
//   ./run.sh failure_zoo list              the runs, by names that give nothing away
//   ./run.sh failure_zoo run 3             trains it, in seconds: its table, its losses, its folder; the findings are put out of sight
//   ./run.sh failure_zoo sheet             the work sheet: words that answers may use, and an empty answers.csv to fill in
//   ./run.sh failure_zoo grade answers.csv points, line by line
//   ./run.sh failure_zoo answer 3          what was broken, the numbers that show it, the cure
//
// One of them is healthy. What was done to each stands in failure_zoo_cases.hpp, which one reads afterwards.
#include "failure_zoo_cases.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>

#include "seegrad/record/layer_table.hpp"
#include "seegrad/record/report.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/experiment.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;
namespace fs = std::filesystem;

const train::Example program{"failure_zoo", "Networks that do not learn as they should: find out why."};

struct Wishes {
  std::vector<std::string> words;
  std::string out = "runs/failure_zoo", data = "auto";
  std::uint64_t seed = 1;
  int threads = 0;
  bool open = false;
};

/// --- Training: a folder without what would give the answer away ---

/// Goes into the folder's own folder answer/: what says what was asked for, or what was found.
const std::vector<std::string> telling_files{"config.json", "summary.json", "report.html", "model.safetensors", "checkpoint.safetensors"};

const zoo::Case& case_of(const std::string& word, const std::string& command) {
  const int number = train::whole_number_in<int>(command, word, {1, static_cast<int>(zoo::cases().size())});
  return zoo::cases()[static_cast<std::size_t>(number - 1)];
}

fs::path folder_of(const Wishes& wishes, const std::string& word, const zoo::Case& one) {
  return fs::path(wishes.out) / fmt::format("{:02}-{}", std::stoi(word), one.name);
}

train::TrainOptions knobs_of(const zoo::Case& one, const Wishes& wishes, const fs::path& folder) {
  std::vector<std::string> words = train::words_of("train_mlp --train-samples 20000 --epochs 3 --schedule constant");
  words = train::with_flags(words, train::words_of(one.flags));
  words = train::with_flags(
      words, std::vector<std::string>{"--seed", std::to_string(wishes.seed), "--data", wishes.data, "--out", folder.string(), "--quiet"});
  if (wishes.threads > 0) words = train::with_flags(words, std::vector<std::string>{"--threads", std::to_string(wishes.threads)});
  std::vector<const char*> argv;
  argv.reserve(words.size());
  for (const std::string& word : words) argv.push_back(word.c_str());
  return *train::parse_flags(static_cast<int>(argv.size()), argv.data(), {"train_mlp", ""});
}

void put_out_of_sight(const fs::path& folder, const Wishes& wishes, const zoo::Case& one) {
  fs::create_directories(folder / "answer");
  for (const std::string& name : telling_files)
    if (fs::exists(folder / name)) fs::rename(folder / name, folder / "answer" / name);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out")) fs::rename(entry.path(), folder / "answer" / entry.path().filename());
  records::write_whole_file(folder / "config.json",
                            records::to_json(records::Settings{
                                {"example", program.name}, {"seed", wishes.seed}, {"flags", records::Settings{{"run", one.name}}}}));
  const fs::path runs[] = {folder};
  records::write_report(runs, folder / "report.html");
}

std::string number_text(double x) { return std::isnan(x) ? "nan" : fmt::format("{:.4g}", x); }

std::optional<records::Summary> trained(const Wishes& wishes, const zoo::Case& one, const fs::path& folder) {
  std::error_code ignored;
  if (fs::exists(folder / "answer") || fs::exists(folder / "steps.csv")) fs::remove_all(folder, ignored);  // of an earlier visit
  nn::Sequential network;
  const records::Summary found = train::fit({"train_mlp", ""}, knobs_of(one, wishes, folder), network);
  if (found.interrupted) return std::nullopt;
  if (!wishes.open) put_out_of_sight(folder, wishes, one);
  return found;
}

int run(const Wishes& wishes, const std::string& word) {
  const zoo::Case& one = case_of(word, "run");
  const fs::path folder = folder_of(wishes, word, one);
  const std::optional<records::Summary> found = trained(wishes, one, folder);
  if (!found) return train::interrupted_exit_code;
  fmt::print("run {}, {}: {} epochs, {} steps\n\nlayers at the last logged step\n{}\n", word, one.name, found->epochs, found->steps,
             records::layer_table(found->layers, records::TextStyle::of(stdout)));
  fmt::print("losses and accuracy by epoch (epochs.csv; guessing among ten classes costs 2.303)\n{}\n",
             records::read_whole_file(folder / "epochs.csv"));
  fmt::print("training samples: loss {}, accuracy {:.2f} %; test: loss {}, accuracy {:.2f} %\n", number_text(found->train_loss),
             100 * found->train_accuracy, number_text(found->test_loss), 100 * found->test_accuracy);
  fmt::print("more: {}/layers.csv, steps.csv, units.csv, report.html\n", folder.string());
  if (!wishes.open) fmt::print("for afterwards: {}/answer, or failure_zoo answer {}\n", folder.string(), word);
  return 0;
}

/// --- Answers ---

/// The numbers of summary.json and of the last row of epochs.csv.
train::Numbers numbers_in(const fs::path& folder) {
  const fs::path hidden = folder / "answer" / "summary.json";
  train::Numbers numbers = train::numbers_of(records::read_whole_file(fs::exists(hidden) ? hidden : folder / "summary.json"));
  std::istringstream lines(records::read_whole_file(folder / "epochs.csv"));
  std::string head, line, last;
  std::getline(lines, head);
  while (std::getline(lines, line)) last = line;
  std::istringstream names(head), values(last);
  for (std::string name, value; std::getline(names, name, ',') && std::getline(values, value, ',');)
    numbers["epochs." + name] = value == "nan" || value.empty() ? std::nan("") : std::stod(value);
  return numbers;
}

int answer(const Wishes& wishes, const std::string& word) {
  const zoo::Case& one = case_of(word, "answer");
  const fs::path folder = folder_of(wishes, word, one);
  if (!fs::exists(folder / "answer" / "summary.json") && !fs::exists(folder / "summary.json") && !trained(wishes, one, folder))
    return train::interrupted_exit_code;
  fmt::print("run {}, {}: {}\n  {}\n", word, one.name, fmt::join(one.causes, " or "), one.because);
  fmt::print("  what was done: {}\n  what shows it:\n", one.flags.empty() ? "nothing" : one.flags);
  const train::RunNumbers runs{{"run", numbers_in(folder)}};
  for (const zoo::Clue& clue : one.clues) fmt::print("    {}: {}\n", clue.words, number_text(train::Side(clue.place).value(runs)));
  fmt::print("  words that are right: evidence {}; remedy {}\n", fmt::join(one.evidence, " or "), fmt::join(one.remedies, " or "));
  if (one.mended.empty()) return 0;
  std::vector<std::string> words = train::words_of("train_mlp --train-samples 20000 --epochs 3 --schedule constant");
  words = train::with_flags(train::with_flags(words, train::words_of(one.flags)), train::words_of(one.mended));
  words.erase(std::remove(words.begin(), words.end(), "--shuffle-labels"), words.end());
  fmt::print("  a cure to try: {}\n", train::line_of(words));
  return 0;
}

/// --- The work sheet, and its grading ---

constexpr std::string_view head = "run,cause,evidence,remedy";
constexpr int cause_points = 2, evidence_points = 1, remedy_points = 1;

int sheet(const Wishes& wishes) {
  const fs::path file = fs::path(wishes.out) / "answers.csv";
  fs::create_directories(wishes.out);
  const std::size_t count = zoo::cases().size();
  fmt::print(
      "# What is wrong with these networks?\n\nThere are {} runs; all but one are broken, each in one way. For each `N` from 1 to {}:\n\n"
      "1. `./run.sh failure_zoo run N` trains it. Look at the table, the losses, `layers.csv` and `report.html`.\n"
      "2. Write one line into `answers.csv`: the cause, what shows it, and what to do. {} points for the cause, {} for the evidence, {} "
      "for the remedy; "
      "where two words fit, either counts.\n"
      "3. `./run.sh failure_zoo grade answers.csv`, and then `./run.sh failure_zoo answer N`.\n\n",
      count, count, cause_points, evidence_points, remedy_points);
  fmt::print("Words for the cause: {}.\n\nWords for the evidence: {}.\n\nWords for the remedy: {}.\n\n", fmt::join(zoo::all_causes, ", "),
             fmt::join(zoo::all_evidence, ", "), fmt::join(zoo::all_remedies, ", "));
  fmt::print("| run | name | cause | evidence | remedy |\n|---|---|---|---|---|\n");
  std::string csv = std::string(head) + "\n";
  for (std::size_t i = 0; i < count; ++i) {
    fmt::print("| {} | {} | | | |\n", i + 1, zoo::cases()[i].name);
    csv += fmt::format("{},,,\n", i + 1);
  }
  if (fs::exists(file)) {
    fmt::print("\n{} is there already and was left as it is\n", file.string());
  } else {
    records::write_whole_file(file, csv);
    fmt::print("\nAn empty answers.csv: {}\n", file.string());
  }
  return 0;
}

/// A line of answers.csv.
struct Answers {
  std::string cause, evidence, remedy;
};

std::vector<std::string> cells_of(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  std::vector<std::string> cells{""};
  for (const char c : line)
    if (c == ',')
      cells.emplace_back();
    else if (c != '"')
      cells.back() += c;
  for (std::string& cell : cells) {  // blanks around a word
    const std::size_t begin = cell.find_first_not_of(" \t"), end = cell.find_last_not_of(" \t");
    cell = begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1);
  }
  return cells;
}

std::map<int, Answers> read_answers(const fs::path& file) {
  std::string text;
  if (!fs::is_regular_file(file))
    throw UsageError(fmt::format("{}: there is no such file; failure_zoo sheet writes an empty one", file.string()));
  text = records::read_whole_file(file);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // as spreadsheets begin a file
  std::istringstream lines(text);
  std::map<int, Answers> answers;
  int number = 0;
  const auto refuse = [&](std::string_view reason) { throw UsageError(fmt::format("{}, line {}: {}", file.string(), number, reason)); };
  const auto check = [&](const std::string& column, const std::string& word, const std::vector<std::string>& words) {
    if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
      refuse(fmt::format("{} '{}': must be empty or one of {}{}", column, word, fmt::join(words, ", "), suggestion(word, words)));
  };
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (std::count(line.begin(), line.end(), '"') % 2 != 0) refuse("a quote has no end");
    const std::vector<std::string> cells = cells_of(line);
    if (number == 1) {
      if (fmt::format("{}", fmt::join(cells, ",")) != head) refuse(fmt::format("must be the head {}", head));
      continue;
    }
    if (cells.size() == 1 && cells[0].empty()) continue;
    if (cells.size() != 4) refuse(fmt::format("has {} cells; four with commas between them were expected: {}", cells.size(), head));
    int run = 0;
    try {
      run = train::whole_number_in<int>("run", cells[0], {1, static_cast<int>(zoo::cases().size())});
    } catch (const UsageError& error) {
      refuse(error.what());
    }
    if (answers.contains(run)) refuse(fmt::format("run {} was answered before", run));
    check("cause", cells[1], zoo::all_causes);
    check("evidence", cells[2], zoo::all_evidence);
    check("remedy", cells[3], zoo::all_remedies);
    answers[run] = {cells[1], cells[2], cells[3]};
  }
  if (number == 0) throw UsageError(fmt::format("{}: is empty; line 1 must be the head {}", file.string(), head));
  return answers;
}

int grade(const fs::path& file) {
  const std::map<int, Answers> answers = read_answers(file);
  const auto among = [](const std::string& word, const std::vector<std::string>& right) {
    return std::find(right.begin(), right.end(), word) != right.end();
  };
  const auto mark = [](bool right, const std::string& word) {
    return word.empty() ? std::string("-") : word + (right ? " (right)" : " (wrong)");
  };
  int sum = 0, most = 0;
  for (std::size_t i = 0; i < zoo::cases().size(); ++i) {
    const zoo::Case& one = zoo::cases()[i];
    const auto given = answers.find(static_cast<int>(i + 1));
    const Answers said = given == answers.end() ? Answers{} : given->second;
    const bool cause = among(said.cause, one.causes), evidence = among(said.evidence, one.evidence),
               remedy = among(said.remedy, one.remedies);
    const int points = cause * cause_points + evidence * evidence_points + remedy * remedy_points,
              all = cause_points + evidence_points + remedy_points;
    fmt::print("{:2} {:8} {} of {}: {}, {}, {}\n", i + 1, one.name, points, all, mark(cause, said.cause), mark(evidence, said.evidence),
               mark(remedy, said.remedy));
    sum += points;
    most += all;
  }
  fmt::print("{} of {} points\n", sum, most);
  return 0;
}

int visit(const Wishes& wishes) {
  const std::vector<std::string> commands{"list", "run", "answer", "sheet", "grade"};
  const std::string command = wishes.words.empty() ? "" : wishes.words[0];
  if (std::find(commands.begin(), commands.end(), command) == commands.end())
    throw UsageError(fmt::format("'{}': must be list, run N, answer N, sheet or grade FILE.csv{}", command, suggestion(command, commands)));
  const bool wants_word = command != "list" && command != "sheet";
  if (wishes.words.size() != (wants_word ? 2 : 1))
    throw UsageError(fmt::format("{}: {}", command,
                                 !wants_word          ? "takes no further word"
                                 : command == "grade" ? "needs one file of answers"
                                                      : "needs the number of one run; list shows them"));
  if (command == "run") return run(wishes, wishes.words[1]);
  if (command == "answer") return answer(wishes, wishes.words[1]);
  if (command == "grade") return grade(wishes.words[1]);
  if (command == "sheet") return sheet(wishes);
  for (std::size_t i = 0; i < zoo::cases().size(); ++i) fmt::print("{:2} {}\n", i + 1, zoo::cases()[i].name);
  fmt::print("All but one are broken. failure_zoo run N trains one; failure_zoo sheet prints the work sheet.\n");
  return 0;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    train::Flags flags(program);
    flags.rest(wishes.words, "COMMAND", "list, run N, answer N, sheet, or grade FILE.csv");
    flags.group("Runs").text("--data", "NAME|FOLDER", wishes.data, "a name or a folder", wishes.data, "As train_mlp has it");
    flags.whole("--seed", wishes.seed, {}, "Another zoo of the same animals");
    flags.toggle("--open", wishes.open, "Leave the run folder as it is, with its diagnosis");
    flags.threads(wishes.threads);
    flags.group("Output").text("--out", "FOLDER", wishes.out, "a folder", wishes.out, "Where the runs are recorded");
    return flags.parse(argc, argv) ? visit(wishes) : 0;
  });
}

// Expected output of ./run.sh failure_zoo answer 2 (seed 1):
//
//   run 2, heron: weights_too_small or vanishing_gradient
//     All weights begin with a standard deviation of 0.01. The signal shrinks at each layer on the way forward, ...
//     what was done: --activation tanh --depth 10 --init normal(0.01)
//     what shows it:
//       std h of the last hidden layer beside the first: 0.001558
//       factor of RMS delta a layer: 0.1129
//     words that are right: evidence delta or activations; remedy fitted_init or normalisation
//     a cure to try: ./run.sh train_mlp --train-samples 20000 --epochs 3 --schedule constant --activation tanh --depth 10 --init auto
