// Differentiable: no slope, no learning; and what a second derivative is good for.
//
//   ./run.sh differentiability                                   step: only the output layer learns; with a pretended slope all do
//   ./run.sh differentiability --activation relu                 a kink does no harm to the first half of this lesson
//   ./run.sh differentiability --activation 'sign(ste=1)'        a step from -1 to 1, with the same pretended slope
//   ./run.sh differentiability --activation 'straight_through(x > 0 ? 1 : 0, -tanh(x))'     a pretended slope of the wrong sign
//
// First half: the same network with `step`, with `step(ste=1)` (a straight-through estimator: forward the step, backward a slope of 1 near
// 0; Bengio et al. 2013, arXiv:1308.3432) and with the activation under study. Second half: Newton's method on one neuron, whose step is
// the gradient divided by the curvature of the loss, from many starts.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"

using namespace seegrad;
using records::Point;

const train::Example about{
    "differentiability", "Trains with a step, with a slope pretended for it, and with a slope; then lets Newton's method find one neuron."};

/// The training loss over the steps, from steps.csv of a run: means of five logged steps, since each is of one batch only.
std::vector<Point> loss_curve(const std::filesystem::path& run) {
  std::ifstream file(run / "steps.csv");
  std::vector<Point> logged, smooth;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    double step = 0, epoch = 0, loss = NAN;
    char comma = 0;
    std::istringstream(line) >> step >> comma >> epoch >> comma >> loss;
    logged.push_back({step, loss});
  }
  for (std::size_t i = 0; i < logged.size(); ++i) {
    const std::size_t from = i < 4 ? 0 : i - 4;
    double sum = 0;
    for (std::size_t k = from; k <= i; ++k) sum += logged[k].y / static_cast<double>(i + 1 - from);
    smooth.push_back({logged[i].x, sum});
  }
  return smooth;
}

/// The shares of the parameters whose gradient is exactly 0, over one large batch: of all, and of those below the output layer.
struct ZeroGradients {
  double all = 0, below = 0;
};
ZeroGradients zero_gradients(nn::Sequential& network, const train::Batch& batch) {
  const std::vector<Tensor> slopes = gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors());
  double zeros = 0, count = 0;
  ZeroGradients found;
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    if (i + 2 == slopes.size()) found.below = zeros / count;  // next are the weights and biases of the output layer
    const std::vector<double> numbers = slopes[i].to_vector();
    zeros += static_cast<double>(std::count(numbers.begin(), numbers.end(), 0.0)), count += static_cast<double>(numbers.size());
  }
  found.all = zeros / count;
  return found;
}

/// What Newton's method sees of a neuron f(w x + b): the loss, its gradient, its curvature (the matrix of second derivatives), and the part
/// of the curvature that does not come from f'' (that of Gauss and Newton).
struct Sight {
  double loss = 0;
  std::array<double, 2> gradient{};
  std::array<double, 3> curvature{}, without_bend{};  // by ww, wb, bb
};

struct Neuron {
  Activation f;
  Tensor inputs, targets;  // [samples, 2]: x and a 1 for b; [samples, 1]

  Sight look(double w, double b) const {
    const Tensor weights = Tensor::from({w, b}, {1, 2}, {DType::float64}).requires_grad(true);
    const Tensor z = matmul(inputs, weights, {.b = true}), loss = mse(activate(f, z), targets);
    const Tensor slope = gradients(loss, {weights}, {.differentiable = true})[0];  // on the tape, so it has a gradient itself
    const std::vector<double> g = slope.to_vector(), by_w = gradients(sum(slice(slope, 1, 0, 1)), {weights})[0].to_vector(),
                              by_b = gradients(sum(slice(slope, 1, 1, 1)), {weights})[0].to_vector();
    const Tensor rows = inputs * apply_formula(f, expand(reshape(z, {z.count()}), 1, 2), {}, {0});  // f'(z) (x, 1)
    const std::vector<double> gauss = matmul(rows, rows, {.a = true}).to_vector();
    const double scale = 2 / static_cast<double>(z.count());
    return {loss.item(), {g[0], g[1]}, {by_w[0], by_w[1], by_b[1]}, {scale * gauss[0], scale * gauss[1], scale * gauss[3]}};
  }
  double loss(double w, double b) const {
    const Tensor weights = Tensor::from({w, b}, {1, 2}, {DType::float64});
    return mse(activate(f, matmul(inputs, weights, {.b = true})), targets).item();
  }
};

