// Networks for other programs: the arrays of a step and of a run's tables, and the program export_model as a user meets it.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/model_file.hpp"
#include "seegrad/train/tensor_export.hpp"
#include "support/onnx_reader.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using namespace seegrad;
using test::TemporaryFolder;

namespace {

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// An .npy file: what its header says, and the numbers behind it.
struct Npy {
  std::string header;
  std::string bytes;
  template <class T>
  std::vector<T> values() const {
    std::vector<T> all(bytes.size() / sizeof(T));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(all.data()));
    return all;
  }
};

Npy npy(const fs::path& file) {
  const std::string text = text_of(file);
  INFO(file);
  REQUIRE(text.size() > 10);
  const std::size_t begin = 10 + static_cast<std::uint8_t>(text[8]) + 256U * static_cast<std::uint8_t>(text[9]);
  return {text.substr(10, begin - 10), text.substr(begin)};
}

std::set<std::string> files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

std::vector<float> floats(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

nn::Sequential small_network(const char* activation, nn::Normalisation normalisation = nn::Normalisation::none) {
  Random random(1);
  return nn::mlp({.inputs = 5,
                  .outputs = 3,
                  .depth = 2,
                  .width = 4,
                  .activation = nn::Nonlinearity::parse(activation),
                  .normalisation = normalisation},
                 random);
}

}  // namespace

TEST_CASE("the arrays of a step are those that the step computes", "[npy][onnx]") {
  const TemporaryFolder folder;
  nn::Sequential network = small_network("tanh");
  const Tensor images = Tensor::from({1, -2, 0.5, 3, -1, 0, 0.25, 2, -0.5, 1}, {2, 5});
  const Tensor labels = Tensor::indices(std::vector<std::int32_t>{2, 0});
  const int count = train::export_step(network, images, labels, folder / "arrays");

  std::set<std::string> expected{"images.npy", "labels.npy"};
  for (const char* layer : {"01", "02", "03"})
    for (const char* what : {"z", "h", "delta", "weight", "weight_gradient", "bias", "bias_gradient"})
      expected.insert(std::string("layer_") + layer + "_" + what + ".npy");
  CHECK(files_in(folder / "arrays") == expected);
  CHECK(count == static_cast<int>(expected.size()));
  const auto array = [&](const std::string& name) { return npy(folder / "arrays" / (name + ".npy")); };

  const std::vector<nn::Parameter> parameters = network.parameters();
  const std::vector<Tensor> slopes = gradients(cross_entropy(network(images), labels), network.parameter_tensors());
  for (std::size_t layer = 0; layer < 3; ++layer) {
    const std::string prefix = "layer_0" + std::to_string(layer + 1) + "_";
    INFO(prefix);
    CHECK(array(prefix + "weight").values<float>() == floats(parameters[2 * layer].tensor));
    CHECK(array(prefix + "weight_gradient").values<float>() == floats(slopes[2 * layer]));
    CHECK(array(prefix + "bias").values<float>() == floats(parameters[2 * layer + 1].tensor));
    CHECK(array(prefix + "bias_gradient").values<float>() == floats(slopes[2 * layer + 1]));
    // delta summed over the samples is the gradient of the bias.
    const std::vector<float> delta = array(prefix + "delta").values<float>();
    const std::size_t units = delta.size() / 2;
    for (std::size_t unit = 0; unit < units; ++unit)
      CHECK(delta[unit] + delta[units + unit] == Approx(floats(slopes[2 * layer + 1])[unit]).margin(1e-7));
    const std::vector<float> z = array(prefix + "z").values<float>(), h = array(prefix + "h").values<float>();
    for (std::size_t i = 0; i < z.size(); ++i) CHECK(h[i] == Approx(layer < 2 ? std::tanh(z[i]) : z[i]));
  }
  CHECK(array("layer_03_h").values<float>() == floats(network(images)));
  CHECK(array("images").values<float>() == floats(images));
  CHECK(array("labels").values<std::int32_t>() == std::vector<std::int32_t>{2, 0});
  CHECK(array("layer_01_z").header.find("'shape': (2, 4)") != std::string::npos);
  CHECK(array("layer_01_weight").header.find("'shape': (4, 5)") != std::string::npos);
}

TEST_CASE("z is what goes into the activation, also behind a normalisation and before a change of width", "[npy]") {
  const TemporaryFolder folder;
  nn::Sequential network = small_network("crelu", nn::Normalisation::layer);
  const Tensor images = Tensor::from({1, -2, 0.5, 3, -1}, {1, 5});
  train::export_step(network, images, Tensor::indices(std::vector<std::int32_t>{1}), folder.path());
  const std::vector<float> z = npy(folder / "layer_01_z.npy").values<float>(), h = npy(folder / "layer_01_h.npy").values<float>();
  REQUIRE(z.size() == 4);
  REQUIRE(h.size() == 8);
  CHECK(z[0] + z[1] + z[2] + z[3] == Approx(0).margin(1e-6));  // normalised
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(h[i] == std::fmax(z[i], 0.0F));
    CHECK(h[4 + i] == std::fmax(-z[i], 0.0F));
  }
  CHECK(npy(folder / "layer_01_delta.npy").values<float>().size() == 4);
}

