// An activation of your own, in a program of your own: define it once, have it checked, see its properties, train with it.
//
//   ./run.sh custom_activation                                       trains with the activation defined below
//   ./run.sh custom_activation --activation "phish(sharpness=2)"     it has a name and a parameter on the command line
//   ./run.sh custom_activation --activation relu                     the others are still there to compare with
//
// Nothing of the library was edited: derivatives, vector kernels and gradients to what it learns follow from one formula.
#include "seegrad/activation/check.hpp"
#include "seegrad/record/property_card.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/program.hpp"

#include <cstdio>

using namespace seegrad;

/// x*tanh(sharpness*gelu(x)): Phish (Naveen 2022) with a sharpness that training may change. In place of `if` there is
/// select(condition, a, b), and gate(x, g) is x*g that stays 0 at x = -inf, where the gate is shut.
struct Phish {
  static constexpr std::string_view name = "phish", mathematics = "x*tanh(sharpness*x*Phi(x))";
  static constexpr std::array parameters{Parameter{.name = "sharpness", .value = 1, .learnable = true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T sharpness) const {
    return gate(x, tanh(sharpness * gate(x, normal_cdf(x))));
  }
};

const train::Example lesson{"custom_activation", "Checks an activation of one's own, shows its properties, and trains with it."};

int learn(const train::TrainOptions& knobs) {
  const Activation* f = knobs.activation.elementwise();
  if (f && !knobs.quiet && !knobs.json) {
    for (const std::string& fault : check(*f)) std::printf("fault: %s\n", fault.c_str());
    std::fputs(records::card_text(records::PropertyCard(*f), records::TextStyle::of(stdout)).c_str(), stdout);
  }
  return train::fit(lesson, knobs);
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.activation = register_activation<Phish>();
  defaults.epochs = 3;
  return train::guarded_main(argc, argv, lesson, learn, defaults);
}

// Expected output: no fault, the card (phish is 0 at 0, has its minimum at about -1.6, and is smooth), the table of layers as in
// train_mlp, and about 88 % test accuracy after 3 epochs of Fashion-MNIST.
