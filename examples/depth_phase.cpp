// How deep may a plain network be? Theory draws a line: a network learns as long as the depth is below about six times the distance over
// which two inputs stay apart. Here a grid of starts and depths is trained, and the line is drawn over what came out.
//
//   ./run.sh depth_phase                            tanh: a narrow tongue of deep networks that learn, around sigma_w^2 = 1.8
//   ./run.sh depth_phase --quick                    the same, coarse
//   ./run.sh depth_phase --activation softsign      another f, another tongue; it lies where theory says
//   ./run.sh depth_phase --activation relu          a line up to sigma_w^2 = 2; above it the signal has no size to settle at, and explodes
//
// Weights N(0, sigma_w^2/fan_in), biases N(0, sigma_b^2). From layer to layer the variance q of z and the correlation c of two inputs' z
// become
//     q <- sigma_w^2 E f(sqrt(q) g)^2 + sigma_b^2,      c <- (sigma_w^2 E f(u1) f(u2) + sigma_b^2) / q,      u1, u2 of variance q,
//     correlation c
// and settle at q* and c* (Poole et al. 2016, eq. 3 and 5). chi_1 = sigma_w^2 E f'(sqrt(q*) g)^2 is what a small difference, and a
// gradient's square, is multiplied by. Below 1 (order) all inputs become alike, c* = 1; above 1 (chaos) neighbours part. c comes to rest
// within some xi = -1/ln(sigma_w^2 E f'(u1) f'(u2)) layers, which in order is -1/ln chi_1 and at chi_1 = 1 endless; what is deeper than
// about 6 xi cannot tell inputs apart and does not learn (Schoenholz et al. 2017, section 3 and figure 5).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "seegrad/activation/moments.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/optim/clip.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"
#include "shared/pictures.hpp"
#include "shared/processes.hpp"

using namespace seegrad;

const train::Example about{"depth_phase", "Trains a grid of starts and depths, and draws what theory says over it.", true};

constexpr double sigma_b2 = 0.05;            // small, and the same everywhere
constexpr double lowest = 0.5, highest = 4;  // of sigma_w^2
constexpr int line_points = 70;
constexpr double memory = 6;  // in units of xi: what the paper found for the depth that still learns

struct Theory {
  double q = NAN, chi = NAN, xi = NAN;  // NaN where the variance runs away
};

/// E f(u1) f(u2): a sum over a square of equidistant points, which for a normal density is as exact as one likes.
template <class F>
double product(F f, double q, double c) {
  constexpr int reach = 30;
  constexpr double step = 0.2;
  double sum = 0, weights = 0;
  for (int i = -reach; i <= reach; ++i) {
    const double x = step * i, first = f(std::sqrt(q) * x);
    for (int j = -reach; j <= reach; ++j) {
      const double y = step * j, weight = std::exp(-(x * x + y * y) / 2);
      sum += weight * first * f(std::sqrt(q) * (c * x + std::sqrt(1 - c * c) * y));
      weights += weight;
    }
  }
  return sum / weights;
}

Theory theory_for(const Activation& f, double sigma_w2) {
  Theory theory;
  double q = 1, before = 0;
  for (int layer = 0; layer < 2000 && std::fabs(q - before) > 1e-9 * q && q < 1e6; ++layer) {
    before = q;
    q = sigma_w2 * moments(f, std::sqrt(q)).second_moment + sigma_b2;
  }
  if (!(q < 1e6)) return theory;
  theory.q = q;
  theory.chi = sigma_w2 * moments(f, std::sqrt(q)).derivative_second_moment;
  double c = 0.5;
  before = 0;
  for (int layer = 0; layer < 300 && std::fabs(c - before) > 1e-6; ++layer) {
    before = c;
    c = std::clamp((sigma_w2 * product([&](double x) { return f.at(x); }, q, c) + sigma_b2) / q, 0.0, 1.0);
  }
  const double slope = sigma_w2 * product([&](double x) { return f.derivative(x); }, q, c);
  theory.xi = slope < 1 ? -1 / std::log(slope) : INFINITY;
  return theory;
}

