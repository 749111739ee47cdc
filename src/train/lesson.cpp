#include "seegrad/train/lesson.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "seegrad/math/error.hpp"
#include "seegrad/record/report.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/version.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '&')
      safe += "&amp;";
    else
      safe += c;
  }
  return safe;
}

constexpr std::string_view style =
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "svg{max-width:100%;height:auto;background:#fff}td{padding:.1rem 1rem .1rem 0;font-variant-numeric:tabular-nums}";

/// Whether the folder is one of this lesson, ended or broken off.
bool holds(const fs::path& folder, const Example& example) {
  const fs::path file = folder / "config.json";
  if (folder.empty() || !fs::exists(file)) return false;
  const records::Settings config = records::settings_of(records::read_whole_file(file), file);
  return std::find(config.begin(), config.end(), records::Setting{"example", example.name}) != config.end();
}

fs::path folder_for(const Example& example, const TrainOptions& knobs, const LessonOptions& options) {
  if (!knobs.resume.empty())
    throw UsageError(
        fmt::format("--resume {}: {} makes several trainings and cannot go on with them; give --out", knobs.resume.string(), example.name));
  if (options.goes_on && holds(knobs.out, example)) return knobs.out;
  return records::make_run_folder(knobs.out, example.name, options.subject.empty() ? knobs.activation.to_string() : options.subject);
}

}  // namespace

Table::Table(Lesson& lesson, std::string_view labels, std::vector<Column> columns) : lesson_(lesson), columns_(std::move(columns)) {
  std::string line = fmt::format("  {:24}", labels);
  for (const Column& column : columns_)
    if (!column.heading.empty()) line += fmt::format("  {:>8}", column.heading);
  lesson.say(line);
}

void Table::row(std::string_view label, const std::vector<double>& values) { row(label, key_of(label), values); }

void Table::row(std::string_view label, std::string_view name, const std::vector<double>& values) {
  if (values.size() != columns_.size())
    throw Error(fmt::format("lesson: the row {} has {} values for {} columns", label, values.size(), columns_.size()));
  std::string line = fmt::format("  {:24}", label);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (!column.key.empty()) lesson_.number(fmt::format("{}.{}", name, column.key), values[i]);
    if (column.heading.empty()) continue;
    const std::string text = fmt::format(fmt::runtime(column.format), column.factor * values[i]);
    line += fmt::format("  {:>{}}", text, std::max<std::size_t>(8, column.heading.size()));
  }
  lesson_.say(line);
}

Lesson::Lesson(const Example& example, const TrainOptions& knobs, LessonOptions options)
    : example_(example),
      knobs_(knobs),
      command_(options.command.empty() ? command_line(example, knobs) : std::move(options.command)),
      folder_(folder_for(example, knobs, options)),
      silent_(options.silent) {
  records::Settings config{{"example", example_.name}, {"version", std::string(version)}, {"command", command_}, {"seed", knobs_.seed}};
  config.insert(config.end(), options.more.begin(), options.more.end());
  config.push_back({"flags", options.flags.empty() ? knobs_.settings() : options.flags});
  records::write_whole_file(folder_ / "config.json", records::to_json(config));
}

TrainOptions Lesson::run(std::string_view name) {
  TrainOptions run = knobs_;
  run.out = folder_ / records::file_name_of(name);
  run.quiet = true;
  run.json = run.live = false;
  run.usual = std::make_shared<const TrainOptions>();  // the command in its report is one of train_mlp
  return run;
}

TrainOptions Lesson::run(std::string_view name, const nn::Nonlinearity& f) {
  TrainOptions run = this->run(name);
  run.activation = f;
  run.activation_per_channel = run.activation_per_channel && f.function() && f.function()->learnable();
  return run;
}

records::Summary Lesson::train(const TrainOptions& run) {
  nn::Sequential network;
  return train(run, network);
}

records::Summary Lesson::train(const TrainOptions& run, nn::Sequential& network) {
  records::Summary found = fit({"train_mlp", example_.description}, run, network);
  runs_.push_back(run.out);
  interrupted_ = interrupted_ || found.interrupted;
  return found;
}

