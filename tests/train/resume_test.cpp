// A run that is broken off goes on as if nothing had happened, however it was broken off.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/data/digits.hpp"
#include "seegrad/math/random.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using seegrad::testing::Outcome;
using seegrad::testing::RunOptions;

namespace {

using Words = std::vector<std::string>;

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

Words split(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

/// A table without its last column, the seconds.
std::string without_seconds(const std::string& table) {
  std::istringstream lines(table);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += line.substr(0, line.rfind(',')) + "\n";
  return result;
}

std::size_t lines_in(const fs::path& file) {
  const std::string text = text_of(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-resume-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    static const seegrad::Dataset digits = seegrad::digits_dataset(600, 100);
    seegrad::save_dataset(digits, path_ / "few");
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome run(const std::string& flags, RunOptions options = {}) const {
    options.folder = path_;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/train_mlp", split(flags), options);
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// Everything that a run computed is the same, digit for digit; what only the clock knows is left out.
void check_equal(const fs::path& a, const fs::path& b) {
  CHECK(text_of(a / "model.safetensors") == text_of(b / "model.safetensors"));
  for (const char* table : {"layers.csv", "histograms.jsonl", "units.csv", "mistakes.csv"}) {
    INFO(table);
    CHECK(text_of(a / table) == text_of(b / table));
  }
  for (const char* table : {"steps.csv", "epochs.csv"}) CHECK(without_seconds(text_of(a / table)) == without_seconds(text_of(b / table)));
  const auto of = [](const fs::path& run) { return nlohmann::json::parse(text_of(run / "summary.json")); };
  for (const char* key : {"steps", "epochs", "test_accuracy", "train_loss", "layers", "units"}) CHECK(of(a)[key] == of(b)[key]);
  auto found_a = of(a)["diagnoses"], found_b = of(b)["diagnoses"];
  CHECK(found_a == found_b);
}

RunOptions ended_by(int signal, std::function<bool()> when) {
  RunOptions options;
  options.signals = {signal};
  options.interrupt_when = std::move(when);
  return options;
}

/// A run that was killed after the last thing it does.
bool is_done(const Outcome& outcome) { return outcome.code == 2 && outcome.err.find("epochs are done") != std::string::npos; }

const std::string flags = "--data few --epochs 40 --batch 32 --width 24 --depth 3 --log-every 3 --quiet --threads 1 --seed 5 ";

}  // namespace

TEST_CASE("a run that Ctrl-C broke off ends as it would have, whatever the layers and the optimiser remember", "[train][resume]") {
  const Place place;
  const std::string kind =
      GENERATE("--optimizer adam --dropout 0.3 --activation rrelu", "--momentum 0.9 --normalisation batch --activation prelu",
               "--optimizer rmsprop --schedule step(7,0.5) --precision fp64 --activation gelu --warmup 9");
  INFO(kind);
  REQUIRE(place.run(flags + kind + " --out whole").code == 0);
  const auto when = [&] { return lines_in(place / "part/steps.csv") > 60; };
  const Outcome broken = place.run(flags + kind + " --out part", ended_by(SIGINT, when));
  INFO(broken.err);
  REQUIRE(broken.code == 130);
  CHECK(broken.out.find("--resume part") != std::string::npos);
  CHECK(lines_in(place / "part/epochs.csv") < lines_in(place / "whole/epochs.csv"));
  const Outcome resumed = place.run("--resume part --quiet");
  INFO(resumed.err);
  REQUIRE(resumed.code == 0);
  check_equal(place / "whole", place / "part");
}

TEST_CASE("a run that is killed at fifty random moments and resumed each time ends as it would have", "[train][resume][slow]") {
  const Place place;
  REQUIRE(place.run(flags + "--checkpoint-every 11 --optimizer adam --out whole").code == 0);
  seegrad::Random random(7);
  int kills = 0;
  bool complete = false;
  for (int attempt = 0; kills < 50 && attempt < 400; ++attempt) {
    const bool begun = fs::exists(place / "part/checkpoint.safetensors");
    if (!begun) fs::remove_all(place / "part");  // killed before there was anything to resume
    const auto start = std::chrono::steady_clock::now();
    const auto patience = std::chrono::milliseconds(10 + static_cast<int>(random.below(120)));
    const Outcome outcome = place.run(begun ? "--resume part --quiet" : flags + "--checkpoint-every 11 --optimizer adam --out part",
                                      ended_by(SIGKILL, [&] { return std::chrono::steady_clock::now() - start > patience; }));
    INFO(outcome.err);
    kills += outcome.killed;
    complete = !outcome.killed;
    if (complete) {  // done before its time was up, or killed when all was written: what follows begins anew
      REQUIRE((outcome.code == 0 || is_done(outcome)));
      check_equal(place / "whole", place / "part");
      fs::remove_all(place / "part");
    }
  }
  CHECK(kills == 50);
  if (complete) return;
  const bool begun = fs::exists(place / "part/checkpoint.safetensors");
  if (!begun) fs::remove_all(place / "part");
  const Outcome last = place.run(begun ? "--resume part --quiet" : flags + "--checkpoint-every 11 --optimizer adam --out part");
  REQUIRE((last.code == 0 || is_done(last)));
  check_equal(place / "whole", place / "part");
  for (const auto& entry : fs::directory_iterator(place / "part")) CHECK(entry.path().string().find(".tmp") == std::string::npos);
}

TEST_CASE("a run that is complete can be trained on", "[train][resume]") {
  const Place place;
  REQUIRE(place.run(flags + "--schedule constant --epochs 2 --out run").code == 2);  // given twice
  const std::string short_flags = "--data few --batch 32 --width 24 --log-every 3 --quiet --threads 1 --schedule constant ";
  REQUIRE(place.run(short_flags + "--epochs 4 --out whole").code == 0);
  REQUIRE(place.run(short_flags + "--epochs 2 --out run").code == 0);
  const Outcome nothing = place.run("--resume run --quiet");
  CHECK(nothing.code == 2);
  CHECK(nothing.err.find("--epochs") != std::string::npos);
  REQUIRE(place.run("--resume run --quiet --epochs 4").code == 0);
  CHECK(text_of(place / "whole/model.safetensors") == text_of(place / "run/model.safetensors"));
}

TEST_CASE("what cannot be resumed is one clear line", "[train][resume]") {
  const Place place;
  REQUIRE(place.run(flags + "--checkpoint-every 10 --out run", ended_by(SIGKILL, [&] { return lines_in(place / "run/steps.csv") > 20; }))
              .killed);
  const auto refused = [&](const std::string& words, int code, const std::string& part) {
    const Outcome outcome = place.run(words);
    INFO(words << ": " << outcome.err);
    CHECK(outcome.code == code);
    CHECK(outcome.err.find(part) != std::string::npos);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  };
  refused("--resume nowhere", 2, "config.json");
  refused("--resume few", 2, "config.json");
  refused("--resume", 2, "value is missing");
  refused("--resume run --depth 4", 2, "--depth");
  refused("--resume run --lr=0.1", 2, "--lr");
  const std::string checkpoint = text_of(place / "run/checkpoint.safetensors"), config = text_of(place / "run/config.json");
  const auto with = [&](const char* name, const std::string& bytes) { std::ofstream(place / "run" / name, std::ios::binary) << bytes; };
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, std::size_t{100}, checkpoint.size() / 2, checkpoint.size() - 1}) {
    with("checkpoint.safetensors", checkpoint.substr(0, length));
    refused("--resume run", 1, "checkpoint.safetensors");
  }
  with("checkpoint.safetensors", std::string(checkpoint.size(), 'x'));
  refused("--resume run", 1, "checkpoint.safetensors");
  with("checkpoint.safetensors", checkpoint);
  with("config.json", "{");
  refused("--resume run", 1, "config.json");
  std::string wider = config;
  wider.replace(wider.find("\"width\": 24"), 11, "\"width\": 25");
  with("config.json", wider);
  refused("--resume run", 1, "0.weight");
  with("config.json", config);
  with("steps.csv", "step,epoch\n");
  refused("--resume run", 1, "steps.csv");
}

TEST_CASE("a checkpoint with changed bytes is refused or used, and crashes nothing", "[train][resume][slow]") {
  const Place place;
  const std::string short_flags = "--data few --batch 64 --width 12 --epochs 12 --log-every 4 --quiet --threads 1 ";
  const auto when = [&] { return lines_in(place / "run/steps.csv") > 10; };
  REQUIRE(place.run(short_flags + "--checkpoint-every 5 --optimizer adam --out run", ended_by(SIGKILL, when)).code != 0);
  const std::string checkpoint = text_of(place / "run/checkpoint.safetensors");
  seegrad::Random random(3);
  for (int i = 0; i < 30; ++i) {
    fs::remove_all(place / "copy");
    fs::copy(place / "run", place / "copy", fs::copy_options::recursive);
    std::string changed = checkpoint;
    const std::size_t reach = i % 5 == 0 ? changed.size() : 6000;  // mostly the header, where names, shapes and lengths stand
    changed[static_cast<std::size_t>(random.below(reach))] ^= static_cast<char>(1 + random.below(255));
    std::ofstream(place / "copy/checkpoint.safetensors", std::ios::binary) << changed;
    const Outcome outcome = place.run("--resume copy --quiet");
    INFO("exit code " << outcome.code << ": " << outcome.err);
    CHECK_FALSE(outcome.killed);
    CHECK((outcome.code >= 0 && outcome.code <= 2));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == (outcome.code == 0 ? 0 : 1));
  }
}
#endif
