// How ReLU units die: by steps that are too long, or before the first step; and what brings them back.
//
//   ./run.sh dead_relu                                     at the highest rate nearly all units of the last hidden layer are dead
//   ./run.sh dead_relu --lr 0.01                           a third of the rates: fewer die, and the network learns
//   ./run.sh dead_relu --activation "leaky_relu(0.2)"      no unit is ever exactly zero on all samples
//   ./run.sh dead_relu --optimizer sgd --lr 1              the same with plain gradient descent
//
// A unit is dead when it is exactly zero on every test image. Where it is zero its slope is zero too, so next to no gradient reaches its
// weights. With zero biases a narrow, deep ReLU network may be dead as it is drawn (Lu, Shin, Su and Karniadakis 2019, arXiv:1903.06733).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "seegrad/math/error.hpp"
#include "seegrad/observe/unit_ledger.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"
#include "shared/training.hpp"

using namespace seegrad;

using Rates = std::array<double, 3>;

const train::Example about{"dead_relu", "Kills units by learning rate and by initialisation, and tries to bring them back."};

/// Of 4000 networks with one input and zero biases, the share whose layer 1, 2, ... gives the same for every input.
std::vector<double> born_dead(const Activation& f, const nn::Initializer& init, std::int64_t width, std::size_t deepest, Random& random) {
  constexpr int networks = 4000;
  constexpr std::array inputs{-2.0, -1.0, -0.5, 0.5, 1.0, 2.0};
  std::vector<double> dead(deepest);
  for (int n = 0; n < networks; ++n) {
    std::vector<std::array<double, inputs.size()>> h{inputs};  // what each unit gives for each input
    for (std::size_t layer = 0; layer < deepest; ++layer) {
      const auto fan_in = static_cast<std::int64_t>(h.size());
      const std::vector<double> weights = init.weights({fan_in, width}, nn::Nonlinearity(f), random);
      std::vector<std::array<double, inputs.size()>> next(static_cast<std::size_t>(width));
      bool constant = true;
      for (std::size_t u = 0; u < next.size(); ++u) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
          double z = 0;
          for (std::size_t k = 0; k < h.size(); ++k) z += weights[u * h.size() + k] * h[k][i];
          next[u][i] = f.at(z);
          constant = constant && next[u][i] == next[u][0];
        }
      }
      if (constant) {  // and so is everything behind it
        for (std::size_t l = layer; l < deepest; ++l) dead[l] += 1.0 / networks;
        break;
      }
      h = std::move(next);
    }
  }
  return dead;
}

/// All that both networks have: weights, biases, normalisation.
void copy_weights(const nn::Module& from, const nn::Module& to) {
  const auto named = [](const nn::Module& network) {
    std::vector<nn::NamedTensor> all = network.buffers();
    for (const nn::Parameter& parameter : network.parameters()) all.push_back({parameter.name, parameter.tensor});
    return all;
  };
  const std::vector<nn::NamedTensor> sources = named(from);
  for (nn::NamedTensor& target : named(to))
    for (const nn::NamedTensor& source : sources)
      if (source.name == target.name && source.tensor.shape() == target.tensor.shape()) target.tensor.assign(source.tensor.to_vector());
}

/// One more epoch at a constant rate; the test accuracy after it.
double train_on(nn::Module& network, train::Samples& samples, optim::OptimizerOptions how, double rate) {
  how.learning_rate = rate;
  const std::vector<Tensor> parameters = network.parameter_tensors();
  optim::Optimizer optimizer = optim::make_optimizer(how, network.parameters());
  for (const train::Batch batch : samples.epoch(1)) {
    const Tensor loss = cross_entropy(network(batch.images()), batch.labels());
    optimizer.step(gradients(loss, parameters), 1, loss);
  }
  return samples.evaluate_test(network).accuracy;
}

