#include "seegrad/train/failure_zoo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "seegrad/record/report.hpp"
#include "seegrad/train/experiment.hpp"
#include "seegrad/train/fit.hpp"

namespace seegrad::train::zoo {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// These go into the folder's own folder answer/: they say what was asked for, or what was found.
const char* const telling_files[] = {"config.json", "summary.json", "report.html", "model.safetensors", "checkpoint.safetensors"};

/// The command of a case, without where it is recorded.
Words words_of_case(const Case& one) {
  return with_flags(words_of("train_mlp --train-samples 20000 --epochs 3 --schedule constant"), words_of(one.flags));
}

TrainOptions knobs_of(const Case& one, const Cage& cage, const fs::path& folder) {
  Words added{"--seed", std::to_string(cage.seed), "--data", cage.data, "--out", folder.string(), "--quiet"};
  if (cage.threads > 0) added.insert(added.end(), {"--threads", std::to_string(cage.threads)});
  const Words words = with_flags(words_of_case(one), added);
  std::vector<const char*> argv;
  argv.reserve(words.size());
  for (const std::string& word : words) argv.push_back(word.c_str());
  return *parse_flags(static_cast<int>(argv.size()), argv.data(), {"train_mlp", ""});
}

void put_out_of_sight(const fs::path& folder, const Cage& cage, const Case& one) {
  const fs::path answer = folder / "answer";
  fs::create_directories(answer);
  for (const char* name : telling_files)
    if (fs::exists(folder / name)) fs::rename(folder / name, answer / name);
  std::vector<fs::path> events;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out")) events.push_back(entry.path());
  for (const fs::path& file : events) fs::rename(file, answer / file.filename());
  records::write_whole_file(folder / "config.json",
                            records::to_json(records::Settings{
                                {"example", "failure_zoo"}, {"seed", cage.seed}, {"flags", records::Settings{{"run", one.name}}}}));
  const fs::path runs[] = {folder};
  records::write_report(runs, folder / "report.html");
}

}  // namespace

std::string Case::cure() const {
  if (mended.empty()) return "";
  Words words = with_flags(words_of_case(*this), words_of(mended));
  words.erase(std::remove(words.begin(), words.end(), "--shuffle-labels"), words.end());
  return line_of(words);
}

int number_in(std::string_view command, std::string_view word) {
  return whole_number_in<int>(command, word, {1, static_cast<int>(cases().size())});
}

fs::path Cage::folder(int number) const { return out / fmt::format("{:02}-{}", number, case_of(number).name); }

bool Cage::holds(int number) const {
  return fs::exists(folder(number) / "answer" / "summary.json") || fs::exists(folder(number) / "summary.json");
}

std::optional<records::Summary> train(const Cage& cage, int number) {
  const fs::path folder = cage.folder(number);
  std::error_code ignored;
  if (fs::exists(folder / "answer") || fs::exists(folder / "steps.csv")) fs::remove_all(folder, ignored);  // of an earlier visit
  nn::Sequential network;
  records::Summary found = fit({"train_mlp", ""}, knobs_of(case_of(number), cage, folder), network);
  if (found.interrupted) return std::nullopt;
  if (!cage.open) put_out_of_sight(folder, cage, case_of(number));
  return found;
}

Numbers numbers_in(const fs::path& run) {
  const fs::path hidden = run / "answer" / "summary.json";
  Numbers numbers = numbers_of(records::read_whole_file(fs::exists(hidden) ? hidden : run / "summary.json"));
  std::istringstream lines(records::read_whole_file(run / "epochs.csv"));
  std::string head, line, last;
  std::getline(lines, head);
  while (std::getline(lines, line)) last = line;
  std::istringstream names(head), values(last);
  for (std::string name, value; std::getline(names, name, ',') && std::getline(values, value, ',');)
    numbers["epochs." + name] = value == "nan" || value.empty() ? std::nan("") : std::stod(value);
  return numbers;
}

}  // namespace seegrad::train::zoo
