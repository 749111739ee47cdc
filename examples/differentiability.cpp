// Differentiable: no slope, no learning; and what a second derivative is good for.
//
//   ./run.sh differentiability                                   step: only the output layer learns; with a pretended slope all do
//   ./run.sh differentiability --activation relu                 a kink does no harm to the first half of this lesson
//   ./run.sh differentiability --activation 'sign(ste=1)'        a step from -1 to 1, with the same pretended slope
//   ./run.sh differentiability --activation 'straight_through(x > 0 ? 1 : 0, -tanh(x))'     a pretended slope of the wrong sign
//
// First half: the same network with `step`, with `step(ste=1)` (a straight-through estimator: backward a slope of 1 near 0; Bengio et al.
// 2013, arXiv:1308.3432) and with the activation under study. Second half: Newton's method, whose step is gradient / curvature.
#include <fmt/format.h>

#include "seegrad/observe/zero_share.hpp"
#include "seegrad/optim/newton_survey.hpp"
#include "seegrad/record/loss_curve.hpp"
#include "seegrad/train/lesson.hpp"

using namespace seegrad;
using records::Point, records::Scale;

const train::Example about{
    "differentiability", "Trains with a step, with a slope pretended for it, and with a slope; then lets Newton's method find one neuron."};

/// First half: the same network with and without slopes. Which gradients are 0 is asked of one large batch, at the end.
std::string train_networks(train::Lesson& lesson, const train::TrainOptions& knobs, records::Chart& losses) {
  train::TrainOptions large = knobs;
  large.batch = 512;
  train::Samples samples(large);
  const train::Batch batch = *samples.epoch(1).begin();
  train::Table table = lesson.table("", {{"test_accuracy", "accuracy, %", "{:.2f}", 100},
                                         {"first_weight_gradient", "RMS gradient, first layer"},
                                         {"last_weight_gradient", "last layer"},
                                         {"zero_gradient_share", "zero, %", "{:.1f}", 100},
                                         {"zero_gradient_share_below", "below the last layer, %", "{:.1f}", 100}});
  const std::vector<std::string> keys{"step", "step_ste", "studied"};
  const std::vector<nn::Nonlinearity> all = train::together({"step", "step(ste=1)"}, knobs.activation);
  std::string seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string name = all[i].to_string();
    const train::TrainOptions run = lesson.run(name, all[i]);
    nn::Sequential network;
    const records::Summary found = lesson.train(run, network);
    const std::vector<Tensor> slopes = gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors());
    const double zeros = observe::zero_share(slopes);
    const double below = observe::zero_share(std::span(slopes).first(slopes.size() - 2));  // without weights and biases of the output layer
    const double first = found.layers.front().weight_grad_rms, last = found.layers.back().weight_grad_rms;
    table.row(name, keys[i], {found.test_accuracy, first, last, zeros, below});
    losses.curve(name, {records::loss_curve(run.out, 5)}, {.colour = records::palette[i]});
    seen += fmt::format("{} reaches {:.1f} % ({:.0f} % of its gradients are 0); ", name, 100 * found.test_accuracy, 100 * zeros);
  }
  return seen;
}

/// Second half, on a neuron f(w x + b). The targets are those of w = 1.5, b = -0.5 with noise: so f'' has a say at the minimum too.
optim::NewtonSurvey search_from_everywhere(const Activation& f, Random random) {
  std::vector<double> inputs, targets;  // a 1 beside each input, for b
  for (int i = 0; i < 40; ++i) {
    const double x = random.normal();
    inputs.insert(inputs.end(), {x, 1});
    targets.push_back(f.at(1.5 * x - 0.5) + 0.1 * random.normal());
  }
  const Tensor x = Tensor::from(inputs, {40, 2}, {DType::float64}), y = Tensor::from(targets, {40, 1}, {DType::float64});
  const auto errors = [&](const Tensor& parameters) { return activate(f, matmul(x, reshape(parameters, {2, 1}))) - y; };
  return optim::survey_newton(errors, optim::grid_of_starts(-3, 3, 13));
}

records::Canvas map_of(const optim::NewtonSurvey& survey, const std::string& name) {
  records::Chart chart("Newton, " + name, "one neuron f(w x + b), from each start", {"w at the start"}, {"b at the start"});
  std::vector<Point> arrived, flat, elsewhere;
  for (const optim::NewtonSearch& s : survey.searches) {
    const std::vector<double> at = s.start.to_vector();
    (s.arrived ? arrived : s.end.flat ? flat : elsewhere).push_back({at[0], at[1]});
  }
  chart.markers("finds it", arrived, 7, {.colour = records::palette[2]});
  chart.markers("elsewhere", elsewhere, 5, {.colour = records::palette[4]});
  chart.markers("flat: no step", flat, 7, {.colour = records::palette[1]}, true);
  return chart.draw(400, 460);
}

int learn(const train::TrainOptions& knobs) {
  train::need_depth(knobs, 1, "below the last layer there must be another");
  train::elementwise(knobs, "a single neuron has no row");
  train::Lesson lesson(about, knobs);
  records::Chart losses("Learning with and without a slope", "means of five logged steps", {"step"}, {"training loss", Scale::logarithmic});
  std::string seen = train_networks(lesson, knobs, losses) + "Newton's method finds one neuron from these shares of the starts";
  train::Table table = lesson.table("Newton's method", {{"arrived", "finds it, %", "{:.0f}", 100},
                                                        {"steps", "steps", "{:.0f}"},
                                                        {"flat", "ends where all is flat, %", "{:.0f}", 100},
                                                        {"from_bend", "curvature from f'', %", "{:.0f}", 100},
                                                        {"negative_curvature", "negative at the start, %", "{:.0f}", 100}});
  std::vector<records::Canvas> panels{losses.draw(500, 460)};
  for (const nn::Nonlinearity& f : train::together({"tanh", "relu"}, knobs.activation)) {
    const std::string name = f.to_string();
    const optim::NewtonSurvey found = search_from_everywhere(*f.elementwise(), Random(knobs.seed));
    table.row(name, name == "tanh" || name == "relu" ? "newton." + name : "newton.studied",
              {found.arrived, found.steps, found.flat, found.from_bend, found.negative_curvature});
    seen += fmt::format("{} {} {:.0f} % (flat: {:.0f} %)", panels.size() == 1 ? ":" : ",", name, 100 * found.arrived, 100 * found.flat);
    panels.push_back(map_of(found, name));
  }
  lesson.picture(panels);
  return lesson.finish(seen + ".");
}

int main(int argc, char** argv) {
  return train::guarded_main(argc, argv, about, learn, {.activation = Activation::parse("tanh"), .epochs = 3, .log_every = 25});
}

// Expected output (seed 1; abridged):
//
//                               accuracy, %  RMS gradient, first layer  last layer   zero, %  below the last layer, %
//     step                            56.55                          0      0.0274      99.1                    100.0
//     step(ste=1)                     86.12                     0.0157      0.0169       0.0                      0.0
//     tanh                            87.33                    0.00557      0.0206       0.0                      0.0
//     Newton's method           finds it, %     steps  ends where all is flat, %  curvature from f'', %  negative at the start, %
//     tanh                               98        10                          0                     51                        91
//     relu                               79         6                         13                      0                         0
//
// With the step only the output layer learns, on top of random yes-or-no questions about the picture. relu has no f'': its curvature is
// that of the squared error where the neuron is on, and where it is off for every sample there is neither gradient nor curvature. tanh
// has both everywhere, but f'' makes the curvature negative far from the goal, so that Newton's step needs a guard.
