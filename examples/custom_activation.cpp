// An activation of your own, in a program of your own: define it once, have it checked, see its properties, train with it.
//
//   ./run.sh custom_activation                                       trains with the activation defined below
//   ./run.sh custom_activation --activation "phish(sharpness=2)"     it has a name and a parameter on the command line
//   ./run.sh custom_activation --activation relu                     the others are still there to compare with
//
// Nothing of the library was edited: derivatives, vector kernels and gradients to what it learns follow from one formula.
#include <fmt/format.h>

#include "seegrad/activation/check.hpp"
#include "seegrad/record/activation_picture.hpp"
#include "seegrad/record/property_card.hpp"
#include "seegrad/train/lesson.hpp"

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

const train::Example about{"custom_activation", "Checks an activation of one's own, shows its properties, and trains with it."};

int learn(const train::TrainOptions& knobs) {
  const Activation& f = train::elementwise(knobs, "f' and f'' are checked number by number");
  train::Lesson lesson(about, knobs);

  // Is the formula fit for training? Derivatives against differences, seams, infinities, float against double.
  const std::vector<std::string> faults = check(f);
  for (const std::string& fault : faults) lesson.say("fault: " + fault);

  // Its range, slope and moments under a standard Gaussian. The gain says how large the weights around it begin.
  const records::PropertyCard card(f);
  lesson.say(records::card_text(card, records::TextStyle::of(stdout)));
  lesson.picture(records::activation_picture(f));

  // And does it learn? As in train_mlp; the folder of the run holds its layers, step by step.
  const records::Summary found = lesson.train(lesson.run(f.to_string(), f));
  train::Table table = lesson.table("activation", {{"faults", "faults", "{:.0f}"},
                                                   {"gain", "gain", "{:.3f}"},
                                                   {"train_accuracy", "train, %", "{:.2f}", 100},
                                                   {"test_accuracy", "test, %", "{:.2f}", 100}});
  table.row(f.to_string(),
            {static_cast<double>(faults.size()), card.properties.gain.value_or(NAN), found.train_accuracy, found.test_accuracy});
  return lesson.finish(fmt::format("{} has {} and reaches {:.1f} % on the test in {} hidden layers.", f.to_string(),
                                   faults.empty() ? "no fault" : fmt::format("faults ({})", faults.size()), 100 * found.test_accuracy,
                                   knobs.depth));
}

int main(int argc, char** argv) {
  return train::guarded_main(argc, argv, about, learn, {.activation = register_activation<Phish>(), .epochs = 3});
}

// Expected output (seed 1; abridged):
//
//   phish: f(x) = x*tanh(sharpness*x*Phi(x))
//    ...
//     monotone               no: falls by 0.1647 on the way to x = 0
//     smoothness             C2+: no jump up to f''
//    ...
//     gain                   1.506
//    ...
//     activation                  faults      gain  train, %   test, %
//     phish                            0     1.506     90.00     87.37
//   phish has no fault and reaches 87.4 % on the test in 3 hidden layers.
//
// A fault would be a line above the card: where, what f or f' is there, and what it should be. Phish is smooth, falls a little on its way
// to 0 from the left, and learns as well as relu (87.3 %) does. A difference this small is one of the seed: ask ./run.sh ablation.
