// Three tasks on the same pictures: their targets by hand, and answers whose errors are known beforehand.
#include "seegrad/train/tasks.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"

namespace seegrad::train {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TrainOptions few_digits() {
  TrainOptions knobs;
  knobs.data = "digits";
  knobs.train_samples = 200;
  knobs.device = "cpu";
  return knobs;
}

}  // namespace

TEST_CASE("the targets of each task follow from the class or from the pixels", "[train][tasks]") {
  const Tensor pictures = Tensor::from({1, 2, 3, -1, 0, -0.5}, {3, 2});
  const std::vector<std::int32_t> classes{3, 0, 2};
  const Tensor labels = Tensor::indices(classes);
  CHECK(targets_of(Task::binary, pictures, labels, 4).to_vector() == std::vector<double>{1, 0, 1});
  CHECK(targets_of(Task::binary, pictures, labels, 5).to_vector() == std::vector<double>{1, 0, 1});  // the middle one is in the second
  CHECK(targets_of(Task::classes, pictures, labels, 4).to_vector() == std::vector<double>{0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0});
  CHECK(targets_of(Task::brightness, pictures, labels, 4).to_vector() == std::vector<double>{1.5, 1, -0.25});
  for (const Task task : {Task::binary, Task::classes, Task::brightness})
    CHECK(targets_of(task, pictures, labels, 4).shape() == Shape{3, outputs_of(task, 4)});
}

TEST_CASE("a yes or no is wrong on the other side of a half, and where it is no number", "[train][tasks]") {
  const Tensor targets = Tensor::from({1, 0, 1, 0}, {4, 1});
  CHECK(result_of(Task::binary, targets, targets).error == 0);
  CHECK(result_of(Task::binary, targets, targets).zero_share == 0.5);
  CHECK(result_of(Task::binary, Tensor::from({0.6, 0.4, 3, -2}, {4, 1}), targets).error == 0);
  CHECK(result_of(Task::binary, Tensor::from({0.4, 0.4, 0.6, 0.6}, {4, 1}), targets).error == 0.5);
  CHECK(result_of(Task::binary, Tensor::full({4, 1}, nan), targets).error == 1);
}

TEST_CASE("a class is wrong unless its output is the largest, and where one output is no number", "[train][tasks]") {
  const Tensor targets = Tensor::from({1, 0, 0, 0, 1, 0}, {2, 3});
  const TaskResult result = result_of(Task::classes, Tensor::from({3, 2, 0, 0, 1, 2}, {2, 3}), targets);
  CHECK(result.error == 0.5);
  CHECK(result.zero_share == Approx(1.0 / 3));
  CHECK(result_of(Task::classes, Tensor::from({nan, 0, 0, 0, 1, nan}, {2, 3}), targets).error == 1);
}

TEST_CASE("the error of a number is counted in deviations of the targets", "[train][tasks]") {
  const Tensor targets = Tensor::from({1, 2, 3, 6}, {4, 1});  // mean 3, variance 14 / 4
  CHECK(result_of(Task::brightness, targets, targets).error == 0);
  CHECK(result_of(Task::brightness, Tensor::full({4, 1}, 3), targets).error == Approx(1));
  CHECK(result_of(Task::brightness, targets + 0.7, targets).error == Approx(0.7 / std::sqrt(3.5)));
  CHECK(std::isnan(result_of(Task::brightness, Tensor::full({4, 1}, nan), targets).error));
}

TEST_CASE("answers must fit the targets", "[train][tasks]") {
  CHECK_THROWS_AS(result_of(Task::binary, Tensor::zeros({4, 1}), Tensor::zeros({3, 1})), Error);
  CHECK_THROWS_AS(result_of(Task::classes, Tensor::zeros({4, 2}), Tensor::zeros({4, 3})), Error);
  CHECK_THROWS_AS(result_of(Task::binary, Tensor::zeros({0, 1}), Tensor::zeros({0, 1})), Error);
}

