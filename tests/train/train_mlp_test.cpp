// The first lesson as a user meets it: good runs, wrong flags, broken folders, Ctrl-C.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/data/digits.hpp"
#include "seegrad/nn/nonlinearity.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using seegrad::testing::Outcome;
using seegrad::testing::RunOptions;

namespace {

using Words = std::vector<std::string>;

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// A folder to run in, with 600 drawn digits to learn from.
class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-train-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    static const seegrad::Dataset digits = seegrad::digits_dataset(600, 200);  // drawn once: there are many places
    seegrad::save_dataset(digits, path_ / "few");
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome run(Words flags, RunOptions options = {}) const {
    if (std::find(flags.begin(), flags.end(), "--data") == flags.end()) flags.insert(flags.end(), {"--data", "few"});
    return run_as_given(flags, std::move(options));
  }
  Outcome run_as_given(const Words& flags, RunOptions options = {}) const {
    options.folder = path_;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/train_mlp", flags, options);
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

Words split(const std::string& text) {
  std::istringstream words(text);
  return {std::istream_iterator<std::string>(words), {}};
}

std::size_t lines_in(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

/// A table without its last column, the seconds.
std::string without_last_column(const std::string& table) {
  std::istringstream lines(table);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += line.substr(0, line.rfind(',')) + "\n";
  return result;
}

}  // namespace

TEST_CASE("a run leaves a complete folder and says what it found", "[train]") {
  const Place place;
  const Outcome outcome = place.run(split("--epochs 3 --batch 50 --log-every 5 --width 32 --out run"));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("at initialisation") != std::string::npos);
  CHECK(outcome.out.find("epoch 3/3") != std::string::npos);
  CHECK(outcome.out.find("a layer on the way back") != std::string::npos);
  CHECK(outcome.err.empty());
  const auto config = nlohmann::json::parse(text_of(place / "run/config.json"));
  CHECK(config["flags"]["width"] == 32);
  CHECK(config["flags"]["activation"] == "relu");
  CHECK(config["data"]["checksum"].get<std::string>().size() == 32);
  const auto summary = nlohmann::json::parse(text_of(place / "run/summary.json"));
  CHECK(summary["steps"] == 36);
  CHECK(summary["layers"].size() == 4);
  CHECK(summary["test_accuracy"] > 0.2);
  CHECK(summary["samples_per_second"] > 0);
  CHECK(lines_in(text_of(place / "run/epochs.csv")) == 1 + 3);
  // 12 steps an epoch: 0, 5, ..., 35 are eight, and the last steps of the first two epochs are 11 and 23.
  CHECK(lines_in(text_of(place / "run/steps.csv")) == 1 + 10);
  CHECK(lines_in(text_of(place / "run/layers.csv")) == 1 + 10 * 4);
  CHECK(place.run(split("--epochs 1 --out run")).code == 2);  // not overwritten
}

TEST_CASE("the same seed and number of threads give the same numbers", "[train]") {
  const Place place;
  const Words flags =
      split("--epochs 2 --width 40 --dropout 0.2 --normalisation batch --activation prelu --log-every 1 --quiet --threads 2");
  for (const char* name : {"a", "b", "c"}) {
    Words all = flags;
    all.insert(all.end(), {"--out", name, "--seed", *name == 'c' ? "2" : "1"});
    REQUIRE(place.run(all).code == 0);
  }
  CHECK(text_of(place / "a/layers.csv") == text_of(place / "b/layers.csv"));
  CHECK(without_last_column(text_of(place / "a/steps.csv")) == without_last_column(text_of(place / "b/steps.csv")));
  CHECK(text_of(place / "a/layers.csv") != text_of(place / "c/layers.csv"));
}

TEST_CASE("every activation, initialiser, optimiser and normalisation trains without an error", "[train]") {
  const Place place;
  Words runs;
  for (const auto& f : seegrad::nn::Nonlinearity::all())  // this process may have registered more
    if (!f.elementwise() || f.elementwise()->formula().catalogue_index() >= 0) runs.push_back("--activation " + f.to_string());
  for (const char* text : {"maxout(k=3)", "gated(swish) --activation-per-channel", "prelu --activation-per-channel"})
    runs.push_back(std::string("--activation ") + text);
  for (const char* init : {"auto", "xavier", "lecun_uniform", "normal(0.1)", "orthogonal", "pytorch", "lsuv", "zeros"})
    runs.push_back(std::string("--init ") + init);
  for (const char* other : {"--optimizer adam", "--optimizer adamw --weight-decay 0.1", "--optimizer rmsprop", "--momentum 0.9 --lr 0.01",
                            "--normalisation layer --precision fp64", "--depth 0", "--schedule step(1,0.5) --warmup 5 --clip 1"})
    runs.push_back(other);
  for (const std::string& run : runs) {
    const Outcome outcome =
        place.run(split(run + " --epochs 1 --width 16 --quiet" + (run.find("--lr") == std::string::npos ? " --lr 0.003" : "")));
    INFO(run << ": " << outcome.err);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("activations of whole rows learn, softmax worst of all", "[train]") {
  const Place place;
  for (const auto& f : seegrad::nn::Nonlinearity::all()) {
    if (f.elementwise()) continue;
    INFO(f.to_string());
    const Outcome outcome = place.run(split("--activation " + f.to_string() +
                                            " --normalisation layer --optimizer adam --epochs 8 --batch 20 --width 32 --depth 2 --json"));
    REQUIRE(outcome.code == 0);
    const double accuracy = nlohmann::json::parse(outcome.out)["test_accuracy"];  // guessing: 0.1
    const bool is_a_share = f.name() == "softmax" || f.name() == "softmin";
    CHECK(accuracy > (is_a_share ? 0.2 : 0.35));
  }
}

TEST_CASE("a typed formula trains like the built-in activation that it spells out", "[train][text]") {
  const Place place;
  const auto [name, text, allowed] = GENERATE(table<std::string, std::string, double>({
      {"silu", "x*sigmoid(x)", 0},
      {"swish", "x*sigmoid(b*x); b~1", 0},
      {"tanh", "tanh(x)", 0},
      {"relu", "x > 0 ? x : 0", 0},
      // Another way to compute: equal to single precision in the first row, and rounded apart in 30 steps of training.
      {"mish", "x*tanh(softplus(x))", 1e-3},
  }));
  const Words flags = split("--epochs 3 --batch 60 --width 32 --log-every 10 --quiet --threads 1");
  for (const auto& [activation, out] : {std::pair(name, "name"), std::pair(text, "text")}) {
    Words all = flags;
    all.insert(all.end(), {"--activation", activation, "--out", out});
    REQUIRE(place.run(all).code == 0);
  }
  const auto numbers = [&](const char* run) {
    std::string table = text_of(place / (std::string(run) + "/layers.csv"));
    table.erase(0, table.find('\n') + 1);
    std::vector<double> cells;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream columns(line);
      int index = 0;
      for (std::string cell; std::getline(columns, cell, ',');)
        if (++index != 4) cells.push_back(std::stod(cell));  // the fourth is the layer's name
    }
    return cells;
  };
  const std::vector<double> a = numbers("name"), b = numbers("text");
  REQUIRE(a.size() == b.size());
  REQUIRE(a.size() > 4 * 4 * 20);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool first_step = i < a.size() / 5;  // steps 0, 9, 10, 19, 20
    const double limit = allowed == 0 ? 0 : first_step ? 5e-6 : allowed;
    INFO(name << " and " << text << ", cell " << i << ": " << a[i] << " and " << b[i]);
    CHECK(std::fabs(a[i] - b[i]) <= limit * std::fmax(std::fabs(a[i]), std::fabs(b[i])));
  }
}

TEST_CASE("a wrong formula is shown with the place that is wrong, and exit code 2", "[train][text]") {
  const Place place;
  const Outcome outcome = place.run({"--activation", "x*sigmod(x)"});
  CHECK(outcome.code == 2);
  CHECK_THAT(outcome.err, Catch::StartsWith("train_mlp: --activation: formula: unknown name 'sigmod' (did you mean 'sigmoid'?)\n"
                                            "  x*sigmod(x)\n"
                                            "    ^\n"));
  CHECK(lines_in(outcome.err) == 4);
  CHECK(outcome.out.empty());
}

TEST_CASE("--json prints the summary and nothing else", "[train]") {
  const Place place;
  const Outcome outcome = place.run(split("--epochs 1 --json --out run"));
  REQUIRE(outcome.code == 0);
  CHECK(nlohmann::json::parse(outcome.out)["epochs"] == 1);
  CHECK(outcome.out == text_of(place / "run/summary.json"));
  CHECK(outcome.err.empty());
}

TEST_CASE("every wrong flag is one line that names it, and exit code 2", "[train]") {
  const Place place;
  const auto [flags, expected] = GENERATE(table<Words, std::string>({
      {{"--activation", "rleu"}, "did you mean 'relu'"},
      {{"--activation", ""}, "--activation"},
      {{"--activation", "relu(3)"}, "takes no parameters"},
      {{"--activation", "swigl"}, "did you mean 'swiglu'"},
      {{"--activation", "maxout(0)"}, "at least 1"},
      {{"--activation", "gated"}, "gated(tanh)"},
      {{"--activation-per-channel"}, "relu learns nothing"},
      {{"--activation-per-channel=maybe"}, "--activation-per-channel"},
      {{"--actvation", "gelu"}, "did you mean '--activation'"},
      {{"--actvation=gelu"}, "did you mean '--activation'"},
      {{"--depth"}, "--depth: a value is missing"},
      {{"--depth", "abc"}, "whole number from 0 to 1000"},
      {{"--depth", "-1"}, "--depth -1"},
      {{"--depth", "3.5"}, "--depth 3.5"},
      {{"--depth", "3", "--depth", "4"}, "--depth"},
      {{"--width", "0"}, "--width 0"},
      {{"--width", "99999999999999999999"}, "--width 9999"},
      {{"--batch", "0"}, "--batch 0"},
      {{"--epochs", "-2"}, "--epochs -2"},
      {{"--lr", "0"}, "--lr 0"},
      {{"--lr", "nan"}, "--lr nan"},
      {{"--lr", "1e999"}, "--lr 1e999"},
      {{"--lr", "fast"}, "above 0"},
      {{"--momentum", "1"}, "--momentum 1"},
      {{"--optimizer", "adam", "--momentum", "0.5"}, "adam has no momentum"},
      {{"--optimizer", "adm"}, "did you mean 'adam'"},
      {{"--init", "hee"}, "did you mean 'he'"},
      {{"--schedule", "cosin"}, "did you mean 'cosine'"},
      {{"--warmup", "-1"}, "--warmup -1"},
      {{"--clip", "-1"}, "--clip -1"},
      {{"--dropout", "1"}, "--dropout 1"},
      {{"--normalisation", "bach"}, "did you mean 'batch'"},
      {{"--device", "cpux"}, "did you mean 'cpu'"},
      {{"--device", "cuda:x"}, "--device cuda:x"},
      {{"--precision", "half"}, "must be one of fp32, fp64, tf32, bf16"},
      {{"--device", "cpu", "--precision", "bf16"}, "bf16 needs a GPU"},
      {{"--threads", "0"}, "--threads 0"},
      {{"--threads", "1000"}, "from 1 to 256"},
      {{"--seed", "-1"}, "--seed -1"},
      {{"--log-every", "0"}, "--log-every 0"},
      {{"--train-samples", "0"}, "--train-samples 0"},
      {{"--train-samples", "601"}, "600"},
      {{"--data", "fashon-mnist"}, "did you mean 'fashion-mnist'"},
      {{"--data", "no/such/folder"}, "no such folder"},
      {{"--out", ""}, "--out"},
      {{"--quiet=maybe"}, "--quiet"},
      {{"gelu"}, "gelu: is not a flag"},
      {{"--activation", "a\nb"}, "--activation a?b"},
  }));
  const Outcome outcome = place.run(flags);
  INFO(outcome.err);
  CHECK(outcome.code == 2);
  CHECK(lines_in(outcome.err) == 1);
  CHECK(outcome.err.find("train_mlp: ") == 0);
  CHECK(outcome.err.find(expected) != std::string::npos);
  CHECK(outcome.out.empty());
}

TEST_CASE("--help is friendly, quick and needs nothing", "[train]") {
  const Place place;
  fs::resize_file(place / "few/train-images-idx3-ubyte.gz", 10);
  CHECK(place.run({"--help"}).code == 0);  // no data file was read, or it would have complained
  CHECK_FALSE(fs::exists(place / "runs"));
  double fastest = 1;
  for (int i = 0; i < 5; ++i) {
    const Outcome outcome = place.run_as_given({"--help"});
    REQUIRE(outcome.code == 0);
    for (const char* flag :
         {"--activation", "swiglu",   "maxout",      "crelu",       "softmax", "gated",           "--activation-per-channel",
          "--depth",      "--width",  "--init",      "--optimizer", "--lr",    "--batch",         "--epochs",
          "--seed",       "--device", "--precision", "--threads",   "--data",  "--train-samples", "--out",
          "--log-every",  "--quiet",  "--json",      "--help"})
      CHECK(outcome.out.find(flag) != std::string::npos);
    fastest = std::min(fastest, outcome.cpu_seconds);  // the clock on the wall counts what else the machine does
  }
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(fastest < 0.05);
#endif
}

TEST_CASE("a folder that cannot be written is one line and exit code 1", "[train]") {
  const Place place;
  std::ofstream(place / "file") << "in the way";
  for (const std::string out : {"file", "file/run", "/proc/run", "/dev/full"}) {
    const Outcome outcome = place.run({"--out", out});
    INFO(out << ": " << outcome.err);
    CHECK(outcome.code == 1);
    CHECK(lines_in(outcome.err) == 1);
  }
}

TEST_CASE("a disk that fills up during the run is one line and exit code 1", "[train]") {
  const Place place;
  RunOptions options;
  for (const std::uint64_t limit : {8000, 100000, 200000}) {  // a first checkpoint, an event, a table do not fit any more
    options.file_size_limit = limit;
    const std::string out = "run" + std::to_string(limit);
    const Outcome outcome = place.run(split("--epochs 60 --log-every 1 --width 16 --quiet --out " + out), options);
    INFO(outcome.err);
    CHECK(outcome.code == 1);
    CHECK(lines_in(outcome.err) == 1);
    CHECK(outcome.err.find(out + "/") != std::string::npos);
    CHECK(outcome.err.find(": cannot be written: File too large") != std::string::npos);
    for (const auto& entry : fs::directory_iterator(place / out)) CHECK(entry.path().extension() != ".tmp");
  }
}

TEST_CASE("broken data files are one line and exit code 1", "[train]") {
  const Place place;
  fs::create_directories(place / "empty");
  CHECK(place.run({"--data", "empty"}).code != 0);
  for (const auto& entry : fs::directory_iterator(place / "few")) {
    fs::resize_file(entry.path(), fs::file_size(entry.path()) / 2);
    const Outcome outcome = place.run({});
    CHECK(outcome.code == 1);
    CHECK(lines_in(outcome.err) == 1);
    break;
  }
}

TEST_CASE("Ctrl-C ends after the current step with the run folder complete", "[train]") {
  const Place place;
  RunOptions options;
  options.interrupt_when = [&] { return lines_in(text_of(place / "run/steps.csv")) > 20; };
  const Outcome outcome = place.run(split("--epochs 100000 --log-every 1 --out run"), options);
  INFO(outcome.err);
  CHECK(outcome.code == 130);
  CHECK(outcome.out.find("interrupted: test accuracy") != std::string::npos);
  const auto summary = nlohmann::json::parse(text_of(place / "run/summary.json"));
  CHECK(summary["interrupted"] == true);
  const std::string steps = text_of(place / "run/steps.csv"), layers = text_of(place / "run/layers.csv");
  CHECK(steps.back() == '\n');
  CHECK(layers.back() == '\n');
  CHECK((lines_in(steps) - 1) * 4 == lines_in(layers) - 1);
  CHECK(summary["steps"] == lines_in(steps) - 1);
}

TEST_CASE("SIGTERM ends a run as cleanly as Ctrl-C", "[train]") {
  const Place place;
  RunOptions options;
  options.interrupt_when = [&] { return lines_in(text_of(place / "run/steps.csv")) > 5; };
  options.signals = {SIGTERM};
  const Outcome outcome = place.run(split("--epochs 100000 --log-every 1 --out run"), options);
  INFO(outcome.err);
  CHECK_FALSE(outcome.killed);
  CHECK(outcome.code == 130);
  CHECK(nlohmann::json::parse(text_of(place / "run/summary.json"))["interrupted"] == true);
}

TEST_CASE("a second Ctrl-C kills", "[train]") {
  const Place place;
  RunOptions options;
  options.interrupt_when = [&] { return fs::exists(place / "run/config.json"); };
  options.signals = {SIGINT, SIGINT};
  // The first step is long: the second signal comes before it ends.
  const Outcome outcome = place.run(split("--batch 600 --width 1024 --depth 10 --init uniform --out run"), options);
  CHECK(outcome.killed);
  CHECK(outcome.code == 128 + SIGINT);
  CHECK_FALSE(fs::exists(place / "run/summary.json"));
}

TEST_CASE("on a terminal a bar shows progress, speed and the time left; in pipes nothing of it remains", "[train]") {
  const Place place;
  RunOptions options;
  options.terminal = true;
  const Words flags = split("--epochs 60 --batch 10 --width 32");
  const Outcome outcome = place.run(flags, options);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  for (const char* part : {"\repoch ", "/60 ", " % ", " samples/s ", "loss ", " s left"}) CHECK_THAT(outcome.err, Catch::Contains(part));
  CHECK_THAT(outcome.err, Catch::EndsWith("\r\x1b[K"));  // wiped away in the end
  CHECK_THAT(outcome.out, !Catch::Contains("samples/s  loss") && !Catch::Contains("\r") && !Catch::Contains("\x1b"));
  const Outcome piped = place.run(flags);
  CHECK(piped.err.empty());
  CHECK_THAT(piped.out, !Catch::Contains("left") && !Catch::Contains("\r") && !Catch::Contains("\x1b"));
  const Outcome quiet = place.run(split("--epochs 2 --quiet"), options);
  CHECK(quiet.err.empty());
}

TEST_CASE("a network that cannot fit into the machine is refused in one line before it is made", "[train]") {
  const Place place;
  const auto [flags, expected] = GENERATE(table<std::string, std::string>({
      {"--width 65536 --depth 1000", "--width 65536 --depth 1000 --batch 64: training needs 34."},
      {"--width 65536 --depth 1000 --batch 1000000 --optimizer adam", "of memory"},
      {"--width 65536 --depth 1000 --batch 2000000000", "--batch 2000000000: must be a whole number from 1 to 1000000"},
  }));
  const Outcome outcome = place.run(split(flags));
  INFO(outcome.err);
  CHECK(outcome.code == 2);
  CHECK(lines_in(outcome.err) == 1);
  CHECK_THAT(outcome.err, Catch::Contains(expected));
  CHECK_FALSE(fs::exists(place / "runs"));
  CHECK(outcome.cpu_seconds < 5);
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("training on 60000 pictures stays below 200 MB", "[train][slow]") {
  const Place place;
  // Fashion-MNIST where it is installed, generated digits of the same size elsewhere.
  const Outcome outcome = place.run_as_given(split("--data auto --epochs 1 --quiet"));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.peak_memory < 200'000'000);
  CHECK(outcome.peak_memory > 40'000'000);  // the pixels alone are 47 MB: the measurement measures
}
#endif

TEST_CASE("a loss that blows up is reported with its step and layer, and the folder is complete", "[train]") {
  const Place place;
  const Outcome outcome = place.run(split("--activation identity --lr 1e10 --epochs 3 --out run"));
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(lines_in(outcome.err) == 1);
  CHECK(outcome.err.find("first in layer") != std::string::npos);
  const auto summary = nlohmann::json::parse(text_of(place / "run/summary.json"));
  REQUIRE(!summary["diagnoses"].empty());
  CHECK(summary["diagnoses"][0]["name"] == "not_finite");
  CHECK(summary["interrupted"] == false);
}

TEST_CASE("without a data set the generated digits stand in and the program says so in one line", "[train]") {
  const Place place;
  fs::create_directories(place / "empty");
  RunOptions options;
  options.environment = {"SEEGRAD_DATA=empty", "SEEGRAD_DATA_ONLY=1"};
  const Outcome outcome = place.run(split("--data auto --train-samples 500 --epochs 1 --out run"), options);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(nlohmann::json::parse(text_of(place / "run/config.json"))["data"]["name"] == "digits");
  const std::string note = "Fashion-MNIST was not found, so generated digits stand in for it";
  std::istringstream lines(outcome.out);
  std::size_t said = 0;
  for (std::string line; std::getline(lines, line);) said += line.starts_with(note) ? 1 : 0;
  CHECK(said == 1);
  const Outcome asked = place.run(split("--data fashion-mnist --epochs 1"), options);
  CHECK(asked.code == 1);
  CHECK(lines_in(asked.err) == 1);
  CHECK_THAT(asked.err, Catch::Contains("--data fashion-mnist: Fashion-MNIST was not found") && Catch::Contains("datasets/fetch.sh"));
}

TEST_CASE("deltas vanish with sigmoid and keep their size with relu", "[train]") {
  const Place place;
  const auto factor = [&](const std::string& flags, const std::string& name) {
    REQUIRE(place.run(split(flags + " --depth 10 --epochs 1 --batch 600 --quiet --out " + name)).code == 0);
    return nlohmann::json::parse(text_of(place / (name + "/summary.json")))["delta_factor"].get<double>();
  };
  const double sigmoid = factor("--activation sigmoid --init xavier", "sigmoid"), relu = factor("--activation relu --init he", "relu");
  CHECK(sigmoid > 0.2);
  CHECK(sigmoid < 0.26);
  CHECK(relu > 0.9);
  CHECK(relu < 1.1);
}
#endif
