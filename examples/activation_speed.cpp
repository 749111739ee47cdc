// How fast activations are: forward and backward on one large tensor, beside how fast the machine can copy that tensor.
//
//   ./run.sh activation_speed                                        the nine usual ones, on 5024 x 100024 numbers where memory allows
//   ./run.sh activation_speed --rows 512 --cols 100024 --runs 20     some seconds
//   ./run.sh activation_speed --runs 50                              as many runs as were asked for, however long they take
//   ./run.sh activation_speed --activation all --json                every activation, for a program to read
//   ./run.sh activation_speed --device cuda                          on a GPU, beside how fast it copies within its own memory
//
// What to expect: cheap functions go as fast as memory does. A costly formula takes up to twice as long where few cores share the memory.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <set>

#include "seegrad/record/speed_picture.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/interrupt.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/speed_options.hpp"

using namespace seegrad;

const train::Example about{"activation_speed", "Times activations, forward and backward, on one large tensor."};

/// Times them all, or until Ctrl-C, and says meanwhile where it is.
records::SpeedReport measure(const train::SpeedOptions& wishes, const observe::SpeedSettings& settings) {
  if (wishes.threads > 0) set_thread_count(wishes.threads);
  records::SpeedReport report;
  report.settings = settings;
  report.threads = thread_count();
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
  return report;
}

int learn(const train::SpeedOptions& wishes) {
  const observe::SpeedSettings settings = wishes.settings();  // does it fit?
  const bool for_programs = wishes.json || wishes.csv;
  std::optional<train::Lesson> lesson;  // programs that want the result alone get no folder unless they ask for one
  const std::string subject = wishes.subjects.size() == 1 ? wishes.subjects[0].name() : "several";
  if (!for_programs || !wishes.out.empty())
    lesson.emplace(about, train::TrainOptions{.out = wishes.out},
                   train::LessonOptions{.command = wishes.command, .flags = wishes.flags(), .subject = subject, .silent = for_programs});

  const records::SpeedReport report = measure(wishes, settings);
  fmt::print("{}", wishes.json ? to_json(report) : wishes.csv ? to_csv(report) : to_table(report) + "\n");
  if (report.interrupted)
    fmt::print(stderr, "{}: interrupted; {} of {} functions were measured\n", about.name, report.speeds.size(), wishes.subjects.size());
  if (!lesson || report.speeds.empty()) return report.interrupted ? train::interrupted_exit_code : 0;

  lesson->number("copy_gbps", report.copy_gigabytes_per_second());
  std::set<std::string> known;
  for (const observe::Speed& s : report.speeds) {
    const std::string key = train::key_of(s.name);
    if (!known.insert(key).second) continue;  // given twice, or a formula whose letters are those of another
    lesson->number(key + ".forward_ms", s.forward.mean);
    lesson->number(key + ".backward_ms", s.backward.mean);
    lesson->number(key + ".forward_share", s.forward_share());
    lesson->number(key + ".backward_share", s.backward_share());
  }
  lesson->picture(speed_picture(report));
  records::write_whole_file(lesson->folder() / "activation_speed.json", to_json(report));
  return lesson->finish(in_words(report));
}

int main(int argc, char** argv) {
  return train::guarded_main(about, [&] {
    const std::optional<train::SpeedOptions> wishes = train::parse_speed(argc, argv, about);
    return wishes ? learn(*wishes) : 0;
  });
}

// Expected output of --rows 512 --cols 100024 --runs 20 (two cores of an EPYC with AVX-512; times differ from machine to machine):
//
//   512 x 100024 numbers of float32 on cpu, 2 threads: 4 arrays, 0.82 GB in all; 20 runs of each function after 3 to warm up
//
//                forward ms        sd    GB/s of copy   backward ms        sd    GB/s of copy
//   relu              4.25 +-   0.08    96.2    96 %        6.26 +-   0.21    98.8    98 %
//   leaky_relu        4.41 +-   0.48    96.3    95 %        6.97 +-   1.36    97.0    96 %
//   elu               6.66 +-   0.18    61.8    60 %        7.80 +-   0.20    79.1    77 %
//    ...
//   gelu             11.87 +-   0.27    34.8    37 %       14.03 +-   0.39    44.0    46 %
//   mish             11.43 +-   2.12    37.4    35 %       21.23 +-   0.44    29.1    27 %
//   Copying moved 100.7 GB/s. At 90 % of that or more ran 2 of 9 forward and 2 backward. relu was the fastest; mish took 3.06 times as
//   long.
//
// "of copy" is the share of the rate at which the same memory was copied between these runs. The simple ones go as fast as memory does, and
// none of them could be faster; two cores need longer to compute gelu or mish than to move their numbers.
