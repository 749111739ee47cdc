#include "seegrad/train/speed_options.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "seegrad/math/error.hpp"

namespace seegrad::train {
namespace {

constexpr std::int64_t usual_rows = 5024;
constexpr int usual_runs = 50;
constexpr double usual_seconds = 40;  // for all functions together

double gigabytes(double bytes) { return bytes * 1e-9; }

}  // namespace

observe::SpeedSettings SpeedOptions::settings() const {
  observe::SpeedSettings settings{.rows = rows.value_or(usual_rows),
                                  .columns = columns,
                                  .runs = runs.value_or(usual_runs),
                                  .warmup = warmup,
                                  .seconds = runs ? 0 : usual_seconds,
                                  .tensor = {type == "float64" ? DType::float64 : DType::float32, Device::parse(device)}};
  const std::optional<double> free = observe::available_memory(settings.tensor.device);
  if (!free) return settings;
  const std::int64_t fitting = observe::rows_that_fit(settings, *free);
  if (fitting == settings.rows) return settings;
  const std::string need = fmt::format("--rows {} --cols {}: x, g, y and dx need {:.1f} GB, {:.1f} GB are free", settings.rows,
                                       settings.columns, gigabytes(settings.bytes()), gigabytes(*free));
  if (fitting == 0) throw UsageError(need + "; use fewer --cols");
  if (rows) throw UsageError(fmt::format("{}; use --rows {} or fewer, or fewer --cols", need, fitting));
  fmt::print(stderr, "{}; measuring {} rows instead\n", need, fitting);
  settings.rows = fitting;
  return settings;
}

records::Settings SpeedOptions::flags() const {
  std::vector<std::string> names;
  for (const observe::SpeedSubject& subject : subjects) names.push_back(subject.name());
  return {{"activation", names},
          {"rows", rows.value_or(usual_rows)},
          {"cols", columns},
          {"runs", std::int64_t{runs.value_or(usual_runs)}},
          {"warmup", std::int64_t{warmup}},
          {"type", type},
          {"device", device},
          {"threads", std::int64_t{threads}}};
}

std::optional<SpeedOptions> parse_speed(int argc, const char* const* argv, const Example& program) {
  SpeedOptions wishes;
  Flags flags(program);
  constexpr WholeRange<std::int64_t> sizes{1, 1'000'000'000};
  flags.group("Measurement")
      .parsed("--activation", wishes.subjects, "the nine usual ones", "all, or names with commas between them; also softmax, log_softmax",
              &observe::SpeedSubject::parse_list, "NAME,...")
      .value("--rows", "R", fmt::format("{}, or what fits", usual_rows), "Rows of the tensor",
             [&](const auto& flag, const auto& text) { wishes.rows = whole_number_in<std::int64_t>(flag, text, sizes); })
      .whole("--cols", wishes.columns, sizes, "Columns of the tensor; softmax runs along the rows", "C")
      .value("--runs", "N", fmt::format("{}, or what {:g} s allow", usual_runs, usual_seconds), "Timed runs of each function",
             [&](const auto& flag, const auto& text) {
               wishes.runs = whole_number_in<int>(flag, text, {1, 1'000'000});
             })
      .whole("--warmup", wishes.warmup, {0, 1'000'000}, "Runs before them that do not count")
      .one_of("--type", wishes.type, {"float32", "float64"}, "Of the numbers");
  flags.group("Machine").device(wishes.device).threads(wishes.threads);
  flags.group("Output").text("--out", "FOLDER", wishes.out, "a folder", "runs/<time>-...",
                             "Where it is recorded; with --json or --csv only if given");
  flags.toggle("--json", wishes.json, "Only the result, as JSON").toggle("--csv", wishes.csv, "Only the result, as CSV");
  if (!flags.parse(argc, argv)) return std::nullopt;
  wishes.command = given_command(argc, argv, program);
  if (wishes.json && wishes.csv) throw UsageError("--json and --csv: choose one of them");
  return wishes;
}

}  // namespace seegrad::train
