#include "seegrad/record/run_folder.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/math/error.hpp"
#include "seegrad/record/layer_table.hpp"

using namespace seegrad;
namespace fs = std::filesystem;

namespace {

/// A folder of its own for each test, gone afterwards.
struct Scratch {
  fs::path path = fs::temp_directory_path() / ("seegrad-record-" + std::to_string(getpid()));
  Scratch() { fs::remove_all(path), fs::create_directories(path); }
  ~Scratch() { fs::remove_all(path); }
};

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

observe::LayerStatistics some_layer() {
  observe::LayerStatistics layer;
  layer.step = 3, layer.epoch = 1, layer.layer = 2, layer.name = "2", layer.units = 5;
  layer.z_mean = 0.1;
  layer.h_max = std::numeric_limits<double>::infinity();
  layer.activation = "relu";
  return layer;
}

}  // namespace

TEST_CASE("the tables have the columns of the contract", "[record]") {
  const Scratch scratch;
  records::RunFolder folder(scratch.path / "run", "test", "relu");
  folder.logged({0, 1, 0.1, 0.5, 0.05, 1.25}, std::vector{some_layer()});
  folder.epoch({1, 1e-7, 0.25, 1.0 / 3, 2});
  CHECK(text_of(folder.path() / "steps.csv") == "step,epoch,train_loss,train_accuracy,learning_rate,seconds\n0,1,0.1,0.5,0.05,1.25\n");
  CHECK(text_of(folder.path() / "epochs.csv") == "epoch,train_loss,test_loss,test_accuracy,seconds\n1,1e-07,0.25,0.3333333333333333,2\n");
  CHECK(text_of(folder.path() / "layers.csv") ==
        "step,epoch,layer,name,units,z_mean,z_std,h_mean,h_std,h_min,h_max,zero_share,saturated_share,dead_share,delta_rms,weight_rms,"
        "weight_grad_rms,bias_grad_rms,update_ratio,sign_coherence,nan_count,inf_count\n"
        "3,1,2,2,5,0.1,nan,nan,nan,nan,inf,0,0,0,nan,nan,nan,nan,nan,nan,0,0\n");
}

TEST_CASE("histograms are lines of JSON, from the first bin that holds anything to the last", "[record]") {
  const Scratch scratch;
  records::RunFolder folder(scratch.path / "run", "test", "relu");
  observe::LayerHistogram histogram{20, 2, 1, "0", "delta", std::vector<std::int64_t>(257, 0), 3};
  histogram.counts[100] = 4, histogram.counts[103] = 5;
  const observe::LayerHistogram empty{20, 2, 2, "2", "z", std::vector<std::int64_t>(257, 0), 0};
  folder.histograms(std::vector{histogram, empty});
  folder.flush();
  std::istringstream lines(text_of(folder.path() / "histograms.jsonl"));
  std::string line;
  REQUIRE(std::getline(lines, line));
  CHECK(nlohmann::json::parse(line) ==
        nlohmann::json::parse(R"({"step": 20, "epoch": 2, "layer": 1, "name": "0", "tensor": "delta", "nan": 3,
                                                                 "first_bin": 100, "counts": [4, 0, 0, 5]})"));
  REQUIRE(std::getline(lines, line));
  CHECK(nlohmann::json::parse(line)["counts"].empty());
}

TEST_CASE("units.csv says who changes, once", "[record]") {
  const Scratch scratch;
  records::RunFolder folder(scratch.path / "run", "test", "relu");
  observe::UnitLedger ledger;
  const auto probe = [&](double step, const std::vector<double>& dead, const std::vector<double>& saturated) {
    std::vector<double> numbers{1, 0.5};
    for (std::size_t i = 0; i < dead.size(); ++i) numbers.insert(numbers.end(), {dead[i], saturated[i], 0, -1, -1, 0, 0});
    ledger.restore({{"ledger", {step}}, {"ledger of 0", numbers}});
    folder.probed(ledger);
  };
  probe(0, {0, 1, 0}, {0, 0, 0});
  probe(50, {0, 1, 0}, {0, 0, 1});
  observe::Memory memory;
  folder.save(memory);
  const records::FileLengths lengths = folder.lengths();
  probe(100, {1, 0, 0}, {0, 0, 1});
  folder.flush();
  const std::string whole = "step,layer,unit,state\n0,1,1,dead\n50,1,2,saturated\n100,1,0,dead\n100,1,1,alive\n";
  CHECK(text_of(folder.path() / "units.csv") == whole);
  records::RunFolder again(folder.path(), lengths);
  again.restore(memory);
  again.probed(ledger);
  again.flush();
  CHECK(text_of(folder.path() / "units.csv") == whole);
}

