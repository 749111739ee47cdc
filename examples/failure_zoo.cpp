// A zoo of networks that do not learn as they should: look at the numbers of a run, say what is wrong, what shows it and what to do, and
// have your answers graded. For classes and for oneself; docs/failure-zoo.md is the work sheet.
//
//   ./run.sh failure_zoo list              the runs, by names that give nothing away
//   ./run.sh failure_zoo run 3             trains it, in seconds: its table, its losses, its folder; the findings are put out of sight
//   ./run.sh failure_zoo sheet             the work sheet: words that answers may use, and an empty answers.csv to fill in
//   ./run.sh failure_zoo grade answers.csv points, line by line
//   ./run.sh failure_zoo answer 3          what was broken, the numbers that show it, the cure
//
// One of them is healthy. What was done to each stands in src/train/failure_zoo_cases.cpp, which one reads afterwards.
#include "seegrad/train/failure_zoo.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "seegrad/record/layer_table.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;
namespace zoo = train::zoo;
namespace fs = std::filesystem;

const train::Example program{"failure_zoo", "Networks that do not learn as they should: find out why."};

std::string number_text(double x) { return std::isnan(x) ? "nan" : fmt::format("{:.4g}", x); }

int list() {
  for (std::size_t i = 0; i < zoo::cases().size(); ++i) fmt::print("{:2} {}\n", i + 1, zoo::cases()[i].name);
  fmt::print("All but one are broken. failure_zoo run N trains one; failure_zoo sheet prints the work sheet.\n");
  return 0;
}

int run(const zoo::Cage& cage, int number) {
  const std::string folder = cage.folder(number).string();
  const std::optional<records::Summary> found = zoo::train(cage, number);
  if (!found) return train::interrupted_exit_code;
  fmt::print("run {}, {}: {} epochs, {} steps\n\nlayers at the last logged step\n{}\n", number, zoo::case_of(number).name, found->epochs,
             found->steps, records::layer_table(found->layers, records::TextStyle::of(stdout)));
  fmt::print("losses and accuracy by epoch (epochs.csv; guessing among ten classes costs 2.303)\n{}\n",
             records::read_whole_file(cage.folder(number) / "epochs.csv"));
  fmt::print("training samples: loss {}, accuracy {:.2f} %; test: loss {}, accuracy {:.2f} %\n", number_text(found->train_loss),
             100 * found->train_accuracy, number_text(found->test_loss), 100 * found->test_accuracy);
  fmt::print("more: {}/layers.csv, steps.csv, units.csv, report.html\n", folder);
  if (!cage.open) fmt::print("for afterwards: {}/answer, or failure_zoo answer {}\n", folder, number);
  return 0;
}

int answer(const zoo::Cage& cage, int number) {
  const zoo::Case& one = zoo::case_of(number);
  if (!cage.holds(number) && !zoo::train(cage, number)) return train::interrupted_exit_code;
  fmt::print("run {}, {}: {}\n  {}\n", number, one.name, fmt::join(one.causes, " or "), one.because);
  fmt::print("  what was done: {}\n  what shows it:\n", one.flags.empty() ? "nothing" : one.flags);
  const train::RunNumbers runs{{"run", zoo::numbers_in(cage.folder(number))}};
  for (const zoo::Clue& clue : one.clues) fmt::print("    {}: {}\n", clue.words, number_text(train::Side(clue.place).value(runs)));
  fmt::print("  words that are right: evidence {}; remedy {}\n", fmt::join(one.evidence, " or "), fmt::join(one.remedies, " or "));
  if (const std::string cure = one.cure(); !cure.empty()) fmt::print("  a cure to try: {}\n", cure);
  return 0;
}

