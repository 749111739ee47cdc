// What stands between two linear layers: an activation that works element by element, or one that looks at whole rows and may
// change their width (swiglu, maxout, crelu, softmax). It is a value, as an Activation is: what `--activation` means and what a
// run folder writes down; parse() and to_string() are inverse.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::nn {

class Module;
struct RowKind;

struct NonlinearityOptions {
  bool per_channel = false;  ///< what it learns: one value a unit instead of one a layer
  TensorOptions tensor = {};
};

class Nonlinearity {
 public:
  /// Every activation is a nonlinearity, so this converts silently.
  Nonlinearity(Activation f);  // NOLINT(google-explicit-constructor)

  /// Reads "swiglu", "maxout(k=3)", "gated(leaky_relu(0.2))", and everything that Activation::parse() reads. Throws UsageError with
  /// one line that says what is wrong; an unknown name is compared with the names of both kinds.
  static Nonlinearity parse(std::string_view text);
  /// One of each that parse() knows by name, with default parameters: the elementwise ones first.
  static std::vector<Nonlinearity> all();

  std::string to_string() const;
  std::string_view name() const;
  /// One line: "max(0, x)", "a*silu(b) for the two halves a, b of a row".
  std::string_view mathematics() const;

  /// The activation, when it works element by element, else nullptr.
  const Activation* elementwise() const { return kind_ ? nullptr : &*function_; }
  /// The elementwise activation, or the gate of a gated layer; nullptr when there is none. What is learned is learned by it.
  const Activation* function() const { return function_ ? &*function_ : nullptr; }

  /// In a layer of `width` units: how many numbers a sample it takes in, which the linear layer before must give out, and how many
  /// come out of it. The gated ones take 2 width, maxout k width; crelu gives 2 width; all others take and give width.
  std::int64_t width_in(std::int64_t width) const;
  std::int64_t width_out(std::int64_t width) const;

  /// What the weights around it must exceed N(0, 1/fan_in) by for the gradient to keep its mean square on its way back from one
  /// linear layer's output to that of the one before, for inputs z ~ N(0, 1), all independent. Infinite when no gradient comes
  /// through. The derivations stand beside the table in nonlinearity.cpp.
  double gain() const;
  /// What a user of that gain should know, in one line; mostly empty.
  std::string_view remark() const;

  /// The layer. `random` gives seeds to what is drawn in training (rrelu) and is not touched otherwise.
  std::unique_ptr<Module> make(std::int64_t width, Random& random, const NonlinearityOptions& options = {}) const;

  bool operator==(const Nonlinearity& other) const = default;

 private:
  Nonlinearity(const RowKind& kind, std::optional<Activation> gate, std::vector<double> parameters);

  const RowKind* kind_ = nullptr;       // nullptr: elementwise
  std::optional<Activation> function_;  // the activation, or the gate
  std::vector<double> parameters_;      // of the kind
};

}  // namespace seegrad::nn
