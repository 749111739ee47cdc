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

#include "seegrad/nn/born_dead.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/revival.hpp"

using namespace seegrad;

const train::Example about{"dead_relu", "Kills units by learning rate and by initialisation, and tries to bring them back."};

train::Column percent(const std::string& key, const std::string& heading) { return {key, heading, "{:.1f}", 100}; }

/// A network with dead units goes on for one epoch at this rate, in three ways. Returns what was seen.
std::string revive(train::Lesson& lesson, train::TrainOptions knobs, double rate, const nn::Sequential& network, train::Samples& samples) {
  knobs.epochs = 1;
  knobs.learning_rate = rate;
  lesson.say("");
  train::Table table = lesson.table(
      "one more epoch with", {percent("revived_share", "revived"), percent("dead_share", "dead"), percent("test_accuracy", "accuracy")});
  std::string seen;
  const auto attempt = [&](const std::string& key, const std::string& what, const train::Cure& cure) {
    const train::Revival found = train::revive(network, knobs, samples, cure);
    table.row(what, "revive." + key, {found.revived_share, found.dead_share, found.test_accuracy});
    seen += fmt::format("; with {} {:.0f} % of those come back ({:.1f} %)", what, 100 * found.revived_share, 100 * found.test_accuracy);
  };
  attempt("lower_rate", "a lower rate", {knobs.activation});
  attempt("leaky_slope", "leaky_relu(0.1)", {Activation::parse("leaky_relu(0.1)")});
  attempt("new_weights", "new weights", {knobs.activation, true});
  return seen;
}

/// Networks that are dead as they are drawn. Layers are counted as the paper does, the linear output among them.
records::Canvas births(train::Lesson& lesson, const train::TrainOptions& knobs, const Activation& f, std::string& seen) {
  records::Chart chart("Dead before the first step", fmt::format("4000 networks: {}, {}", f.to_string(), knobs.init.to_string()),
                       {"layers, the linear output among them"}, {"share that gives one number for all inputs", {}, {{-0.04, 1.04}}});
  lesson.say("");
  train::Table table = lesson.table("born dead", {percent("5", "5 layers"), percent("10", "10 layers"), percent("20", "20 layers")});
  Random random(knobs.seed);
  for (const std::int64_t width : {2, 3, 4}) {
    const std::vector<double> dead = nn::born_dead(f, knobs.init, width, 20, 4000, random);
    std::vector<records::Point> points;
    for (const double share : dead) points.push_back({static_cast<double>(points.size() + 2), share});
    const std::string what = fmt::format("{} units a layer", width);
    chart.markers(what, points, 4, {.colour = records::palette[width + 1]});
    table.row(what, width == 2 ? "born_dead" : fmt::format("born_dead.width_{}", width), {dead[3], dead[8], dead[18]});
    if (width == 2) seen += fmt::format("; {:.0f} % of networks with {} are born dead with 10 layers.", 100 * dead[8], what);
  }
  return chart.draw(520, 480);
}

int learn(const train::TrainOptions& knobs) {
  const Activation& studied = train::elementwise(knobs, "units die one by one");
  train::need_depth(knobs, 1, "only hidden units die");
  train::Lesson lesson(about, knobs);
  train::Samples samples(knobs);
  std::vector<train::Column> columns;
  for (std::int64_t l = 1; l <= knobs.depth; ++l) columns.push_back(percent(fmt::format("dead_share.{}", l), fmt::format("layer {}", l)));
  columns.insert(columns.end(), {{"dead_share", ""}, percent("test_accuracy", "accuracy")});
  train::Table table = lesson.table("dead (%) at rate", columns);
  records::Chart chart("Dead by learning rate", fmt::format("last hidden layer; {}, epochs: {}", knobs.optimizer.name, knobs.epochs),
                       {"learning rate", records::Scale::logarithmic}, {"share of dead units", {}, {{-0.04, 1.04}}});
  const double top = knobs.optimizer_options().learning_rate;
  nn::Sequential dying;  // the network of the activation under study at the highest rate
  for (std::size_t i = 0; const nn::Nonlinearity& f : train::together({"relu", "leaky_relu", "elu"}, studied)) {
    std::string label = f.to_string() + ", accuracy in %:";
    std::vector<records::Point> dead;
    nn::Sequential network;
    for (const double rate : {top / 10, top / 3, top}) {
      const std::string key = fmt::format("{}.lr_{:.3g}", train::key_of(f.to_string()), rate);
      train::TrainOptions run = lesson.run(key, f);
      run.learning_rate = rate;
      const double accuracy = lesson.train(run, network).test_accuracy;
      std::vector<double> row = train::dead_shares(network, samples);
      dead.push_back({rate, row.back()});
      label += fmt::format(" {:.0f}", 100 * accuracy);
      row.insert(row.end(), {row.back(), accuracy});
      table.row(fmt::format("{}, {:.3g}", f.to_string(), rate), key, row);
    }
    if (f == knobs.activation) dying = std::move(network);
    chart.markers("", dead, 7 - 1.5 * static_cast<double>(i), {.colour = records::palette[i]});
    chart.curve(label, {dead}, {.colour = records::palette[i++]});
  }
  const double dead = train::dead_shares(dying, samples).back();
  std::string seen = fmt::format("{}: {:.1f} % of the last hidden layer is dead at rate {:.3g}", studied.to_string(), 100 * dead, top);
  if (dead > 0) seen += revive(lesson, knobs, top / 10, dying, samples);
  lesson.picture({chart.draw(520, 480), births(lesson, knobs, studied, seen)});
  return lesson.finish(seen);
}

int main(int argc, char** argv) {
  train::TrainOptions usual{.depth = 4, .init = nn::Initializer::parse("he"), .learning_rate = 0.03, .epochs = 2};
  usual.optimizer = optim::OptimizerOptions::parse("adam");
  usual.schedule = optim::Schedule::parse("constant");  // a rate that falls would let the living ones recover
  return train::guarded_main(argc, argv, about, learn, usual);
}

// Expected output (seed 1; abridged):
//
//     dead (%) at rate           layer 1   layer 2   layer 3   layer 4  accuracy
//     relu, 0.003                    1.6       5.5       5.5      10.9      85.6
//     relu, 0.03                     7.8      81.2      92.2     100.0      10.0
//     elu, 0.03                      0.0       0.0       0.0       0.0      10.0
//     one more epoch with        revived      dead  accuracy
//     a lower rate                   0.0     100.0      10.0
//     leaky_relu(0.1)                0.0     100.0      74.6
//     new weights                   57.8      42.2      77.0
//
// One long step can push a unit's z below zero for all images, and from there no gradient leads back: a lower rate comes too late. With a
// slope for negative z the network learns again although none of those z becomes positive; new weights bring most of the units back. No
// dead unit does not mean that all is well: at the highest rate elu, which has no zeros, learns nothing either.
