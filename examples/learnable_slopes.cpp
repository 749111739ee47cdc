// Few parameters: what an activation learns about its own shape, and what that is worth.
//
//   ./run.sh learnable_slopes                                 prelu: one slope a layer, and where it goes
//   ./run.sh learnable_slopes --activation acon_c             three numbers a layer: the two lines it lies between, and how sharply
//   ./run.sh learnable_slopes --activation-per-channel        one slope a unit: each hears so little that their mean stays where it was
//   ./run.sh learnable_slopes --activation gelu               learns nothing: then the gain is all there is to see
//
// Each activation is trained from three seeds. A gain is counted against relu and silu seed by seed, and says something only if it is
// clearly larger than its deviation from seed to seed.
// Sources: He et al. 2015, section 2.1 (prelu); Ramachandran et al. 2017 (swish); Ma et al. 2021 (acon).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/train/claims.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"
#include "shared/rows.hpp"
#include "shared/training.hpp"

using namespace seegrad;
using records::Point;

const train::Example about{"learnable_slopes", "Shows what prelu, swish and acon learn in each layer, and what it gains over seeds."};
constexpr std::uint64_t seeds = 3;

/// One learned number, or the mean of those of a layer's units, over the steps of a training.
struct Learned {
  std::string name;  // "slope"
  std::int64_t layer = 1;
  Tensor tensor;
  std::vector<Point> over_time{};
  double mean() const {
    double sum = 0;
    for (const double v : tensor.to_vector()) sum += v / static_cast<double>(tensor.count());
    return sum;
  }
};

struct Trained {
  std::vector<Learned> learned;
  double accuracy = 0, numbers = 0, extra = 0;  // parameters of all the network, and of its activations
  bool finite = true;                           // the loss, to the end
};

Trained trained(const train::TrainOptions& knobs, const nn::Nonlinearity& f, train::Samples& samples) {
  const bool learns = f.function() && f.function()->learnable();
  nn::Sequential network = network_of(knobs, f, samples);

  // What the activations learn is found by its name: "1.slope" of the first, "3.slope" of the second.
  Trained result;
  result.numbers = static_cast<double>(network.parameter_count());
  for (std::size_t i = 0; learns && i < f.function()->formula().parameters().size(); ++i) {
    const auto& of_formula = f.function()->formula().parameters()[i];
    std::int64_t layer = 0;
    for (const nn::Parameter& p : network.parameters()) {
      if (!of_formula.learnable || !p.name.ends_with(fmt::format(".{}", of_formula.name))) continue;
      result.learned.push_back({std::string(of_formula.name), ++layer, p.tensor});
      result.extra += static_cast<double>(p.tensor.count());
    }
  }

  const auto loss_of = [&](const train::Batch& batch) { return cross_entropy(network(batch.images()), batch.labels()); };
  const std::int64_t per_epoch = samples.steps_per_epoch(), pause = std::max<std::int64_t>(1, knobs.epochs * per_epoch / 60);
  result.finite = train_network(knobs, samples, network, loss_of, [&](const train::Batch& batch) {
    if (batch.step % pause != 0) return;
    for (Learned& l : result.learned) l.over_time.push_back({static_cast<double>(batch.step) / static_cast<double>(per_epoch), l.mean()});
  });
  for (Learned& l : result.learned) l.over_time.push_back({static_cast<double>(knobs.epochs), l.mean()});
  result.accuracy = samples.evaluate_test(network).accuracy;
  return result;
}

struct Row {
  std::string name;
  std::vector<Trained> runs;  // one a seed
  std::vector<double> accuracies() const {
    std::vector<double> all;
    for (const Trained& run : runs) all.push_back(run.accuracy);
    return all;
  }
  /// By how much it is better than another one, seed by seed, in points.
  train::Spread over(const Row& other) const {
    std::vector<double> gains;
    for (std::size_t i = 0; i < runs.size(); ++i) gains.push_back(100 * (runs[i].accuracy - other.runs[i].accuracy));
    return train::spread_of(gains);
  }
  /// What a learned number has become, as a mean over the seeds.
  double learned(std::size_t i, bool at_the_start = false) const {
    double sum = 0;
    for (const Trained& run : runs) sum += (at_the_start ? run.learned[i].over_time.front().y : run.learned[i].over_time.back().y);
    return sum / static_cast<double>(runs.size());
  }
};

/// What the activation under study learned, seed by seed.
records::Canvas over_time(const Row& row) {
  records::Chart chart;
  chart.title = row.name;
  chart.subtitle = row.runs[0].learned.empty() ? "learns nothing" : "what it learned, by hidden layer; thin: the other seeds";
  chart.x.label = "epoch";
  const std::vector<std::vector<double>> dashes{{}, {8, 4}, {2, 3}};
  for (std::size_t seed = seeds; seed-- > 0;) {
    std::vector<std::string> names;
    for (const Learned& l : row.runs[seed].learned) {
      if (std::find(names.begin(), names.end(), l.name) == names.end()) names.push_back(l.name);
      const auto kind = static_cast<std::size_t>(std::find(names.begin(), names.end(), l.name) - names.begin());
      const auto colour = static_cast<std::size_t>(l.layer - 1) % std::size(records::palette);
      chart.curve(seed ? "" : fmt::format("{} {}", l.name, l.layer), {l.over_time},
                  {.colour = records::palette[colour], .width = seed ? 1.0 : 2.5, .dash = dashes[kind % dashes.size()]});
    }
  }
  return chart.draw(540, 420);
}

