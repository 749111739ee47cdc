// Where should weights begin for an activation that no paper has a recipe for? Two integrals answer: how much of a normally distributed
// signal comes through f, and how much of a gradient comes back through its slope.
//
//   ./run.sh init_for_any_activation                             a sigmoid moved to the middle: He's and Xavier's rules lose the signal
//   ./run.sh init_for_any_activation --activation relu           auto is He's rule; Xavier's loses a factor sqrt(2) a layer
//   ./run.sh init_for_any_activation --activation 'sigmoid(3*x)*x'   a formula of your own
//   ./run.sh init_for_any_activation --activation silu           where one number does not do: auto keeps delta for z of size 1, and z
//   grows
//
// With weights N(0, c/fan_in), z of a wide layer is normal with mean 0 and variance q, and from layer to layer
//     q <- c E f(sqrt(q) g)^2   forward,    delta^2 <- c E f'(sqrt(q) g)^2 delta^2   on the way back,    g ~ N(0, 1)
// (He et al. 2015, section 2.2; Poole et al. 2016, eq. 3). c = 1 is LeCun's rule (1998, section 4.6) and, between layers of equal width,
// Xavier's; c = 2 is He's; `auto` is c = 1/E f'(g)^2: the gradient keeps its size where q = 1.
#include <fmt/format.h>

#include <cmath>

#include "seegrad/activation/moments.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"

using namespace seegrad;

const train::Example about{"init_for_any_activation", "Finds the start that fits any activation by two integrals, and trains from it."};

constexpr int networks =
    5;  // how many are drawn; what is measured is their geometric mean, for a narrow network's luck adds up over layers

/// RMS of h and of delta in each hidden layer.
struct Signal {
  double first_z = 0;  // RMS of what goes into the first activation
  std::vector<double> h, delta;
  double h_factor() const { return std::pow(h.back() / h.front(), 1.0 / static_cast<double>(h.size() - 1)); }
  double delta_factor() const { return std::pow(delta.front() / delta.back(), 1.0 / static_cast<double>(delta.size() - 1)); }
};

Signal measured(const train::TrainOptions& knobs, train::Samples& samples) {
  const auto depth = static_cast<std::size_t>(knobs.depth);
  Signal signal{0, std::vector<double>(depth), std::vector<double>(depth)};  // of logarithms, until the last line
  const train::Batch batch = *samples.epoch(1).begin();
  for (int i = 0; i < networks; ++i) {
    train::TrainOptions drawn = knobs;
    drawn.seed += static_cast<std::uint64_t>(i);
    nn::Sequential network = train::network_for(samples, drawn);
    observe::LayerWatch watch;
    {
      const Listening listening(watch);
      static_cast<void>(gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors()));
    }
    const std::vector<observe::LayerStatistics> layers = watch.collect();
    signal.first_z += std::hypot(layers[0].z_mean, layers[0].z_std) / networks;
    for (std::size_t l = 0; l < depth; ++l) {
      signal.h[l] += std::log(std::hypot(layers[l].h_mean, layers[l].h_std)) / networks;
      signal.delta[l] += std::log(layers[l].delta_rms) / networks;
    }
  }
  for (auto* list : {&signal.h, &signal.delta})
    for (double& value : *list) value = std::exp(value);
  return signal;
}

/// The same by theory, from the size of the first z, which depends on the data, and of the last delta, which depends on the loss.
Signal predicted(const Activation& f, double c, const Signal& start) {
  const std::size_t depth = start.h.size();
  Signal signal{start.first_z, {}, std::vector<double>(depth, start.delta.back())};
  std::vector<double> slopes;
  for (double q = start.first_z * start.first_z; signal.h.size() < depth; q = c * signal.h.back() * signal.h.back()) {
    const bool spread = q > 1e-280 && q < 1e280;
    const Moments m = spread ? moments(f, std::sqrt(q)) : Moments{NAN, NAN, NAN, NAN};
    signal.h.push_back(std::sqrt(m.second_moment));
    slopes.push_back(m.derivative_second_moment);
  }
  for (std::size_t l = depth - 1; l-- > 0;) signal.delta[l] = std::sqrt(c * slopes[l]) * signal.delta[l + 1];
  return signal;
}

