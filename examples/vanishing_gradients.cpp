// Why deep sigmoid networks do not learn: where the gradient gets lost on its way back, and what theory says of it before a step is made.
//
//   ./run.sh vanishing_gradients                                           sigmoid: less than a quarter of the gradient is left a layer
//   ./run.sh vanishing_gradients --activation relu --init he               nothing is lost on average, and the same depth learns
//   ./run.sh vanishing_gradients --activation tanh --init "normal(0.01)"   here the weights take the gradient away, not the slopes
//   ./run.sh vanishing_gradients --normalisation batch                     sigmoid again: what the slopes take, normalising gives back
//
// delta is dLoss/dz, how the loss changes with what goes into an activation. A step back multiplies it with the weights of the layer above
// (W^T) and with the activation's slope f'. The lesson measures both, over initialisations and activations, and then trains.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/observe/signal_theory.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"
#include "shared/training.hpp"

using namespace seegrad;

const train::Example about{"vanishing_gradients",
                           "Follows the gradient back through depth, weights and slopes, then trains to see what comes of it."};

double norm(const Tensor& x) {
  double squares = 0;
  for (const double v : x.to_vector()) squares += v * v;
  return std::sqrt(squares);
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : observe::not_measured; }

/// Where a network starts.
struct Start {
  nn::Nonlinearity f;
  nn::Initializer init;
  bool operator==(const Start&) const = default;
  std::string name() const { return f.to_string() + ", " + init.to_string(); }
  std::string key() const {
    std::string key = records::file_name_of(f.to_string()) + "." + records::file_name_of(init.to_string());
    for (char& c : key) c = static_cast<char>(c == '-' ? '_' : std::tolower(static_cast<unsigned char>(c)));
    return key;
  }
};
Start start(const char* f, const char* init) { return {nn::Nonlinearity::parse(f), nn::Initializer::parse(init)}; }

/// Hears the RMS of what comes back to the input of each linear map and each activation, which take turns in the network.
struct Ledger : Observer {
  std::vector<Tensor> inputs;
  std::vector<double> rms;
  void forward(const ForwardEvent& event) override {
    if (!event.weight && event.nonlinearity.empty()) return;
    event.input.watch();
    inputs.push_back(event.input);
    rms.push_back(observe::not_measured);
  }
  void gradient(const Tensor& watched, const Tensor& gradient) override {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (watched.same_as(inputs[i])) rms[i] = norm(gradient) / std::sqrt(static_cast<double>(gradient.count()));
  }
  double at_h(std::int64_t layer) const { return rms[2 * static_cast<std::size_t>(layer)]; }      // goes into the linear map above
  double at_z(std::int64_t layer) const { return rms[2 * static_cast<std::size_t>(layer) - 1]; }  // goes into the activation
};

/// One way back through a network as it is at its start.
struct Look {
  Start start;
  std::vector<observe::LayerStatistics> layers;
  std::optional<observe::SignalTheory> theory;
  Ledger ledger;
  double factor() const {
    const double factor = observe::delta_factor(layers);
    return factor >= 0 ? factor : observe::not_measured;  // 0/0 has a sign that nobody wants to read
  }
  double predicted() const { return theory && theory->factor >= 0 ? theory->factor : observe::not_measured; }
};

Look look_at(const Start& start, const train::TrainOptions& knobs, const train::Samples& samples, const train::Batch& batch) {
  train::TrainOptions asked = knobs;
  asked.init = start.init;
  nn::Sequential network = network_of(asked, start.f, samples);
  Look look{.start = start, .layers = {}, .theory = {}, .ledger = {}};
  observe::LayerWatch watch;
  {
    const Listening statistics(watch), ledger(look.ledger);
    static_cast<void>(gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors()));
  }
  look.layers = watch.collect();
  look.ledger.inputs.clear();
  const bool plain = knobs.normalisation == nn::Normalisation::none && knobs.dropout == 0;  // what the theory speaks of
  if (plain && start.f.elementwise()) look.theory = observe::signal_theory(*start.f.elementwise(), look.layers);
  return look;
}