TEST_CASE("the test set is asked as a whole", "[train][tasks]") {
  const Samples samples(few_digits());
  const Images& test = samples.dataset().test;
  double second_half = 0, threes = 0;
  for (const std::uint8_t label : test.labels) second_half += label >= samples.classes() / 2, threes += label == 3;
  std::int64_t asked = 0;
  const auto yes = [&](const Tensor& pictures) {
    asked += pictures.shape()[0];
    return Tensor::full({pictures.shape()[0], 1}, 1, pictures.options());
  };
  const double count = static_cast<double>(test.count);
  CHECK(test_result(Task::binary, samples, yes).error == Approx(1 - second_half / count));
  CHECK(asked == static_cast<std::int64_t>(test.count));
  const auto always_three = [&](const Tensor& pictures) {
    const std::vector<std::int32_t> three(static_cast<std::size_t>(pictures.shape()[0]), 3);
    return one_hot(Tensor::indices(three), samples.classes());
  };
  const TaskResult three = test_result(Task::classes, samples, always_three);
  CHECK(three.error == Approx(1 - threes / count));
  CHECK(three.zero_share == Approx(1 - 1 / static_cast<double>(samples.classes())));
  const auto mean_of_pixels = [](const Tensor& pictures) { return reshape(mean(pictures, 1), {pictures.shape()[0], 1}); };
  CHECK(test_result(Task::brightness, samples, mean_of_pixels).error == 0);
}

TEST_CASE("the three losses of an output unit are those written down by hand", "[train][tasks]") {
  TrainOptions knobs = few_digits();
  knobs.batch = 1;
  Samples samples(knobs);
  const Batch batch = *samples.epoch(1).begin();
  const auto label = static_cast<std::size_t>(batch.labels().to_indices()[0]);
  const double target = label >= 5 ? 1 : 0, said = 1 / (1 + std::exp(-0.5));
  const Tensor z = Tensor::from({0.5}, {1, 1});
  const OutputUnit bce{"sigmoid", "bce"}, squared{"sigmoid", "mse"}, entropy{"softmax", "cross_entropy"}, number{"identity", "mse"};
  CHECK(bce.loss_of(Task::binary, batch, z).item() == Approx(-std::log(target == 1 ? said : 1 - said)));
  CHECK(squared.loss_of(Task::binary, batch, z).item() == Approx((said - target) * (said - target)));
  CHECK(squared.answer(z).item() == Approx(said));
  std::vector<double> logits(10, 0.0);
  logits[label] = 2;
  CHECK(entropy.loss_of(Task::classes, batch, Tensor::from(logits, {1, 10})).item() == Approx(std::log(std::exp(2) + 9) - 2));
  CHECK(entropy.answer(Tensor::zeros({1, 10})).to_vector()[3] == Approx(0.1));
  const double brightness = mean(batch.images()).item();
  CHECK(number.loss_of(Task::brightness, batch, z).item() == Approx((0.5 - brightness) * (0.5 - brightness)));
}

TEST_CASE("an output unit refuses a loss and an activation that there are not", "[train][tasks]") {
  Samples samples(few_digits());
  const Batch batch = *samples.epoch(1).begin();
  const Tensor z = Tensor::zeros({batch.size(), 1});
  CHECK_THROWS_AS((OutputUnit{"sigmoid", "hinge"}.loss_of(Task::binary, batch, z)), UsageError);
  CHECK_THROWS_AS((OutputUnit{"sigmoit", "mse"}.loss_of(Task::binary, batch, z)), UsageError);
}

TEST_CASE("a network learns each of the tasks with the unit that it asks for", "[train][tasks]") {
  TrainOptions knobs = few_digits();
  knobs.train_samples = 2000;
  knobs.learning_rate = 0.003;
  knobs.epochs = 10;
  knobs.optimizer = optim::OptimizerOptions::parse("adam");
  Samples samples(knobs);
  const auto error = [&](Task task, const OutputUnit& unit) {
    return fit_task(task, unit, knobs, samples, {.width = 32, .activation = Activation::parse("relu")}, Random(1)).error;
  };
  CHECK(error(Task::binary, {"sigmoid", "bce"}) < 0.25);            // chance: 0.5
  CHECK(error(Task::classes, {"softmax", "cross_entropy"}) < 0.3);  // chance: 0.9
  CHECK(error(Task::brightness, {"identity", "mse"}) < 0.7);        // the mean: 1
  CHECK(error(Task::brightness, {"0*x - 1", "mse"}) > 1);           // a unit that cannot say it
}

}  // namespace seegrad::train
