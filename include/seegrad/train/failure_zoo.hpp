// A zoo of networks that do not learn as they should, for classes: each is broken in one way that the numbers of its run give away, and one
// is healthy. Whoever looks at a run says what the cause is, what shows it and what to do, in words of a fixed list, so that the answer can
// be graded. examples/failure_zoo.cpp is the program, docs/failure-zoo.md the work sheet.
//
// What was done to each stands in src/train/failure_zoo_cases.cpp, which gives all answers away. A new animal is one more entry there.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/claims.hpp"

namespace seegrad::train::zoo {

/// A number of a run that gives its trouble away, as train/claims.hpp writes places: "run:delta_factor". The numbers are those of
/// numbers_in().
struct Clue {
  std::string words, place;
};

struct Case {
  std::string name;                             ///< gives nothing away
  std::vector<std::string> causes;              ///< of all_causes(); any is right, the first is the best
  std::vector<std::string> evidence, remedies;  ///< likewise
  std::string flags;                            ///< of train_mlp, that break it
  std::string mended;                           ///< flags to add or change, for a look at the cure
  std::string because;                          ///< what happens, in two sentences
  std::vector<Clue> clues;

  /// The command that trains it with its cure; empty for the healthy one.
  std::string cure() const;
};

/// They are counted from 1.
const std::vector<Case>& cases();
/// The number of a case; refuses everything else, naming `command`.
int number_in(std::string_view command, std::string_view word);
inline const Case& case_of(int number) { return cases()[static_cast<std::size_t>(number - 1)]; }

/// Words that an answer may use.
const std::vector<std::string>& all_causes();
const std::vector<std::string>& all_evidence();
const std::vector<std::string>& all_remedies();

/// --- The runs ---

/// Where they are recorded, and what they have in common.
struct Cage {
  std::filesystem::path out = "runs/failure_zoo";
  std::string data = "auto";
  std::uint64_t seed = 1;
  int threads = 0;    ///< 0: one for each processor
  bool open = false;  ///< leave the run folder as it is, with its diagnosis

  /// "runs/failure_zoo/03-gecko"
  std::filesystem::path folder(int number) const;
  bool holds(int number) const;
};

/// Trains the case, anew when it was trained before. Unless the cage is open, whatever says what was asked for or what was found
/// (config.json, summary.json, the events and the model) goes into the folder answer/ inside the run's, and config.json and report.html
/// are written again without it. Nothing after Ctrl-C.
std::optional<records::Summary> train(const Cage& cage, int number);

/// The numbers of summary.json, wherever it lies, and of the last row of epochs.csv: "epochs.train_loss", "epochs.test_loss". Throws Error
/// when one of them is missing.
Numbers numbers_in(const std::filesystem::path& run);

/// --- Answers ---

struct Answer {
  std::string cause{}, evidence{}, remedy{};  ///< empty: none was given
};

/// answers.csv with a line for each case and no answers.
std::string empty_answers();
/// The answers by the number of their case. Words have blanks around them or quotes, as spreadsheets leave them. Throws UsageError, naming
/// file and line, for what is none.
std::map<int, Answer> read_answers(const std::filesystem::path& file);

inline constexpr int cause_points = 2, evidence_points = 1, remedy_points = 1, most_points = cause_points + evidence_points + remedy_points;
struct Grade {
  bool cause = false, evidence = false, remedy = false;
  int points() const { return cause * cause_points + evidence * evidence_points + remedy * remedy_points; }
};
Grade grade(const Case& one, const Answer& answer);

}  // namespace seegrad::train::zoo