TEST_CASE("the columns of a run's tables become arrays of steps and layers", "[npy]") {
  const TemporaryFolder run;
  records::write_whole_file(run / "steps.csv", "step,train_loss\n0,2.5\n100,nan\n");
  const std::string layers = "step,layer,name,delta_rms\n0,1,0,0.5\n0,2,2,0.25\n0,3,4,0.125\n100,1,0,1\n100,2,2,inf\n100,3,4,3\n";
  records::write_whole_file(run / "layers.csv", layers);
  constexpr double infinity = std::numeric_limits<double>::infinity();

  SECTION("of a whole run") {
    records::write_whole_file(run / "summary.json", "{}");
    CHECK(train::export_tables(run.path(), run / "arrays") == 5);
    CHECK(files_in(run / "arrays") ==
          std::set<std::string>{"steps_step.npy", "steps_train_loss.npy", "layers_step.npy", "layers_layer.npy", "layers_delta_rms.npy"});
    const Npy loss = npy(run / "arrays" / "steps_train_loss.npy"), delta = npy(run / "arrays" / "layers_delta_rms.npy");
    CHECK(loss.header.find("'shape': (2,)") != std::string::npos);
    CHECK(loss.values<double>()[0] == 2.5);
    CHECK(std::isnan(loss.values<double>()[1]));
    CHECK(delta.header.find("'descr': '<f8'") != std::string::npos);
    CHECK(delta.header.find("'shape': (2, 3)") != std::string::npos);
    CHECK(delta.values<double>() == std::vector<double>{0.5, 0.25, 0.125, 1, infinity, 3});
  }
  SECTION("of one that was broken off in the middle of a step") {
    records::write_whole_file(run / "layers.csv", layers.substr(0, layers.size() - 8));
    train::export_tables(run.path(), run / "arrays");
    CHECK(npy(run / "arrays" / "layers_delta_rms.npy").values<double>() == std::vector<double>{0.5, 0.25, 0.125});
  }
  SECTION("not of a damaged one") {
    records::write_whole_file(run / "layers.csv", layers + "200,2,2,1\n");
    CHECK_THROWS_WITH(train::export_tables(run.path(), run / "arrays"),
                      Catch::Matchers::EndsWith("line 8: layer: expected layer 1, found 2"));
  }
  SECTION("nor where no folder can be") {
    records::write_whole_file(run / "arrays", "");
    CHECK_THROWS_WITH(train::export_tables(run.path(), run / "arrays"), Catch::Matchers::Contains("arrays: the folder cannot be made: "));
  }
}

#ifdef SEEGRAD_EXAMPLES
namespace {

/// A run folder with a network that has learned nothing, and a place to work.
class Desk {
 public:
  explicit Desk(const char* activation) {
    train::TrainOptions options;
    options.data = "digits";
    options.train_samples = 64;
    options.device = "cpu";
    options.activation = nn::Nonlinearity::parse(activation);
    options.depth = 2;
    options.width = 8;
    const train::Samples samples(options);
    Random random(1);
    const nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                            .outputs = samples.classes(),
                                            .depth = options.depth,
                                            .width = options.width,
                                            .activation = options.activation},
                                           random);
    fs::create_directories(folder_ / "run");
    train::save_model(folder_ / "run" / "model.safetensors", network, train::about_model(options, samples));
  }

  testing::Outcome run(const std::vector<std::string>& flags) const {
    testing::RunOptions options;
    options.folder = folder_.path();
    return testing::run_program(SEEGRAD_EXAMPLES "/export_model", flags, options);
  }
  fs::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("export_model writes the network of a run beside it", "[onnx][program]") {
  const Desk desk("prelu");
  const testing::Outcome outcome = desk.run({"run"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out.find("run/model.onnx: prelu, images [N, 784] to logits [N, 10], ") == 0);
  const test::OnnxModel model = test::read_onnx(text_of(desk / "run/model.onnx"));
  CHECK(model.ops() == std::vector<std::string>{"Gemm", "PRelu", "Gemm", "PRelu", "Gemm"});
  CHECK(model.metadata.at("activation") == "prelu");
  CHECK(model.metadata.at("data") == "digits");
  CHECK(model.metadata.at("class_7") == "7");
}

TEST_CASE("with --bytes the model scales pixels itself", "[onnx][program]") {
  const Desk desk("relu");
  REQUIRE(desk.run({"run/model.safetensors", "--onnx", "mine.onnx", "--bytes"}).code == 0);
  CHECK(test::read_onnx(text_of(desk / "mine.onnx")).ops() ==
        std::vector<std::string>{"Mul", "Add", "Gemm", "Relu", "Gemm", "Relu", "Gemm"});
}

TEST_CASE("with --npy export_model writes what a step computes, and no model unless asked", "[npy][program]") {
  const Desk desk("swiglu");
  const testing::Outcome outcome = desk.run({"run", "--npy", "arrays", "--samples", "20"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.out == "arrays: 23 arrays\n");
  CHECK(!fs::exists(desk / "run/model.onnx"));
  CHECK(npy(desk / "arrays/images.npy").header.find("'shape': (20, 784)") != std::string::npos);
  CHECK(npy(desk / "arrays/layer_01_z.npy").header.find("'shape': (20, 16)") != std::string::npos);
  CHECK(npy(desk / "arrays/layer_03_h.npy").header.find("'shape': (20, 10)") != std::string::npos);
}

TEST_CASE("export_model says in one line what cannot be meant", "[program]") {
  const Desk desk("relu");
  const auto refused = [&](const std::vector<std::string>& flags, const std::string& reason) {
    const testing::Outcome outcome = desk.run(flags);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(outcome.err.find("export_model: " + reason) == 0);
    CHECK(outcome.err.find('\n') == outcome.err.size() - 1);
  };
  refused({}, "0 runs are given; name one folder");
  refused({"run", "run"}, "2 runs are given; name one folder");
  refused({"runn"}, "runn: is neither a model file nor the folder of a run");
  refused({"run", "--samples", "0"}, "--samples 0: must be a whole number from 1");
  refused({"run", "--npy", "arrays", "--data", "digitz"}, "--data digitz: ");
}
#endif
