// Training as users do it, by train::fit, on the CPU and on the GPU: the run folders tell the same story. Two devices add in different
// orders, so numbers drift apart slowly: a step multiplies a difference by little more than 1 at these learning rates.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "seegrad/train/fit.hpp"
#include "training_course.hpp"

namespace seegrad::testing {
namespace {

/// 2000 drawn digits to learn from and 500 to be tested on.
std::string digits() {
  static const test::TemporaryFolder folder;
  static const bool drawn = [] {
    save_dataset(digits_dataset(2000, 500), folder / "digits");
    return true;
  }();
  static_cast<void>(drawn);
  return (folder / "digits").string();
}

/// A table as columns of numbers by their names; what is no number is NaN.
using Table = std::map<std::string, Numbers>;

Table table_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line, cell;
  std::getline(stream, line);
  std::vector<std::string> names;
  for (std::istringstream head(line); std::getline(head, cell, ',');) names.push_back(cell);
  Table table;
  while (std::getline(stream, line)) {
    std::istringstream cells(line);
    for (const std::string& name : names) {
      std::getline(cells, cell, ',');
      char* end = nullptr;
      const double value = std::strtod(cell.c_str(), &end);
      table[name].push_back(end == cell.c_str() ? std::numeric_limits<double>::quiet_NaN() : value);
    }
  }
  return table;
}

struct Told {
  Table steps, layers, epochs;
  std::string config;
  double accuracy() const { return epochs.at("test_accuracy").back(); }
};

Told fit_on(const std::string& device, train::TrainOptions knobs) {
  const test::TemporaryFolder folder;
  knobs.data = digits();
  knobs.device = device;
  knobs.out = folder / "run";
  knobs.epochs = 1;
  knobs.log_every = 1;
  knobs.quiet = true;
  REQUIRE(train::fit({"fit", "compares devices"}, knobs) == 0);
  std::ifstream config(knobs.out / "config.json");
  return {table_in(knobs.out / "steps.csv"), table_in(knobs.out / "layers.csv"), table_in(knobs.out / "epochs.csv"),
          std::string(std::istreambuf_iterator<char>(config), {})};
}

train::TrainOptions knobs_for(const std::string& activation, const std::string& optimizer) {
  train::TrainOptions knobs;
  knobs.activation = nn::Nonlinearity::parse(activation);
  knobs.optimizer = optim::OptimizerOptions::parse(optimizer);
  knobs.width = 64;
  return knobs;
}

double relative(double a, double b) { return a == b ? 0 : std::fabs(a - b) / std::fmax(std::fabs(a), std::fabs(b)); }

void check_losses(const Told& cpu, const Told& gpu, double allowed) {
  const Numbers &a = cpu.steps.at("train_loss"), &b = gpu.steps.at("train_loss");
  REQUIRE(a.size() == b.size());
  REQUIRE(a.size() >= 20);
  for (std::size_t i = 0; i < 20; ++i) {
    INFO("step " << i << ": " << a[i] << " on the CPU, " << b[i] << " on the GPU");
    CHECK(relative(a[i], b[i]) <= allowed);
  }
}

/// Each column of layers.csv with what it is measured by: another column of its row, or 1 for shares, or itself. Before a batch
/// normalisation the gradients of biases, and of the weights of pixels that are the same in all images, are 0 but for roundings: their
/// signs mean nothing.
void check_layers(const Told& cpu, const Told& gpu, std::size_t rows, bool signs_count = true) {
  const std::map<std::string, std::string> unit{
      {"z_mean", "z_std"}, {"h_mean", "h_max"}, {"h_min", "h_max"}, {"bias_grad_rms", "weight_grad_rms"}};
  for (const auto& [name, values] : cpu.layers) {
    if (name == "sign_coherence" && !signs_count) continue;
    const Numbers& others = gpu.layers.at(name);
    REQUIRE(values.size() == others.size());
    REQUIRE(values.size() >= rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const bool is_share = name.ends_with("_share") || name == "sign_coherence";
      const auto by = unit.find(name);
      double size = is_share ? 1 : std::fmax(std::fabs(values[i]), std::fabs(others[i]));
      if (by != unit.end()) size = std::fmax(size, std::fabs(cpu.layers.at(by->second)[i]));
      INFO(name << ", row " << i << ": " << values[i] << " on the CPU, " << others[i] << " on the GPU");
      // 4096 activations and as many weights: a share changes by 2.4e-4 when one of them changes sides.
      CHECK((same_value(values[i], others[i]) || std::fabs(values[i] - others[i]) <= 1e-3 * size));
    }
  }
}

}  // namespace

