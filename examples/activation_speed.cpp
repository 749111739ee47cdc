// How fast activations are: forward and backward on one large tensor, beside how fast the machine can copy that tensor.
//
//   ./run.sh activation_speed                                        the nine usual ones, on 5024 x 100024 numbers where memory allows
//   ./run.sh activation_speed --rows 512 --cols 100024 --runs 20     some seconds
//   ./run.sh activation_speed --runs 50                              as many runs as were asked for, however long they take
//   ./run.sh activation_speed --activation all --json                every activation, for a program to read
//   ./run.sh activation_speed --rows 512 --out runs/speed            also a picture of it
//   ./run.sh activation_speed --device cuda                          on a GPU, beside how fast it copies within its own memory
//
// What to expect: cheap functions go as fast as memory does. A costly formula takes up to twice as long where few cores share the memory.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "seegrad/record/run_folder.hpp"
#include "seegrad/record/speed_picture.hpp"
#include "seegrad/tensor/device.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/flags.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;

const train::Example program{"activation_speed", "Times activations, forward and backward, on one large tensor."};
constexpr std::int64_t usual_rows = 5024, usual_columns = 100024;
constexpr int usual_runs = 50;
constexpr double usual_seconds = 40;  // for all functions together

struct Wishes {
  std::vector<observe::SpeedSubject> subjects = observe::SpeedSubject::usual();
  std::optional<std::int64_t> rows;
  std::int64_t columns = usual_columns;
  std::optional<int> runs;
  int warmup = 3, threads = 0;
  std::string device = "auto", type = "float32", out;
  bool json = false, csv = false;
};

