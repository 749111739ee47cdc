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
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/speed_options.hpp"

using namespace seegrad;

const train::Example program{"activation_speed", "Times activations, forward and backward, on one large tensor."};

int measure(const train::SpeedOptions& wishes) {
  const std::filesystem::path folder = wishes.out.empty() ? "" : records::make_run_folder(wishes.out, program.name, "");
  if (wishes.threads > 0) set_thread_count(wishes.threads);
  records::SpeedReport report;
  report.settings = wishes.settings();
  report.threads = thread_count();
  const observe::SpeedSettings& settings = report.settings;
  if (!wishes.json && !wishes.csv) {
    fmt::print("{} x {} numbers of {} on {}, {} threads: 4 arrays, {:.2f} GB in all; {}{} runs of each function after {} to warm up\n\n",
               settings.rows, settings.columns, name_of(settings.tensor.dtype), settings.tensor.device.to_string(), report.threads,
               settings.bytes() * 1e-9, wishes.runs ? "" : "up to ", settings.runs, settings.warmup);
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
    const std::optional<train::SpeedOptions> wishes = train::parse_speed(argc, argv, program);
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
