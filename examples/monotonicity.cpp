// Monotone: does a single neuron have a convex loss because its activation is monotone? Look along straight lines and count.
//
//   ./run.sh monotonicity                                        silu beside others: one valley or several, and where it is bent down
//   ./run.sh monotonicity --activation sine                      30 turns where others have one
//   ./run.sh monotonicity --batch 4                              few samples: every one of them has a say where the valleys lie
//
// One neuron f(w x) reads pictures. Its weights go along a straight line and the loss is drawn over it, three times:
//   matching    the loss whose slope in z is f(z) - y (for sigmoid the cross-entropy): convex for every monotone f
//               (Auer, Herbster and Warmuth 1996, "Exponentially many local minima for single neurons")
//   solution    the squared error, with targets that some weights fit exactly, on lines through those weights
//   labels      the squared error, with targets that no weights fit: f(1) for the first half of the classes, f(-1) for the others
// Nothing is trained.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "seegrad/activation/properties.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"

using namespace seegrad;
using records::Point;

const train::Example about{
    "monotonicity", "Follows the loss of one neuron along lines of its weights, and counts valleys, for monotone and other activations."};
constexpr std::int64_t points = 401;
constexpr int lines = 200;
constexpr double reach = 10;  // a line goes this far to either side; 1 changes z by about 1
constexpr TensorOptions exact{.dtype = DType::float64};

/// How far along the line its i-th point is.
double position(std::int64_t i) { return reach * (2.0 * static_cast<double>(i) / static_cast<double>(points - 1) - 1); }

/// What a walk along a line meets.
struct Landscape {
  std::vector<double> losses;
  int minima = 0, turns = 0;  // slopes from down to up; all changes of the slope's sign
  double concave = 0;         // share of the line where the slope falls
};

Landscape survey(std::vector<double> losses) {
  Landscape seen{.losses = std::move(losses)};
  const auto [low, high] = std::minmax_element(seen.losses.begin(), seen.losses.end());
  const double nothing = 1e-10 * (*high - *low);  // rounding
  double before = 0;
  for (std::size_t i = 1; i < seen.losses.size(); ++i) {
    const double rise = seen.losses[i] - seen.losses[i - 1];
    if (i > 1) seen.concave += rise - (seen.losses[i - 1] - seen.losses[i - 2]) < -nothing ? 1.0 / static_cast<double>(points - 2) : 0;
    if (std::fabs(rise) <= nothing) continue;  // a level piece is part of the slope before it
    seen.turns += before * rise < 0;
    seen.minima += before < 0 && rise > 0;
    before = rise;
  }
  return seen;
}

/// [samples, 1]: x w for weights w ~ N(0, 1/inputs).
Tensor random_z(const Tensor& pictures, Random& random) {
  std::vector<double> weights(static_cast<std::size_t>(pictures.shape()[1]));
  for (double& w : weights) w = random.normal() / std::sqrt(static_cast<double>(weights.size()));
  return matmul(pictures, Tensor::from(weights, {pictures.shape()[1], 1}, exact));
}

/// z of every sample at every point of a line: [samples, points].
Tensor along(const Tensor& z, const Tensor& direction, const Tensor& positions) {
  return expand(reshape(z, {z.count()}), 1, points) + matmul(direction, positions);
}

std::vector<double> squared_error(const Activation& f, const Tensor& z, const Tensor& targets) {
  const Tensor error = activate(f, z) - expand(reshape(targets, {targets.count()}), 1, points);
  return mean(error * error, 0).to_vector();
}

/// By its slope, mean (f(z) - y) dz/dt, from point to point.
std::vector<double> matching_loss(const Activation& f, const Tensor& z, const Tensor& targets, const Tensor& direction) {
  const Tensor error = activate(f, z) - expand(reshape(targets, {targets.count()}), 1, points);
  const std::vector<double> slopes = mean(error * expand(reshape(direction, {direction.count()}), 1, points), 0).to_vector();
  std::vector<double> losses{0};
  for (std::size_t i = 1; i < slopes.size(); ++i)
    losses.push_back(losses.back() + (slopes[i - 1] + slopes[i]) * reach / static_cast<double>(points - 1));
  return losses;
}

struct Found {
  struct Counts {
    double minima = 0, turns = 0, concave = 0;  // means over the lines
    double several = 0, not_convex = 0;         // shares of the lines with more than one minimum, with a concave piece
    std::vector<Landscape> lines;
  };
  std::array<Counts, 3> of;  // in the order of `settings`
};
constexpr std::array settings{"matching", "solution", "labels"};