struct Rule {
  const char *init, *label;
  double c;  // fan_in times the variance of a weight, between layers of equal width
  std::size_t colour;
};

records::Canvas panel(const std::string& title, bool h, const std::vector<Rule>& rules, const std::vector<Signal>& seen,
                      const std::vector<Signal>& theory) {
  records::Chart chart;
  chart.title = title;
  chart.subtitle = "weights N(0, c/fan_in)";
  chart.x.label = "layer";
  chart.y.scale = records::Scale::logarithmic;
  const auto points = [&](const Signal& signal) {
    std::vector<records::Point> list;
    for (std::size_t l = 0; l < signal.h.size(); ++l) list.push_back({static_cast<double>(l + 1), (h ? signal.h : signal.delta)[l]});
    return list;
  };
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const records::Colour colour = records::palette[rules[r].colour];
    chart.curve(fmt::format("{}, c = {:.3g}", rules[r].label, rules[r].c), {points(theory[r])}, {.colour = colour});
    chart.markers("", points(seen[r]), 3, {.colour = colour});
  }
  chart.caption = {"lines: theory; dots: measured"};
  return chart.draw(480, 400);
}

int learn(const train::TrainOptions& knobs) {
  const Activation* f = knobs.activation.elementwise();
  if (!f)
    throw UsageError(fmt::format("--activation {}: the integrals are of one function of one number; it looks at whole rows",
                                 knobs.activation.to_string()));
  if (knobs.depth < 2) throw UsageError(fmt::format("--depth {}: a factor a layer needs at least 2 hidden layers", knobs.depth));
  if (knobs.init != nn::Initializer())
    throw UsageError(fmt::format("--init {}: auto, he and xavier are what is compared here", knobs.init.to_string()));
  if (knobs.normalisation != nn::Normalisation::none || knobs.dropout > 0)
    throw UsageError("--normalisation, --dropout: the theory is of a plain network, without them");
  train::Samples samples(knobs);
  train::Lesson lesson(about, knobs);
  if (const std::string& note = samples.dataset().note; !note.empty()) lesson.say(note);

  const Moments m = moments(*f);
  const double gain = nn::auto_gain(knobs.activation);
  lesson.say(fmt::format("{}: E f^2 = {:.4g}, E f'^2 = {:.4g} for g ~ N(0, 1), so auto draws weights from N(0, {:.4g}/fan_in)",
                         f->to_string(), m.second_moment, m.derivative_second_moment, gain * gain));
  lesson.say("\n          RMS h a layer          RMS delta a layer      after training");
  lesson.say("init      predicted measured     predicted measured     train     test accuracy");
  lesson.number("second_moment", m.second_moment);
  lesson.number("derivative_second_moment", m.derivative_second_moment);
  lesson.number("gain", gain);

  const std::vector<Rule> rules{{"auto", "auto", gain * gain, 0}, {"he", "He", 2, 1}, {"xavier", "Xavier", 1, 2}};
  std::vector<Signal> seen_signals, theory;
  std::vector<double> accuracies;
  for (const Rule& rule : rules) {
    train::TrainOptions run = lesson.run(rule.init);
    run.init = nn::Initializer::parse(rule.init);
    seen_signals.push_back(measured(run, samples));
    theory.push_back(predicted(*f, rule.c, seen_signals.back()));
    const records::Summary found = lesson.train(run);
    accuracies.push_back(found.test_accuracy);
    const double factors[] = {theory.back().h_factor(), seen_signals.back().h_factor(), theory.back().delta_factor(),
                              seen_signals.back().delta_factor()};
    lesson.say(fmt::format("{:10}{:9.4f} {:8.4f}     {:9.4f} {:8.4f}  {:8.2f} % {:8.2f} %", rule.init, factors[0], factors[1], factors[2],
                           factors[3], 100 * found.train_accuracy, 100 * found.test_accuracy));
    const char* const names[] = {"predicted_h_factor", "h_factor", "predicted_delta_factor", "delta_factor"};
    for (int i = 0; i < 4; ++i) lesson.number(fmt::format("{}.{}", rule.init, names[i]), factors[i]);
    lesson.number(fmt::format("{}.test_accuracy", rule.init), found.test_accuracy);
    if (found.interrupted) break;
  }
  const std::string name = f->to_string();
  const std::vector<Rule> done(rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(seen_signals.size()));
  lesson.picture(records::side_by_side(std::vector{panel("RMS h, " + name, true, done, seen_signals, theory),
                                                   panel("RMS delta, " + name, false, done, seen_signals, theory)}));
  std::string seen;
  std::size_t best = 0, compared = 0;
  double worst = 0;  // of what theory said of a factor, in parts of it
  for (std::size_t r = 0; r < done.size(); ++r) {
    if (accuracies[r] > accuracies[best]) best = r;
    const double said[] = {theory[r].h_factor(), theory[r].delta_factor()},
                 found[] = {seen_signals[r].h_factor(), seen_signals[r].delta_factor()};
    for (int i = 0; i < 2; ++i)
      if (std::isfinite(found[i] / said[i])) ++compared, worst = std::max(worst, std::fabs(found[i] / said[i] - 1));
    const std::string factor = std::isfinite(found[1]) ? fmt::format("{:.3f}", found[1]) : "no number";
    seen += fmt::format("{}{} {} ({:.1f} %)", r > 0 ? ", " : "", done[r].label, factor, 100 * accuracies[r]);
  }
  lesson.number("largest_error_of_theory", compared > 0 ? worst : NAN);
  seen = fmt::format("A layer multiplies delta by (and after training the test accuracy is): {}. ", seen);
  if (compared > 0) seen += fmt::format("Theory is at most {:.1f} % off. ", 100 * worst);
  constexpr double luck = 0.02;
  if (accuracies[best] < 1.0 / static_cast<double>(samples.classes()) + luck)
    seen += "None of them learns.";
  else if (accuracies[best] - accuracies[0] > luck)
    seen +=
        fmt::format("{} does best, not auto, with which RMS h changes by {:.3f} a layer.", done[best].label, seen_signals[0].h_factor());
  else
    seen += best == 0 ? "auto does best." : "None does better than auto by more than luck.";
  return lesson.finish(seen);
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = Activation::parse("tanh(x/2)/2");
  defaults.depth = 20;
  defaults.epochs = 2;
  defaults.train_samples = 10000;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1):
//
//   tanh(x/2)/2: E f^2 = 0.04338, E f'^2 = 0.04484 for g ~ N(0, 1), so auto draws weights from N(0, 22.3/fan_in)
//
//             RMS h a layer          RMS delta a layer      after training
//   init      predicted measured     predicted measured     train     test accuracy
//   auto         0.9620   0.9626        0.9513   0.9581     73.00 %    71.28 %
//   he           0.3528   0.3528        0.3478   0.3499     10.27 %    10.00 %
//   xavier       0.2498   0.2497        0.2465   0.2479     10.16 %    10.00 %
//   A layer multiplies delta by (and after training the test accuracy is): auto 0.958 (71.3 %), He 0.350 (10.0 %), Xavier 0.248 (10.0 %).
//   Theory is at most 0.7 % off. auto does best.
//
// tanh(x/2)/2 is sigmoid(x) - 1/2, with a slope of at most 1/4. He's rule was made for relu and Xavier's for a slope of 1 at 0; here a
// layer keeps a third or a quarter of the signal, both ways. In the picture the dots lie on the lines: both integrals are right before
// anything is trained. Nor is auto the last word: it keeps delta where z has variance 1, and z need not stay there (--activation silu).
