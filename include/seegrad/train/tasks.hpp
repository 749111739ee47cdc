// Three questions about the same pictures, one for each kind of output that a network can have: yes or no, one of several classes, and
// a number. Each has targets of its own, and an output unit and loss that belong to it, because they make the negative log-likelihood's
// slope in z the error itself (Bishop 2006, "Pattern recognition and machine learning", section 4.3.6):
//
//   task          targets                                                   columns   unit, loss
//   binary        1 when the class is in the second half of the list, else 0      1   sigmoid, binary cross-entropy
//   classes       1 in the column of the class, else 0                      classes   softmax, cross-entropy
//   brightness    the mean of the picture's pixels                                1   identity, mean squared error
//
// Samples scales pixels to mean 0 over the training set, so about half of the brightnesses are negative.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "seegrad/math/random.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

enum class Task : std::uint8_t { binary, classes, brightness };
/// "binary", "classes", "brightness"
std::string_view name_of(Task task);

/// Columns of the targets, and so of the network's output.
std::int64_t outputs_of(Task task, std::int64_t classes);

/// What would be right: [rows, outputs_of(task, classes)], of the type and on the device of the pictures. `pictures` are [rows, pixels] as
/// Samples gives them, `labels` int32 [rows], each below `classes`.
Tensor targets_of(Task task, const Tensor& pictures, const Tensor& labels, std::int64_t classes);

struct TaskResult {
  /// binary: share of the rows on the wrong side of 0.5. classes: share whose largest output is not that of the class; a row with NaN is
  /// wrong. brightness: RMS error / standard deviation of the targets, so that 1 is what always saying their mean gives; NaN when all
  /// targets are equal.
  double error = 0;
  double zero_share = 0;  ///< of all outputs: exact zeros
};
/// How wrong these answers are, both [rows, outputs]. Throws Error when the shapes differ or there are no rows.
TaskResult result_of(Task task, const Tensor& answers, const Tensor& targets);

/// The same over the whole test set. `answer` turns pictures [rows, pixels] into answers [rows, outputs]; nothing is recorded on the tape.
TaskResult test_result(Task task, const Samples& samples, const std::function<Tensor(const Tensor& pictures)>& answer);

/// What stands at the end of a network, and the loss that trains it.
struct OutputUnit {
  std::string unit;  ///< "softmax", or an activation as Activation::parse() reads it
  std::string loss;  ///< "bce" and "cross_entropy" (which hold their sigmoid and softmax themselves), "mse"

  /// What the network says, from its last linear layer's z [rows, outputs].
  Tensor answer(const Tensor& z) const;
  /// The loss of a batch, as a scalar on the tape. Throws UsageError for a loss or an activation that there is not.
  Tensor loss_of(Task task, const Batch& batch, const Tensor& z) const;
  bool operator==(const OutputUnit&) const = default;
};

/// Trains a network with these hidden layers and this unit behind them on this task, as the flags say (fit_loss() in fit.hpp), and measures
/// it on the test set. Inputs, outputs and the type of the numbers follow from task and samples; the weights are drawn from `random`.
TaskResult fit_task(Task task, const OutputUnit& unit, const TrainOptions& knobs, Samples& samples, nn::MlpOptions hidden, Random random);

}  // namespace seegrad::train
