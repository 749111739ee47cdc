// Writes ONNX models with inputs and the outputs that this library computes, for check_onnx.py, which runs them by another runtime:
//
//   onnx_cases FOLDER        NAME.onnx, NAME.inputs.npy, NAME.expected.npy for each case, and cases.txt: a name and what it is, a line each
//
// Every nonlinearity is written twice. As a curve, between two linear layers that only pick and place numbers and therefore round nothing:
// what differs is the nonlinearity, from -50 to 50. And in a small random network, as people train them.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/record/npy.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/onnx_export.hpp"
#include "support/formula_texts.hpp"

using namespace seegrad;

namespace {

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) { std::filesystem::create_directories(path_); }

  void add(const std::string& about, nn::Sequential& network, const Tensor& inputs, const train::OnnxOptions& options = {},
           const Tensor& pixels = {}) {
    const NoGrad no_tape;
    network.train(false);
    const std::string name = fmt::format("{:03}_{}", count_++, records::file_name_of(about));
    const Tensor& given = pixels ? pixels : inputs;
    records::write_whole_file(path_ / (name + ".onnx"), train::onnx_model(network, given.shape()[1], options));
    records::write_npy(path_ / (name + ".inputs.npy"), given.to(DType::float32));
    records::write_npy(path_ / (name + ".expected.npy"), network(inputs).to(DType::float32));
    list_ += fmt::format("{} {}\n", name, about);
  }

  void finish() const { records::write_whole_file(path_ / "cases.txt", list_); }

 private:
  std::filesystem::path path_;
  std::string list_;
  int count_ = 0;
};

Tensor random_tensor(const Shape& shape, std::uint64_t seed, double mean, double deviation, TensorOptions options = {}) {
  Random random(seed);
  std::vector<double> values(static_cast<std::size_t>(shape.count()));
  for (double& value : values) value = random.normal(mean, deviation);
  return Tensor::from(values, shape, options);
}

/// Other values than those at the start, so that each comes from where it should.
void disturb(nn::Module& network, std::uint64_t seed) {
  Random random(seed);
  const auto scatter = [&](Tensor tensor) {
    std::vector<double> values = tensor.to_vector();
    for (double& value : values) value = value * random.uniform(0.75, 1.25) + 0.125 * random.uniform();
    tensor.assign(values);
  };
  for (const nn::Parameter& parameter : network.parameters())
    if (!parameter.decay) scatter(parameter.tensor);
}

/// The matrix that puts input i mod in into place i.
void only_place(const nn::Linear& layer) {
  std::vector<double> weights(static_cast<std::size_t>(layer.weight().count()), 0.0);
  for (std::int64_t i = 0; i < layer.out(); ++i) weights[static_cast<std::size_t>(i * layer.in() + i % layer.in())] = 1;
  Tensor(layer.weight()).assign(weights);
}

/// From -50 to 50 in steps that are exact in binary, finer around 0, `width` to a row.
Tensor curve_inputs(std::int64_t width) {
  std::vector<double> values;
  for (int i = -400; i <= 400; ++i) values.push_back(i * 0.125);
  for (int i = -200; i <= 200; ++i) values.push_back(i * 0.03125 + 0.0078125);
  for (double size = 1; size > 1e-12; size /= 8) values.insert(values.end(), {size, -size});
  while (values.size() % static_cast<std::size_t>(width) != 0) values.push_back(0.375);
  return Tensor::from(values, {static_cast<std::int64_t>(values.size()) / width, width});
}

void add_curve(Folder& folder, const nn::Nonlinearity& f, bool per_channel = false) {
  constexpr std::int64_t width = 4;
  Random random(3);
  const std::int64_t in = f.width_in(width), out = f.width_out(width);
  nn::Sequential network =
      nn::mlp({.inputs = in, .outputs = out, .width = width, .activation = f, .activation_per_channel = per_channel}, random);
  disturb(network, 4);
  only_place(dynamic_cast<const nn::Linear&>(network[0]));
  only_place(dynamic_cast<const nn::Linear&>(network[2]));
  folder.add(fmt::format("curve {}{}", f.to_string(), per_channel ? ", one value a unit" : ""), network, curve_inputs(in));
}