/// Reads the command line; nothing after --help.
std::optional<Wishes> wishes_in(int argc, char** argv) {
  Wishes wishes;
  train::Flags flags(program);
  constexpr train::WholeRange<std::int64_t> sizes{1, 1'000'000'000};
  flags.group("Measurement")
      .parsed("--activation", wishes.subjects, "the nine usual ones", "all, or names with commas between them; also softmax, log_softmax",
              &observe::SpeedSubject::parse_list, "NAME,...")
      .value("--rows", "R", fmt::format("{}, or what fits", usual_rows), "Rows of the tensor",
             [&](const auto& flag, const auto& text) { wishes.rows = train::whole_number_in<std::int64_t>(flag, text, sizes); })
      .whole("--cols", wishes.columns, sizes, "Columns of the tensor; softmax runs along the rows", "C")
      .value("--runs", "N", fmt::format("{}, or what {:g} s allow", usual_runs, usual_seconds), "Timed runs of each function",
             [&](const auto& flag, const auto& text) {
               wishes.runs = train::whole_number_in<int>(flag, text, {1, 1'000'000});
             })
      .whole("--warmup", wishes.warmup, {0, 1'000'000}, "Runs before them that do not count")
      .one_of("--type", wishes.type, {"float32", "float64"}, "Of the numbers");
  flags.group("Machine").device(wishes.device).threads(wishes.threads);
  flags.group("Output").text("--out", "FOLDER", wishes.out, "a folder", "none",
                             "Also a picture (SVG, PNG) and the table as JSON, in a new folder");
  flags.toggle("--json", wishes.json, "Only the result, as JSON").toggle("--csv", wishes.csv, "Only the result, as CSV");
  if (!flags.parse(argc, argv)) return std::nullopt;
  if (wishes.json && wishes.csv) throw UsageError("--json and --csv: choose one of them");
  return wishes;
}

double gigabytes(double bytes) { return bytes * 1e-9; }

/// The tensor that was asked for, or the largest up to the usual size that fits.
observe::SpeedSettings settings_for(const Wishes& wishes) {
  observe::SpeedSettings settings{.rows = wishes.rows.value_or(usual_rows),
                                  .columns = wishes.columns,
                                  .runs = wishes.runs.value_or(usual_runs),
                                  .warmup = wishes.warmup,
                                  .seconds = wishes.runs ? 0 : usual_seconds,
                                  .tensor = {wishes.type == "float64" ? DType::float64 : DType::float32, Device::parse(wishes.device)}};
  const std::optional<double> free = observe::available_memory(settings.tensor.device);
  if (!free) return settings;
  const std::int64_t fitting = observe::rows_that_fit(settings, *free);
  if (fitting == settings.rows) return settings;
  const std::string need = fmt::format("--rows {} --cols {}: x, g, y and dx need {:.1f} GB, {:.1f} GB are free", settings.rows,
                                       settings.columns, gigabytes(settings.bytes()), gigabytes(*free));
  if (fitting == 0) throw UsageError(need + "; use fewer --cols");
  if (wishes.rows) throw UsageError(fmt::format("{}; use --rows {} or fewer, or fewer --cols", need, fitting));
  fmt::print(stderr, "{}; measuring {} rows instead\n", need, fitting);
  settings.rows = fitting;
  return settings;
}

int measure(const Wishes& wishes) {
  const std::filesystem::path folder = wishes.out.empty() ? "" : records::make_run_folder(wishes.out, program.name, "");
  if (wishes.threads > 0) set_thread_count(wishes.threads);
  records::SpeedReport report;
  report.settings = settings_for(wishes);
  report.threads = thread_count();
  const observe::SpeedSettings& settings = report.settings;
  if (!wishes.json && !wishes.csv) {
    fmt::print("{} x {} numbers of {} on {}, {} threads: 4 arrays, {:.2f} GB in all; {}{} runs of each function after {} to warm up\n\n",
               settings.rows, settings.columns, name_of(settings.tensor.dtype), settings.tensor.device.to_string(), report.threads,
               gigabytes(settings.bytes()), wishes.runs ? "" : "up to ", settings.runs, settings.warmup);
    std::fflush(stdout);
  }

  const bool terminal = isatty(fileno(stderr)) != 0;
  const train::InterruptGuard guard;
  report.speeds = observe::measure_speed(wishes.subjects, settings, [&](const std::string& name, int run) {
    if (terminal) fmt::print(stderr, "\r{} {}/{}\033[K", name, run + 1, settings.warmup + settings.runs), std::fflush(stderr);
    return !train::InterruptGuard::interrupted();
  });
  if (terminal) fmt::print(stderr, "\r\033[K");
  report.interrupted = report.speeds.size() < wishes.subjects.size();
  report.sort();
  if (!folder.empty() && !report.speeds.empty()) {
    for (const char* ending : {".svg", ".png"}) records::write_picture(speed_picture(report), folder / (program.name + ending));
    records::write_whole_file(folder / (program.name + ".json"), to_json(report));
  }
  fmt::print("{}", wishes.json ? to_json(report) : wishes.csv ? to_csv(report) : to_table(report));
  if (!report.interrupted) return 0;
  fmt::print(stderr, "{}: interrupted; {} of {} functions were measured\n", program.name, report.speeds.size(), wishes.subjects.size());
  return train::interrupted_exit_code;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    const std::optional<Wishes> wishes = wishes_in(argc, argv);
    return wishes ? measure(*wishes) : 0;
  });
}

// Expected output (two cores of a Xeon at 2.3 GHz with AVX-512; times differ from machine to machine):
//
//   5024 x 100024 numbers of float32 on cpu, 2 threads: 4 arrays, 8.04 GB in all; 5 runs of each function after 1 to warm up
//
//                forward ms        sd    GB/s of copy   backward ms        sd    GB/s of copy
//   relu             94.96 +-   2.80    42.1    94 %      177.90 +-  30.94    37.4    83 %
//   leaky_relu      109.39 +-  23.55    40.7    90 %      162.60 +-   1.42    37.1    82 %
//   sigmoid         123.74 +-  12.77    31.3    70 %      191.57 +-  27.06    33.7    75 %
//    ...
//   mish            196.24 +-  28.01    19.2    42 %      351.10 +-  38.33    16.5    36 %
//
// "of copy" is the share of the rate at which the same memory was copied between these runs. Here ReLU goes nearly as fast
// as memory does; two cores need longer to compute gelu or mish than to move their numbers. The line below the table says it in words: the
// rate of copying, how many functions came near to it, and how many times as long as the fastest the slowest took.
