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

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "seegrad/activation/moments.hpp"
#include "seegrad/activation/properties.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/linear.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"

using namespace seegrad;
using records::Point;

const train::Example about{"linear_collapse", "Trains deep networks with and without a nonlinearity, and folds each into a single matrix."};
constexpr TensorOptions exact{.dtype = DType::float64};  // on the CPU

Tensor exactly(const Tensor& x) { return x.to(Device{}).to(DType::float64); }

/// x -> matrix x + shift
struct AffineMap {
  Tensor matrix, shift;
  Tensor operator()(const Tensor& x) const { return linear(x, matrix, shift); }
};

/// W2 (a (W1 x + b1) + c) + b2 and so on: all linear layers of a network as one, if the activation between them were a z + c.
AffineMap product_of(const nn::Sequential& network, double a, double c) {
  AffineMap all;
  for (std::size_t i = 0; i < network.size(); ++i) {
    const auto* layer = dynamic_cast<const nn::Linear*>(&network[i]);
    if (!layer) continue;
    const Tensor weight = exactly(layer->weight()), bias = exactly(layer->bias());
    all = all.matrix ? AffineMap{matmul(weight, all.matrix * a), linear(all.shift * a + c, weight, bias)} : AffineMap{weight, bias};
  }
  return all;
}

/// The slope and the height of the straight line that fits f best where the signal lives, under a standard Gaussian: of an affine f, f
/// itself.
std::pair<double, double> line_through(const nn::Nonlinearity& f) {
  const Activation* elementwise = f.elementwise();
  if (!elementwise) return {1, 0};
  if (properties_of(*elementwise).curvature == Curvature::affine) return {elementwise->at(1) - elementwise->at(0), elementwise->at(0)};
  double slope = 0, mass = 0;  // E z f(z): the Gaussian is narrow enough for a plain sum
  for (double z = -8; z <= 8; z += 1.0 / 256) slope += z * elementwise->at(z) * std::exp(-z * z / 2), mass += std::exp(-z * z / 2);
  return {slope / mass, moments(*elementwise).mean};
}

/// The affine map with the smallest squared error from x to y, by the normal equations: (X'X + tiny) B = X'Y, X with a column of ones.
AffineMap best_affine_map(const Tensor& x, const Tensor& y) {
  const std::int64_t rows = x.shape()[0], n = x.shape()[1] + 1, outputs = y.shape()[1];
  const Tensor extended = concatenate({x, Tensor::full({rows, 1}, 1, exact)}, 1);
  std::vector<double> g = matmul(extended, extended, {.a = true}).to_vector(), r = matmul(extended, y, {.a = true}).to_vector();
  const auto at = [&](std::int64_t i, std::int64_t j) -> double& { return g[static_cast<std::size_t>(i * n + j)]; };
  const auto right = [&](std::int64_t i, std::int64_t j) -> double& { return r[static_cast<std::size_t>(i * outputs + j)]; };
  for (std::int64_t i = 0; i < n; ++i) at(i, i) += 1e-7 * static_cast<double>(rows);  // pixels that never change would make it singular
  for (std::int64_t k = 0; k < n; ++k)  // Gauss; symmetric and positive, so no pivoting is needed
    for (std::int64_t i = k + 1; i < n; ++i) {
      const double factor = at(k, i) / at(k, k);
      for (std::int64_t j = i; j < n; ++j) at(i, j) -= factor * at(k, j);
      for (std::int64_t j = 0; j < outputs; ++j) right(i, j) -= factor * right(k, j);
    }
  for (std::int64_t k = n - 1; k >= 0; --k)
    for (std::int64_t j = 0; j < outputs; ++j) {
      for (std::int64_t i = k + 1; i < n; ++i) right(k, j) -= at(k, i) * right(i, j);
      right(k, j) /= at(k, k);
    }
  const Tensor both = Tensor::from(r, {n, outputs}, exact);
  return {transpose(slice(both, 0, 0, n - 1)), reshape(slice(both, 0, n - 1, 1), {outputs})};
}

/// How many rows are left, each longer than 1e-6 of the longest, when every row is cleared of those before it (Gram and Schmidt, longest
/// first).
int rank_of(const Tensor& matrix) {
  std::vector<std::vector<double>> left;
  for (std::int64_t i = 0; i < matrix.shape()[0]; ++i) left.push_back(slice(matrix, 0, i, 1).to_vector());
  const auto dot = [](const auto& a, const auto& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); };
  int rank = 0;
  for (double longest = 0; !left.empty(); ++rank) {
    std::iter_swap(left.end() - 1, std::max_element(left.begin(), left.end(), [&](auto& a, auto& b) { return dot(a, a) < dot(b, b); }));
    const std::vector<double> taken = left.back();
    const double square = dot(taken, taken);
    longest = std::max(longest, square);
    if (!(square > 1e-12 * longest)) break;
    left.pop_back();
    for (auto& row : left) {
      const double share = dot(row, taken) / square;
      for (std::size_t i = 0; i < row.size(); ++i) row[i] -= share * taken[i];
    }
  }
  return rank;
}

