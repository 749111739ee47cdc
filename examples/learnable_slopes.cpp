// Few parameters: what an activation learns about its own shape, and what that is worth.
//
//   ./run.sh learnable_slopes                                 prelu: one slope a layer, and where it goes
//   ./run.sh learnable_slopes --activation acon_c             three numbers a layer: the two lines it lies between, and how sharply
//   ./run.sh learnable_slopes --activation-per-channel        one slope a unit: each hears so little that their mean stays where it was
//   ./run.sh learnable_slopes --activation gelu               learns nothing: then the gain is all there is to see
//
// Each is trained from three seeds. A gain is counted seed by seed, and says something only if it is clearly larger than its deviation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/record/row_charts.hpp"
#include "seegrad/train/claims.hpp"
#include "seegrad/train/learned_course.hpp"
#include "seegrad/train/lesson.hpp"

using namespace seegrad;

const train::Example about{"learnable_slopes", "Shows what prelu, swish and acon learn in each layer, and what it gains over seeds."};
constexpr std::uint64_t seeds = 3;

struct Candidate {
  nn::Nonlinearity f;
  std::vector<train::LearnedTraining> runs{};  // one a seed
  std::vector<double> accuracies{};
};

/// By how much one is better than another, seed by seed, in points.
train::Spread gain(const Candidate& c, const Candidate& over) {
  std::vector<double> gains;
  for (std::size_t i = 0; i < seeds; ++i) gains.push_back(100 * (c.accuracies[i] - over.accuracies[i]));
  return train::spread_of(gains);
}

/// What it learned, seed by seed: a colour for each layer, a dash for each number of the formula.
records::Canvas picture_of(const Candidate& c) {
  const bool learns = !c.runs[0].courses.empty();
  records::Chart chart(c.f.to_string(), learns ? "what it learned, by hidden layer; thin: the other seeds" : "learns nothing", {"epoch"},
                       {});
  const std::vector<std::vector<double>> dashes{{2, 3}, {}, {8, 4}};
  for (std::size_t seed = seeds; seed-- > 0;)
    for (std::size_t names = 0; const auto& [name, layer, points] : c.runs[seed].courses) {
      names += layer == 1;
      const records::Colour colour = records::palette[static_cast<std::size_t>(layer - 1) % std::size(records::palette)];
      chart.curve(seed ? "" : fmt::format("{} {}", name, layer), {points}, {colour, seed ? 1.0 : 2.5, dashes[names % 3]});
    }
  return chart.draw(540, 420);
}

/// A row for each, and below it what it learned: from where to where, layer by layer.
void show(train::Lesson& lesson, const std::vector<Candidate>& all) {
  train::Table table = lesson.table("activation", {{"test_accuracy", "accuracy", "{:.2f} %", 100},
                                                   {"test_accuracy_deviation", "+-", "{:.2f}", 100},
                                                   {"gain_over_relu", "over relu", "{:+.2f}"},
                                                   {"gain_over_relu_deviation", "+-", "{:.2f}"},
                                                   {"gain_over_silu", "over silu", "{:+.2f}"},
                                                   {"gain_over_silu_deviation", "+-", "{:.2f}"},
                                                   {"extra_parameters", "learned", "{:.0f}"},
                                                   {"parameters", "of all", "{:.0f}"}});
  for (const Candidate& c : all) {
    const train::LearnedTraining& first = c.runs.front();
    const train::Spread accuracy = train::spread_of(c.accuracies), relu = gain(c, all[0]), silu = gain(c, all[1]);
    table.row(c.f.to_string(), {accuracy.mean, accuracy.deviation, relu.mean, relu.deviation, silu.mean, silu.deviation,
                                static_cast<double>(first.learned), static_cast<double>(first.parameters)});
    std::string line = "  ";
    for (const auto& [name, layer, from, to] : train::means_of(c.runs)) {
      lesson.number(fmt::format("{}.{}.layer_{}", train::key_of(c.f.to_string()), name, layer), to);
      line += layer == 1 ? fmt::format("  {} {:.3g} -> {:.3g}", name, from, to) : fmt::format(" {:.3g}", to);
    }
    if (!first.courses.empty()) lesson.say(line);
  }
}

int learn(const train::TrainOptions& knobs) {
  train::need_depth(knobs, 1, "there must be an activation");
  train::Lesson lesson(about, knobs);
  std::vector<Candidate> all;
  records::RingRows rings{"Test accuracy", "a ring for each seed, a bar at the mean"};
  for (const nn::Nonlinearity& f : train::together({"relu", "silu", "prelu", "swish", "acon_c"}, knobs.activation)) {
    Candidate& c = all.emplace_back(Candidate{f});
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      train::TrainOptions run = lesson.run(f.to_string(), f);
      run.seed += seed;
      c.runs.push_back(train::fit_learned(run));
      c.accuracies.push_back(c.runs.back().test_accuracy);
    }
    rings.rows.push_back({f.to_string(), c.accuracies, f == knobs.activation});
  }
  show(lesson, all);
  const Candidate& studied = *std::ranges::find(all, knobs.activation, &Candidate::f);
  lesson.picture({picture_of(studied), rings.draw(520, 420)});

  const train::LearnedTraining& run = studied.runs[0];
  std::string seen = fmt::format("{} learns {} of {} numbers", studied.f.to_string(), run.learned, run.parameters);
  const std::vector<train::LearnedMean> means = train::means_of(studied.runs);
  const auto most = std::ranges::max_element(means, {}, [](const train::LearnedMean& m) { return std::abs(m.moved()); });
  if (most != means.end())
    seen += fmt::format("; {} moves most in layer {}, from {:.3g} to {:.3g}", most->name, most->layer, most->first, most->last);
  const auto broken = std::ranges::count(studied.runs, false, &train::LearnedTraining::finite);
  if (broken > 0) seen += fmt::format("; in {} of {} trainings its loss stops being finite", broken, seeds);
  const train::Spread relu = gain(studied, all[0]), silu = gain(studied, all[1]);
  return lesson.finish(fmt::format("{}; against relu {:+.2f} +- {:.2f} points, against silu {:+.2f} +- {:.2f}.", seen, relu.mean,
                                   relu.deviation, silu.mean, silu.deviation));
}

int main(int argc, char** argv) {
  return train::guarded_main(argc, argv, about, learn, {.activation = Activation::parse("prelu"), .epochs = 3, .train_samples = 20000});
}

// Expected output (seed 1, Fashion-MNIST; abridged):
//
//     activation                accuracy        +-  over relu        +-  over silu        +-   learned    of all
//     relu                       85.24 %      0.10      +0.00      0.00      -0.15      0.02         0    134794
//     prelu                      85.23 %      0.26      -0.01      0.18      -0.15      0.16         3    134797
//       slope 0.25 -> 0.0857 0.315 0.303
//     swish                      85.47 %      0.10      +0.24      0.10      +0.09      0.12         3    134797
//       beta 1 -> 1.04 0.963 0.924
//
// The shapes do move: from every seed the first layer of prelu comes closer to a relu than those above it. swish stays nearly silu. The
// accuracies hardly follow: from three seeds nothing below a few tenths of a point can be told apart from chance.
