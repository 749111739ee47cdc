#include "seegrad/record/run_folder.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
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
  folder.append(records::StepRecord{0, 1, 0.1, 0.5, 0.05, 1.25});
  folder.append(records::EpochRecord{1, 1e-7, 0.25, 1.0 / 3, 2});
  folder.append(some_layer());
  CHECK(text_of(folder.path() / "steps.csv") == "step,epoch,train_loss,train_accuracy,learning_rate,seconds\n0,1,0.1,0.5,0.05,1.25\n");
  CHECK(text_of(folder.path() / "epochs.csv") == "epoch,train_loss,test_loss,test_accuracy,seconds\n1,1e-07,0.25,0.3333333333333333,2\n");
  CHECK(text_of(folder.path() / "layers.csv") ==
        "step,epoch,layer,name,units,z_mean,z_std,h_mean,h_std,h_min,h_max,zero_share,saturated_share,dead_share,delta_rms,weight_rms,"
        "weight_grad_rms,bias_grad_rms,update_ratio,sign_coherence,nan_count,inf_count\n"
        "3,1,2,2,5,0.1,nan,nan,nan,nan,inf,0,0,0,nan,nan,nan,nan,nan,nan,0,0\n");
}

TEST_CASE("summary.json is valid JSON whatever the numbers are", "[record]") {
  records::Summary summary;
  summary.example = "say \"hello\"\n";
  summary.test_accuracy = 0.875;
  summary.layers = {some_layer()};
  summary.diagnoses = {{"dead", observe::Diagnosis::Severity::failure, 2, {{"dead_units_share", 0.6}}, "try"}};
  const nlohmann::json json = nlohmann::json::parse(records::to_json(summary));
  CHECK(json["test_accuracy"] == 0.875);
  CHECK(json["train_loss"].is_null());
  CHECK(json["layers"][0]["z_mean"] == 0.1);
  CHECK(json["layers"][0]["h_max"].is_null());
  CHECK(json["layers"][0]["inf_count"] == 0);
  CHECK(json["diagnoses"][0]["evidence"]["dead_units_share"] == 0.6);
  CHECK(json["diagnoses"][0]["severity"] == "failure");
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

TEST_CASE("a full disk is one clear error", "[record]") {
  if (!fs::exists("/dev/full")) return;
  CHECK_THROWS_AS(records::CsvFile("/dev/full", "a,b"), Error);  // exists, so it cannot be created
  const Scratch scratch;
  fs::create_symlink("/dev/full", scratch.path / "config.json.tmp");
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
}