double norm(std::span<const double> numbers) {
  double sum = 0;
  for (const double n : numbers) sum += n * n;
  return std::sqrt(sum);
}

struct Search {
  Point start;
  double loss = 0, bend = 0;  // at the end; of the curvature at the start, how much f'' makes
  int steps = 0;
  bool converged = false, flat = false;  // gradient below 1e-10; gradient and curvature exactly 0
  bool uphill = false;                   // a negative curvature at the start: plain Newton would climb
};

/// Newton's method, guarded: along each axis of the curvature the step is the gradient divided by |curvature|, halved while the loss rises.
Search newton(const Neuron& neuron, Point at) {
  Search search{.start = at};
  for (search.steps = 0; search.steps < 60; ++search.steps) {
    const Sight seen = neuron.look(at.x, at.y);
    const auto [ww, wb, bb] = seen.curvature;
    const double mean = (ww + bb) / 2, gap = std::hypot((ww - bb) / 2, wb), angle = 0.5 * std::atan2(2 * wb, ww - bb);
    if (search.steps == 0) {
      std::array<double, 3> bend{ww - seen.without_bend[0], wb - seen.without_bend[1], bb - seen.without_bend[2]};
      search.bend = norm(bend) > 0 ? norm(bend) / (norm(bend) + norm(seen.without_bend)) : 0;
      search.uphill = mean - gap < -1e-9 * (std::fabs(mean) + gap);
    }
    search.loss = seen.loss;
    search.flat = norm(seen.gradient) == 0 && norm(seen.curvature) == 0;
    search.converged = !search.flat && norm(seen.gradient) < 1e-10;
    if (search.flat || search.converged || !std::isfinite(seen.loss)) break;
    Point step{};
    for (const auto& [value, turn] : {std::pair{mean + gap, angle}, std::pair{mean - gap, angle + std::numbers::pi / 2}}) {
      const double x = std::cos(turn), y = std::sin(turn), downhill = -(seen.gradient[0] * x + seen.gradient[1] * y);
      const double length = std::fabs(value) > 1e-12 * (std::fabs(mean) + gap) ? downhill / std::fabs(value) : 0;
      step.x += length * x, step.y += length * y;
    }
    double share = 1;
    while (share > 1e-9 && !(neuron.loss(at.x + share * step.x, at.y + share * step.y) <= seen.loss)) share /= 2;
    at = {at.x + share * step.x, at.y + share * step.y};
  }
  return search;
}

/// How Newton's method did from all starts of a grid.
struct Field {
  std::vector<Search> searches;
  double lowest = INFINITY;  // loss that was found
  bool arrived(const Search& s) const { return s.converged && s.loss < lowest + 1e-6; }
  template <class Asked>
  double share(Asked asked) const {
    return static_cast<double>(std::count_if(searches.begin(), searches.end(), asked)) / static_cast<double>(searches.size());
  }
  template <class Number>
  double median(Number number) const {  // of the starts that arrived
    std::vector<double> numbers;
    for (const Search& s : searches)
      if (arrived(s)) numbers.push_back(number(s));
    if (numbers.empty()) return NAN;
    std::nth_element(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2), numbers.end());
    return numbers[numbers.size() / 2];
  }
  std::vector<Point> starts(bool (*asked)(const Field&, const Search&)) const {
    std::vector<Point> points;
    for (const Search& s : searches)
      if (asked(*this, s)) points.push_back(s.start);
    return points;
  }
};