TEST_CASE("tables that are taken up again lose what came later and nothing else", "[record]") {
  const Scratch scratch;
  const auto row = [](std::int64_t step) { return observe::StepRecord{step, 1, 1.0 / 3, 0.5, 0.1, 2}; };
  records::RunFolder folder(scratch.path / "run", "test", "relu");
  folder.logged(row(0), std::vector{some_layer()});
  const records::FileLengths lengths = folder.lengths();
  const std::string before = text_of(folder.path() / "steps.csv");
  folder.logged(row(1), std::vector{some_layer()});
  std::ofstream(folder.path() / "layers.csv", std::ios::app) << "7,half a li";
  records::RunFolder again(folder.path(), lengths);
  CHECK(text_of(folder.path() / "steps.csv") == before);
  again.logged(row(1), std::vector{some_layer()});
  again.flush();
  CHECK(text_of(folder.path() / "steps.csv") == before + "1,1,0.3333333333333333,0.5,0.1,2\n");
  CHECK(again.lengths().at("steps.csv") == static_cast<std::int64_t>(fs::file_size(folder.path() / "steps.csv")));
  records::FileLengths wrong = lengths;
  wrong["steps.csv"] = 1000000;
  CHECK_THROWS_WITH(records::RunFolder(folder.path(), wrong), Catch::Contains("steps.csv") && Catch::Contains("1000000"));
  wrong["steps.csv"] = lengths.at("steps.csv") - 1;
  CHECK_THROWS_WITH(records::RunFolder(folder.path(), wrong), Catch::Contains("steps.csv"));
  wrong.erase("steps.csv");
  CHECK_THROWS_WITH(records::RunFolder(folder.path(), wrong), Catch::Contains("steps.csv"));
}

TEST_CASE("settings read back what was written", "[record]") {
  const records::Settings settings{{"seed", std::uint64_t{18446744073709551615u}},
                                   {"depth", std::int64_t{-3}},
                                   {"lr", 0.1},
                                   {"name", std::string("x*sigmoid(1.7*x) \"a\"")},
                                   {"on", true},
                                   {"classes", std::vector<std::string>{"0", "bag"}},
                                   {"flags", records::Settings{{"lr", 1e-300}}}};
  CHECK(records::settings_of(records::to_json(settings), "config.json") == settings);
  for (const char* text : {"", "{", "[]", "3", "{\"a\": [1]}", "{\"a\": 1}}"})
    CHECK_THROWS_WITH(records::settings_of(text, "config.json"), Catch::StartsWith("config.json: holds no settings"));
}

TEST_CASE("summary.json is valid JSON whatever the numbers are", "[record]") {
  records::Summary summary;
  summary.example = "say \"hello\"\n";
  summary.test_accuracy = 0.875;
  summary.layers = {some_layer()};
  observe::Diagnosis diagnosis;
  diagnosis.name = "dead";
  diagnosis.severity = observe::Diagnosis::Severity::failure;
  diagnosis.layers = {2, 3};
  diagnosis.evidence = {{"dead_units_share", 0.6}};
  diagnosis.since = 100;
  summary.findings = {{diagnosis, "./run.sh train_mlp --lr 0.01"}};
  const nlohmann::json json = nlohmann::json::parse(records::to_json(summary));
  CHECK(json["test_accuracy"] == 0.875);
  CHECK(json["train_loss"].is_null());
  CHECK(json["layers"][0]["z_mean"] == 0.1);
  CHECK(json["layers"][0]["h_max"].is_null());
  CHECK(json["layers"][0]["inf_count"] == 0);
  CHECK(json["diagnoses"][0]["evidence"]["dead_units_share"] == 0.6);
  CHECK(json["diagnoses"][0]["severity"] == "failure");
  CHECK(json["diagnoses"][0]["layer"] == 2);
  CHECK(json["diagnoses"][0]["layers"] == std::vector<int>{2, 3});
  CHECK(json["diagnoses"][0]["since"] == 100);
  CHECK(json["diagnoses"][0]["units"].is_null());
  CHECK(json["diagnoses"][0]["command"] == "./run.sh train_mlp --lr 0.01");
  CHECK(json["interrupted"] == false);
}

TEST_CASE("settings keep their order and types", "[record]") {
  const std::string text = records::to_json(records::Settings{
      {"seed", std::uint64_t{18446744073709551615u}}, {"name", std::string("a")}, {"on", true}, {"flags", records::Settings{{"lr", 0.1}}}});
  const nlohmann::json json = nlohmann::json::parse(text);
  CHECK(json["seed"] == 18446744073709551615u);
  CHECK(json["on"] == true);
  CHECK(json["flags"]["lr"] == 0.1);
  CHECK(text.find("seed") < text.find("name"));
}

