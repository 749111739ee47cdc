#include "seegrad/train/tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"
#include "seegrad/train/fit.hpp"

namespace seegrad::train {
namespace {

using Row = std::span<const double>;

bool right_side(Row answer, Row target) { return !std::isnan(answer[0]) && (answer[0] > 0.5) == (target[0] > 0.5); }

bool right_class(Row answer, Row target) {
  if (std::any_of(answer.begin(), answer.end(), [](double v) { return std::isnan(v); })) return false;
  return std::max_element(answer.begin(), answer.end()) - answer.begin() == std::max_element(target.begin(), target.end()) - target.begin();
}

/// RMS error / standard deviation of the targets.
double relative_error(Row answers, Row targets) {
  double squares = 0, sum = 0, sum_of_squares = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    squares += (answers[i] - targets[i]) * (answers[i] - targets[i]);
    sum += targets[i], sum_of_squares += targets[i] * targets[i];
  }
  return std::sqrt(squares / (sum_of_squares - sum * sum / static_cast<double>(targets.size())));
}

}  // namespace

std::string_view name_of(Task task) { return task == Task::binary ? "binary" : task == Task::classes ? "classes" : "brightness"; }

std::int64_t outputs_of(Task task, std::int64_t classes) { return task == Task::classes ? classes : 1; }

Tensor targets_of(Task task, const Tensor& pictures, const Tensor& labels, std::int64_t classes) {
  const std::int64_t rows = pictures.shape()[0];
  if (task == Task::brightness) return reshape(mean(pictures, 1), {rows, 1});
  if (task == Task::classes) return one_hot(labels, classes, pictures.dtype());
  std::vector<double> second_half;
  for (const std::int32_t label : labels.to_indices()) second_half.push_back(label >= classes / 2 ? 1 : 0);
  return Tensor::from(second_half, {rows, 1}, pictures.options());
}

TaskResult result_of(Task task, const Tensor& answers, const Tensor& targets) {
  if (!(answers.shape() == targets.shape()) || answers.count() == 0)
    throw Error(fmt::format("task {}: answers of shape {} for targets of shape {}", name_of(task), answers.shape().to_string(),
                            targets.shape().to_string()));
  const std::vector<double> said = answers.to_vector(), wanted = targets.to_vector();
  TaskResult result;
  result.zero_share = static_cast<double>(std::count(said.begin(), said.end(), 0.0)) / static_cast<double>(said.size());
  if (task == Task::brightness) {
    result.error = relative_error(said, wanted);
    return result;
  }
  const std::size_t rows = static_cast<std::size_t>(targets.shape()[0]), columns = said.size() / rows;
  std::size_t wrong = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const Row answer(said.data() + row * columns, columns), target(wanted.data() + row * columns, columns);
    wrong += !(task == Task::binary ? right_side(answer, target) : right_class(answer, target));
  }
  result.error = static_cast<double>(wrong) / static_cast<double>(rows);
  return result;
}

TaskResult test_result(Task task, const Samples& samples, const std::function<Tensor(const Tensor& pictures)>& answer) {
  const NoGrad used;
  const Images& test = samples.dataset().test;
  const std::vector<std::int32_t> labels(test.labels.begin(), test.labels.end());
  constexpr std::size_t portion = 1000;
  std::vector<Tensor> answers, targets;
  for (std::size_t first = 0; first < test.count; first += portion) {
    const Tensor pictures = samples.test_images(first, portion);
    const auto some = std::span(labels).subspan(first, std::min(portion, test.count - first));
    answers.push_back(answer(pictures));
    targets.push_back(targets_of(task, pictures, Tensor::indices(some, pictures.device()), samples.classes()));
  }
  return result_of(task, concatenate(answers, 0), concatenate(targets, 0));
}

Tensor OutputUnit::answer(const Tensor& z) const { return unit == "softmax" ? softmax(z) : activate(Activation::parse(unit), z); }

Tensor OutputUnit::loss_of(Task task, const Batch& batch, const Tensor& z) const {
  if (loss == "cross_entropy") return cross_entropy(z, batch.labels());
  const Tensor targets = targets_of(task, batch.images(), batch.labels(), batch.samples->classes());
  if (loss == "bce") return bce_with_logits(z, targets);
  if (loss == "mse") return mse(answer(z), targets);
  throw UsageError(fmt::format("output unit {}: there is no loss {}; expected bce, cross_entropy or mse", unit, loss));
}

TaskResult fit_task(Task task, const OutputUnit& unit, const TrainOptions& knobs, Samples& samples, nn::MlpOptions hidden, Random random) {
  hidden.inputs = samples.inputs();
  hidden.outputs = outputs_of(task, samples.classes());
  hidden.tensor = samples.tensor();
  nn::Sequential network = nn::mlp(hidden, random);
  fit_loss(knobs, samples, network, [&](const Batch& batch) { return unit.loss_of(task, batch, network(batch.images())); });
  const Using use(network);
  return test_result(task, samples, [&](const Tensor& pictures) { return unit.answer(network(pictures)); });
}

}  // namespace seegrad::train