/// The targets are those of a neuron with w = 1.5, b = -0.5, with some noise, so that f'' has a say at the minimum too.
Field search_from_everywhere(const Activation& f, Random random) {
  std::vector<double> inputs, targets;
  for (int i = 0; i < 40; ++i) {
    const double x = random.normal();
    inputs.insert(inputs.end(), {x, 1});
    targets.push_back(f.at(1.5 * x - 0.5) + 0.1 * random.normal());
  }
  const Neuron neuron{f, Tensor::from(inputs, {40, 2}, {DType::float64}), Tensor::from(targets, {40, 1}, {DType::float64})};
  Field field;
  for (double w = -3; w <= 3; w += 0.5)
    for (double b = -3; b <= 3; b += 0.5) field.searches.push_back(newton(neuron, {w, b}));
  for (const Search& s : field.searches)
    if (s.converged) field.lowest = std::min(field.lowest, s.loss);
  return field;
}

records::Canvas map_of(const Field& field, const std::string& name) {
  records::Chart chart;
  chart.title = fmt::format("Newton, {}", name);
  chart.subtitle = "one neuron f(w x + b), from each start";
  chart.x = {"w at the start", records::Scale::linear, records::Range{-3.3, 3.3}};
  chart.y = {"b at the start", records::Scale::linear, records::Range{-3.3, 3.3}};
  const auto arrived = [](const Field& all, const Search& s) { return all.arrived(s); };
  const auto flat = [](const Field&, const Search& s) { return s.flat; };
  const auto other = [](const Field& all, const Search& s) { return !all.arrived(s) && !s.flat; };
  chart.markers("finds it", field.starts(arrived), 7, {.colour = records::palette[2]});
  chart.markers("elsewhere", field.starts(other), 5, {.colour = records::palette[4]});
  chart.markers("flat: no step", field.starts(flat), 7, {.colour = records::palette[1]}, true);
  return chart.draw(400, 460);
}