TEST_CASE("a folder that holds a run is not overwritten, an empty one is used", "[record]") {
  const Scratch scratch;
  CHECK_NOTHROW(records::RunFolder(scratch.path, "test", "relu"));
  CHECK_THROWS_AS(records::RunFolder(scratch.path, "test", "relu"), UsageError);
  std::ofstream(scratch.path / "file") << "in the way";
  CHECK_THROWS_AS(records::RunFolder(scratch.path / "file", "test", "relu"), Error);
  CHECK_THROWS_AS(records::RunFolder(scratch.path / "file" / "run", "test", "relu"), Error);
}

TEST_CASE("two runs of the same second get folders of their own", "[record]") {
  const Scratch scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path);
  const records::RunFolder a({}, "test", "leaky_relu(slope=0.2)"), b({}, "test", "leaky_relu(slope=0.2)");
  fs::current_path(before);
  CHECK(a.path() != b.path());
  CHECK(a.path().string().find("-test-leaky_relu_slope_0_2") != std::string::npos);
}

TEST_CASE("activation texts become safe file names", "[record]") {
  CHECK(records::file_name_of("x*sigmoid(1.7*x)") == "x_sigmoid_1_7_x");
  CHECK(records::file_name_of("../../etc") == "etc");
  CHECK(records::file_name_of(std::string(500, 'a')).size() == 40);
}

TEST_CASE("lines wait until they are handed over, and whoever finds a step finds its layers", "[record]") {
  const Scratch scratch;
  const auto row = [](std::int64_t step) { return observe::StepRecord{step, 1, 1, 0.5, 0.1, 2}; };
  const auto lines = [&](const char* table) {
    const std::string text = text_of(scratch.path / "run" / table);
    CHECK((text.empty() || text.back() == '\n'));
    return std::count(text.begin(), text.end(), '\n') - 1;
  };
  {
    records::RunFolder folder(scratch.path / "run", "test", "relu");
    const auto begin = std::chrono::steady_clock::now();
    std::int64_t step = 0, seen = 0;
    for (; std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(350); ++step) {
      folder.logged(row(step), std::vector{some_layer()});
      const std::int64_t steps = lines("steps.csv");
      CHECK(lines("layers.csv") >= steps);
      seen = std::max(seen, steps);
    }
    CHECK(seen > 1);     // some were handed over on the way
    CHECK(seen < step);  // but not each by itself
    folder.logged(row(step), std::vector{some_layer()});
    const std::int64_t length = folder.lengths().at("steps.csv");
    CHECK(length == static_cast<std::int64_t>(fs::file_size(scratch.path / "run" / "steps.csv")));
    folder.logged(row(step + 1), std::vector{some_layer()});
    CHECK(lines("steps.csv") == step + 1);
  }
  CHECK(lines("steps.csv") > 1);  // the end of the folder hands over the rest
  CHECK(lines("steps.csv") == lines("layers.csv"));
}

TEST_CASE("a full disk is one clear error", "[record]") {
  if (!fs::exists("/dev/full")) return;
  CHECK_THROWS_AS(records::AppendFile::create("/dev/full"), Error);  // exists, so it cannot be created
  const Scratch scratch;
  fs::create_symlink("/dev/full", scratch.path / fmt::format("config.json.{}.tmp", getpid()));
  CHECK_THROWS_WITH(records::write_whole_file(scratch.path / "config.json", "{}"), Catch::Contains("No space left"));
  CHECK_FALSE(fs::exists(scratch.path / "config.json"));
}

TEST_CASE("bars are on a log scale and never longer than their place", "[record]") {
  CHECK(records::log_bar(1, 1, 8, 16, false) == "################");
  CHECK(records::log_bar(1e-4, 1, 8, 16, false) == "########        ");
  CHECK(records::log_bar(1e-9, 1, 8, 16, false) == std::string(16, ' '));
  CHECK(records::log_bar(0, 1, 8, 16, false) == std::string(16, ' '));
  CHECK(records::log_bar(std::nan(""), 1, 8, 16, true) == std::string(16, ' '));
  CHECK(records::log_bar(1e9, 1, 8, 16, false).size() == 16);
}

TEST_CASE("the table has one line a layer and says the delta factor", "[record]") {
  std::vector<observe::LayerStatistics> layers(3, some_layer());
  for (std::size_t i = 0; i < 3; ++i) {
    layers[i].layer = static_cast<std::int64_t>(i) + 1;
    layers[i].delta_rms = 1e-3 * std::pow(4, static_cast<double>(i));
    layers[i].weight_grad_rms = std::nan("");
  }
  layers[2].activation.clear();
  const std::string table = records::layer_table(layers, {});
  CHECK(std::count(table.begin(), table.end(), '\n') == 5);
  CHECK(table.find("RMS delta changes by a factor 0.25 a layer on the way back\n") != std::string::npos);
  CHECK(table.find("output") != std::string::npos);
  CHECK(table.find('\033') == std::string::npos);
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 120);
  for (observe::LayerStatistics& layer : layers) layer.delta_rms = 0;
  CHECK(records::layer_table(layers, {}).find("RMS delta is 0") != std::string::npos);
}