TEST_CASE("training goes the same way on both devices", "[gpu][train]") {
  const std::vector<std::pair<const char*, const char*>> runs{{"relu", "sgd"},    {"gelu", "sgd(momentum=0.9, lr=0.02)"},
                                                              {"tanh", "adam"},   {"prelu", "adamw"},
                                                              {"swiglu", "adam"}, {"x*sigmoid(b*x); b~1.2", "rmsprop(lr=0.001)"}};
  for (const auto& [activation, optimizer] : runs) {
    INFO(activation << ", " << optimizer);
    const Told cpu = fit_on("cpu", knobs_for(activation, optimizer)), gpu = fit_on("cuda", knobs_for(activation, optimizer));
    check_losses(cpu, gpu, 1e-4);
    check_layers(cpu, gpu, 10 * 4);
    CHECK_THAT(gpu.config, Catch::Contains("\"device\": \"cuda:0\""));
    // Of 500 test samples: those few on the border may fall to the other side.
    CHECK(std::fabs(cpu.accuracy() - gpu.accuracy()) <= 0.012);
    CHECK(gpu.steps.at("train_loss").back() < 0.97 * gpu.steps.at("train_loss").front());  // it learns
    CHECK(relative(cpu.epochs.at("train_loss")[0], gpu.epochs.at("train_loss")[0]) < 1e-3);
  }
}

TEST_CASE("training with normalisation, dropout, clipping and a schedule goes the same way", "[gpu][train]") {
  train::TrainOptions knobs = knobs_for("silu", "sgd(lr=0.05)");
  knobs.clip = 1;
  knobs.warmup = 5;
  for (const nn::Normalisation normalisation : {nn::Normalisation::batch, nn::Normalisation::layer}) {
    for (const double dropout : {0.0, 0.2}) {
      INFO(nn::name_of(normalisation) << ", dropout " << dropout);
      knobs.normalisation = normalisation;
      knobs.dropout = dropout;
      const Told cpu = fit_on("cpu", knobs), gpu = fit_on("cuda", knobs);
      check_losses(cpu, gpu, 1e-4);
      check_layers(cpu, gpu, 5 * 4, normalisation != nn::Normalisation::batch);
    }
  }
}

TEST_CASE("in double precision the devices agree to many digits", "[gpu][train]") {
  train::TrainOptions knobs = knobs_for("gelu", "adam");
  knobs.precision = train::Precision::fp64;
  const Told cpu = fit_on("cpu", knobs), gpu = fit_on("cuda", knobs);
  check_losses(cpu, gpu, 1e-9);
}

// Operands off by 2^-11 (tf32) or 2^-8 (bf16) at random move a loss of some 2.3 by far less than that share; what the steps then make of
// it is kept small by a small learning rate.
TEST_CASE("tf32 and bf16 train nearly as fp32 does, and not quite", "[gpu][train][precision]") {
  train::TrainOptions knobs = knobs_for("relu", "sgd(lr=0.01)");
  const Told exact = fit_on("cuda", knobs);
  for (const auto& [precision, allowed] : {std::pair(train::Precision::tf32, 0.005), std::pair(train::Precision::bf16, 0.03)}) {
    INFO(train::name_of(precision));
    knobs.precision = precision;
    const Told rounded = fit_on("cuda", knobs);
    check_losses(exact, rounded, allowed);
    CHECK(exact.steps.at("train_loss") != rounded.steps.at("train_loss"));
    CHECK(std::fabs(exact.accuracy() - rounded.accuracy()) <= 0.04);
  }
  backend_of(gpu_device).set_product_precision(ProductPrecision::fp32);
}

TEST_CASE("a loss that blows up on the GPU is reported like on the CPU", "[gpu][train]") {
  const test::TemporaryFolder folder;
  const auto message = [&](const std::string& device) {
    train::TrainOptions knobs = knobs_for("identity", "sgd(lr=1e10)");
    knobs.data = digits();
    knobs.device = device;
    knobs.out = folder / device;
    knobs.epochs = 1;
    knobs.quiet = true;
    std::string text = test::message_of<Error>([&] { train::fit({"fit", ""}, knobs); });
    const std::size_t at = text.find("; the run folder");
    return text.substr(0, at);
  };
  const std::string cpu = message("cpu");
  CHECK_THAT(cpu, Catch::Contains("the loss became") && Catch::Contains("at step"));
  CHECK(message("cuda") == cpu);
}

}  // namespace seegrad::testing
