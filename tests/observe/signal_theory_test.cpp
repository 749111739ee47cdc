// Mean-field theory against networks that were made and measured: what it says of step 0 is what the engine finds.
#include "seegrad/observe/signal_theory.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;
using observe::LayerStatistics;

namespace {

constexpr std::int64_t samples = 64, inputs = 64, classes = 10, width = 400, depth = 5;

/// Statistics of the first step of a wide network on normal inputs. On the sphere the length of an input would be the same for all; of
/// 64 normal numbers it is nearly.
std::vector<LayerStatistics> measured(const std::string& activation, const std::string& init) {
  Random random(7);
  const nn::MlpOptions options{.inputs = inputs,
                               .outputs = classes,
                               .depth = depth,
                               .width = width,
                               .activation = Activation::parse(activation),
                               .init = nn::Initializer::parse(init)};
  nn::Sequential network = nn::mlp(options, random);
  std::vector<double> images(static_cast<std::size_t>(samples * inputs));
  for (double& value : images) value = random.normal();
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < samples; ++i) labels.push_back(i % static_cast<std::int32_t>(classes));
  observe::LayerWatch watch;
  {
    const Listening listening(watch);
    const Tensor loss = cross_entropy(network(Tensor::from(images, Shape({samples, inputs}))), Tensor::indices(labels));
    static_cast<void>(gradients(loss, network.parameter_tensors()));
  }
  return watch.collect();
}

LayerStatistics layer(std::int64_t units, double weight_rms, double z_std, double delta_rms) {
  LayerStatistics row;
  row.units = units, row.weight_rms = weight_rms, row.z_mean = 0, row.z_std = z_std, row.delta_rms = delta_rms;
  return row;
}

}  // namespace

TEST_CASE("the predicted signal is the measured one, on its way there and back", "[observe][theory]") {
  struct Case {
    std::string activation, init;
  };
  for (const Case& c : std::vector<Case>{{"relu", "he"},
                                         {"tanh", "xavier"},
                                         {"sigmoid", "xavier"},
                                         {"gelu", "auto"},
                                         {"tanh", "normal(0.1)"},
                                         {"leaky_relu(0.2)", "he"}}) {
    INFO(c.activation << " with " << c.init);
    const std::vector<LayerStatistics> layers = measured(c.activation, c.init);
    const auto theory = observe::signal_theory(Activation::parse(c.activation), layers);
    REQUIRE(theory);
    REQUIRE(theory->z_std.size() == layers.size());
    // Of a width of 400 the mean square of a layer strays by about 1/sqrt(400) = 5 % from that of an endless width, and less in its root;
    // over 5 layers that adds up. The 10 outputs stray by 1/sqrt(10) of their mean square.
    for (std::size_t l = 0; l < layers.size(); ++l) {
      INFO("layer " << l + 1);
      const bool output = l + 1 == layers.size();
      const double rms = std::hypot(layers[l].z_std, layers[l].z_mean);
      CHECK(theory->z_std[l] == Approx(rms).epsilon(output ? 0.4 : 0.15));
      CHECK(theory->delta_rms[l] == Approx(layers[l].delta_rms).epsilon(0.25));
    }
    CHECK(theory->factor == Approx(observe::delta_factor(layers)).epsilon(0.06));
  }
}

TEST_CASE("ten layers of sigmoid vanish by the factor that the moments give", "[observe][theory]") {
  // Weights of N(0, 1/n) behind sigmoid: q settles at E sigmoid^2, and each layer multiplies delta^2 by E sigmoid'^2.
  const Activation f = Activation::parse("sigmoid");
  std::vector<LayerStatistics> layers(40, layer(100, 0.1, 1, 1));
  const auto theory = observe::signal_theory(f, layers);
  REQUIRE(theory);
  const double q = theory->z_std[38];
  CHECK(q * q == Approx(moments(f, q).second_moment).epsilon(1e-9));
  CHECK(theory->delta_rms[37] / theory->delta_rms[38] == Approx(std::sqrt(moments(f, q).derivative_second_moment)).epsilon(1e-9));
}

TEST_CASE("relu with He's weights keeps signal and gradient exactly", "[observe][theory]") {
  const std::vector<LayerStatistics> layers(10, layer(50, std::sqrt(2.0 / 50), 3, 0.01));
  const auto theory = observe::signal_theory(Activation::parse("relu"), layers);
  REQUIRE(theory);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    CHECK(theory->z_std[l] == Approx(3).epsilon(1e-8));
    CHECK(theory->delta_rms[l] == Approx(0.01).epsilon(1e-8));
  }
  CHECK(theory->factor == Approx(1).epsilon(1e-8));
}

