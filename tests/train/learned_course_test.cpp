// What activations learn over a training, against trainings of which it is known.
#include "seegrad/train/learned_course.hpp"

#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {
namespace {

TrainOptions small_knobs(const std::string& activation) {
  TrainOptions knobs;
  knobs.activation = nn::Nonlinearity::parse(activation);
  knobs.depth = 2;
  knobs.width = 8;
  knobs.data = "digits";
  knobs.train_samples = 640;
  knobs.epochs = 2;
  knobs.device = "cpu";
  return knobs;
}

}  // namespace

TEST_CASE("what activations learn starts at the formula's value and is followed to the end of the training", "[train][learned]") {
  const TrainOptions knobs = small_knobs("prelu");
  const LearnedTraining result = fit_learned(knobs);
  REQUIRE(result.courses.size() == 2);
  CHECK(result.learned == 2);
  CHECK(result.finite);
  for (std::size_t i = 0; i < 2; ++i) {
    const LearnedCourse& course = result.courses[i];
    CHECK(course.name == "slope");
    CHECK(course.layer == static_cast<std::int64_t>(i) + 1);
    CHECK(course.first() == 0.25);
    CHECK(course.last() != 0.25);
    REQUIRE(course.points.size() == 21);  // before each of 2 x 10 steps, and at the end
    CHECK(course.points.front().x == 0);
    CHECK(course.points[10].x == 1);
    CHECK(course.points.back().x == 2);
  }
  Samples samples(knobs);
  CHECK(result.parameters == network_for(samples, knobs).parameter_count());
}

TEST_CASE("following a training does not change it", "[train][learned]") {
  const TrainOptions knobs = small_knobs("swish");
  Samples samples(knobs);
  nn::Sequential network = network_for(samples, knobs);
  fit_loss(knobs, samples, network, [&](const Batch& batch) { return cross_entropy(network(batch.images()), batch.labels()); });
  CHECK(fit_learned(knobs).test_accuracy == samples.evaluate_test(network).accuracy);
}

TEST_CASE("nothing is followed where nothing is learned, and a mean where there is a value a unit", "[train][learned]") {
  const LearnedTraining relu = fit_learned(small_knobs("relu"));
  CHECK(relu.courses.empty());
  CHECK(relu.learned == 0);
  TrainOptions per_channel = small_knobs("prelu");
  per_channel.activation_per_channel = true;
  const LearnedTraining prelu = fit_learned(per_channel);
  CHECK(prelu.courses.size() == 2);
  CHECK(prelu.learned == 16);
  CHECK(prelu.parameters == relu.parameters + 16);
  CHECK(prelu.courses[0].first() == 0.25);
}

TEST_CASE("a training whose loss is no longer a number says so", "[train][learned]") {
  TrainOptions knobs = small_knobs("prelu");
  knobs.learning_rate = 1e30;
  const LearnedTraining result = fit_learned(knobs);
  CHECK_FALSE(result.finite);
  CHECK(result.courses.size() == 2);
}

TEST_CASE("means over trainings are taken number by number", "[train][learned]") {
  const auto training = [](double slope, double beta, std::int64_t layer) {
    LearnedTraining result;
    result.courses = {{"slope", layer, {{0, 0.25}, {1, slope}}}, {"beta", 2, {{0, 1}, {0.5, 7}, {1, beta}}}};
    return result;
  };
  const std::vector<LearnedMean> means = means_of(std::vector{training(0, 2, 1), training(1, 3, 1)});
  REQUIRE(means.size() == 2);
  CHECK((means[0].name == "slope" && means[0].layer == 1 && means[1].name == "beta" && means[1].layer == 2));
  CHECK(means[0].first == 0.25);
  CHECK(means[0].last == 0.5);
  CHECK(means[0].moved() == 0.25);
  CHECK(means[1].last == 2.5);
  CHECK(means_of({}).empty());
  CHECK_THROWS_AS(means_of(std::vector{training(0, 2, 1), training(0, 2, 3)}), Error);
  CHECK_THROWS_AS(means_of(std::vector{training(0, 2, 1), LearnedTraining{}}), Error);
}

}  // namespace seegrad::train