/// Depth x initialisation x activation. Returns those that start from --init, the one under study first.
std::vector<Look> compare(train::Lesson& lesson, const train::TrainOptions& knobs, const train::Samples& samples,
                          const train::Batch& batch) {
  std::vector<nn::Nonlinearity> activations{knobs.activation};
  for (const char* name : {"sigmoid", "tanh", "relu", "gelu"})
    if (const auto f = nn::Nonlinearity::parse(name); !(f == knobs.activation)) activations.push_back(f);
  std::vector<nn::Initializer> inits;
  for (const char* name : {"normal(0.01)", "xavier", "he"}) inits.push_back(nn::Initializer::parse(name));
  if (std::find(inits.begin(), inits.end(), knobs.init) == inits.end()) inits.push_back(knobs.init);

  lesson.say(fmt::format("factor of RMS delta a layer on the way back, {} layers of {} units, at the start: measured (theory)\n",
                         knobs.depth, knobs.width));
  std::string line = fmt::format("  {:14}", "");
  for (const nn::Initializer& init : inits) line += fmt::format("{:>20.18}", init.to_string());
  lesson.say(line);
  std::vector<Look> looks;
  for (const nn::Nonlinearity& f : activations) {
    line = fmt::format("  {:14.14}", f.to_string());
    for (const nn::Initializer& init : inits) {
      Look look = look_at({f, init}, knobs, samples, batch);
      lesson.number(look.start.key() + ".delta_factor", look.factor());
      lesson.number(look.start.key() + ".predicted_factor", look.predicted());
      line += fmt::format("{:>20}", fmt::format("{:.3f} ({:.3f})", look.factor(), look.predicted()));
      if (init == knobs.init) looks.push_back(std::move(look));
    }
    lesson.say(line);
  }
  return looks;
}

/// Who took how much: means over the layers, and the share of the last layer's delta that the first one hears.
struct Losses {
  std::vector<double> weights, slopes;  // from the first layer to the last
  double weights_mean = 0, slopes_mean = 0, heard = 0;
};

Losses account(train::Lesson& lesson, const Look& look) {
  const auto depth = static_cast<std::int64_t>(look.layers.size()) - 1;
  Losses losses{std::vector<double>(look.layers.size() - 1), std::vector<double>(look.layers.size() - 1)};
  lesson.say(fmt::format("\nledger of {} (RMS): from the dLoss/dz of the layer above to one's own\n", look.start.name()));
  lesson.say("  layer    dLoss/dz above     x W^T   = dLoss/dh      x f'   = dLoss/dz");
  double above = look.layers.back().delta_rms, weight_logs = 0, slope_logs = 0;
  for (std::int64_t l = depth; l >= 1; --l) {
    const double h = look.ledger.at_h(l), z = look.ledger.at_z(l), weights = ratio(h, above), slope = ratio(z, h);
    lesson.say(fmt::format("  {:5}    {:14.2e}  {:8.3f}   {:10.2e}  {:8.3f}   {:10.2e}", l, above, weights, h, slope, z));
    lesson.number(fmt::format("ledger.{}.weights", l), weights);
    lesson.number(fmt::format("ledger.{}.slope", l), slope);
    losses.weights[static_cast<std::size_t>(l) - 1] = weights;
    losses.slopes[static_cast<std::size_t>(l) - 1] = slope;
    if (l < depth) weight_logs += std::log(weights), slope_logs += std::log(slope);
    above = z;
  }
  losses.weights_mean = std::exp(weight_logs / static_cast<double>(depth - 1));
  losses.slopes_mean = std::exp(slope_logs / static_cast<double>(depth - 1));
  losses.heard = ratio(look.ledger.at_z(1), look.ledger.at_z(depth));
  lesson.number("ledger.weights", losses.weights_mean);
  lesson.number("ledger.slope", losses.slopes_mean);
  lesson.number("first_hears", losses.heard);
  return losses;
}

