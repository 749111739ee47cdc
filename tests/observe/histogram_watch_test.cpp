#include "seegrad/observe/histogram_watch.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/not_finite_search.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;

namespace {

/// Keeps every tensor that the histograms are about.
class Keeper : public Observer {
 public:
  void forward(const ForwardEvent& event) override {
    if (event.kind == "linear") z.push_back(event.output), event.output.watch();
    if (event.kind == "activation") h.push_back(event.output);
  }
  void gradient(const Tensor& watched, const Tensor& gradient) override {
    for (const Tensor& one : z)
      if (watched.same_as(one)) delta.insert(delta.begin(), gradient);  // from the last layer to the first
  }
  std::vector<Tensor> z, h, delta;
};

std::vector<std::int64_t> counts_of(const Tensor& x) {
  std::vector<std::int64_t> counts(histogram_bins, 0);
  for (const double value : x.to_vector())
    if (const int bin = histogram_bin(value); bin >= 0) ++counts[static_cast<std::size_t>(bin)];
  return counts;
}

struct Net {
  Random random{3};
  nn::Sequential network = nn::mlp({.inputs = 5, .outputs = 3, .depth = 2, .width = 8, .activation = Activation::parse("tanh")}, random);
  Tensor images = Tensor::from(numbers(), {6, 5});
  Tensor labels = Tensor::indices(std::vector<std::int32_t>{0, 1, 2, 0, 1, 2});

  std::vector<double> numbers() {
    std::vector<double> all(30);
    for (double& x : all) x = random.normal();
    return all;
  }
  void step() {
    const Tensor loss = cross_entropy(network(images), labels);
    static_cast<void>(gradients(loss, network.parameter_tensors()));
  }
};

}  // namespace

TEST_CASE("histograms count what went through z, h and delta of every layer", "[observe]") {
  Net net;
  Keeper keeper;
  observe::HistogramWatch watch;
  {
    const Listening one(watch), other(keeper);
    net.step();
  }
  const std::vector<observe::LayerHistogram> found = watch.read().later()();
  REQUIRE(found.size() == 8);  // z, h, delta of two hidden layers; z and delta of the output
  std::size_t i = 0;
  for (std::size_t layer = 0; layer < 3; ++layer) {
    for (const char* tensor : {"z", "h", "delta"}) {
      if (layer == 2 && std::string(tensor) == "h") continue;
      const observe::LayerHistogram& histogram = found[i++];
      INFO(tensor << " of layer " << layer + 1);
      CHECK(histogram.layer == static_cast<std::int64_t>(layer) + 1);
      CHECK(histogram.tensor == tensor);
      const Tensor& x = std::string(tensor) == "z" ? keeper.z[layer] : std::string(tensor) == "h" ? keeper.h[layer] : keeper.delta[layer];
      CHECK(histogram.counts == counts_of(x));
      double sum = 0, largest = -INFINITY;
      for (const double value : x.to_vector()) sum += value, largest = std::max(largest, value);
      CHECK(histogram.sum == Approx(sum).margin(1e-6));
      CHECK(histogram.max == largest);
    }
  }
}

TEST_CASE("NaN has no bin and is counted, infinity lies in the outermost ones", "[observe]") {
  Net net;
  std::vector<double> values = net.images.to_vector();
  values[0] = NAN;
  net.images = Tensor::from(values, {6, 5});
  observe::HistogramWatch watch;
  {
    const Listening listening(watch);
    net.step();
  }
  const observe::LayerHistogram z = watch.read().later()().front();
  CHECK(z.nan_count == 8);  // the first sample's row
  std::int64_t counted = 0;
  for (const std::int64_t count : z.counts) counted += count;
  CHECK(counted == 5 * 8);
}

TEST_CASE("the search finds the first tensor that is not finite, in the order of computation", "[observe]") {
  Net net;
  const auto search = [&] {
    observe::NotFiniteSearch listener;
    {
      const Listening listening(listener);
      net.step();
    }
    return listener.first();
  };
  CHECK_FALSE(search());
  const auto spoil = [&](std::size_t parameter, double value) {
    Tensor tensor = net.network.parameter_tensors()[parameter];
    std::vector<double> values = tensor.to_vector();
    const double before = values[1];
    values[1] = value;
    tensor.assign(values);
    return before;
  };
  struct Case {
    std::size_t parameter;
    double value;
    std::int64_t layer;
    const char* tensor;
  };
  // 1e38 times inputs of order 1 in a row of five overflows float32 now and then, but its tanh is finite: the weight itself is fine.
  for (const Case& c :
       {Case{0, NAN, 1, "weight"}, Case{1, INFINITY, 1, "bias"}, Case{2, INFINITY, 2, "weight"}, Case{4, NAN, 3, "weight"}}) {
    const double before = spoil(c.parameter, c.value);
    const auto place = search();
    REQUIRE(place);
    CHECK(place->layer == c.layer);
    CHECK(place->tensor == c.tensor);
    spoil(c.parameter, before);
  }
  std::vector<double> values = net.images.to_vector();
  values[7] = INFINITY;
  net.images = Tensor::from(values, {6, 5});
  const auto place = search();
  REQUIRE(place);
  CHECK(place->layer == 1);
  CHECK(place->tensor == "z");
}
