// Where training starts: rules for drawing the weights of a linear layer. An initialiser is a value, as an activation is: it is
// what `--init "normal(0.01)"` means and what a run folder writes down. The same seed gives the same numbers with every compiler.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/math/random.hpp"
#include "seegrad/nn/nonlinearity.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::nn {

class Module;
struct Recipe;

/// The layer whose weights are wanted. fan_in = in, fan_out = out.
struct LayerSize {
  std::int64_t in = 0, out = 0;
};

class Initializer {
 public:
  /// `auto`.
  Initializer();

  /// Reads "he", "normal(0.01)", "orthogonal(gain=1.4)": a name or alias, then parameters by position or by name. Throws UsageError
  /// with the nearest name for an unknown one, and for numbers that are not positive.
  static Initializer parse(std::string_view text);
  /// One of each, with default parameters.
  static std::vector<Initializer> all();
  /// "he", or "normal(std=0.02)"; a parameter at its default is not shown. parse() reads it back.
  std::string to_string() const;

  std::string_view name() const;
  /// One line: "N(0, 2/fan_in): He et al. 2015, eq. 10".
  std::string_view mathematics() const;
  const std::vector<double>& parameters() const { return parameters_; }

  /// Row-major [out, in] weights for a layer whose result goes through `following` (none: the identity); draws from `random`.
  std::vector<double> weights(LayerSize size, const std::optional<Nonlinearity>& following, Random& random) const;
  /// The biases: zeros, but for `pytorch`.
  std::vector<double> biases(LayerSize size, Random& random) const;

  /// True for lsuv: call scale_to_unit_variance() with a batch of data before training.
  bool needs_batch() const;
  /// What a user should know about this choice with this activation, in one line; mostly empty.
  std::string remark(const Nonlinearity& following) const;

  bool operator==(const Initializer&) const = default;

 private:
  explicit Initializer(const Recipe& recipe);
  const Recipe* recipe_;
  std::vector<double> parameters_;
};

/// The factor by which weights must exceed N(0, 1/fan_in) for the gradient to keep its size on its way back through f:
/// 1/sqrt(E f'(z)^2) under a standard Gaussian z. sqrt(2) for relu (He et al. 2015), 1 for identity; for layers that look at whole
/// rows see Nonlinearity::gain(). Where that is not a finite number (a step has no slope at all) it is 1.
double auto_gain(const Nonlinearity& f);

/// Layer-sequential unit variance: runs `batch` through the network and divides the weights of each linear layer, in order, by the
/// standard deviation of its output, until its variance is within `tolerance` of 1. The network stays in its mode (training or not).
/// Throws Error, naming the layer, when its output is constant or not finite. Source: Mishkin and Matas, "All you need is a good
/// init", 2016, algorithm 1.
void scale_to_unit_variance(Module& network, const Tensor& batch, double tolerance = 0.01);

}  // namespace seegrad::nn