/// Nielsen's bars ("Neural Networks and Deep Learning", 2015, chapter 5): the length of the mean of delta over the samples, layer by layer,
/// which is that of the biases' gradient. Outputs are sigmoids with cross-entropy, summed over the classes.
void nielsen_bars(train::Lesson& lesson, const train::TrainOptions& knobs, const train::Samples& samples, const train::Batch& batch) {
  constexpr std::int64_t width = 30;
  lesson.say(fmt::format("\nlength of the mean delta over {} samples, {} with W ~ N(0, 1/fan_in), b ~ N(0, 1), {} units a layer\n",
                         batch.size(), knobs.activation.to_string(), width));
  for (const std::int64_t depth : {2, 3, 4}) {
    Random random(knobs.seed);
    nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                      .outputs = samples.classes(),
                                      .depth = depth,
                                      .width = width,
                                      .activation = knobs.activation,
                                      .init = nn::Initializer::parse("lecun"),
                                      .tensor = samples.tensor()},
                                     random);
    std::vector<Tensor> biases;
    for (nn::Parameter& parameter : network.parameters()) {
      if (!parameter.name.ends_with(".bias")) continue;
      std::vector<double> drawn(static_cast<std::size_t>(parameter.tensor.count()));
      for (double& b : drawn) b = random.normal();
      parameter.tensor.assign(drawn);
      biases.push_back(parameter.tensor);
    }
    const Tensor targets = one_hot(batch.labels(), samples.classes(), samples.tensor().dtype);
    const Tensor loss = bce_with_logits(network(batch.images()), targets) * static_cast<double>(samples.classes());
    const std::vector<Tensor> slopes = gradients(loss, biases);
    std::string line = fmt::format("  {} hidden layers:", depth);
    for (std::int64_t l = 1; l <= depth; ++l) {
      const double length = norm(slopes[static_cast<std::size_t>(l) - 1]);
      lesson.number(fmt::format("nielsen.{}.{}", depth, l), length);
      line += fmt::format("  {:.2g}", length);
    }
    lesson.say(line);
  }
}

/// Trains from the start under study, and from two others. Returns what was trained with its test accuracy.
std::vector<std::pair<Start, double>> train_all(train::Lesson& lesson, const train::TrainOptions& knobs) {
  std::vector<std::pair<Start, double>> trained{{{knobs.activation, knobs.init}, 0}};
  for (const Start& one : {start("sigmoid", "xavier"), start("relu", "he")})
    if (!(one == trained[0].first)) trained.emplace_back(one, 0);
  lesson.say(fmt::format("\nafter {} epoch{} at depth {}\n", knobs.epochs, knobs.epochs == 1 ? "" : "s", knobs.depth));
  for (auto& [one, accuracy] : trained) {
    train::TrainOptions run = lesson.run(one.key());
    run.activation = one.f;
    run.init = one.init;
    run.activation_per_channel = knobs.activation_per_channel && one.f == knobs.activation;
    const records::Summary found = lesson.train(run);
    accuracy = found.test_accuracy;
    lesson.number(one.key() + ".test_accuracy", accuracy);
    lesson.number(one.key() + ".train_loss", found.train_loss);
    lesson.say(fmt::format("  {:28} test accuracy {:6.2f} %, train loss {:.4f}", one.name(), 100 * accuracy, found.train_loss));
  }
  return trained;
}

records::Canvas delta_chart(const std::vector<Look>& looks) {
  records::Chart chart;
  chart.title = "How much gradient each layer hears";
  chart.subtitle = fmt::format("at the start, --init {}: measured (points), mean-field theory (dashed)", looks[0].start.init.to_string());
  chart.x.label = "hidden layer (the loss is on the right)";
  chart.y = {"RMS delta (last hidden layer: 1)", records::Scale::logarithmic, {}};
  for (std::size_t i = looks.size(); i-- > 0;) {
    const Look& look = looks[i];
    const std::size_t last = look.layers.size() - 2;
    std::vector<records::Point> measured, theory;
    for (std::size_t l = 0; l <= last; ++l) {
      const auto x = static_cast<double>(l + 1);
      measured.push_back({x, look.layers[l].delta_rms / look.layers[last].delta_rms});
      if (look.theory) theory.push_back({x, look.theory->delta_rms[l] / look.theory->delta_rms[last]});
    }
    const records::Colour colour = records::palette[i % std::size(records::palette)];
    if (look.theory) chart.curve("", {theory}, {.colour = colour, .width = 1.5, .dash = {6, 4}});
    chart.markers(fmt::format("{}: x {:.3g} a layer", look.start.f.to_string(), look.factor()), measured, i == 0 ? 5.5 : 3.5,
                  {.colour = colour});
  }
  return chart.draw(620, 460);
}

records::Canvas ledger_chart(const Start& start, const Losses& losses) {
  records::Chart chart;
  chart.title = "Who takes the gradient away";
  chart.subtitle = fmt::format("{}: what a step back multiplies it with, as a power of ten", start.name());
  chart.x.label = "hidden layer (the loss is on the right)";
  chart.y.label = "log10 of the factor";
  std::vector<records::Point> weights, slopes;
  for (std::size_t l = 0; l < losses.weights.size(); ++l) {
    weights.push_back({static_cast<double>(l) + 0.8, std::log10(losses.weights[l])});
    slopes.push_back({static_cast<double>(l) + 1.2, std::log10(losses.slopes[l])});
  }
  chart.bars("weights above (W^T)", weights, 0.36, {.colour = records::palette[5]});
  chart.bars("slope f'", slopes, 0.36, {.colour = records::palette[1]});
  return chart.draw(560, 460);
}

