// One page of one or several runs: curves, layers by steps, histograms, dead units, and what to try next.
//
//   ./run.sh report runs/20261125-101500-train_mlp-relu              writes report.html into that folder (again)
//   ./run.sh report runs/relu runs/sigmoid                           both beside each other: ./report.html
//   ./run.sh report runs/* --out lesson.html                         up to twelve
//
// Every run writes its own page when it ends. This program makes one of a run that was killed or still goes on, and compares runs: in which
// flags they differ, and at which step their learning parts.
#include "seegrad/record/report.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "seegrad/train/flags.hpp"
#include "seegrad/train/program.hpp"

using namespace seegrad;
namespace fs = std::filesystem;

const train::Example program{"report", "Writes one page about one or several runs."};

struct Wishes {
  std::vector<std::string> runs;
  std::string out;
};

bool read(int argc, char** argv, Wishes& wishes) {
  train::Flags flags(program);
  flags.rest(wishes.runs, "RUN", "Folders of runs");
  flags.group("Output").text("--out", "FILE", wishes.out, "a file", "RUN/report.html, of several runs report.html",
                             "Where to write the page");
  if (!flags.parse(argc, argv)) return false;
  if (wishes.runs.empty()) throw UsageError("give the folder of a run, as in: report runs/20261125-101500-train_mlp-relu; see --help");
  return true;
}

int write_page(const Wishes& wishes) {
  const std::vector<fs::path> runs(wishes.runs.begin(), wishes.runs.end());
  const fs::path usual = runs.size() == 1 ? runs.front() / "report.html" : fs::path("report.html");
  const fs::path file = wishes.out.empty() ? usual : fs::path(wishes.out);
  records::write_report(runs, file);
  fmt::print("{}: {} {}, {} kB; open it in a browser\n", file.string(), runs.size(), runs.size() == 1 ? "run" : "runs",
             (fs::file_size(file) + 999) / 1000);
  return 0;
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    return read(argc, argv, wishes) ? write_page(wishes) : 0;
  });
}

// Expected output of ./run.sh report runs/relu runs/sigmoid:
//
//   report.html: 2 runs, 460 kB; open it in a browser
