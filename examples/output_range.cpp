// Output range: what bounds do inside a network, and which unit belongs at its end.
//
//   ./run.sh output_range                                    relu grows inside; as an output unit it dies or cannot go below 0
//   ./run.sh output_range --activation hardtanh              nothing inside exceeds 1; as an output unit its slope is not lost at 0
//   ./run.sh output_range --activation softplus --depth 12   grows from layer to layer even before training
//   ./run.sh output_range --optimizer sgd                    the same rate for all: softmax + mse learns slowly, identity + mse explodes
//
// Inside (--depth, --init): the largest |h| of each layer on the first training samples, before and after training. At the end: three
// tasks on the same pictures, each with the output unit that its targets ask for and with others. Adam is the default here because its
// steps do not depend on the size of a loss and of its gradients, which differs from unit to unit: what is left is the unit's shape.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"
#include "shared/rows.hpp"
#include "shared/training.hpp"

using namespace seegrad;

constexpr int starts = 3;  // of each output unit

const train::Example about{"output_range", "Measures how large activations grow with depth, and what the wrong output unit costs."};

/// The largest |h| of each hidden layer on the first training samples.
std::vector<records::Point> largest(nn::Sequential& network, const train::Samples& samples) {
  const train::Using use(network);
  observe::LayerWatch watch;
  {
    const Listening listening(watch);
    static_cast<void>(network(samples.probe()));
  }
  std::vector<records::Point> points;
  for (const observe::LayerStatistics& row : watch.collect())
    if (!row.activation.empty()) points.push_back({static_cast<double>(row.layer), std::max(-row.h_min, row.h_max)});
  return points;
}

/// "binary": is the class in the second half of the list? "classes": which one is it? "brightness": the mean of the pixels, which are
/// scaled to mean 0 and deviation 1 over the training set.
struct Trial {
  std::string task, unit, loss;
  bool fitting = false;  // the unit and loss that the task asks for
  // Share of wrong answers; of brightness the RMS error / the deviation of the targets. Mean, lowest and highest of several starts.
  double error = 0, lowest = 1e300, highest = 0;
  double zeros = 0;  // share of the outputs that are 0
  std::string key() const { return fmt::format("{}.{}_{}", task, records::file_name_of(unit), loss); }
};

Tensor target(const Trial& trial, const Tensor& pictures, std::span<const std::int32_t> labels, std::int64_t classes) {
  if (trial.task == "brightness") return reshape(mean(pictures, 1), {pictures.shape()[0], 1});
  if (trial.task == "classes") return one_hot(Tensor::indices(labels, pictures.device()), classes, pictures.dtype());
  std::vector<double> second_half;
  for (const std::int32_t label : labels) second_half.push_back(label >= classes / 2 ? 1 : 0);
  return Tensor::from(second_half, {pictures.shape()[0], 1}, pictures.options());
}

Tensor output(const Trial& trial, const Tensor& z) {
  return trial.unit == "softmax" ? softmax(z) : activate(Activation::parse(trial.unit), z);
}