/// New incoming weights, drawn as at the start, and biases of 0 for every unit that the ledger says is dead.
void redraw_dead(const nn::Module& network, const observe::UnitLedger& ledger, const train::TrainOptions& knobs) {
  Random random = Random(knobs.seed).split(1);
  for (nn::Parameter& parameter : network.parameters()) {
    for (const observe::LayerUnits& layer : ledger.layers()) {
      const bool weight = parameter.name == layer.name + ".weight";
      if (!weight && parameter.name != layer.name + ".bias") continue;
      const std::int64_t units = parameter.tensor.shape()[0], fan_in = weight ? parameter.tensor.shape()[1] : 1;
      std::vector<double> values = parameter.tensor.to_vector(), fresh(values.size());
      if (weight) fresh = knobs.init.weights({fan_in, units}, knobs.activation, random);
      for (std::size_t i = 0; i < values.size(); ++i)
        if (layer.units[i / static_cast<std::size_t>(fan_in)].dead) values[i] = fresh[i];
      parameter.tensor.assign(values);
    }
  }
}

/// What an activation's networks came to: over the rates, from the lowest to the highest.
struct Row {
  nn::Nonlinearity f;
  std::vector<double> dead, accuracy;  // of the last hidden layer; on the test set
  nn::Sequential last;                 // as trained at the highest rate
};

/// Enters into the ledger which units are zero on every test image.
void ask_who_is_dead(observe::UnitLedger& ledger, std::int64_t step, nn::Module& network, const train::Samples& samples) {
  const train::Using not_training(network);
  ledger.probe(step, [&] { static_cast<void>(network(samples.test_images(0, samples.dataset().test.count))); });
}

Row kill(train::Lesson& lesson, const train::TrainOptions& knobs, const nn::Nonlinearity& f, const Rates& rates,
         const train::Samples& samples) {
  Row row{f, {}, {}, {}};
  for (const double rate : rates) {
    std::string key = fmt::format("{}.lr_{:.3g}", records::file_name_of(f.to_string()), rate);
    for (char& c : key) c = static_cast<char>(c == '-' ? '_' : std::tolower(static_cast<unsigned char>(c)));
    train::TrainOptions run = lesson.run(key);
    run.activation = f;
    run.activation_per_channel = knobs.activation_per_channel && f == knobs.activation;
    run.learning_rate = rate;
    row.accuracy.push_back(lesson.train(run, row.last).test_accuracy);
    observe::UnitLedger ledger;
    ask_who_is_dead(ledger, 0, row.last, samples);
    std::string line = fmt::format("  {:16.16} rate {:<8.3g}", f.to_string(), rate);
    for (const observe::LayerUnits& layer : ledger.layers()) {
      lesson.number(fmt::format("{}.dead_share.{}", key, layer.layer), layer.dead_share());
      line += fmt::format(" {:6.1f}", 100 * layer.dead_share());
    }
    row.dead.push_back(ledger.layers().back().dead_share());
    lesson.number(key + ".dead_share", row.dead.back());
    lesson.number(key + ".test_accuracy", row.accuracy.back());
    lesson.say(fmt::format("{}   accuracy {:6.2f}", line, 100 * row.accuracy.back()));
  }
  return row;
}

/// Something that might bring dead units back, and what came of it.
struct Attempt {
  std::string key, what;
  nn::Nonlinearity f;
  double accuracy = 0;
  std::int64_t revived = 0;
};

/// The network of the highest rate goes on for one epoch at the lowest. Who is dead is asked of the activation under study each time.
std::vector<Attempt> revive(train::Lesson& lesson, const train::TrainOptions& knobs, const Row& dying, const Rates& rates,
                            train::Samples& samples) {
  std::vector<Attempt> attempts{{"lower_rate", "a lower rate alone", knobs.activation},
                                {"leaky_slope", "leaky_relu(0.1) in its place", nn::Nonlinearity::parse("leaky_relu(0.1)")},
                                {"new_weights", "new weights for the dead units", knobs.activation}};
  lesson.say(
      fmt::format("\nthe {} network of rate {:.3g} after one more epoch at rate {:.3g}\n", dying.f.to_string(), rates.back(), rates[0]));
  nn::Sequential asked = network_of(knobs, knobs.activation, samples);
  for (Attempt& attempt : attempts) {
    observe::UnitLedger ledger;
    const auto ask = [&](const nn::Module& network, std::int64_t step) {
      copy_weights(network, asked);
      ask_who_is_dead(ledger, step, asked, samples);
      return ledger.layers().back();
    };
    const std::int64_t dead_before = ask(dying.last, 0).dead();
    nn::Sequential network = network_of(knobs, attempt.f, samples);
    copy_weights(dying.last, network);
    if (attempt.key == "new_weights") redraw_dead(network, ledger, knobs);
    attempt.accuracy = train_on(network, samples, knobs.optimizer_options(), rates[0]);
    const observe::LayerUnits after = ask(network, 1);
    attempt.revived = after.revivals();
    lesson.number(fmt::format("revive.{}.revived_share", attempt.key),
                  static_cast<double>(attempt.revived) / static_cast<double>(dead_before));
    lesson.number(fmt::format("revive.{}.dead_share", attempt.key), after.dead_share());
    lesson.number(fmt::format("revive.{}.test_accuracy", attempt.key), attempt.accuracy);
    lesson.say(fmt::format("  {:32} {:3} of {} dead units of the last hidden layer come back, accuracy {:6.2f}", attempt.what,
                           attempt.revived, dead_before, 100 * attempt.accuracy));
  }
  return attempts;
}