std::string gain_text(const train::Spread& gain) {
  return fmt::format("{:+.2f} points, which is {} than their deviation over seeds, {:.2f}", gain.mean,
                     std::abs(gain.mean) > gain.deviation ? "more" : "no more", gain.deviation);
}

int learn(const train::TrainOptions& knobs) {
  if (knobs.depth < 1) throw UsageError(fmt::format("--depth {}: there must be an activation; give 1 or more", knobs.depth));
  train::Lesson lesson(about, knobs);
  const std::string studied = knobs.activation.to_string();
  std::vector<Row> rows;
  for (const char* name : {"relu", "silu", "prelu", "swish", "acon_c"}) rows.push_back({name, {}});
  if (std::none_of(rows.begin(), rows.end(), [&](const Row& row) { return row.name == studied; })) rows.push_back({studied, {}});
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    train::TrainOptions run = knobs;
    run.seed = knobs.seed + seed;
    train::Samples samples(run);
    for (Row& row : rows) row.runs.push_back(trained(run, nn::Nonlinearity::parse(row.name), samples));
  }

  lesson.say(fmt::format("{:20} {:>14} {:>9} {:>12}   {}", "", "test accuracy", "over relu", "extra of",
                         "learned: from -> to, hidden layer by hidden layer"));
  RingRows accuracies{.title = "Test accuracy", .subtitle = "a ring for each seed, a bar at the mean"};
  for (const Row& row : rows) {
    const std::string key = records::file_name_of(row.name);
    const train::Spread accuracy = train::spread_of(row.accuracies()), relu = row.over(rows[0]), silu = row.over(rows[1]);
    accuracies.rows.push_back({row.name, row.accuracies(), accuracy.mean, row.name == studied});
    lesson.number(key + ".test_accuracy", accuracy.mean);
    lesson.number(key + ".test_accuracy_deviation", accuracy.deviation);
    lesson.number(key + ".extra_parameters", row.runs[0].extra);
    lesson.number(key + ".parameters", row.runs[0].numbers);
    lesson.number(key + ".gain_over_relu", relu.mean);
    lesson.number(key + ".gain_over_relu_deviation", relu.deviation);
    lesson.number(key + ".gain_over_silu", silu.mean);
    lesson.number(key + ".gain_over_silu_deviation", silu.deviation);
    std::string line;
    for (std::size_t i = 0; i < row.runs[0].learned.size(); ++i) {
      const Learned& l = row.runs[0].learned[i];
      lesson.number(fmt::format("{}.{}.layer_{}", key, l.name, l.layer), row.learned(i));
      line += l.layer == 1 ? fmt::format("{}{} {:.3g} -> {:.3g}", i ? "; " : "", l.name, row.learned(i, true), row.learned(i))
                           : fmt::format(" {:.3g}", row.learned(i));
    }
    lesson.say(fmt::format("{:20} {:6.2f} +- {:.2f} {:+9.2f} {:5.0f} {:6.0f}   {}", row.name, 100 * accuracy.mean, 100 * accuracy.deviation,
                           relu.mean, row.runs[0].extra, row.runs[0].numbers, line));
  }
  const Row& row = *std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == studied; });
  lesson.picture(records::side_by_side(std::vector{over_time(row), accuracies.draw(520, 420)}, 8));

  std::string seen = studied + " learns nothing";
  if (!row.runs[0].learned.empty()) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < row.runs[0].learned.size(); ++i)
      if (std::abs(row.learned(i) - row.learned(i, true)) > std::abs(row.learned(most) - row.learned(most, true))) most = i;
    const Learned& l = row.runs[0].learned[most];
    seen = fmt::format("{} learns {:.0f} of {:.0f} numbers; {} moves most in layer {}, from {:.3g} to {:.3g}", studied, row.runs[0].extra,
                       row.runs[0].numbers, l.name, l.layer, row.learned(most, true), row.learned(most));
  }
  const auto broken = std::count_if(row.runs.begin(), row.runs.end(), [](const Trained& run) { return !run.finite; });
  if (broken) seen += fmt::format("; in {} of {} trainings its loss stops being finite", broken, seeds);
  for (std::size_t i : {0, 1})
    if (rows[i].name != studied) seen += fmt::format("; against {} {}", rows[i].name, gain_text(row.over(rows[i])));
  return lesson.finish(seen + ".");
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = Activation::parse("prelu");
  defaults.epochs = 3;
  defaults.train_samples = 20000;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1, Fashion-MNIST):
//
//                         test accuracy over relu     extra of   learned: from -> to, hidden layer by hidden layer
//   relu                  85.24 +- 0.10     +0.00     0 134794
//   silu                  85.38 +- 0.11     +0.15     0 134794
//   prelu                 85.23 +- 0.26     -0.01     3 134797   slope 0.25 -> 0.0857 0.315 0.303
//   swish                 85.47 +- 0.10     +0.24     3 134797   beta 1 -> 1.04 0.963 0.924
//   acon_c                85.45 +- 0.01     +0.21     9 134803   p1 1 -> 1.14 1.08 1.07; p2 0 -> -0.072 0.132 0.0886; ...
//   ...
//   prelu learns 3 of 134797 numbers; slope moves most in layer 1, from 0.25 to 0.0857; against relu -0.01 points, which is no more than
//   their deviation over seeds, 0.18; against silu -0.15 points, which is no more than their deviation over seeds, 0.16.
//
// The shapes do move: from every seed the first layer of prelu comes closer to a relu than those above it. swish stays nearly silu. The
// accuracies hardly follow. Three numbers cost next to nothing, and from three seeds nothing below a few tenths of a point can be told
// apart from chance.
