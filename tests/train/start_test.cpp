// What train/start.hpp says of a network before its first step, against networks that are built and walked through here.
#include "seegrad/train/start.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/nn/gaussian_mlp.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/tensor/gradients.hpp"

using namespace seegrad;

namespace {

train::TrainOptions knobs(const char* activation) {
  train::TrainOptions options;
  options.activation = nn::Nonlinearity::parse(activation);
  options.data = "digits";
  options.train_samples = 200;
  options.batch = 100;
  options.depth = 5;
  options.width = 100;
  options.threads = 1;
  return options;
}

}  // namespace

TEST_CASE("a start is measured in one walk, and theory says the same", "[train][theory]") {
  const train::TrainOptions options = knobs("tanh");
  train::Samples samples(options);
  const train::Start start = train::start_of(samples, options, *samples.epoch(1).begin());
  REQUIRE(start.layers.size() == 6);
  REQUIRE(start.account.steps.size() == 5);
  CHECK(start.factor == Approx(observe::delta_factor(start.layers)));
  CHECK(start.account.weights * start.account.slopes == Approx(start.factor));
  CHECK(start.predicted == Approx(start.factor).epsilon(0.1));  // of a width of 100

  const std::vector<records::Point> measured = start.measured_path(), predicted = start.predicted_path();
  REQUIRE(measured.size() == 5);
  REQUIRE(predicted.size() == 5);
  CHECK(measured[4] == records::Point{5, 1});
  CHECK(predicted[4] == records::Point{5, 1});
  CHECK(measured[0].x == 1);
  CHECK(measured[0].y == Approx(start.account.first_hears));
  CHECK(measured[0].y == Approx(std::pow(start.factor, 4)));
  CHECK(predicted[0].y == Approx(std::pow(start.predicted, 4)));
}

TEST_CASE("theory is silent about what it is not made for", "[train][theory]") {
  train::TrainOptions options = knobs("relu");
  train::Samples samples(options);
  const train::Batch batch = *samples.epoch(1).begin();
  SECTION("normalisation") { options.normalisation = nn::Normalisation::batch; }
  SECTION("dropout") { options.dropout = 0.2; }
  SECTION("an activation that looks at whole rows") { options.activation = nn::Nonlinearity::parse("maxout(k=2)"); }
  const train::Start start = train::start_of(samples, options, batch);
  CHECK(!start.theory);
  CHECK(std::isnan(start.predicted));
  CHECK(start.predicted_path().empty());
  CHECK(start.measured_path().size() == 5);
  CHECK(std::isfinite(start.factor));
}

TEST_CASE("nothing has no path", "[train]") {
  CHECK(train::Start().measured_path().empty());
  CHECK(train::Start().predicted_path().empty());
  CHECK(train::start_label(knobs("leaky_relu(0.2)")) == "leaky_relu(slope=0.2), auto");
  CHECK(train::start_key(knobs("leaky_relu(0.2)")) == "leaky_relu_slope_0_2.auto");
}

TEST_CASE("a gaussian network is plain, whatever the flags say of normalisation and dropout", "[train][init]") {
  train::TrainOptions options = knobs("tanh");
  options.normalisation = nn::Normalisation::layer;
  options.dropout = 0.5;
  options.init = nn::Initializer::parse("he");
  train::Samples samples(options);
  const nn::Sequential network = train::gaussian_network_for(samples, options, 1.5, 0.05);
  CHECK(network.size() == 11);
  Random random(options.seed);
  const nn::Sequential same = nn::gaussian_mlp(
      {.inputs = samples.inputs(), .outputs = samples.classes(), .depth = 5, .width = 100, .activation = options.activation}, 1.5, 0.05,
      random);
  for (std::size_t i = 0; i < 12; ++i) CHECK(network.parameter_tensors()[i].to_vector() == same.parameter_tensors()[i].to_vector());
}

TEST_CASE("a layer's speed of learning is the length of the gradient of its biases", "[train]") {
  const train::TrainOptions options = knobs("sigmoid");
  train::Samples samples(options);
  const train::Batch batch = *samples.epoch(1).begin();
  const std::vector<double> speeds = train::learning_speeds(samples, options, batch);
  REQUIRE(speeds.size() == 5);

  nn::Sequential network = train::gaussian_network_for(samples, options, 1, 1);
  const Tensor targets = one_hot(batch.labels(), samples.classes(), samples.tensor().dtype);
  const Tensor loss = bce_with_logits(network(batch.images()), targets) * static_cast<double>(samples.classes());
  const std::vector<Tensor> slopes = gradients(loss, network.parameter_tensors());
  for (std::size_t l = 0; l < 5; ++l) {
    double squares = 0;
    for (const double v : slopes[2 * l + 1].to_vector()) squares += v * v;
    CHECK(speeds[l] == Approx(std::sqrt(squares)));
  }
  CHECK(speeds[0] < speeds[4]);
}