/// A network beside the maps that should stand for it, on test pictures.
struct Collapse {
  double difference = 0;  // of the product: the largest one, of the largest output
  double missed = 0;      // by the best affine map: share of the variance of the outputs, on pictures that it was not fitted to
  int rank = 0;
  std::int64_t numbers = 0;    // in the product
  std::vector<Point> outputs;  // of the network (x) and of the product (y), some of them
  bool total() const { return difference < 1e-4 || missed < 1e-6; }
};

Collapse collapse(nn::Sequential& network, const nn::Nonlinearity& f, const train::Samples& samples) {
  const NoGrad no_tape;
  const train::Using in_use(network);
  const std::size_t half = samples.dataset().test.count / 2;
  const auto outputs = [&](const Tensor& pictures) { return exactly(network(pictures)); };
  const Tensor fitted = samples.test_images(0, half), fresh = samples.test_images(half, half), x = exactly(fresh), truth = outputs(fresh);
  Collapse found;
  const AffineMap best = best_affine_map(exactly(fitted), outputs(fitted));
  const Tensor error = best(x) - truth, spread = truth - mean(truth, 0);
  found.missed = sum(error * error).item() / sum(spread * spread).item();
  const auto [slope, height] = line_through(f);
  const AffineMap product = f.elementwise() ? product_of(network, slope, height) : best;  // rows that change their width have none
  const std::vector<double> wanted = truth.to_vector(), got = product(x).to_vector();
  double largest = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    found.difference = std::max(found.difference, std::fabs(got[i] - wanted[i])), largest = std::max(largest, std::fabs(wanted[i]));
    if (i % (wanted.size() / 700 + 1) == 0) found.outputs.push_back({wanted[i], got[i]});
  }
  found.difference /= largest;
  found.rank = rank_of(product.matrix);
  found.numbers = product.matrix.count() + product.shift.count();
  return found;
}