struct Kind {
  nn::Normalisation normalisation = nn::Normalisation::none;
  double dropout = 0;
  std::int64_t depth = 2;
  DType type = DType::float32;
};

void add_network(Folder& folder, const nn::Nonlinearity& f, const Kind& kind = {}) {
  Random random(5);
  const TensorOptions options{kind.type, {}};
  nn::Sequential network = nn::mlp({.inputs = 7,
                                    .outputs = 5,
                                    .depth = kind.depth,
                                    .width = 12,
                                    .activation = f,
                                    .dropout = kind.dropout,
                                    .normalisation = kind.normalisation,
                                    .tensor = options},
                                   random);
  for (int batch = 0; batch < 8; ++batch) static_cast<void>(network(random_tensor({64, 7}, 100 + std::uint64_t(batch), 0.5, 2, options)));
  disturb(network, 6);
  folder.add(fmt::format("network {}, depth {}, normalisation {}, dropout {}, {}", f.to_string(), kind.depth,
                         nn::name_of(kind.normalisation), kind.dropout, name_of(kind.type)),
             network, random_tensor({40, 7}, 7, 0, 1, options));
}

/// The pixels' scaling as the first step: the model is given bytes, the network what they become.
void add_scaled(Folder& folder) {
  Random random(8);
  nn::Sequential network = nn::mlp({.inputs = 16, .outputs = 3, .width = 8, .activation = Activation::parse("tanh")}, random);
  const PixelScaling scaling{1 / 90.0F, -0.8125F};
  std::vector<double> bytes, numbers;
  for (int i = 0; i < 16 * 20; ++i) {
    bytes.push_back(double(random.below(256)));
    numbers.push_back(double(float(bytes.back()) * scaling.scale + scaling.shift));
  }
  folder.add("pixels from 0 to 255", network, Tensor::from(numbers, {20, 16}), {.scaling = scaling, .metadata = {{"data", "random"}}},
             Tensor::from(bytes, {20, 16}));
}

void write_cases(Folder& folder) {
  std::vector<nn::Nonlinearity> all = nn::Nonlinearity::all();
  for (const std::string& text : test::formula_texts()) all.push_back(nn::Nonlinearity::parse(text));
  for (const char* text : {"maxout(3)", "leaky_relu(0.3)", "elu(0.5)", "softplus(3)", "threshold(0.5, -1)", "celu(2)", "gated(prelu)",
                           "hardtanh(-3, 2)", "log(sigmoid(x)) + log(Phi(x))"})
    all.push_back(nn::Nonlinearity::parse(text));
  for (const nn::Nonlinearity& f : all) {
    add_curve(folder, f);
    add_network(folder, f);
    if (f.function() && f.function()->learnable()) add_curve(folder, f, true);
  }
  // Not much deeper: with eight layers of swiglu the last bit of an input already moves an output by 2e-5.
  for (const char* text : {"relu", "swiglu", "gelu", "maxout"}) {
    const nn::Nonlinearity f = nn::Nonlinearity::parse(text);
    add_network(folder, f, {.normalisation = nn::Normalisation::batch});
    add_network(folder, f, {.normalisation = nn::Normalisation::layer});
    add_network(folder, f, {.dropout = 0.5});
    add_network(folder, f, {.normalisation = nn::Normalisation::layer, .dropout = 0.25, .depth = 4});
    add_network(folder, f, {.type = DType::float64});
  }
  add_network(folder, nn::Nonlinearity::parse("relu"), {.depth = 0});
  add_scaled(folder);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw UsageError("onnx_cases FOLDER");
    Folder folder(argv[1]);
    write_cases(folder);
    folder.finish();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