/// Two hidden layers of relu with this output unit, trained on this task, and its error on the test set.
void run(Trial& trial, const train::TrainOptions& knobs, train::Samples& samples, Random random) {
  const std::int64_t classes = samples.classes(), outputs = trial.task == "classes" ? classes : 1;
  nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                    .outputs = outputs,
                                    .depth = 2,
                                    .width = knobs.width,
                                    .activation = Activation::parse("relu"),
                                    .tensor = samples.tensor()},
                                   random);
  const auto loss_of = [&](const train::Batch& batch) {
    const Tensor pictures = batch.images(), labels = batch.labels(), z = network(pictures);
    if (trial.loss == "cross_entropy") return cross_entropy(z, labels);
    const Tensor wanted = target(trial, pictures, labels.to_indices(), classes);
    return trial.loss == "bce" ? bce_with_logits(z, wanted) : mse(output(trial, z), wanted);
  };
  train_network(knobs, samples, network, loss_of, [](const train::Batch&) {});

  const NoGrad used;
  const Images& test = samples.dataset().test;
  double wrong = 0, zeros = 0, squares = 0, sum = 0, sum_of_squares = 0;
  for (std::size_t first = 0; first < test.count; first += 1000) {
    const Tensor pictures = samples.test_images(first, 1000);
    const std::vector<std::int32_t> labels(test.labels.begin() + static_cast<std::ptrdiff_t>(first),
                                           test.labels.begin() + static_cast<std::ptrdiff_t>(first) + pictures.shape()[0]);
    const std::vector<double> told = output(trial, network(pictures)).to_vector(),
                              right = target(trial, pictures, labels, classes).to_vector();
    zeros += static_cast<double>(std::count(told.begin(), told.end(), 0.0));
    const std::size_t columns = told.size() / labels.size();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto row = told.begin() + static_cast<std::ptrdiff_t>(i * columns);
      if (trial.task == "classes") wrong += std::max_element(row, row + static_cast<std::ptrdiff_t>(columns)) - row != labels[i];
      if (trial.task == "binary") wrong += (*row > 0.5) != (right[i] > 0.5);
      if (trial.task == "brightness") squares += std::pow(*row - right[i], 2), sum += right[i], sum_of_squares += right[i] * right[i];
    }
  }
  const double n = static_cast<double>(test.count);
  const double error = trial.task == "brightness" ? std::sqrt(squares / (sum_of_squares - sum * sum / n)) : wrong / n;
  trial.error += error / starts, trial.lowest = std::min(trial.lowest, error), trial.highest = std::max(trial.highest, error);
  trial.zeros += zeros / n / static_cast<double>(outputs) / starts;
}