void Lesson::number(const std::string& name, double value) {
  const bool known = std::any_of(numbers_.begin(), numbers_.end(), [&](const auto& number) { return number.first == name; });
  if (known) throw Error(fmt::format("lesson {}: the number {} is given twice", example_.name, name));
  numbers_.emplace_back(name, value);
}

void Lesson::say(std::string_view line) const {
  if (knobs_.quiet || knobs_.json || silent_) return;
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Lesson::picture(const records::Canvas& canvas) {
  svg_ = canvas.svg();
  for (const char* ending : {".svg", ".png"}) records::write_picture(canvas, folder_ / (example_.name + ending));
}

std::string Lesson::page(const std::string& seen) const {
  std::string rows;
  for (const auto& [name, value] : numbers_) rows += fmt::format("<tr><td>{}</td><td>{:.6g}</td></tr>\n", escaped(name), value);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>{0}</title><style>{1}</style></head><body>\n<h1>{0}</h1>\n<p>{2}</p>\n{3}\n<p>{4}</p>\n<p><code>{5}</code></p>\n"
      "<table>\n{6}</table>\n</body></html>\n",
      example_.name, style, escaped(example_.description), svg_, escaped(seen), escaped(command_), rows);
}

int Lesson::finish(const std::string& seen) {
  interrupted_ = interrupted_ || InterruptGuard::interrupted();
  records::Settings numbers;
  for (const auto& [name, value] : numbers_) numbers.push_back({name, value});
  std::vector<std::string> names;
  for (const fs::path& run : runs_) names.push_back(run.lexically_relative(folder_).string());
  const std::string json = records::to_json(records::Settings{{"lesson", example_.name},
                                                              {"command", command_},
                                                              {"seed", knobs_.seed},
                                                              {"interrupted", interrupted_},
                                                              {"runs", names},
                                                              {"numbers", numbers},
                                                              {"seen", seen}});
  records::write_whole_file(folder_ / "lesson.json", json);
  const fs::path report = folder_ / "report.html";
  if (runs_.empty())
    records::write_whole_file(report, page(seen));
  else
    records::write_report(std::span(runs_).first(std::min(runs_.size(), records::most_runs_on_a_page)), report);
  if (silent_) return interrupted_ ? interrupted_exit_code : 0;
  if (knobs_.json)
    fmt::print("{}", json);
  else
    fmt::print("folder: {}\nreport: {}\n{}{}\n", folder_.string(), report.string(), interrupted_ ? "interrupted, so not all of this: " : "",
               seen);
  return interrupted_ ? interrupted_exit_code : 0;
}

std::string key_of(std::string_view text) {
  std::string key = records::file_name_of(text);
  for (char& c : key) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return key;
}

std::vector<nn::Nonlinearity> together(const std::vector<std::string>& names, const nn::Nonlinearity& studied) {
  std::vector<nn::Nonlinearity> all;
  all.reserve(names.size() + 1);
  for (const std::string& name : names) all.push_back(nn::Nonlinearity::parse(name));
  if (std::find(all.begin(), all.end(), studied) == all.end()) all.push_back(studied);
  return all;
}

const Activation& elementwise(const TrainOptions& knobs, std::string_view why) {
  const Activation* f = knobs.activation.elementwise();
  if (!f)
    refuse("--activation", knobs.activation.to_string(),
           fmt::format("looks at whole rows; {}, so this lesson takes one that works element by element, such as relu", why));
  return *f;
}

void need_depth(const TrainOptions& knobs, std::int64_t least, std::string_view why) {
  if (knobs.depth < least) refuse("--depth", std::to_string(knobs.depth), fmt::format("{}; give {} or more", why, least));
}

void need_plain(const TrainOptions& knobs, std::string_view why) {
  if (knobs.normalisation != nn::Normalisation::none) refuse("--normalisation", nn::name_of(knobs.normalisation), why);
  if (knobs.dropout > 0) refuse("--dropout", fmt::format("{}", knobs.dropout), why);
}

}  // namespace seegrad::train