Found look(const Activation& f, const Tensor& pictures, const Tensor& signs, Random random) {
  std::vector<double> t;
  for (std::int64_t i = 0; i < points; ++i) t.push_back(position(i));
  const Tensor positions = Tensor::from(t, {1, points}, exact), labels = activate(f, signs);
  Found found;
  for (int line = 0; line < lines; ++line) {
    const Tensor z = random_z(pictures, random), direction = random_z(pictures, random), path = along(z, direction, positions);
    const std::array losses{matching_loss(f, path, labels, direction), squared_error(f, path, activate(f, z)),
                            squared_error(f, path, labels)};
    for (std::size_t s = 0; s < settings.size(); ++s) {
      Found::Counts& counts = found.of[s];
      const Landscape& seen = counts.lines.emplace_back(survey(losses[s]));
      counts.minima += seen.minima, counts.turns += seen.turns, counts.concave += seen.concave;
      counts.several += seen.minima > 1, counts.not_convex += seen.concave > 0;
    }
  }
  for (Found::Counts& counts : found.of)
    for (double* number : {&counts.minima, &counts.turns, &counts.concave, &counts.several, &counts.not_convex}) *number /= lines;
  return found;
}

struct Candidate {
  std::string key;
  Activation f;
  bool monotone = false;
  Found found{};
};

/// The losses along one line, each as a share of its largest. Chosen is the line on which the last candidate has most minima.
records::Canvas losses_along_a_line(const std::vector<Candidate>& all, std::size_t setting, const std::string& title) {
  const auto more = [](const Landscape& a, const Landscape& b) { return a.minima < b.minima; };
  const std::vector<Landscape>& studied = all.back().found.of[setting].lines;
  const std::ptrdiff_t line = std::max_element(studied.begin(), studied.end(), more) - studied.begin();
  records::Chart chart;
  chart.title = title;
  chart.subtitle = "squared error on one line, of its largest value";
  chart.x.label = "way along the line (1 changes z by about 1)";
  chart.y = {"loss / largest loss", records::Scale::logarithmic, {}};
  if (settings[setting] == std::string_view("solution")) chart.y.range = {1e-5, 1.5};  // it is 0 at the solution
  std::size_t colour = 0;
  for (const Candidate& c : all) {
    if (c.key != "relu" && c.key != "sigmoid" && c.key != "sine" && c.key != "studied") continue;
    const std::vector<double>& losses = c.found.of[setting].lines[static_cast<std::size_t>(line)].losses;
    const double largest = *std::max_element(losses.begin(), losses.end());
    std::vector<Point> curve;
    for (std::int64_t i = 0; i < points; ++i) curve.push_back({position(i), std::max(1e-9, losses[static_cast<std::size_t>(i)] / largest)});
    chart.curve(c.f.to_string(), {curve}, {.colour = records::palette[colour++], .width = c.key == "studied" ? 3.0 : 2.0});
  }
  return chart.draw(500, 470);
}

/// Three bars for each activation.
records::Canvas bars(const std::vector<Candidate>& all) {
  const std::array labels{"matching loss: not convex", "squared error, a solution: several minima",
                          "squared error, labels: several minima"};
  records::Canvas sheet(440, 470, "Shares of the lines",
                        "For each activation three bars: lines that are not convex, and lines with several minima.");
  sheet.text({18, 35}, "Shares of the lines", {.size = 21, .bold = true});
  for (std::size_t s = 0; s < labels.size(); ++s) {
    const double y = 56 + 20 * static_cast<double>(s);
    sheet.rectangle({18, y - 10, 32, y}, {.colour = records::palette[s]});
    sheet.text({40, y}, labels[s], {.colour = records::muted});
  }
  const double row = 345 / static_cast<double>(all.size()), left = 130, full = 250;
  for (const double share : {0.0, 0.5, 1.0}) {
    sheet.line({{left + share * full, 112}, {left + share * full, 112 + 345}},
               {.colour = share > 0 ? records::faint : records::shade, .width = 1});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Candidate& c = all[i];
    const double top = 112 + row * static_cast<double>(i), thick = row * 0.26;
    sheet.text({left - 10, top + row / 2 + 4}, records::fitted_text(c.f.to_string(), {}, left - 20),
               {.anchor = records::Anchor::end, .bold = c.key == "studied"});
    for (std::size_t s = 0; s < settings.size(); ++s) {
      const double share = s == 0 ? c.found.of[s].not_convex : c.found.of[s].several, y = top + row * 0.11 + thick * static_cast<double>(s);
      sheet.rectangle({left, y, left + share * full + 0.8, y + thick * 0.9}, {.colour = records::palette[s]});
      sheet.text({left + share * full + 6, y + thick * 0.9}, fmt::format("{:.0f} %", 100 * share), {.size = 10, .colour = records::muted});
    }
  }
  return sheet;
}