/// One network of the grid: drawn, trained, and asked about what it was trained on.
double trained_accuracy(const train::TrainOptions& knobs, train::Samples& samples, double sigma_w2, std::int64_t depth) {
  Random random(knobs.seed);
  nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                    .outputs = samples.classes(),
                                    .depth = depth,
                                    .width = knobs.width,
                                    .activation = knobs.activation,
                                    .init = nn::Initializer::parse("lecun"),  // N(0, 1/fan_in)
                                    .tensor = samples.tensor()},
                                   random);
  std::vector<Tensor> parameters = network.parameter_tensors();
  for (Tensor& parameter : parameters) {
    std::vector<double> values = parameter.to_vector();
    const bool bias = parameter.shape().rank() == 1;
    for (double& value : values) value = bias ? std::sqrt(sigma_b2) * random.normal() : std::sqrt(sigma_w2) * value;
    parameter.assign(values);
  }
  optim::Optimizer optimizer = optim::make_optimizer(knobs.optimizer_options(), network.parameters());
  const optim::Schedule schedule = knobs.full_schedule();
  const double base_rate = optimizer.learning_rate();
  const std::int64_t steps_per_epoch = samples.steps_per_epoch();
  for (std::int64_t epoch = 1; epoch <= knobs.epochs; ++epoch) {
    for (const train::Batch& batch : samples.epoch(epoch)) {
      optimizer.set_learning_rate(schedule.rate(base_rate, {batch.step, knobs.epochs * steps_per_epoch, steps_per_epoch}));
      const std::vector<Tensor> slopes = gradients(cross_entropy(network(batch.images()), batch.labels()), parameters);
      optimizer.step(slopes, knobs.clip > 0 ? optim::clip_by_norm(slopes, knobs.clip).scale : 1);
    }
  }
  return samples.evaluate_train(network).accuracy;
}

/// What was trained: columns of one sigma_w^2, rows of one depth. NaN where Ctrl-C came first.
struct Grid {
  std::vector<double> starts;
  std::vector<std::int64_t> depths;
  std::span<double> accuracy;  // [starts, depths]
  double worth = 0;            // half-way between guessing and the best: what is above it has learnt

  double at(std::size_t start, std::size_t depth) const { return accuracy[start * depths.size() + depth]; }
  double mean(std::size_t start) const {
    const auto column = accuracy.subspan(start * depths.size(), depths.size());
    return std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(depths.size());
  }
  /// The depth at which a column falls through `worth`; NaN when it does not.
  double boundary(std::size_t start) const {
    for (std::size_t d = 1; d < depths.size(); ++d)
      if (at(start, d - 1) >= worth && at(start, d) < worth)
        return std::lerp(double(depths[d - 1]), double(depths[d]), (at(start, d - 1) - worth) / (at(start, d - 1) - at(start, d)));
    return NAN;
  }
};

