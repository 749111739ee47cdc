// Zig-zag: why the outputs of a layer should lie on both sides of zero.
//
//   ./run.sh zigzag                                  relu beside sigmoid and tanh: between the two
//   ./run.sh zigzag --activation elu                 close to tanh: its outputs have both signs
//   ./run.sh zigzag --activation 'sigmoid(x) - 0.5'  the sigmoid, moved down by a half: the detour is gone
//   ./run.sh zigzag --lr 0.02                        ten times shorter steps: the detour of sigmoid is hardly shorter
//
// For one sample the gradient of a neuron's weights is delta times its inputs. Where all inputs are positive, all weights get the sign of
// delta: they rise together or fall together, and where one should rise and another fall they get there by a zig-zag only.
// Source: LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4.3.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"
#include "shared/training.hpp"

using namespace seegrad;
using records::Point, records::Scale, records::Range;

const train::Example about{"zigzag", "Draws the way of two weights whose inputs are all positive, and counts updates that have one sign."};
constexpr Point goal{2, -2};
constexpr int repeats = 50;

struct Walk {
  std::vector<Point> path{{0, 0}};
  double steps = 0;       // until it is there
  double detour = 0;      // length of the path / how far it got
  double equal_sign = 0;  // share of the updates that move both weights the same way, of those that move both
  bool arrived = false;
  std::vector<double> coherence;  // of a whole network, by batch size
};

/// A linear neuron learns the weights `goal` from one sample after the other; its two inputs are f of standard normal numbers. The rate is
/// for inputs of mean square 1 / 2, so that an activation with small outputs takes no smaller steps.
Walk walk(const Activation& f, double rate, Random random) {
  Walk w;
  double length = 0, moved_both = 0, equal = 0;
  rate /= 2 * moments(f).second_moment;
  for (int step = 0; step < 5000 && !w.arrived; ++step) {
    const Point at = w.path.back(), x{f.at(random.normal()), f.at(random.normal())};
    const double error = (at.x - goal.x) * x.x + (at.y - goal.y) * x.y;  // the loss is error^2 / 2
    const Point update{-rate * error * x.x, -rate * error * x.y}, next{at.x + update.x, at.y + update.y};
    if (!(std::hypot(next.x, next.y) < 1e6)) break;  // too long steps
    w.path.push_back(next);
    length += std::hypot(update.x, update.y);
    moved_both += update.x * update.y != 0, equal += update.x * update.y > 0;
    w.arrived = std::hypot(next.x - goal.x, next.y - goal.y) < 0.01 * std::hypot(goal.x, goal.y);
  }
  w.steps = static_cast<double>(w.path.size() - 1);
  w.detour = length / std::hypot(w.path.back().x, w.path.back().y);
  w.equal_sign = equal / moved_both;
  return w;
}

/// Lines of equal loss. With mean m and mean square s of an input the loss curves by s + m^2 along (1, 1) and by s - m^2 along (1, -1).
std::vector<std::vector<Point>> contours(const Activation& f) {
  const double m2 = std::pow(moments(f).mean, 2), s = moments(f).second_moment;
  std::vector<std::vector<Point>> lines;
  for (const double apart : {0.1, 0.6, 1.4, 2.83, 4.5, 6.5}) {
    const double together = apart * std::sqrt(std::max(s - m2, 0.0) / (s + m2));
    lines.emplace_back();
    for (int degree = 0; degree <= 360; degree += 3) {
      const double u = together * std::cos(degree * std::numbers::pi / 180), v = apart * std::sin(degree * std::numbers::pi / 180);
      lines.back().push_back({goal.x + (u + v) / std::numbers::sqrt2, goal.y + (u - v) / std::numbers::sqrt2});
    }
  }
  return lines;
}

/// How much the entries of the weight gradient of a unit in the second hidden layer have one sign (1: all), before any training.
std::vector<double> coherence(train::TrainOptions knobs, const Activation& f, const std::vector<std::int64_t>& sizes) {
  std::vector<double> found;
  for (const std::int64_t size : sizes) {
    knobs.batch = size;
    train::Samples samples(knobs);
    nn::Sequential network = network_of(knobs, f, samples);
    double sum = 0, batches = 0, seen = 0;
    for (const train::Batch& batch : samples.epoch(1)) {
      observe::LayerWatch watch;
      const Listening listening(watch);
      static_cast<void>(gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors()));
      const observe::LayerStatistics row = watch.collect()[1];
      if (row.weight_grad_rms > 0) sum += row.sign_coherence, ++batches;  // else no gradient came down to this layer
      if (++seen == 16) break;
    }
    found.push_back(batches > 0 ? sum / batches : observe::not_measured);
  }
  return found;
}

