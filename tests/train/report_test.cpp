// The program `report` as a user meets it: one run, several, none; a folder that is no run; a page that cannot be written.
#ifdef SEEGRAD_EXAMPLES
#include <catch2/catch.hpp>

#include "record/run_on_disk.hpp"
#include "support/run_program.hpp"

using namespace seegrad::test;
using seegrad::testing::Outcome;

namespace {

/// A folder with two runs in it, "a" and "b", to call the program in.
class Place {
 public:
  Place() {
    write_run(scratch_.path / "a");
    write_run(scratch_.path / "b", {.activation = "sigmoid", .delta = 1e-6});
  }
  Outcome report(const std::vector<std::string>& words) const {
    seegrad::testing::RunOptions options;
    options.folder = scratch_.path;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/report", words, options);
  }
  fs::path operator/(const std::string& name) const { return scratch_.path / name; }

 private:
  Scratch scratch_;
};

void check_refused(const Outcome& outcome, int code, const std::string& reason) {
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, Catch::StartsWith("report: ") && Catch::Contains(reason) && Catch::EndsWith("\n"));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("report writes the page of one run into its folder", "[train][report]") {
  const Place place;
  const Outcome outcome = place.report({"a"});
  CHECK(outcome.code == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Catch::StartsWith("a/report.html: 1 run, ") && Catch::EndsWith(" kB; open it in a browser\n"));
  CHECK_THAT(text_of(place / "a/report.html"), Catch::StartsWith("<!doctype html>") && Catch::Contains("\"name\":\"relu, depth 2\""));
}

TEST_CASE("report writes the page of several runs where it is called, or where --out says", "[train][report]") {
  const Place place;
  CHECK_THAT(place.report({"a", "b"}).out, Catch::StartsWith("report.html: 2 runs, "));
  const std::string page = text_of(place / "report.html");
  CHECK_THAT(page, Catch::Contains("They part before the first update: in layer 1 the gradient"));
  CHECK(place.report({"--out", "page.html", "--", "a", "b"}).code == 0);
  CHECK(text_of(place / "page.html") == page);
  CHECK(!fs::exists(place / "a/report.html"));
}

TEST_CASE("report says in one line what it cannot do", "[train][report]") {
  const Place place;
  check_refused(place.report({}), 2, "give the folder of a run");
  check_refused(place.report({"c"}), 2, "c: there is no such folder");
  check_refused(place.report({"."}), 2, "there is no config.json in it");
  check_refused(place.report({"a", "--ouf", "x"}), 2, "--ouf: there is no such flag (did you mean '--out'?)");
  check_refused(place.report({"a", "--out"}), 2, "--out: a value is missing");
  check_refused(place.report(std::vector<std::string>(13, "a")), 2, "1 to 12 runs");
  check_refused(place.report({"a", "--out", "no/such/folder.html"}), 1, "no/such/folder.html");
  write(place / "b/steps.csv", "step,loss\n");
  check_refused(place.report({"a", "b"}), 1, "b/steps.csv: line 1: column 2: expected epoch, found loss");
  CHECK(!fs::exists(place / "report.html"));
  const Outcome help = place.report({"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.out, Catch::Contains("report [OPTIONS] [RUN...]") && Catch::Contains("--out FILE"));
}
#endif
