// Nonlinear: without a bend between them, any number of layers is one layer.
//
//   ./run.sh linear_collapse                                     identity gains nothing from depth, relu some three points
//   ./run.sh linear_collapse --activation tanh                   another bend: depth counts again
//   ./run.sh linear_collapse --activation '0.5*x + 1'            a straight line in disguise collapses like identity
//   ./run.sh linear_collapse --width 4                           no matrix of this network has more than 4 independent rows
//
// Networks of growing depth are trained with identity and with the activation under study. Then the matrices of the deepest are
// multiplied into one (and an affine map is fitted to its outputs, in case the product is just the wrong one), and its outputs compared.
#include <fmt/format.h>

#include <cmath>

#include "seegrad/nn/affine_map.hpp"
#include "seegrad/train/lesson.hpp"

using namespace seegrad;
using records::Point;

const train::Example about{"linear_collapse", "Trains deep networks with and without a nonlinearity, and folds each into a single matrix."};

struct Study {
  nn::Nonlinearity f;
  std::vector<Point> accuracy{};  // by depth
  nn::Collapse found{};           // of the deepest network
  std::int64_t parameters = 0;    // in it
};

/// Trains networks of growing depth, five or fewer, and folds the last; half of the test pictures are for the best map.
void grow(Study& study, train::Lesson& lesson, const train::TrainOptions& knobs, train::Table& table) {
  nn::Sequential network;
  const std::int64_t stride = (knobs.depth + 4) / 5;
  for (std::int64_t depth = (knobs.depth - 1) % stride + 1; depth <= knobs.depth; depth += stride) {
    train::TrainOptions run = lesson.run(fmt::format("{:.36}_{}", study.f.to_string(), depth), study.f);
    run.depth = depth;
    const double accuracy = lesson.train(run, network).test_accuracy;
    table.row(fmt::format("{:.16}, {}", study.f.to_string(), depth), train::key_of(run.out.filename().string()), {accuracy});
    study.accuracy.push_back({static_cast<double>(depth), accuracy});
  }
  study.parameters = network.parameter_count();
  const train::Samples samples(knobs);
  const std::size_t half = samples.dataset().test.count / 2;
  const train::Using in_use(network);
  study.found = nn::collapse_of(network, study.f, samples.test_images(0, half), samples.test_images(half, half));
}

void draw(train::Lesson& lesson, const std::vector<Study>& all, double deepest, double line) {
  records::Chart scatter("Outputs of the network and of one matrix", fmt::format("hidden layers: {}; on the diagonal both agree", deepest),
                         {"output of the network"}, {"output of the product of its weights"});
  records::Chart curves("What depth buys", fmt::format("{} parameters, or {}", all[0].parameters, all[0].found.product.count()),
                        {"hidden layers", records::Scale::linear, records::Range{-0.2, deepest + 0.2}}, {"test accuracy"});
  curves.curve("one linear layer", {{{-0.2, line}, {deepest + 0.2, line}}}, {.colour = records::muted, .dash = {6, 4}});
  for (std::size_t i = all.size(); i-- > 0;) {  // identity on top
    const records::Colour colour = records::palette[i];
    const std::vector<double> x = all[i].found.outputs.to_vector(), y = all[i].found.folded.to_vector();
    std::vector<Point> some;
    for (std::size_t k = 0; k < x.size(); k += x.size() / 700 + 1) some.push_back({x[k], y[k]});
    scatter.markers(all[i].f.to_string(), some, 2, {.colour = colour, .opacity = 0.6});
    curves.curve(all[i].f.to_string(), {all[i].accuracy}, {.colour = colour});
    curves.markers("", all[i].accuracy, 4.5, {.colour = colour});
  }
  lesson.picture({scatter.draw(540, 460), curves.draw(540, 460)});
}

std::string seen_of(const Study& study, double line) {
  const nn::Collapse& found = study.found;
  if (!std::isfinite(found.missed)) return fmt::format("the outputs of {} left the range of numbers", study.f.to_string());
  return fmt::format("{} {} (the best matrix misses {:.3g} % of the variance), and depth changes its accuracy by {:+.1f} points",
                     study.f.to_string(), found.total() ? "collapses" : "does not collapse", 100 * found.missed,
                     100 * (study.accuracy.back().y - line));
}

int learn(const train::TrainOptions& knobs) {
  train::need_depth(knobs, 1, "there is nothing to collapse without a hidden layer");
  if (knobs.normalisation != nn::Normalisation::none)
    train::refuse("--normalisation", nn::name_of(knobs.normalisation), "the product of the weights would leave it out; give none");
  train::Lesson lesson(about, knobs);

  train::Table accuracies = lesson.table("activation, depth", {{"test_accuracy", "test accuracy, %", "{:.2f}", 100}});
  train::TrainOptions single = lesson.run("one_linear_layer", Activation::parse("identity"));
  single.depth = 0;
  const double line = lesson.train(single).test_accuracy;
  accuracies.row("one linear layer", "linear", {line});
  std::vector<Study> all;
  for (const nn::Nonlinearity& f : train::together({"identity"}, knobs.activation))
    grow(all.emplace_back(Study{f}), lesson, knobs, accuracies);

  lesson.say("\nof the deepest networks: the product of the weights and, in the last column, the best affine map");
  train::Table table = lesson.table("", {{"test_accuracy", ""}, {"rank", "rank"}, {"difference", "off by"}, {"missed", "missed"}});
  const auto row = [&](std::string_view key, const Study& study) {
    const double rank = nn::rank_of(study.found.product.matrix);
    table.row(study.f.to_string(), key, {study.accuracy.back().y, rank, study.found.difference, study.found.missed});
  };
  row("identity", all.front());
  row("studied", all.back());
  lesson.number("parameters", static_cast<double>(all[0].parameters));
  lesson.number("product_numbers", static_cast<double>(all[0].found.product.count()));
  draw(lesson, all, static_cast<double>(knobs.depth), line);
  return lesson.finish(seen_of(all[0], line) + (all.size() > 1 ? "; " + seen_of(all[1], line) : "") + ".");
}

int main(int argc, char** argv) {  // clipping: gradients of the deep linear network are products of its weights and could blow up
  return train::guarded_main(argc, argv, about, learn, {.depth = 5, .clip = 1, .epochs = 3});
}

// Expected output (seed 1; abridged):
//
//     activation, depth         test accuracy, %
//     one linear layer                     83.98
//     identity, 1                          84.17
//     identity, 5                          84.16
//     relu, 1                              86.23
//     relu, 5                              86.64
//                                   rank    off by    missed
//     identity                        10  6.87e-07  8.07e-11
//     relu                            10     0.854     0.101
//
// With identity the 167818 parameters of the deep network do the work of 7850 and nothing else: what is left of a difference is the
// rounding of float32. With relu neither the product of its weights nor any other matrix gives its outputs.
