// Why deep sigmoid networks do not learn: where the gradient gets lost on its way back, and what theory says of it before a step is made.
//
//   ./run.sh vanishing_gradients                                           sigmoid: less than a quarter of the gradient is left a layer
//   ./run.sh vanishing_gradients --activation relu --init he               nothing is lost on average, and the same depth learns
//   ./run.sh vanishing_gradients --activation tanh --init "normal(0.01)"   here the weights take the gradient away, not the slopes
//   ./run.sh vanishing_gradients --normalisation batch                     sigmoid again: what the slopes take, normalising gives back
//
// delta is dLoss/dz, how the loss changes with what goes into an activation. A step back multiplies it with the weights of the layer above
// (W^T) and with the activation's slope f'. Both are measured at the start (observe/gradient_ledger.hpp); then networks are trained.
#include <fmt/format.h>

#include <cmath>

#include "seegrad/record/gradient_charts.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/start.hpp"

using namespace seegrad;

const train::Example about{"vanishing_gradients", "Follows the gradient back through depth, weights and slopes, then trains."};

/// Activations by initialisations, beside theory; those that start from --init are drawn.
records::Canvas compare(train::Lesson& lesson, const train::TrainOptions& knobs, const train::Samples& samples, const train::Batch& batch) {
  std::vector<nn::Initializer> inits{knobs.init};
  for (const char* name : {"normal(0.01)", "xavier", "he"})
    if (const auto init = nn::Initializer::parse(name); !(init == knobs.init)) inits.push_back(init);
  records::Chart chart("How much gradient each layer hears", "at the start: measured (points), mean-field theory (dashed)",
                       {"hidden layer (the loss is on the right)"}, {"RMS delta (last hidden layer: 1)", records::Scale::logarithmic});
  train::Table table =
      lesson.table("RMS delta, x a layer", {{"delta_factor", "measured", "{:.3f}"}, {"predicted_factor", "theory", "{:.3f}"}});
  std::size_t colour = 0;
  for (const nn::Nonlinearity& f : train::together({"sigmoid", "tanh", "relu", "gelu"}, knobs.activation)) {
    const records::Look look{.colour = records::palette[colour++], .width = 1.5, .dash = {6, 4}};
    train::TrainOptions run = lesson.run("start", f);
    for (const nn::Initializer& init : inits) {
      run.init = init;
      const train::Start start = train::start_of(samples, run, batch);
      table.row(train::start_label(run), train::start_key(run), {start.factor, start.predicted});
      if (!(init == knobs.init)) continue;
      chart.curve("", {start.predicted_path()}, look);
      chart.markers(fmt::format("{}: x {:.3g} a layer", f.to_string(), start.factor), start.measured_path(), 4, look);
    }
  }
  return chart.draw(620, 460);
}

/// Who took how much, from the last hidden layer to the first.
records::Canvas ledger(train::Lesson& lesson, const std::string& start, const observe::GradientAccount& account) {
  lesson.say(fmt::format("\nledger of {}: what becomes of RMS dLoss/dz of the layer above", start));
  train::Table table = lesson.table(
      "layer", {{"", "from above", "{:.2e}"}, {"weights", "x W^T", "{:.3f}"}, {"slope", "x f'", "{:.3f}"}, {"", "dLoss/dz", "{:.2e}"}});
  for (const observe::GradientStep& step : account.steps) {
    const std::string layer = std::to_string(step.layer);
    table.row(layer, "ledger." + layer, {step.above, step.weights(), step.slopes(), step.z});
  }
  lesson.number("ledger.weights", account.weights);
  lesson.number("ledger.slope", account.slopes);
  lesson.number("first_hears", account.first_hears);
  return records::step_chart(account, start).draw(560, 460);
}