TEST_CASE("where theory has nothing to say it says nothing", "[observe][theory]") {
  const std::vector<LayerStatistics> layers(3, layer(50, 0.1, 1, 0.01));
  CHECK(!observe::signal_theory(Activation::parse("relu"), {}));
  CHECK(!observe::signal_theory(Activation::parse("relu"), std::span(layers).first(1)));
  CHECK(!observe::signal_theory(Activation::parse("rrelu"), layers));
  SECTION("weights of 0: all comes to rest at f(0)") {
    const std::vector<LayerStatistics> zeros(3, layer(50, 0, 0, 0.01));
    const auto theory = observe::signal_theory(Activation::parse("sigmoid"), zeros);
    CHECK(theory->z_std == std::vector<double>{0, 0, 0});
    CHECK(theory->delta_rms == std::vector<double>{0, 0, 0.01});
  }
  SECTION("what is not finite is NaN, not an error") {
    std::vector<LayerStatistics> broken = layers;
    broken[0].z_std = std::numeric_limits<double>::infinity();
    CHECK(std::isnan(observe::signal_theory(Activation::parse("relu"), broken)->z_std[1]));
    const auto pole = observe::signal_theory(Activation::parse("log(x)"), layers);
    CHECK(std::isnan(pole->z_std[1]));
    CHECK(std::isnan(pole->delta_rms[0]));
    CHECK(pole->delta_rms[2] == 0.01);
  }
}

TEST_CASE("a signal is predicted from where it begins", "[observe][theory]") {
  const observe::Signal start{3, {0, 0, 0, 0}, {0, 0, 0, 0.01}};
  SECTION("relu: half of the square passes, both ways") {
    const observe::Signal signal = observe::predicted_signal(Activation::parse("relu"), 0.5, start);
    CHECK(signal.first_z == 3);
    CHECK(signal.h_rms[0] == Approx(3 / std::sqrt(2)));
    CHECK(signal.h_factor() == Approx(0.5));
    CHECK(signal.delta_rms[3] == 0.01);
    CHECK(signal.delta_rms[0] == Approx(0.01 / 8));
    CHECK(signal.delta_factor() == Approx(0.5));
  }
  SECTION("identity: c decides") {
    CHECK(observe::predicted_signal(Activation::parse("identity"), 1.44, start).h_factor() == Approx(1.2));
    CHECK(observe::predicted_signal(Activation::parse("identity"), 0, start).h_rms == std::vector<double>{3, 0, 0, 0});
  }
  SECTION("it is what signal_theory says of weights of that size") {
    const std::vector<LayerStatistics> layers(5, layer(100, 0.15, 3, 0.01));
    const auto theory = observe::signal_theory(Activation::parse("gelu"), layers);
    const observe::Signal signal =
        observe::predicted_signal(Activation::parse("gelu"), 100 * 0.15 * 0.15, {3, {0, 0, 0, 0}, {0, 0, 0, theory->delta_rms[3]}});
    for (std::size_t l = 0; l < 4; ++l) CHECK(signal.delta_rms[l] == Approx(theory->delta_rms[l]));
    for (std::size_t l = 0; l < 4; ++l) CHECK(0.15 * 10 * signal.h_rms[l] == Approx(theory->z_std[l + 1]));
    CHECK(signal.delta_factor() == Approx(theory->factor));
  }
  SECTION("what theory does not reach is NaN, and a c that is none is refused") {
    CHECK(std::isnan(observe::predicted_signal(Activation::parse("log(x)"), 1, start).h_rms[0]));
    CHECK(observe::predicted_signal(Activation::parse("relu"), 1, {}).h_rms.empty());
    CHECK_THROWS_AS(observe::predicted_signal(Activation::parse("relu"), -1, start), Error);
    CHECK_THROWS_AS(observe::predicted_signal(Activation::parse("relu"), std::nan(""), start), Error);
  }
}

TEST_CASE("a measured signal is that of the hidden layers, and several have a geometric mean", "[observe][theory]") {
  std::vector<LayerStatistics> layers(3, layer(50, 0.1, 4, 0.01));
  layers[0].z_mean = 3, layers[1].h_mean = 5, layers[1].h_std = 12, layers[2].delta_rms = 7;
  const observe::Signal signal = observe::measured_signal(layers);
  CHECK(signal.first_z == 5);
  REQUIRE(signal.h_rms.size() == 2);
  CHECK(signal.h_rms[1] == 13);
  CHECK(signal.delta_rms == std::vector<double>{0.01, 0.01});
  CHECK(observe::measured_signal({}).h_rms.empty());

  const observe::Signal mean = observe::geometric_mean(std::vector<observe::Signal>{{1, {2, 4}, {1, 0}}, {4, {8, 1}, {9, 5}}});
  CHECK(mean.first_z == Approx(2));
  CHECK(mean.h_rms[0] == Approx(4));
  CHECK(mean.h_rms[1] == Approx(2));
  CHECK(mean.delta_rms[0] == Approx(3));
  CHECK(mean.delta_rms[1] == 0);
  CHECK(observe::geometric_mean({}).h_rms.empty());
  CHECK_THROWS_AS(observe::geometric_mean(std::vector<observe::Signal>{{1, {2}, {1}}, {1, {2, 3}, {1, 1}}}), Error);
  CHECK(std::isnan(observe::Signal{1, {2}, {1}}.h_factor()));
  CHECK(std::isnan(observe::Signal{}.delta_factor()));
}