int learn(const train::TrainOptions& knobs) {
  if (knobs.depth < 1)
    throw UsageError(fmt::format("--depth {}: below the last layer there must be another; expected 1 or more", knobs.depth));
  const Activation* studied = knobs.activation.elementwise();
  if (!studied)
    throw UsageError(
        fmt::format("--activation {}: looks at whole rows; expected one that works element by element", knobs.activation.to_string()));
  train::Lesson lesson(about, knobs);
  train::TrainOptions large = knobs;
  large.batch = 512;
  train::Samples samples(large);

  // First half: the same network with and without slopes.
  struct Network {
    std::string key;
    Activation f;
    double accuracy = 0;
    ZeroGradients zero{};
  };
  std::vector<Network> networks{{"step", Activation::parse("step")}, {"step_ste", Activation::parse("step(ste=1)")}};
  if (!(*studied == networks[0].f || *studied == networks[1].f)) networks.push_back({"studied", *studied});
  records::Chart losses;
  lesson.say(fmt::format("{} hidden layers of {} units, {} epoch{}", knobs.depth, knobs.width, knobs.epochs, knobs.epochs == 1 ? "" : "s"));
  lesson.say(
      "                 test accuracy   RMS weight gradient, first layer   parameters with a gradient of exactly 0 (below the output "
      "layer)");
  for (std::size_t i = 0; i < networks.size(); ++i) {
    Network& n = networks[i];
    train::TrainOptions run = lesson.run(n.f.to_string());
    run.activation = n.f;
    run.log_every = std::max<std::int64_t>(1, knobs.epochs * samples.dataset().train.count / knobs.batch / 100);
    nn::Sequential network;
    const records::Summary found = lesson.train(run, network);
    n.accuracy = found.test_accuracy;
    n.zero = zero_gradients(network, *samples.epoch(1).begin());
    const auto numbers = [&](const std::string& key) {
      lesson.number(key + ".test_accuracy", n.accuracy);
      lesson.number(key + ".first_weight_gradient", found.layers.front().weight_grad_rms);
      lesson.number(key + ".last_weight_gradient", found.layers.back().weight_grad_rms);
      lesson.number(key + ".zero_gradient_share", n.zero.all);
      lesson.number(key + ".zero_gradient_share_below", n.zero.below);
    };
    numbers(n.key);
    if (n.key != "studied" && n.f == *studied) numbers("studied");
    lesson.say(fmt::format("  {:16.16} {:9.2f} %   {:32.3g}   {:8.1f} % ({:.1f} %)", n.f.to_string(), 100 * n.accuracy,
                           found.layers.front().weight_grad_rms, 100 * n.zero.all, 100 * n.zero.below));
    losses.curve(n.f.to_string(), {loss_curve(run.out)}, {.colour = records::palette[i], .width = 2.5});
  }
  losses.title = "Learning with and without a slope";
  losses.subtitle = fmt::format("{} hidden layers; mean of five logged steps", knobs.depth);
  losses.x.label = "step";
  losses.y = {"training loss", records::Scale::logarithmic, {}};

  // Second half: curvature.
  std::vector<Network> neurons{{"newton.tanh", Activation::parse("tanh")}, {"newton.relu", Activation::parse("relu")}};
  if (!(*studied == neurons[0].f || *studied == neurons[1].f)) neurons.push_back({"newton.studied", *studied});
  std::vector<Field> fields;
  lesson.say("\nNewton on one neuron, from 169 starts");
  lesson.say(
      "                   finds it   steps   flat at once or on the way   curvature that comes from f''   negative curvature at the start");
  for (const Network& n : neurons) {
    fields.push_back(search_from_everywhere(n.f, Random(knobs.seed)));
    const Field& field = fields.back();
    const double arrived = field.share([&](const Search&s) { return field.arrived(s); }),
                 steps = field.median([](const Search&s) { return s.steps; });
    const double flat = field.share([](const Search&s) { return s.flat; }), uphill = field.share([](const Search&s) { return s.uphill; });
    const double bend = field.median([](const Search& s) { return s.bend; });
    const auto numbers = [&](const std::string& key) {
      lesson.number(key + ".arrived", arrived);
      lesson.number(key + ".steps", steps);
      lesson.number(key + ".flat", flat);
      lesson.number(key + ".from_bend", bend);
      lesson.number(key + ".negative_curvature", uphill);
    };
    numbers(n.key);
    if (n.key != "newton.studied" && n.f == *studied) numbers("newton.studied");
    lesson.say(fmt::format("  {:16.16} {:7.0f} % {:7.0f}   {:24.0f} %   {:28.0f} %   {:31.0f} %", n.f.to_string(), 100 * arrived, steps,
                           100 * flat, 100 * bend, 100 * uphill));
  }
  const std::array panels{losses.draw(500, 460),
                          map_of(fields.size() > 2 ? fields[2] : fields[0], neurons[fields.size() > 2 ? 2 : 0].f.to_string()),
                          map_of(fields[1], "relu")};
  lesson.picture(records::side_by_side(panels, 10));

  std::string seen;
  for (const Network& n : networks)
    seen += fmt::format("{} reaches {:.1f} % with {:.0f} % of the gradients below the output layer exactly 0; ", n.f.to_string(),
                        100 * n.accuracy, 100 * n.zero.below);
  for (std::size_t i = 0; i < neurons.size(); ++i)
    seen += fmt::format("{} {} neuron from {:.0f} % of the starts (all flat, and no step to take, in {:.0f} %)",
                        i > 0 ? ", a" : "Newton's method finds a", neurons[i].f.to_string(),
                        100 * fields[i].share([&](const Search& s) { return fields[i].arrived(s); }),
                        100 * fields[i].share([](const Search& s) { return s.flat; }));
  return lesson.finish(seen + ".");
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = Activation::parse("tanh");
  defaults.epochs = 3;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1; abridged):
//
//                    test accuracy   RMS weight gradient, first layer   parameters with a gradient of exactly 0 (below the output layer)
//     step                 56.55 %                                  0       99.1 % (100.0 %)
//     step(ste=1)          86.12 %                             0.0157        0.0 % (0.0 %)
//     tanh                 87.33 %                            0.00557        0.0 % (0.0 %)
//
//   Newton on one neuron, from 169 starts
//                      finds it   steps   flat at once or on the way   curvature that comes from f''   negative curvature at the start
//     tanh                  98 %      10                          0 %                             51 %                                91 %
//     relu                  79 %       6                         13 %                              0 %                                 0 %
//
// With the step only the output layer learns, on top of random yes-or-no questions about the picture. relu has no f'': all of its curvature
// is that of the squared error where the neuron is on, which is enough for fast steps there; where it is off for every sample there is
// neither gradient nor curvature. tanh has both everywhere, but f'' makes the curvature negative far from the goal, so that Newton's step
// needs a guard.