int learn(const train::TrainOptions& knobs) {
  const Activation* studied = knobs.activation.elementwise();
  if (!studied)
    throw UsageError(fmt::format("--activation {}: inputs are looked at one by one; give one that works element by element",
                                 knobs.activation.to_string()));
  if (knobs.depth < 2) throw UsageError(fmt::format("--depth {}: the second hidden layer is looked at; give 2 or more", knobs.depth));
  train::Lesson lesson(about, knobs);
  std::vector<Activation> all{Activation::parse("sigmoid"), Activation::parse("tanh")};
  if (std::find(all.begin(), all.end(), *studied) == all.end()) all.push_back(*studied);
  std::vector<std::int64_t> sizes{1, 16, knobs.batch};
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());

  records::Chart signs;
  signs.title = "A layer of a network";
  signs.subtitle = fmt::format("hidden layer 2 at initialisation, {}", knobs.init.to_string());
  signs.x = {"samples in the batch", Scale::logarithmic, Range{0.8, 1.25 * static_cast<double>(sizes.back())}};
  signs.y = {"sign coherence of a unit's gradient", Scale::linear, Range{0, 1.05}};
  std::vector<records::Canvas> panels;
  std::vector<Walk> walks;
  lesson.say(
      fmt::format("inputs from          one sign   path/distance   steps   sign coherence in layer 2, batch {}", fmt::join(sizes, ", ")));
  for (const Activation& f : all) {
    const std::string name = f.to_string(), key = records::file_name_of(name);
    Walk& w = walks.emplace_back(walk(f, *knobs.learning_rate, Random(knobs.seed)));  // drawn; the numbers are means over many
    w.steps = w.detour = w.equal_sign = 0;
    for (std::uint64_t i = 0; i < repeats; ++i) {
      const Walk again = walk(f, *knobs.learning_rate, Random(knobs.seed).split(i));
      w.steps += again.steps, w.detour += again.detour, w.equal_sign += again.equal_sign;
    }
    w.steps /= repeats, w.detour /= repeats, w.equal_sign /= repeats;
    w.coherence = coherence(knobs, f, sizes);
    lesson.number(key + ".equal_sign", w.equal_sign);
    lesson.number(key + ".detour", w.detour);
    lesson.number(key + ".steps", w.steps);
    std::vector<Point> points;
    for (std::size_t i = 0; i < sizes.size(); ++i) points.push_back({static_cast<double>(sizes[i]), w.coherence[i]});
    for (const Point& p : points) lesson.number(fmt::format("{}.coherence.batch_{}", key, p.x), p.y);
    lesson.say(fmt::format("{:20} {:6.1f} % {:15.2f} {:7.0f}   {:.3f}{}", name, 100 * w.equal_sign, w.detour, w.steps,
                           fmt::join(w.coherence, "  "), w.arrived ? "" : "   (did not arrive)"));

    const records::Look look{.colour = records::palette[panels.size()], .width = 1.6};
    records::Chart plane;
    plane.title = name;
    plane.subtitle = fmt::format("{:.0f} % of one sign, path {:.2f} x distance", 100 * w.equal_sign, w.detour);
    plane.x = {"weight 1", Scale::linear, Range{-1, 3.5}};
    plane.y = {"weight 2", Scale::linear, Range{-3.5, 1}};
    plane.curve("", contours(f), {.colour = records::shade, .width = 1});
    plane.curve("", {w.path}, look);
    plane.markers("", {{0, 0}}, 5, {.colour = records::ink}, true);
    plane.markers("", {goal}, 5, {.colour = records::ink});
    panels.push_back(plane.draw(350, 410));
    signs.curve(name, {points}, {.colour = look.colour, .width = 2.5});
    signs.markers("", points, 5, look, panels.size() == 3);
  }
  panels.push_back(signs.draw(410, 410));
  lesson.picture(records::side_by_side(panels, 4));

  const auto told = [&](std::size_t i) {
    const Walk& w = walks[i];
    if (!w.arrived) return fmt::format("{} never reaches the goal with --lr {}", all[i].to_string(), *knobs.learning_rate);
    return fmt::format("{} walks {:.2f} times the distance, {:.0f} % of its updates have one sign", all[i].to_string(), w.detour,
                       100 * w.equal_sign);
  };
  std::string seen = fmt::format("{}; {}", told(0), told(1));
  if (walks.size() == 3) {
    const auto place = [&](auto of) { return std::round(100 * (of(walks[2]) - of(walks[1])) / (of(walks[0]) - of(walks[1]))) + 0.0; };
    const double detour = place([](const Walk&w) { return w.detour; }), agreement = place([](const Walk&w) { return w.coherence.back(); });
    seen += fmt::format("; {}", told(2));
    if (walks[0].arrived && walks[1].arrived && walks[2].arrived && std::isfinite(agreement))
      seen += fmt::format(". From tanh (0 %) to sigmoid (100 %) its detour lies at {:.0f} %, its sign coherence (batch {}) at {:.0f} %",
                          detour, sizes.back(), agreement);
  }
  return lesson.finish(seen + ".");
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.init = nn::Initializer::parse("xavier");
  defaults.learning_rate = 0.2;
  defaults.batch = 128;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1, Fashion-MNIST):
//
//   inputs from          one sign   path/distance   steps   sign coherence in layer 2, batch 1, 16, 128
//   sigmoid               100.0 %            3.14     301   1.000  0.759  0.780
//   tanh                   49.2 %            1.24      43   0.058  0.079  0.085
//   relu                  100.0 %            1.83      64   1.000  0.512  0.485
//   ...
//   From tanh (0 %) to sigmoid (100 %) its detour lies at 31 %, its sign coherence (batch 128) at 58 %.
//
// Whenever relu moves both weights it moves them the same way, as sigmoid does; but in half of the samples one of its two inputs is 0, and
// then a weight moves alone, along an axis. The narrow valley of sigmoid is the same fact seen from afar: inputs with a mean make the loss
// steep where the weights move together and flat where they move apart. With a batch the samples disagree about delta's sign, and the
// agreement in a layer falls below 1, but not to where tanh is.