int learn(const train::TrainOptions& knobs) {
  const Activation* f = knobs.activation.elementwise();
  if (!f)
    throw UsageError(fmt::format("--activation {}: the theory is of a function of one number; this one looks at whole rows",
                                 knobs.activation.to_string()));
  if (knobs.init != nn::Initializer()) throw UsageError(fmt::format("--init {}: the start is what is varied here", knobs.init.to_string()));
  if (knobs.depth < 2) throw UsageError(fmt::format("--depth {}: it is the deepest of the grid, and must be at least 2", knobs.depth));
  if (knobs.normalisation != nn::Normalisation::none || knobs.dropout > 0)
    throw UsageError("--normalisation, --dropout: the theory is of a plain network, without them");
  const int cores = knobs.threads > 0 ? knobs.threads : thread_count();
  train::TrainOptions single = knobs;
  single.threads = 1;
  train::Samples samples(single);
  train::Lesson lesson(about, knobs);
  if (const std::string& note = samples.dataset().note; !note.empty()) lesson.say(note);

  const std::int64_t rows = std::min<std::int64_t>(knobs.quick ? 5 : 10, knobs.depth), columns = knobs.quick ? 8 : 15;
  Grid grid;
  for (std::int64_t i = 0; i < columns; ++i) grid.starts.push_back(std::lerp(lowest, highest, double(i) / double(columns - 1)));
  for (std::int64_t i = 1; i <= rows; ++i) grid.depths.push_back(knobs.depth / rows * i);
  const std::size_t count = grid.starts.size() * grid.depths.size();
  const SharedNumbers shared(count);
  grid.accuracy = shared.all();
  std::fill(grid.accuracy.begin(), grid.accuracy.end(), NAN);
  const bool on_cpu = samples.tensor().device.kind == Device::Kind::cpu;  // a GPU is not for several processes that were copied from one
  const std::size_t done = in_processes(
      count, on_cpu ? cores : 1,
      [&](std::size_t i) {
        const std::size_t deepest_first = count - 1 - i, start = deepest_first % grid.starts.size(),
                          depth = deepest_first / grid.starts.size();
        grid.accuracy[start * grid.depths.size() + depth] = trained_accuracy(single, samples, grid.starts[start], grid.depths[depth]);
      },
      [](std::size_t) {});

  double critical = NAN, before = NAN;
  HeatMap map{.title = f->to_string() + ": which depth learns from which start",
              .subtitle = fmt::format("accuracy on the training samples; weights N(0, σ_w²/fan_in), biases N(0, {})", sigma_b2),
              .x_label = "σ_w²",
              .y_label = "hidden layers",
              .x = grid.starts,
              .y = {grid.depths.begin(), grid.depths.end()},
              .value = [&](std::size_t s, std::size_t d) { return grid.at(s, d); },
              .line_label = fmt::format("theory: {:g} xi", memory),
              .mark_label = "chi_1 = 1"};
  for (int i = 0; i <= line_points; ++i) {
    const double sigma_w2 = std::lerp(lowest, highest, double(i) / line_points);
    const Theory theory = theory_for(*f, sigma_w2);
    if (before < 1 && theory.chi >= 1) critical = sigma_w2 - (highest - lowest) / line_points * (theory.chi - 1) / (theory.chi - before);
    before = theory.chi;
    map.line.push_back({sigma_w2, memory * theory.xi});
  }
  map.mark = critical;
  lesson.picture(map.draw());

  const double best =
      *std::max_element(grid.accuracy.begin(), grid.accuracy.end(), [](double a, double b) { return a < b || std::isnan(a); });
  grid.worth = (1.0 / double(samples.classes()) + best) / 2;
  std::string line = "depth |";
  for (const double start : grid.starts) line += fmt::format("{:6.4g}", start);
  lesson.say("accuracy in % on the training samples, by depth (down) and sigma_w^2 (across)");
  for (std::size_t d = grid.depths.size(); d-- > 0; lesson.say(line)) {
    if (d + 1 == grid.depths.size()) lesson.say(line);
    line = fmt::format("{:5} |", grid.depths[d]);
    for (std::size_t s = 0; s < grid.starts.size(); ++s) line += fmt::format("{:6.0f}", 100 * grid.at(s, d));
  }

  std::vector<double> multiples;  // of xi, at which a column stops learning
  std::size_t agree = 0, compared = 0, widest = 0;
  for (std::size_t s = 0; s < grid.starts.size(); ++s) {
    const double xi = theory_for(*f, grid.starts[s]).xi, boundary = grid.boundary(s);
    if (grid.mean(s) > grid.mean(widest)) widest = s;
    if (std::isfinite(xi) && std::isfinite(boundary)) multiples.push_back(boundary / xi);
    for (std::size_t d = 0; d < grid.depths.size(); ++d) {
      if (std::isnan(xi) || std::isnan(grid.at(s, d))) continue;
      ++compared;
      agree += (grid.at(s, d) >= grid.worth) == (double(grid.depths[d]) <= memory * xi);
    }
  }
  std::sort(multiples.begin(), multiples.end());
  const double multiple = multiples.empty() ? NAN : multiples[multiples.size() / 2], agreement = double(agree) / double(compared);
  lesson.number("critical_sigma_w2", critical);
  lesson.number("best_sigma_w2", done == count ? grid.starts[widest] : NAN);
  lesson.number("best_accuracy", best);
  lesson.number("boundary_in_xi", multiple);
  lesson.number("boundary_columns", double(multiples.size()));
  lesson.number("agreement", agreement);

  std::string seen = done < count ? fmt::format("after {} of {} trainings: ", done, count) : "";
  seen += compared == 0 ? "theory has no line for this activation: its variance settles nowhere"
          : multiples.empty()
              ? fmt::format("theory is right about {:.0f} % of {} networks; none of the starts stops learning within these depths",
                            100 * agreement, compared)
              : fmt::format(
                    "theory is right about {:.0f} % of {} networks: a start stops learning at a depth of {:.1f} xi (the middle one of {}; "
                    "{:g} was expected)",
                    100 * agreement, compared, multiple, multiples.size(), memory);
  if (done == count) seen += fmt::format("; over all depths sigma_w^2 = {:.3g} does best", grid.starts[widest]);
  seen += std::isfinite(critical) ? fmt::format(", and chi_1 = 1 at {:.3g}.", critical)
                                  : ", and chi_1 does not pass 1 where the variance settles.";
  const int code = lesson.finish(seen);
  return done < count ? train::interrupted_exit_code : code;
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = Activation::parse("tanh");
  defaults.depth = 60;
  defaults.width = 100;
  defaults.epochs = 4;
  defaults.batch = 50;
  defaults.train_samples = 2000;
  defaults.learning_rate = 0.01;
  defaults.schedule = optim::Schedule::parse("constant");
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1; 0 % would be a loss that stopped being a number):
//
//   accuracy in % on the training samples, by depth (down) and sigma_w^2 (across)
//   depth |   0.5  0.75     1  1.25   1.5  1.75     2  2.25   2.5  2.75     3  3.25   3.5  3.75     4
//      60 |    11    11    11    11    53    64    66    57    41    37    21    11    11    11    11
//     ...
//      30 |    11    11    11    66    77    80    81    80    80    75    69    67    67    51    61
//     ...
//       6 |    42    59    71    76    78    79    80    81    82    82    82    83    83    83    83
//   theory is right about 92 % of 150 networks: a start stops learning at a depth of 5.1 xi (the middle one of 10; 6 was expected); over
//   all depths sigma_w^2 = 2 does best, and chi_1 = 1 at 1.76.
//
// Six layers learn from any start. Sixty learn only where a difference between two inputs neither dies out (left: all pictures look alike
// to the last layer, and no gradient tells it otherwise) nor drowns in others (right: pictures of one class look as different as any, and
// gradients explode). That xi is endless at chi_1 = 1 does not make every depth trainable: noise of a width of 100 adds up too.