records::Canvas deaths_chart(const std::vector<Row>& rows, const train::TrainOptions& knobs, const Rates& rates) {
  records::Chart chart;
  chart.title = "Dead by learning rate";
  chart.subtitle = fmt::format("last of {} hidden layers of {} units, {} epoch{} of {}", knobs.depth, knobs.width, knobs.epochs,
                               knobs.epochs == 1 ? "" : "s", knobs.optimizer.name);
  chart.x = {"learning rate", records::Scale::logarithmic, records::Range{rates[0] / 1.3, rates.back() * 1.3}};
  chart.y = {"share of dead units", records::Scale::linear, records::Range{-0.04, 1.04}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<records::Point> points;
    for (std::size_t r = 0; r < rates.size(); ++r) points.push_back({rates[r], rows[i].dead[r]});
    const records::Look look{.colour = records::palette[i]};
    chart.curve("", {points}, look);
    chart.markers(fmt::format("{}: test accuracy {:.0f}, {:.0f}, {:.0f} %", rows[i].f.to_string(), 100 * rows[i].accuracy[0],
                              100 * rows[i].accuracy[1], 100 * rows[i].accuracy[2]),
                  points, 7 - 1.5 * static_cast<double>(i), look);
  }
  return chart.draw(520, 480);
}

/// P(born dead) for narrow networks. L counts the linear maps, the last of which has no activation behind it, as the paper does.
std::vector<double> births(train::Lesson& lesson, const train::TrainOptions& knobs, records::Chart& chart) {
  constexpr std::size_t deepest = 20;
  const std::string f = knobs.activation.to_string();
  lesson.say(fmt::format("\nborn dead: of 4000 networks of {} with one input, the share that gives one number for all inputs (%)\n", f));
  chart.title = "Dead before the first step";
  chart.subtitle = fmt::format("4000 networks of one input, zero biases: {}, {}", f, knobs.init.to_string());
  chart.x = {"layers, the linear output among them", records::Scale::linear, records::Range{0, deepest + 1}};
  chart.y = {"share that gives one number for all inputs", records::Scale::linear, records::Range{-0.04, 1.04}};
  Random random(knobs.seed);
  std::vector<double> two_wide;
  for (const std::int64_t width : {2, 3, 4}) {
    const std::vector<double> dead = born_dead(*knobs.activation.elementwise(), knobs.init, width, deepest, random);
    std::vector<records::Point> points;
    for (std::size_t hidden = 1; hidden < deepest; ++hidden) points.push_back({static_cast<double>(hidden + 1), dead[hidden - 1]});
    chart.markers(fmt::format("{} units a layer", width), points, 4, {.colour = records::palette[width + 1]});
    std::string line = fmt::format("  {} units a layer:", width);
    for (const std::size_t layers : {5, 10, 20}) {
      const double share = dead[layers - 2];
      lesson.number(fmt::format("born_dead.{}{}", width == 2 ? "" : fmt::format("width_{}.", width), layers), share);
      line += fmt::format("  {:5.1f} with {} layers", 100 * share, layers);
      if (width == 2) two_wide.push_back(share);
    }
    lesson.say(line);
  }
  return two_wide;
}