int learn(const train::TrainOptions& knobs) {
  if (knobs.depth < 2)
    throw UsageError(fmt::format("--depth {}: a factor from layer to layer takes at least 2 hidden layers", knobs.depth));
  train::Lesson lesson(about, knobs);
  train::TrainOptions many = knobs;
  many.batch = 1000;  // samples to average over; no step is made with them
  train::Samples samples(many);
  const train::Batch batch = *samples.epoch(1).begin();

  const std::vector<Look> looks = compare(lesson, knobs, samples, batch);
  const Losses losses = account(lesson, looks[0]);
  nielsen_bars(lesson, knobs, samples, batch);
  const auto trained = train_all(lesson, knobs);
  lesson.picture(records::side_by_side(std::array{delta_chart(looks), ledger_chart(looks[0].start, losses)}, 10));

  const double factor = looks[0].factor();
  const char* fate = factor < 0.6 ? "vanishes" : factor < 0.9 ? "shrinks" : factor < 1.1 ? "arrives" : factor < 1.5 ? "grows" : "explodes";
  const std::string way =
      std::isnan(factor) ? fmt::format("no gradient comes back through {} layers", knobs.depth)
                         : fmt::format(
                               "the gradient {}, x {:.3g} a layer on the way back ({:.3f} by weights, {:.3f} by slopes), x {:.2g} over "
                               "{} layers",
                               fate, factor, losses.weights_mean, losses.slopes_mean, losses.heard, knobs.depth);
  const auto& [other, accuracy] = trained.back();
  return lesson.finish(fmt::format("{}: {}; test accuracy {:.1f} % after {} epoch{} ({}: {:.1f} %).", looks[0].start.name(), way,
                                   100 * trained[0].second, knobs.epochs, knobs.epochs == 1 ? "" : "s", other.name(), 100 * accuracy));
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = Activation::parse("sigmoid");
  defaults.init = nn::Initializer::parse("xavier");
  defaults.depth = 10;
  defaults.width = 100;
  defaults.epochs = 1;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1; abridged):
//
//   factor of RMS delta a layer on the way back, 10 layers of 100 units, at the start: measured (theory)
//
//                                 normal              xavier                  he
//     sigmoid              0.025 (0.025)       0.231 (0.230)       0.313 (0.310)
//     tanh                 0.099 (0.099)       0.859 (0.844)       1.016 (0.997)
//     relu                 0.070 (0.071)       0.699 (0.705)       0.999 (0.998)
//     gelu                 0.050 (0.050)       0.583 (0.560)       0.999 (0.976)
//
//   ledger of sigmoid, xavier (RMS): from the dLoss/dz of the layer above to one's own
//
//     layer    dLoss/dz above     x W^T   = dLoss/dh      x f'   = dLoss/dz
//        10          3.15e-04     0.428     1.35e-04     0.236     3.19e-05
//         9          3.19e-05     1.017     3.24e-05     0.234     7.59e-06
//     ...
//   length of the mean delta over 1000 samples, sigmoid with W ~ N(0, 1/fan_in), b ~ N(0, 1), 30 units a layer
//
//     2 hidden layers:  0.049  0.28
//     3 hidden layers:  0.0084  0.051  0.26
//     4 hidden layers:  0.0028  0.016  0.086  0.34
//
//   after 1 epoch at depth 10
//
//     sigmoid, xavier              test accuracy  10.00 %, train loss 2.3032
//     relu, he                     test accuracy  84.66 %, train loss 0.3854
//   ...
//   sigmoid, xavier: the gradient vanishes, x 0.231 a layer on the way back (1.002 by weights, 0.231 by slopes), x 1.9e-06 over 10 layers;
//   test accuracy 10.0 % after 1 epoch (relu, he: 84.7 %).
//
// The slope of the sigmoid is at most 1/4, so with weights that neither add nor take anything (xavier) a factor below 1/4 is left a layer.
// With weights as small as normal(0.01) every activation starves. He's weights give relu exactly what its slope, 0 for half of the z,
// takes. The top layer's W^T is no loss of depth: it spreads the delta of 10 outputs over 100 units. The theory (observe/signal_theory.hpp)
// needs nothing but the width, the size of the weights and f: it knew before a step was made that one of the two networks would not learn.
