// Run folders that a disk, an editor or an enemy has been at: the report says in one line which file, line and column, or shows the page.
#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>

#include "record/run_on_disk.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/report.hpp"

using namespace seegrad;
using namespace seegrad::test;

namespace {

/// What the report says of a folder; empty when it makes a page.
std::string complaint(const fs::path& run) {
  try {
    records::report_page({{run}});
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

struct Damage {
  std::string file, from, to, says;  ///< the first `from` becomes `to`
};

const std::vector<Damage> damages{
    {"config.json", "\"flags\"", "flags", "config.json: holds no settings"},
    {"config.json", "{", "[{", "config.json: holds no settings"},
    {"summary.json", "\"interrupted\": false", "\"interrupted\": 7", "summary.json: interrupted: expected true or false, found 7"},
    {"summary.json", "\"train_loss\": 0.25", "\"train_loss\": \"low\"", "train_loss: expected a number, found \"low\""},
    {"summary.json", "\"steps\": 6", "\"steps\": -6", "steps: expected a whole number that makes sense here, found -6"},
    {"summary.json", "\"steps\": 6", "\"steps\": 18446744073709551615", "steps: expected a whole number"},
    {"summary.json", "\"diagnoses\": [", "\"diagnoses\": [3, ", "diagnoses: expected an object, found 3"},
    {"summary.json", "\"severity\": \"failure\"", "\"severity\": \"bad\"", "severity: expected failure or warning, found bad"},
    {"summary.json", "\"delta_factor_a_layer\": 0.123456", "\"delta_factor_a_layer\": []", "evidence: expected numbers, found []"},
    {"steps.csv", "train_loss", "loss", "steps.csv: line 1: column 3: expected train_loss, found loss"},
    {"steps.csv", ",seconds", "", "line 1: column 6: expected seconds, found nothing"},
    {"steps.csv", ",seconds", ",seconds,more", "column 7: expected no more columns, found more"},
    {"steps.csv", "\n10,1,2,", "\n10,1,two,", "steps.csv: line 3: train_loss: expected a number, found two"},
    {"steps.csv", "\n10,1,2,", "\n10,1,,", "line 3: train_loss: expected a number, found nothing"},
    {"steps.csv", "\n10,1,2,", "\n10,1,", "line 3: expected 6 fields, found 5"},
    {"steps.csv", "\n10,", "\n0,", "line 3: step: expected a whole number from 1, found 0"},
    {"steps.csv", "\n10,", "\n-10,", "line 3: step: expected a whole number from 1, found -10"},
    {"steps.csv", "\n10,", "\n10.5,", "line 3: step: expected a whole number from 1, found 10.5"},
    {"steps.csv", "\n10,", "\n\xff\xfe\x01,", "line 3: step: expected a whole number from 1, found "},
    {"steps.csv", "\n10,", "\n99999999999999999999,", "line 3: step: expected a whole number from 1, found 9999"},
    {"epochs.csv", "\n1,", "\n7,", "epochs.csv: line 2: epoch: expected an epoch of which there are steps in steps.csv, found 7"},
    {"layers.csv", "z_std", "std", "layers.csv: line 1: column 7: expected z_std, found std"},
    {"layers.csv", "\n0,1,1,0,", "\n0,1,-1,0,", "line 2: layer: expected a whole number from 0, found -1"},
    {"layers.csv", "\n0,1,1,0,", "\n0,1,1000000000000000000,0,", "line 2: layer: expected 1, found 1000000000000000000"},
    {"layers.csv", "\n0,1,2,2,", "\n0,1,3,2,", "line 3: layer: expected 2, found 3"},
    {"layers.csv", "\n10,1,1,0,", "\n15,1,1,0,", "line 5: step: expected 10, as in steps.csv, found 15"},
    {"layers.csv", "\n10,1,3,4,3,", "\n20,1,1,4,3,", "step 10 has 2 layers before it, expected 3"},
    {"units.csv", "0,1,3,dead", "0,9,3,dead", "units.csv: line 2: layer: expected a whole number from 1 to 3, found 9"},
    {"units.csv", "0,1,3,dead", "0,1,4,dead", "line 2: unit: expected a whole number from 0 to 3, found 4"},
    {"units.csv", "0,1,3,dead", "0,1,3,asleep", "line 2: state: expected alive, dead or saturated, found asleep"},
    {"units.csv", "0,1,3,dead", "11,1,3,dead", "line 3: step: expected a whole number from 11, found 10"},
    {"histograms.jsonl", "{\"step\"", "\"step\"", "histograms.jsonl: line 1: expected JSON"},
    {"histograms.jsonl", "\"layer\":1", "\"layer\":1000000000000000000", "line 1: layer: expected a whole number"},
    {"histograms.jsonl", "\"tensor\":\"z\"", "\"tensor\":\"q\"", "line 1: tensor: expected z, h or delta, found q"},
    {"histograms.jsonl", "\"first_bin\":102", "\"first_bin\":257", "counts: expected no more than 257 bins, found 1 from bin 257"},
    {"histograms.jsonl", "\"counts\"", "\"count\"", "line 1: counts: is missing"},
    {"histograms.jsonl", "\"step\":30", "\"step\":-1", "step: expected a whole number"},
    {"mistakes.csv", "predicted", "guess", "mistakes.csv: line 1: column 3: expected predicted, found guess"},
    {"mistakes.csv", "17,0,2", "17,0,3", "line 2: predicted: expected a whole number from 0 to 2, found 3"},
    {"mistakes.png", "PNG", "GIF", "mistakes.png: is no PNG"},
    {"mistakes.png", "IEND", "XEND", "mistakes.png: is a PNG that is cut off"},
    {"model.safetensors", "F32", "X32", "model.safetensors"}};

void check_one_line(const std::string& text) {
  CHECK(!text.empty());
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.size() < 1000);
}

}  // namespace

TEST_CASE("the report names file, line and column of what is corrupt", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  REQUIRE(complaint(run).empty());
  for (const Damage& damage : damages) {
    const std::string whole = text_of(run / damage.file);
    std::string text = whole;
    INFO(damage.file << ": " << damage.from << " -> " << damage.to);
    const std::size_t at = text.find(damage.from);
    REQUIRE(at != std::string::npos);
    write(run / damage.file, text.replace(at, damage.from.size(), damage.to));
    const std::string said = complaint(run);
    CHECK_THAT(said, Catch::Contains(damage.says));
    CHECK_THAT(said, Catch::Contains(damage.file));
    check_one_line(said);
    write(run / damage.file, whole);
  }
}

TEST_CASE("every file of a run may be empty, binary, endless, or a folder", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  for (const char* file : {"config.json", "summary.json", "steps.csv", "epochs.csv", "layers.csv", "units.csv", "mistakes.csv",
                           "mistakes.png", "model.safetensors"}) {
    INFO(file);
    const std::string whole = text_of(run / file);
    std::string binary;
    for (int i = 0; i < 3000; ++i) binary += static_cast<char>(i * 7 + i / 256);
    for (const std::string& text : {std::string(), binary, std::string(3 << 20, 'a'), std::string(100000, '['), std::string("\n\n\n"),
                                    whole.substr(0, whole.size() - 3)}) {
      write(run / file, text);
      const std::string said = complaint(run);
      check_one_line(said);
      CHECK_THAT(said, Catch::Contains(file));
    }
    fs::remove(run / file);
    fs::create_directory(run / file);
    check_one_line(complaint(run));
    CHECK_THAT(complaint(run), Catch::Contains(file));
    fs::remove(run / file);
    write(run / file, whole);
  }
  for (const char* file : {"steps.csv", "epochs.csv", "layers.csv"}) {
    fs::rename(run / file, scratch.path / "away");
    CHECK_THAT(complaint(run), Catch::EndsWith(std::string(file) + ": is missing"));
    fs::rename(scratch.path / "away", run / file);
  }
}

TEST_CASE("brackets within brackets do not fill the stack", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  std::string nested = "0";
  for (int i = 0; i < 40; ++i) nested = "{\"a\":" + nested + "}";
  for (const char* file : {"config.json", "summary.json", "histograms.jsonl"}) {
    const std::string whole = text_of(run / file);
    write(run / file, nested + "\n");
    CHECK_THAT(complaint(run), Catch::Contains(file) && Catch::EndsWith("found brackets nested more than 32 deep"));
    write(run / file, whole);
  }
}

TEST_CASE("a finished run whose tables are cut off anywhere is refused", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  for (const char* file : {"steps.csv", "layers.csv"}) {
    const std::string whole = text_of(run / file);
    for (std::size_t length = 0; length < whole.size(); length += 11) {
      INFO(file << " of " << length << " bytes");
      write(run / file, whole.substr(0, length));
      const bool all_but_last_step = std::string(file) == "steps.csv" && whole.substr(0, length).ends_with("0.04\n");
      if (!all_but_last_step) check_one_line(complaint(run));
    }
    write(run / file, whole);
  }
}

TEST_CASE("no byte that is changed in a run folder crashes the report", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  std::uint32_t random = 1;
  const auto next = [&](std::size_t below) {
    random = random * 1664525 + 1013904223;
    return static_cast<std::size_t>(random >> 8) % below;
  };
  int pages = 0, complaints = 0;
  for (const char* file : {"config.json", "summary.json", "steps.csv", "epochs.csv", "layers.csv", "units.csv", "histograms.jsonl",
                           "mistakes.csv", "mistakes.png", "model.safetensors"}) {
    const std::string whole = text_of(run / file);
    for (int trial = 0; trial < 12; ++trial) {
      std::string text = whole;
      for (int change = 0; change < 3; ++change) text[next(text.size())] = static_cast<char>(next(256));
      write(run / file, text);
      const std::string said = complaint(run);
      said.empty() ? ++pages : ++complaints;
      if (!said.empty()) check_one_line(said);
    }
    write(run / file, whole);
  }
  CHECK(pages > 0);
  CHECK(complaints > 0);
}