int sheet(const zoo::Cage& cage) {
  const std::size_t count = zoo::cases().size();
  fmt::print(
      "# What is wrong with these networks?\n\nThere are {} runs; all but one are broken, each in one way. For each `N` from 1 to {}:\n\n"
      "1. `./run.sh failure_zoo run N` trains it. Look at the table, the losses, `layers.csv` and `report.html`.\n"
      "2. Write one line into `answers.csv`: the cause, what shows it, and what to do. {} points for the cause, {} for the evidence, {} "
      "for the remedy; where two words fit, either counts.\n"
      "3. `./run.sh failure_zoo grade answers.csv`, and then `./run.sh failure_zoo answer N`.\n\n",
      count, count, zoo::cause_points, zoo::evidence_points, zoo::remedy_points);
  fmt::print("Words for the cause: {}.\n\nWords for the evidence: {}.\n\nWords for the remedy: {}.\n\n", fmt::join(zoo::all_causes(), ", "),
             fmt::join(zoo::all_evidence(), ", "), fmt::join(zoo::all_remedies(), ", "));
  fmt::print("| run | name | cause | evidence | remedy |\n|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < count; ++i) fmt::print("| {} | {} | | | |\n", i + 1, zoo::cases()[i].name);
  const fs::path file = cage.out / "answers.csv";
  if (fs::exists(file)) {
    fmt::print("\n{} is there already and was left as it is\n", file.string());
  } else {
    fs::create_directories(cage.out);
    records::write_whole_file(file, zoo::empty_answers());
    fmt::print("\nAn empty answers.csv: {}\n", file.string());
  }
  return 0;
}

int grade(const fs::path& file) {
  std::map<int, zoo::Answer> answers = zoo::read_answers(file);
  const auto mark = [](bool right, const std::string& word) { return word.empty() ? "-" : word + (right ? " (right)" : " (wrong)"); };
  const int count = static_cast<int>(zoo::cases().size());
  int sum = 0;
  for (int number = 1; number <= count; ++number) {
    const zoo::Answer said = answers[number];
    const zoo::Grade grade = zoo::grade(zoo::case_of(number), said);
    fmt::print("{:2} {:8} {} of {}: {}, {}, {}\n", number, zoo::case_of(number).name, grade.points(), zoo::most_points,
               mark(grade.cause, said.cause), mark(grade.evidence, said.evidence), mark(grade.remedy, said.remedy));
    sum += grade.points();
  }
  fmt::print("{} of {} points\n", sum, count * zoo::most_points);
  return 0;
}

int visit(const zoo::Cage& cage, const std::vector<std::string>& words) {
  const std::vector<std::string> commands{"list", "run", "answer", "sheet", "grade"};
  const std::string command = words.empty() ? "" : words[0];
  if (std::find(commands.begin(), commands.end(), command) == commands.end())
    throw UsageError(fmt::format("'{}': must be list, run N, answer N, sheet or grade FILE.csv{}", command, suggestion(command, commands)));
  const bool alone = command == "list" || command == "sheet";
  if (alone && words.size() > 1) throw UsageError(command + ": takes no further word");
  if (!alone && words.size() != 2)
    throw UsageError(command + (command == "grade" ? ": needs one file of answers" : ": needs the number of one run; list shows them"));
  if (command == "list") return list();
  if (command == "sheet") return sheet(cage);
  if (command == "grade") return grade(words[1]);
  const int number = zoo::number_in(command, words[1]);
  return command == "run" ? run(cage, number) : answer(cage, number);
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    zoo::Cage cage;
    std::vector<std::string> words;
    std::string out = cage.out.string();
    train::Flags flags(program);
    flags.rest(words, "COMMAND", "list, run N, answer N, sheet, or grade FILE.csv");
    flags.group("Runs").text("--data", "NAME|FOLDER", cage.data, "a name or a folder", cage.data, "As train_mlp has it");
    flags.whole("--seed", cage.seed, {}, "Another zoo of the same animals");
    flags.toggle("--open", cage.open, "Leave the run folder as it is, with its diagnosis");
    flags.threads(cage.threads);
    flags.group("Output").text("--out", "FOLDER", out, "a folder", out, "Where the runs are recorded");
    if (!flags.parse(argc, argv)) return 0;
    cage.out = out;
    return visit(cage, words);
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
