// answers.csv: reading it, and grading it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "seegrad/math/error.hpp"
#include "seegrad/train/failure_zoo.hpp"

namespace seegrad::train::zoo {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr std::string_view head = "run,cause,evidence,remedy";

bool among(const std::string& word, const Words& words) { return std::find(words.begin(), words.end(), word) != words.end(); }

Words cells_of(std::string line) {
  if (line.ends_with('\r')) line.pop_back();
  Words cells{""};
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

/// The word of a column, which may be empty.
std::string checked(std::string_view column, const std::string& word, const Words& words) {
  if (!word.empty() && !among(word, words))
    throw UsageError(fmt::format("{} '{}': must be empty or one of {}{}", column, word, fmt::join(words, ", "), suggestion(word, words)));
  return word;
}

void check_head(const std::string& line) {
  if (fmt::format("{}", fmt::join(cells_of(line), ",")) != head) throw UsageError(fmt::format("must be the head {}", head));
}

void read_line(const std::string& line, std::map<int, Answer>& answers) {
  const Words cells = cells_of(line);
  if (cells.size() == 1 && cells[0].empty()) return;
  if (cells.size() != 4) throw UsageError(fmt::format("has {} cells; four with commas between them were expected: {}", cells.size(), head));
  const int run = number_in("run", cells[0]);
  if (answers.contains(run)) throw UsageError(fmt::format("run {} was answered before", run));
  answers[run] = {checked("cause", cells[1], all_causes()), checked("evidence", cells[2], all_evidence()),
                  checked("remedy", cells[3], all_remedies())};
}

}  // namespace

std::string empty_answers() {
  std::string csv = std::string(head) + "\n";
  for (std::size_t number = 1; number <= cases().size(); ++number) csv += fmt::format("{},,,\n", number);
  return csv;
}

std::map<int, Answer> read_answers(const fs::path& file) {
  if (!fs::is_regular_file(file))
    throw UsageError(fmt::format("{}: there is no such file; failure_zoo sheet writes an empty one", file.string()));
  std::string text = records::read_whole_file(file);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // as spreadsheets begin a file
  std::istringstream lines(text);
  std::map<int, Answer> answers;
  int number = 0;
  for (std::string line; std::getline(lines, line);) try {
      ++number;
      if (std::count(line.begin(), line.end(), '"') % 2 != 0) throw UsageError("a quote has no end");
      if (number == 1)
        check_head(line);
      else
        read_line(line, answers);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{}, line {}: {}", file.string(), number, error.what()));
    }
  if (number == 0) throw UsageError(fmt::format("{}: is empty; line 1 must be the head {}", file.string(), head));
  return answers;
}

Grade grade(const Case& one, const Answer& answer) {
  return {among(answer.cause, one.causes), among(answer.evidence, one.evidence), among(answer.remedy, one.remedies)};
}

}  // namespace seegrad::train::zoo