int learn(const train::TrainOptions& knobs) {
  const Activation* studied = knobs.activation.elementwise();
  if (!studied)
    throw UsageError(fmt::format("--activation {}: it is tried as an output unit too; give one that works element by element",
                                 knobs.activation.to_string()));
  if (knobs.depth < 2) throw UsageError(fmt::format("--depth {}: growth from layer to layer is measured; give 2 or more", knobs.depth));
  train::Lesson lesson(about, knobs);
  train::Samples samples(knobs);

  records::Chart growth;
  growth.title = "Inside";
  growth.subtitle = fmt::format("largest |h| of a layer; dashed: before training ({})", knobs.init.to_string());
  growth.x.label = "hidden layer";
  growth.y = {"largest |h|", records::Scale::logarithmic};
  std::vector<Activation> all{Activation::parse("sigmoid"), Activation::parse("tanh")};
  if (std::find(all.begin(), all.end(), *studied) == all.end()) all.push_back(*studied);
  std::string inside;
  lesson.say("largest |h|: first and last hidden layer        before training            after");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string name = all[i].to_string(), key = records::file_name_of(name);
    train::TrainOptions run = lesson.run(name);
    run.activation = all[i];
    run.activation_per_channel = run.activation_per_channel && all[i].learnable();
    nn::Sequential network = network_of(run, run.activation, samples);
    const std::vector<records::Point> before = largest(network, samples);
    const double accuracy = lesson.train(run, network).test_accuracy;
    const std::vector<records::Point> after = largest(network, samples);
    lesson.number(key + ".before.first", before.front().y);
    lesson.number(key + ".before.last", before.back().y);
    lesson.number(key + ".after.first", after.front().y);
    lesson.number(key + ".after.last", after.back().y);
    lesson.number(key + ".test_accuracy", accuracy);
    lesson.say(fmt::format("{:40} {:10.3g} {:10.3g}   {:10.3g} {:10.3g}", name, before.front().y, before.back().y, after.front().y,
                           after.back().y));
    growth.curve("", {before}, {.colour = records::palette[i], .dash = {6, 4}});
    growth.curve(name, {after}, {.colour = records::palette[i], .width = i == 0 ? 7.0 : 2.5});
    growth.markers("", after, 4, {.colour = records::palette[i]});
    inside += fmt::format("{}{} {:.3g} (from {:.3g})", i ? ", " : "", name, after.back().y, before.back().y);
  }

  std::vector<Trial> trials{{"binary", "sigmoid", "bce", true}, {"binary", "sigmoid", "mse"},
                            {"binary", "identity", "mse"},      {"classes", "softmax", "cross_entropy", true},
                            {"classes", "softmax", "mse"},      {"classes", "sigmoid", "mse"},
                            {"classes", "identity", "mse"},     {"brightness", "identity", "mse", true},
                            {"brightness", "sigmoid", "mse"}};
  for (const char* task : {"brightness", "classes", "binary"}) {
    const auto same = [&](const Trial& t) { return t.task == task && t.unit == studied->to_string() && t.loss == "mse"; };
    if (std::any_of(trials.begin(), trials.end(), same)) continue;
    const auto end = std::find_if(trials.rbegin(), trials.rend(), [&](const Trial& t) { return t.task == task; });
    trials.insert(end.base(), {task, studied->to_string(), "mse"});
  }
  BarRows bars{.title = "The unit at the end", .subtitle = "test error, mean and range of 3 starts; green: what the task asks for"};
  for (Trial& t : trials) {
    for (std::uint64_t start = 0; start < starts; ++start) run(t, knobs, samples, Random(knobs.seed).split(start));
    lesson.number(t.key() + ".error", t.error);
    lesson.number(t.key() + ".error_lowest", t.lowest);
    lesson.number(t.key() + ".error_highest", t.highest);
    lesson.number(t.key() + ".zero_share", t.zeros);
    lesson.say(fmt::format("{:11} {:30} {:6.3g}  ({:.3g} to {:.3g}), zeros {:3.0f} %{}", t.task, t.unit + " + " + t.loss, t.error, t.lowest,
                           t.highest, 100 * t.zeros, t.fitting ? "  <- asked for" : ""));
    const bool brightness = t.task == "brightness";
    bars.bars.push_back({t.task + (brightness ? ": RMS error / deviation" : ": wrong answers"), t.unit + " + " + t.loss,
                         brightness ? fmt::format("{:.3f}", t.error) : fmt::format("{:.1f} %", 100 * t.error), t.error, t.lowest, t.highest,
                         t.fitting});
  }
  lesson.picture(records::side_by_side(std::vector{growth.draw(520, 470), bars.draw(560, 470)}, 8));

  std::string seen = fmt::format("The largest |h| of layer {} after training: {}. Errors of output units:", knobs.depth, inside);
  for (const Trial& t : trials) {
    if (t.fitting) seen += fmt::format("{} {}: {} + {} {:.3g}", seen.ends_with(':') ? "" : ";", t.task, t.unit, t.loss, t.error);
    if (!t.fitting && t.unit == studied->to_string()) seen += fmt::format(", {} + {} {:.3g}", t.unit, t.loss, t.error);
  }
  return lesson.finish(seen + ".");
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.depth = 8;
  defaults.width = 64;
  defaults.optimizer = optim::OptimizerOptions::parse("adam");
  defaults.epochs = 2;
  defaults.train_samples = 20000;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1, Fashion-MNIST):
//
//   largest |h|: first and last hidden layer        before training            after
//   sigmoid                                           1      0.999            1          1
//   tanh                                              1          1            1          1
//   relu                                            6.7       4.63         13.3       31.2
//   binary      sigmoid + bce                  0.0722  (0.0719 to 0.0725), zeros   0 %  <- asked for
//   ...
//   classes     softmax + cross_entropy         0.159  (0.158 to 0.161), zeros   0 %  <- asked for
//   classes     softmax + mse                   0.157  (0.154 to 0.161), zeros   0 %
//   classes     relu + mse                      0.574  (0.462 to 0.638), zeros  94 %
//   brightness  identity + mse                  0.173  (0.158 to 0.196), zeros   0 %  <- asked for
//   brightness  sigmoid + mse                   0.666  (0.666 to 0.667), zeros   0 %
//   brightness  relu + mse                      0.889  (0.666 to 1), zeros  86 %
//
// A range that cannot hold the targets costs most: many pictures are darker than the mean, and neither sigmoid nor relu can say so.
// relu + mse has a second fault: where it gives 0 for every picture no gradient gets through, so a class that is lost stays lost (of the
// right answers 90 % are zeros) and the brightness can be 0 for all, an error of 1. What costs little here: the squared error in place of
// the cross-entropy, as long as the optimiser makes up for its small gradients; with --optimizer sgd it does not.
