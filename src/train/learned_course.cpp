#include "seegrad/train/learned_course.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/learned.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

LearnedTraining fit_learned(const TrainOptions& knobs) {
  Samples samples(knobs);
  nn::Sequential network = network_for(samples, knobs);
  const std::vector<nn::LearnedNumber> numbers = nn::learned_numbers(network);
  LearnedTraining result;
  result.parameters = network.parameter_count();
  for (const nn::LearnedNumber& number : numbers) {
    result.courses.push_back({number.name, number.layer, {}});
    result.learned += number.tensor.count();
  }
  const auto look = [&](double epochs) {
    for (std::size_t i = 0; i < numbers.size(); ++i) result.courses[i].points.push_back({epochs, numbers[i].mean()});
  };
  const std::int64_t per_epoch = samples.steps_per_epoch(), pause = std::max<std::int64_t>(1, knobs.epochs * per_epoch / 60);
  const auto loss_of = [&](const Batch& batch) { return cross_entropy(network(batch.images()), batch.labels()); };
  result.finite = fit_loss(knobs, samples, network, loss_of, [&](const Batch& batch) {
    if (batch.step % pause == 0) look(static_cast<double>(batch.step) / static_cast<double>(per_epoch));
  });
  look(static_cast<double>(knobs.epochs));
  result.test_accuracy = samples.evaluate_test(network).accuracy;
  return result;
}

std::vector<LearnedMean> means_of(std::span<const LearnedTraining> trainings) {
  std::vector<LearnedMean> means;
  if (trainings.empty()) return means;
  for (const LearnedCourse& course : trainings.front().courses) means.push_back({.name = course.name, .layer = course.layer});
  const double count = static_cast<double>(trainings.size());
  for (const LearnedTraining& training : trainings) {
    if (training.courses.size() != means.size()) throw Error("learned numbers: means over trainings that learned different ones");
    for (std::size_t i = 0; i < means.size(); ++i) {
      const LearnedCourse& course = training.courses[i];
      if (course.name != means[i].name || course.layer != means[i].layer)
        throw Error(
            fmt::format("learned numbers: {} of layer {} is not {} of layer {}", course.name, course.layer, means[i].name, means[i].layer));
      means[i].first += course.first() / count, means[i].last += course.last() / count;
    }
  }
  return means;
}

}  // namespace seegrad::train