/// Trains from the start under study, and from two others.
std::string trained(train::Lesson& lesson, const train::TrainOptions& knobs) {
  lesson.say("");
  train::Table table = lesson.table("after training", {{"test_accuracy", "accuracy, %", "{:.2f}", 100}, {"train_loss", "loss", "{:.4f}"}});
  std::string seen;
  for (const auto& [f, init] : {std::pair(knobs.activation.to_string(), knobs.init.to_string()), {"sigmoid", "xavier"}, {"relu", "he"}}) {
    train::TrainOptions run = lesson.run(f + "." + init, nn::Nonlinearity::parse(f));
    run.init = nn::Initializer::parse(init);
    if (!seen.empty() && train::start_key(run) == train::start_key(knobs)) continue;
    const records::Summary found = lesson.train(run);
    table.row(train::start_label(run), train::start_key(run), {found.test_accuracy, found.train_loss});
    seen += fmt::format("; {}: test accuracy {:.1f} %", train::start_label(run), 100 * found.test_accuracy);
    if (found.interrupted) break;
  }
  return seen;
}

int learn(const train::TrainOptions& knobs) {
  train::need_depth(knobs, 2, "a factor from layer to layer takes two hidden layers");
  train::Lesson lesson(about, knobs);
  train::TrainOptions many = knobs;
  many.batch = 1000;  // samples to average over; no step is made with them
  train::Samples samples(many);
  const train::Batch batch = *samples.epoch(1).begin();

  const train::Start start = train::start_of(samples, knobs, batch);
  lesson.picture({compare(lesson, knobs, samples, batch), ledger(lesson, train::start_label(knobs), start.account)});

  lesson.say("\nhow fast each layer begins to learn (length of the mean delta), 30 units a layer, from the first to the last");
  train::TrainOptions small = knobs;
  small.width = 30;
  for (small.depth = 2; small.depth <= 4; ++small.depth) {
    const std::vector<double> speeds = train::learning_speeds(samples, small, batch);
    for (std::size_t l = 0; l < speeds.size(); ++l) lesson.number(fmt::format("nielsen.{}.{}", small.depth, l + 1), speeds[l]);
    lesson.say(fmt::format("  {} layers:  {:.2g}", small.depth, fmt::join(speeds, "  ")));
  }

  const std::string learnt = trained(lesson, knobs), name = train::start_label(knobs);
  if (std::isnan(start.factor)) return lesson.finish(fmt::format("{}: no gradient comes back to all layers{}.", name, learnt));
  const char* fate = start.factor < 0.6 ? "vanishes" : start.factor < 1.5 ? "arrives" : "explodes";
  return lesson.finish(
      fmt::format("{}: the gradient {}, x {:.3g} a layer on its way back (weights {:.3f}, slopes {:.3f}), x {:.2g} by {}{}.", name, fate,
                  start.factor, start.account.weights, start.account.slopes, start.account.first_hears, knobs.depth, learnt));
}

int main(int argc, char** argv) {
  const nn::Initializer xavier = nn::Initializer::parse("xavier");
  return train::guarded_main(argc, argv, about, learn,
                             {.activation = Activation::parse("sigmoid"), .depth = 10, .width = 100, .init = xavier, .epochs = 1});
}

// Expected output (seed 1; abridged):
//
//     RMS delta, x a layer      measured    theory
//     sigmoid, xavier              0.231     0.230
//     relu, he                     0.999     0.998
//   ledger of sigmoid, xavier: what becomes of RMS dLoss/dz of the layer above
//     10                          3.15e-04     0.428     0.236  3.19e-05
//   sigmoid, xavier: the gradient vanishes, x 0.231 a layer on its way back (weights 1.002, slopes 0.231), x 1.9e-06 by 10; sigmoid,
//   xavier: test accuracy 10.0 %; relu, he: test accuracy 84.7 %.
//
// The sigmoid's slope is at most 1/4, so with weights that neither add nor take anything (xavier) less than 1/4 is left a layer. He's
// weights give relu what its slope, 0 for half of the z, takes. Layer 10's W^T is no loss of depth: it spreads the delta of 10 outputs over
// 100 units. Theory knew from width, weights and f alone, before a step was made, that one of the two would not learn.