int learn(const train::TrainOptions& knobs) {
  if (!knobs.activation.elementwise())
    throw UsageError(
        fmt::format("--activation {}: units die one by one, so this lesson takes one that works element by element, such as relu",
                    knobs.activation.to_string()));
  if (knobs.depth < 1)
    throw UsageError(fmt::format("--depth {}: only hidden units die, so there must be at least one hidden layer", knobs.depth));
  train::Lesson lesson(about, knobs);
  const double top = knobs.optimizer_options().learning_rate;
  const Rates rates{top / 10, top / 3, top};
  std::vector<nn::Nonlinearity> all{knobs.activation};
  for (const char* name : {"relu", "leaky_relu", "elu"})
    if (const auto f = nn::Nonlinearity::parse(name); !(f == knobs.activation)) all.push_back(f);

  lesson.say(fmt::format("dead units of each hidden layer (%) after {} epoch{} of {}, and test accuracy (%)\n", knobs.epochs,
                         knobs.epochs == 1 ? "" : "s", knobs.optimizer.name));
  train::Samples samples(knobs);
  std::vector<Row> rows;
  rows.reserve(all.size());
  for (const nn::Nonlinearity& f : all) rows.push_back(kill(lesson, knobs, f, rates, samples));
  const Row& mine = rows.front();
  std::string seen =
      fmt::format("{}: {:.1f} % of the last hidden layer is dead at rate {:.3g} (test accuracy {:.1f} %), {:.1f} % at {:.3g} ({:.1f} %)",
                  mine.f.to_string(), 100 * mine.dead.front(), rates[0], 100 * mine.accuracy.front(), 100 * mine.dead.back(), top,
                  100 * mine.accuracy.back());
  if (mine.dead.back() > 0) {
    seen += "; brought back in one more epoch:";
    for (const Attempt& attempt : revive(lesson, knobs, mine, rates, samples))
      seen += fmt::format("{} {} by {} ({:.1f} %)", attempt.key == "lower_rate" ? "" : ",", attempt.revived, attempt.what,
                          100 * attempt.accuracy);
  }
  records::Chart born;
  const std::vector<double> two_wide = births(lesson, knobs, born);
  lesson.picture(records::side_by_side(std::array{deaths_chart(rows, knobs, rates), born.draw(520, 480)}, 10));
  return lesson.finish(fmt::format("{}; with two units a layer {:.0f} % of networks are born dead with 5 layers, {:.0f} % with 10.", seen,
                                   100 * two_wide[0], 100 * two_wide[1]));
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.depth = 4;
  defaults.optimizer = optim::OptimizerOptions::parse("adam");
  defaults.learning_rate = 0.03;
  defaults.schedule = optim::Schedule::parse("constant");  // a rate that falls would let the living ones recover
  defaults.epochs = 2;
  defaults.init = nn::Initializer::parse("he");
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1; abridged):
//
//   dead units of each hidden layer (%) after 2 epochs of adam, and test accuracy (%)
//
//     relu             rate 0.003       1.6    5.5    5.5   10.9   accuracy  85.59
//     relu             rate 0.01        6.2   27.3   34.4   35.2   accuracy  83.07
//     relu             rate 0.03        7.8   81.2   92.2  100.0   accuracy  10.00
//     leaky_relu       rate 0.03        0.0    0.0    0.0    0.0   accuracy  46.52
//     elu              rate 0.03        0.0    0.0    0.0    0.0   accuracy  10.00
//     ...
//   the relu network of rate 0.03 after one more epoch at rate 0.003
//
//     a lower rate alone                 0 of 128 dead units of the last hidden layer come back, accuracy  10.00
//     leaky_relu(0.1) in its place       0 of 128 dead units of the last hidden layer come back, accuracy  74.60
//     new weights for the dead units    74 of 128 dead units of the last hidden layer come back, accuracy  77.05
//
//   born dead: of 4000 networks of relu with one input, the share that gives one number for all inputs (%)
//
//     2 units a layer:   50.2 with 5 layers   88.0 with 10 layers   99.3 with 20 layers
//     3 units a layer:   20.3 with 5 layers   58.2 with 10 layers   88.5 with 20 layers
//     4 units a layer:    7.4 with 5 layers   30.3 with 10 layers   62.8 with 20 layers
//
// One long step can push a unit's z below zero for all images, and from there no gradient leads back: a lower rate comes too late. With a
// slope for negative z the network learns again although none of those z becomes positive; new weights bring most of the units back. No
// dead unit does not mean that all is well: at the highest rate elu, which has no zeros, learns nothing either.
