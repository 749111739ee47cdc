// What a network does to signal and gradient before its first step: measured on one batch, and said by theory.
//
//     const train::Start start = train::start_of(samples, knobs, *samples.epoch(1).begin());
//     fmt::print("a layer multiplies delta by {} (theory: {})", start.factor, start.predicted);
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "seegrad/nn/sequential.hpp"
#include "seegrad/observe/gradient_ledger.hpp"
#include "seegrad/observe/layer_statistics.hpp"
#include "seegrad/observe/signal_theory.hpp"
#include "seegrad/record/picture.hpp"
#include "seegrad/train/options.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

struct Start {
  std::vector<observe::LayerStatistics> layers;  ///< of step 0, from the first to the output
  observe::GradientAccount account;              ///< what weights and slopes take of the gradient
  std::optional<observe::SignalTheory> theory;   ///< none with normalisation, dropout or an activation that looks at whole rows
  double factor = observe::not_measured;         ///< of RMS delta a layer on the way back (observe::delta_factor)
  double predicted = observe::not_measured;      ///< the same by theory

  /// RMS delta of each hidden layer beside that of the last one, at x = 1, 2, ...: for a chart.
  std::vector<records::Point> measured_path() const;
  std::vector<records::Point> predicted_path() const;  ///< empty without a theory
};

/// Draws the network that the flags ask for (network_for) and walks there and back once with cross-entropy. Nothing is trained.
Start start_of(const Samples& samples, const TrainOptions& knobs, const Batch& batch);

/// "sigmoid, xavier": where these flags start, for people; and for names of numbers: "sigmoid.xavier".
std::string start_label(const TrainOptions& knobs);
std::string start_key(const TrainOptions& knobs);

/// A plain network (no normalisation, no dropout) of the flags' depth, width and activation, drawn from their seed with weights
/// N(0, sigma_w2/fan_in) and biases N(0, sigma_b2) in place of --init: see nn/gaussian_mlp.hpp.
nn::Sequential gaussian_network_for(const Samples& samples, const TrainOptions& knobs, double sigma_w2, double sigma_b2);

/// How fast each hidden layer would begin to learn: the length of the mean of delta over the samples, which is that of its biases'
/// gradient, from the first layer to the last. In gaussian_network_for(samples, knobs, 1, 1), with a sigmoid at each output and the
/// cross-entropy summed over them: Nielsen, "Neural Networks and Deep Learning", 2015, chapter 5.
std::vector<double> learning_speeds(const Samples& samples, const TrainOptions& knobs, const Batch& batch);

}  // namespace seegrad::train
