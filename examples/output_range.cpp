// Output range: what bounds do inside a network, and which unit belongs at its end.
//
//   ./run.sh output_range                                    relu grows inside; as an output unit it dies or cannot go below 0
//   ./run.sh output_range --activation hardtanh              nothing inside exceeds 1; as an output unit its slope is not lost at 0
//   ./run.sh output_range --activation softplus --depth 12   grows from layer to layer even before training
//   ./run.sh output_range --optimizer sgd                    the same rate for all: softmax + mse learns slowly, identity + mse explodes
//
// Inside (--depth, --init): the largest |h| on the first training samples, before and after training. At the end: three tasks on the same
// pictures (train/tasks.hpp), each with the output unit that it asks for and with others. The optimiser is Adam because its steps do not
// depend on the size of a loss and of its gradients, which differs from unit to unit: what is left is the unit's shape.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/record/row_charts.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/probe_layers.hpp"
#include "seegrad/train/tasks.hpp"

using namespace seegrad;
using train::OutputUnit, train::Task;

const train::Example about{"output_range", "Measures how large activations grow with depth, and what the wrong output unit costs."};

/// The largest |h| of each hidden layer.
std::vector<records::Point> largest(nn::Sequential& network, const train::Samples& samples) {
  std::vector<records::Point> points;
  for (const observe::LayerStatistics& row : train::probe_layers(network, samples))
    if (!row.activation.empty()) points.push_back({static_cast<double>(row.layer), std::max(-row.h_min, row.h_max)});
  return points;
}

/// Two networks with bounds and the one under study. What they have grown to is added to `seen`.
records::Canvas inside(train::Lesson& lesson, const train::TrainOptions& knobs, const train::Samples& samples, std::string& seen) {
  records::Chart growth("Inside", fmt::format("largest |h| of a layer; dashed: before training ({})", knobs.init.to_string()),
                        {"hidden layer"}, {"largest |h|", records::Scale::logarithmic});
  train::Table table = lesson.table(fmt::format("largest |h|, layer {}", knobs.depth),
                                    {{"before.last", "before"}, {"after.last", "trained"}, {"test_accuracy", "accuracy", "{:.1f} %", 100}});
  for (std::size_t i = 0; const nn::Nonlinearity& f : train::together({"sigmoid", "tanh"}, knobs.activation)) {
    const std::string name = f.to_string();
    const train::TrainOptions run = lesson.run(name, f);
    nn::Sequential network = train::network_for(samples, run);
    const auto before = largest(network, samples);
    const double accuracy = lesson.train(run, network).test_accuracy;
    const auto after = largest(network, samples);
    table.row(name, {before.back().y, after.back().y, accuracy});
    growth.curve("", {before}, {.colour = records::palette[i], .dash = {6, 4}});
    growth.curve(name, {after}, {.colour = records::palette[i], .width = i == 0 ? 7.0 : 2.5});
    growth.markers("", after, 4, {.colour = records::palette[i]});
    seen += fmt::format("{}{} {:.3g} (from {:.3g})", i++ ? ", " : "", name, after.back().y, before.back().y);
  }
  return growth.draw(520, 470);
}

/// Three tasks, each with several units at the end of a network. How two of them err is added to `seen`.
records::Canvas at_the_end(train::Lesson& lesson, const train::TrainOptions& knobs, train::Samples& samples, std::string& seen) {
  std::vector<std::pair<Task, std::vector<OutputUnit>>> choices{
      {Task::binary, {{"sigmoid", "bce"}, {"sigmoid", "mse"}, {"identity", "mse"}}},
      {Task::classes, {{"softmax", "cross_entropy"}, {"softmax", "mse"}, {"sigmoid", "mse"}, {"identity", "mse"}}},
      {Task::brightness, {{"identity", "mse"}, {"sigmoid", "mse"}}}};
  const OutputUnit studied{knobs.activation.to_string(), "mse"};
  const nn::MlpOptions hidden{.depth = 2, .width = knobs.width, .activation = Activation::parse("relu")};
  records::BarRows bars{"The unit at the end", "test error, mean and range of 3 starts; green: what the task asks for"};
  for (auto& [task, units] : choices) {
    const std::string name(train::name_of(task)), group = name + (task == Task::brightness ? ": RMS error / deviation" : ": wrong answers");
    const OutputUnit asked_for = units.front();
    if (std::ranges::find(units, studied) == units.end()) units.push_back(studied);
    train::Table table = lesson.table(
        name + ": errors",
        {{"error", "mean"}, {"error_lowest", "lowest"}, {"error_highest", "highest"}, {"zero_share", "zeros", "{:.0f} %", 100}});
    for (const OutputUnit& unit : units) {
      double error = 0, lowest = INFINITY, highest = 0, zeros = 0;
      for (std::uint64_t start = 0; start < 3; ++start) {
        const train::TaskResult result = train::fit_task(task, unit, knobs, samples, hidden, Random(knobs.seed).split(start));
        error += result.error / 3, zeros += result.zero_share / 3;
        lowest = std::min(lowest, result.error), highest = std::max(highest, result.error);
      }
      const std::string label = unit.unit + " + " + unit.loss;
      table.row(label, fmt::format("{}.{}_{}", name, train::key_of(unit.unit), unit.loss), {error, lowest, highest, zeros});
      bars.bars.push_back({group, label, fmt::format("{:.3f}", error), error, lowest, highest, unit == asked_for});
      if (unit == asked_for)
        seen += fmt::format("{}{}: {} {:.3g}", seen.empty() ? "" : "; ", name, label, error);
      else if (unit == studied)
        seen += fmt::format(", {} {:.3g}", label, error);
    }
  }
  return bars.draw(560, 470);
}

int learn(const train::TrainOptions& knobs) {
  static_cast<void>(train::elementwise(knobs, "it is tried as an output unit too"));
  train::need_depth(knobs, 2, "growth from layer to layer is measured");
  train::Lesson lesson(about, knobs);
  train::Samples samples(knobs);
  std::string grown, errors;
  lesson.picture({inside(lesson, knobs, samples, grown), at_the_end(lesson, knobs, samples, errors)});
  return lesson.finish(fmt::format("Largest |h| of layer {} after training: {}. Test errors in {}.", knobs.depth, grown, errors));
}

int main(int argc, char** argv) {
  const auto adam = optim::OptimizerOptions::parse("adam");
  return train::guarded_main(argc, argv, about, learn, {.depth = 8, .width = 64, .optimizer = adam, .epochs = 2, .train_samples = 20000});
}

// Expected output (seed 1, Fashion-MNIST; abridged):
//
//     largest |h|, layer 8        before   trained  accuracy
//     sigmoid                      0.999         1    78.3 %
//     relu                          4.63      31.2    83.9 %
//     classes: errors               mean    lowest   highest     zeros
//     softmax + mse                0.157     0.154     0.161       0 %
//     relu + mse                   0.574     0.462     0.638      94 %
//     brightness: errors            mean    lowest   highest     zeros
//     identity + mse               0.173     0.158     0.196       0 %
//     relu + mse                   0.889     0.666         1      86 %
//
// A range that cannot hold the targets costs most: half of the pictures are darker than the mean, and neither sigmoid nor relu can say so.
// And where relu gives 0 for every picture no gradient gets through: what is lost stays lost. What costs little: the squared error in
// place of the cross-entropy, as long as the optimiser makes up for its small gradients; with --optimizer sgd it does not.