int learn(const train::TrainOptions& knobs) {
  const Activation* studied = knobs.activation.elementwise();
  if (!studied)
    throw UsageError(
        fmt::format("--activation {}: looks at whole rows; expected one that works element by element", knobs.activation.to_string()));
  train::Lesson lesson(about, knobs);
  train::Samples samples(knobs);
  const train::Batch batch = *samples.epoch(1).begin();
  const Tensor pictures = batch.images().to(Device{}).to(DType::float64);
  std::vector<double> signs;
  for (const std::int32_t label : batch.labels().to(Device{}).to_indices()) signs.push_back(2 * label < samples.classes() ? 1 : -1);
  const Tensor sides = Tensor::from(signs, {batch.size(), 1}, exact);

  std::vector<Candidate> all;
  const auto consider = [&](const std::string& key, const Activation& f) {
    all.push_back({key, f, properties_of(f).direction != Direction::neither});
  };
  for (const char* name : {"relu", "elu", "sigmoid", "tanh", "gelu", "mish", "gaussian"})
    if (const Activation f = Activation::parse(name); !(f == *studied)) consider(name, f);
  if (const Activation gentle = Activation::parse("sine(1)"); !(gentle == *studied)) consider("sine", gentle);
  consider("studied", *studied);
  std::stable_sort(all.begin(), all.end() - 1, [](const Candidate& a, const Candidate& b) { return a.monotone && !b.monotone; });

  lesson.say(fmt::format("loss of one neuron along {} lines, {} pictures", lines, batch.size()));
  lesson.say("                           matching loss        squared error, a solution   squared error, labels");
  lesson.say("             monotone   minima   not convex   minima  several  concave    minima  several  concave");
  double worst_matching = 0, worst_solution = 0, worst_labels = 0;  // of the monotone
  for (Candidate& c : all) {
    c.found = look(c.f, pictures, sides, Random(knobs.seed));
    for (std::size_t s = 0; s < settings.size(); ++s) {
      const Found::Counts& counts = c.found.of[s];
      const std::string key = fmt::format("{}.{}", c.key, settings[s]);
      lesson.number(key + ".minima", counts.minima);
      lesson.number(key + ".turns", counts.turns);
      lesson.number(key + ".concave", counts.concave);
      lesson.number(key + ".several", counts.several);
      lesson.number(key + ".not_convex", counts.not_convex);
    }
    const auto& [matching, solution, labels] = c.found.of;
    lesson.say(fmt::format("  {:14.14} {:>3}   {:6.2f} {:10.0f} %   {:6.2f} {:6.0f} % {:6.0f} %    {:6.2f} {:6.0f} % {:6.0f} %",
                           c.f.to_string(), c.monotone ? "yes" : "no", matching.minima, 100 * matching.not_convex, solution.minima,
                           100 * solution.several, 100 * solution.concave, labels.minima, 100 * labels.several, 100 * labels.concave));
    if (!c.monotone) continue;
    worst_matching = std::max(worst_matching, matching.not_convex), worst_solution = std::max(worst_solution, solution.several);
    worst_labels = std::max(worst_labels, labels.several);
  }
  const std::array panels{losses_along_a_line(all, 1, "Through a solution"), losses_along_a_line(all, 2, "No weights fit the targets"),
                          bars(all)};
  lesson.picture(records::side_by_side(panels, 10));

  const auto& [matching, solution, labels] = all.back().found.of;
  lesson.number("monotone.matching.not_convex", worst_matching);
  lesson.number("monotone.solution.several", worst_solution);
  lesson.number("monotone.labels.several", worst_labels);
  std::string rule = fmt::format("of the monotone activations the worst has {:.0f} %, {:.0f} % and {:.0f} %", 100 * worst_matching,
                                 100 * worst_solution, 100 * worst_labels);
  if (worst_matching == 0 && worst_solution == 0)
    rule += worst_labels > 0 ? ": to be monotone excludes the first two, not the third" : ": none of the three was met with them";
  return lesson.finish(
      fmt::format("{} is {}: {:.0f} % of the lines are not convex with the matching loss, {:.0f} % have several minima through a solution "
                  "and {:.0f} % with labels that no weights fit; {}.",
                  studied->to_string(), all.back().monotone ? "monotone" : "not monotone", 100 * matching.not_convex,
                  100 * solution.several, 100 * labels.several, rule));
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = Activation::parse("silu");
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1; abridged):
//
//                            matching loss        squared error, a solution   squared error, labels
//              monotone   minima   not convex   minima  several  concave    minima  several  concave
//   relu           yes     1.00          0 %     1.00      0 %      2 %      1.51     31 %      2 %
//   sigmoid        yes     1.00          0 %     1.00      0 %     86 %      1.00      0 %     85 %
//   tanh           yes     1.00          0 %     1.00      0 %     89 %      1.15     14 %     80 %
//   sine(omega=1)   no     1.79        100 %     6.40    100 %     51 %      6.61    100 %     49 %
//   silu            no     1.00         26 %     1.02      2 %      3 %      1.12     12 %      2 %
//
// A monotone activation does not make the loss convex: with the squared error sigmoid and tanh are bent down on most of every line, and
// relu has several minima on many lines when no weights fit. What it does: with its matching loss a neuron is convex, and seen from
// weights that fit exactly the squared error only rises, for then f(z) - y has the sign of the way gone. A shallow dip (silu, gelu) breaks
// the first rule on a quarter of the lines and the second on few; many turns (sine) break both on nearly all.