int learn(const train::TrainOptions& knobs) {
  if (knobs.depth < 1)
    throw UsageError(fmt::format("--depth {}: there is nothing to collapse without a hidden layer; expected 1 or more", knobs.depth));
  if (knobs.normalisation != nn::Normalisation::none)
    throw UsageError(
        fmt::format("--normalisation {}: the product of the weights would leave it out; expected none", name_of(knobs.normalisation)));
  train::Lesson lesson(about, knobs);
  const train::Samples samples(knobs);

  struct Study {
    std::string key;
    nn::Nonlinearity f;
    std::vector<Point> accuracy{};  // by depth
    Collapse found{};
    std::int64_t parameters = 0;
  };
  std::vector<Study> all{{"identity", Activation::parse("identity")}};
  if (!(knobs.activation == all[0].f)) all.push_back({"studied", knobs.activation});

  std::vector<std::int64_t> depths;  // five, or fewer
  for (std::int64_t i = 1; i <= 5; ++i)
    if (const std::int64_t depth = (knobs.depth * i + 4) / 5; depths.empty() || depth > depths.back()) depths.push_back(depth);

  lesson.say(fmt::format("test accuracy after {} epoch{}, {} units a layer", knobs.epochs, knobs.epochs == 1 ? "" : "s", knobs.width));
  train::TrainOptions single = lesson.run("one_linear_layer");
  single.depth = 0;
  single.activation = all[0].f;
  const double line = lesson.train(single).test_accuracy;
  lesson.number("linear.test_accuracy", line);
  lesson.say(fmt::format("  {:24} {:6.2f} %", "one linear layer", 100 * line));
  for (Study& study : all) {
    for (const std::int64_t depth : depths) {
      train::TrainOptions run = lesson.run(fmt::format("{}_{}", study.f.to_string(), depth));
      run.activation = study.f;
      run.depth = depth;
      nn::Sequential network;
      const double accuracy = lesson.train(run, network).test_accuracy;
      study.accuracy.push_back({static_cast<double>(depth), 100 * accuracy});
      lesson.say(fmt::format("  {:14.14} depth {:3} {:6.2f} %", study.f.to_string(), depth, 100 * accuracy));
      if (depth < knobs.depth) continue;
      study.found = collapse(network, study.f, samples);
      study.parameters = network.parameter_count();
      const auto numbers = [&](const std::string& key) {
        lesson.number(key + ".test_accuracy", accuracy);
        lesson.number(key + ".difference", study.found.difference);
        lesson.number(key + ".missed", study.found.missed);
        lesson.number(key + ".rank", study.found.rank);
      };
      numbers(study.key);
      if (all.size() == 1) numbers("studied");
    }
  }
  lesson.number("parameters", static_cast<double>(all[0].parameters));
  lesson.number("product_numbers", static_cast<double>(all[0].found.numbers));

  lesson.say(fmt::format("\n{} hidden layers against one matrix, on {} test pictures", knobs.depth, samples.dataset().test.count / 2));
  records::Chart scatter, curves;
  for (std::size_t i = all.size(); i-- > 0;) {
    const Study& study = all[i];
    lesson.say(
        fmt::format("  {:14.14} {}: rank {}, off by {:.2g} of the largest output; best affine map misses {:.2g} "
                    "of the variance",
                    study.f.to_string(), study.f.elementwise() ? "product of the weights" : "best affine map", study.found.rank,
                    study.found.difference, study.found.missed));
    scatter.markers(study.f.to_string(), study.found.outputs, 2, {.colour = records::palette[i], .opacity = 0.6});
  }
  scatter.title = "Outputs of the network and of one matrix";
  scatter.subtitle = fmt::format("{} hidden layers; on the diagonal they are the same", knobs.depth);
  scatter.x.label = "output of the network";
  scatter.y.label = "output of the product of its weights";
  curves.title = "What depth buys";
  curves.subtitle = fmt::format("test accuracy after {} epoch{}; {} parameters or {}", knobs.epochs, knobs.epochs == 1 ? "" : "s",
                                all[0].parameters, all[0].found.numbers);
  curves.x = {"hidden layers", records::Scale::linear, records::Range{-0.2, static_cast<double>(knobs.depth) + 0.2}};
  curves.y.label = "test accuracy, %";
  curves.curve("one linear layer", {{{-0.2, 100 * line}, {static_cast<double>(knobs.depth) + 0.2, 100 * line}}},
               {.colour = records::muted, .dash = {6, 4}});
  for (std::size_t i = 0; i < all.size(); ++i) {
    curves.curve(all[i].f.to_string(), {all[i].accuracy}, {.colour = records::palette[i]});
    curves.markers("", all[i].accuracy, 4.5, {.colour = records::palette[i]});
  }
  const std::array panels{scatter.draw(540, 460), curves.draw(540, 460)};
  lesson.picture(records::side_by_side(panels, 10));

  const auto sentence = [&](const Study& study) {
    const std::string name = study.f.to_string(), layers = fmt::format("{} hidden layer{}", knobs.depth, knobs.depth == 1 ? "" : "s");
    if (!std::isfinite(study.found.missed))
      return fmt::format("{}: the outputs left the range of numbers in training, so nothing can be compared", name);
    const double gain = study.accuracy.back().y - 100 * line;
    const std::string accuracy =
        fmt::format("test accuracy {:.1f} points {} one linear layer's", std::fabs(gain), gain < 0 ? "below" : "above");
    if (study.found.total())
      return fmt::format("{} collapses: {} and one matrix of rank {} give the same outputs (off by {:.1g}), {}", name, layers,
                         study.found.rank, study.found.difference, accuracy);
    const std::string missed =
        study.found.missed < 1 ? fmt::format("the best affine map misses {:.1f} % of the variance of its outputs", 100 * study.found.missed)
                               : "no affine map comes nearer to its outputs than their mean";
    return fmt::format("{} does not: {} after {}, {}", name, missed, layers, accuracy);
  };
  return lesson.finish(sentence(all[0]) + (all.size() > 1 ? "; " + sentence(all[1]) : "") + ".");
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.depth = 5;
  defaults.epochs = 3;
  defaults.clip = 1;  // keeps the deep linear network, whose gradients are products of its weights, from blowing up
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1; abridged):
//
//   test accuracy after 3 epochs, 128 units a layer
//     one linear layer          83.98 %
//     identity       depth   1  84.17 %
//     identity       depth   5  84.16 %
//     relu           depth   1  86.23 %
//     relu           depth   5  86.64 %
//
//   5 hidden layers against one matrix, on 5000 test pictures
//     relu           product of the weights: rank 10, off by 0.85 of the largest output; best affine map misses 0.1 of the variance
//     identity       product of the weights: rank 10, off by 6.9e-07 of the largest output; best affine map misses 8.1e-11 of the variance
//
// With identity the 167818 parameters of the deep network do the work of 7850 and nothing else: what is left of a difference is the
// rounding of float32. With relu neither the product of its weights nor any other matrix gives its outputs.
