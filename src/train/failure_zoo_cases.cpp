// The runs of failure_zoo: what was done to each, what shows it, and what mends it. This file gives all answers away.
#include "seegrad/train/failure_zoo.hpp"

namespace seegrad::train::zoo {

const std::vector<std::string>& all_causes() {
  static const std::vector<std::string> words{"nothing_is_wrong",  "steps_too_large",       "steps_too_small",    "weights_too_small",
                                              "weights_too_large", "equal_weights",         "vanishing_gradient", "exploding_gradient",
                                              "dead_units",        "not_centred",           "wrong_labels",       "too_few_samples",
                                              "too_much_dropout",  "too_much_weight_decay", "batch_too_large",    "bad_precision"};
  return words;
}

const std::vector<std::string>& all_evidence() {
  static const std::vector<std::string> words{"delta",     "update_ratio", "activations", "saturated_share", "zero_share", "dead_share",
                                              "coherence", "nan",          "test_loss",   "train_loss",      "none"};
  return words;
}

const std::vector<std::string>& all_remedies() {
  static const std::vector<std::string> words{"smaller_steps",     "larger_steps",   "fitted_init",  "random_init",  "other_activation",
                                              "normalisation",     "clip_gradients", "check_labels", "more_samples", "less_dropout",
                                              "less_weight_decay", "smaller_batch",  "stop_early",   "none"};
  return words;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"otter",
       {"steps_too_small"},
       {"update_ratio", "train_loss"},
       {"larger_steps"},
       "--lr 1e-6",
       "--lr 0.1",
       "The learning rate is 0.000001. Delta and activations are those of a healthy network, but an update moves each weight by less than "
       "a millionth of its size; about a thousandth is usual.",
       {{"largest update beside the weights' size", "max(run:layers.0..-1.update_ratio)"},
        {"training loss (guessing: 2.303)", "run:train_loss"}}},
      {"heron",
       {"weights_too_small", "vanishing_gradient"},
       {"delta", "activations"},
       {"fitted_init", "normalisation"},
       "--activation tanh --depth 10 --init normal(0.01)",
       "--init auto",
       "All weights begin with a standard deviation of 0.01. The signal shrinks at each layer on the way forward, the gradient at each on "
       "the way back, and nothing arrives at either end.",
       {{"std h of the last hidden layer beside the first", "run:layers.9.h_std / run:layers.0.h_std"},
        {"factor of RMS delta a layer", "run:delta_factor"}}},
      {"gecko",
       {"dead_units"},
       {"dead_share", "zero_share"},
       {"smaller_steps", "other_activation"},
       "--depth 4 --init he --optimizer adam --lr 0.03",
       "--lr 0.001",
       "Adam's steps of 0.03 threw units to where they are zero on every sample. There a ReLU has slope 0, no gradient reaches their "
       "weights, and they do not come back.",
       {{"largest share of dead units in a layer", "max(run:layers.0..-2.dead_share)"},
        {"largest share of zeros", "max(run:layers.0..-2.zero_share)"}}},
      {"lynx",
       {"wrong_labels"},
       {"train_loss", "test_loss"},
       {"check_labels"},
       "--shuffle-labels --lr 0.03",
       "--lr 0.03",
       "The labels were shuffled: nothing in a picture says its label. Gradients arrive and weights move, as in a healthy network, but the "
       "loss stays at guessing, and what is learned by heart makes the test worse than guessing.",
       {{"training loss (guessing: 2.303)", "run:train_loss"},
        {"test loss", "run:test_loss"},
        {"factor of RMS delta a layer", "run:delta_factor"},
        {"smallest update beside the weights' size", "min(run:layers.0..-1.update_ratio)"}}},
      {"ibis",
       {"vanishing_gradient"},
       {"delta", "update_ratio"},
       {"other_activation", "normalisation", "fitted_init"},
       "--activation sigmoid --depth 10 --init xavier",
       "--activation relu --init he",
       "Ten layers of sigmoids: a slope of at most a quarter divides the gradient by about four at each layer. Unlike with heron the "
       "signal on the way forward is alive. Fitted weights, large ones, help in part: they drive units into their flat ends.",
       {{"factor of RMS delta a layer", "run:delta_factor"},
        {"RMS delta of the first layer beside the tenth", "run:layers.0.delta_rms / run:layers.9.delta_rms"},
        {"mean h of the last hidden layer", "run:layers.9.h_mean"}}},
      {"tapir",
       {"nothing_is_wrong"},
       {"none"},
       {"none"},
       "",
       "",
       "A healthy network: RMS delta of one size in all layers, updates near a thousandth to a hundredth of the weights, hardly a dead "
       "unit.",
       {{"factor of RMS delta a layer", "run:delta_factor"},
        {"largest share of dead units in a layer", "max(run:layers.0..-2.dead_share)"},
        {"test accuracy", "run:test_accuracy"}}},
      {"newt",
       {"equal_weights"},
       {"delta", "activations", "zero_share"},
       {"random_init", "fitted_init"},
       "--activation tanh --init zeros",
       "--init auto",
       "All weights begin at zero, so all units of a layer compute the same, get the same gradient and stay the same for ever: here zero. "
       "Only the last layer's biases learn.",
       {{"std h of the last hidden layer", "run:layers.2.h_std"},
        {"RMS delta of the first layer", "run:layers.0.delta_rms"},
        {"RMS of the first weights", "run:layers.0.weight_rms"}}},
      {"bison",
       {"too_few_samples"},
       {"test_loss", "train_loss"},
       {"more_samples", "stop_early"},
       "--train-samples 200 --epochs 30 --batch 10",
       "--train-samples 20000 --epochs 3 --batch 64",
       "It trains on 200 samples and learns them by heart: the training loss goes to 0 while the test loss rises.",
       {{"training loss", "run:train_loss"},
        {"test loss", "run:test_loss"},
        {"training accuracy minus test accuracy", "run:train_accuracy - run:test_accuracy"}}},
      {"stork",
       {"steps_too_large"},
       {"nan", "train_loss", "update_ratio"},
       {"smaller_steps", "clip_gradients"},
       "--lr 10",
       "--lr 0.1",
       "A learning rate of 10: each step overshoots further than the one before, until a product is too large for the number format.",
       {{"steps before the loss was NaN", "run:steps"},
        {"values that are NaN in the last logged layers", "max(run:layers.0..-1.nan_count)"}}},
      {"marten",
       {"weights_too_large"},
       {"saturated_share", "activations"},
       {"fitted_init", "normalisation"},
       "--activation tanh --init normal(0.5)",
       "--init auto",
       "Weights of standard deviation 0.5 push most units into the flat ends of tanh, where the slope is next to nothing. It learns, "
       "slowly and badly.",
       {{"largest share of saturated values in a layer", "max(run:layers.0..-2.saturated_share)"},
        {"std h of the first layer (1 is the end of the range)", "run:layers.0.h_std"},
        {"test accuracy", "run:test_accuracy"}}},
      {"egret",
       {"exploding_gradient", "weights_too_large"},
       {"delta", "activations"},
       {"fitted_init", "normalisation"},
       "--depth 10 --init normal(0.3) --clip 1",
       "--init auto",
       "Weights of standard deviation 0.3 multiply the signal by more than two at each layer, and so the gradient on its way back. "
       "Clipping keeps it from NaN, no more.",
       {{"factor of RMS delta a layer", "run:delta_factor"},
        {"std h of the last hidden layer", "run:layers.9.h_std"},
        {"test loss", "run:test_loss"}}},
      {"vole",
       {"too_much_dropout"},
       {"train_loss", "test_loss"},
       {"less_dropout"},
       "--activation tanh --depth 2 --dropout 0.9 --lr 0.03",
       "--dropout 0",
       "Nine of ten activations are set to 0 while it trains. The loss in training (with dropout) is far above the loss of the test "
       "(without): the other way round than usual.",
       {{"loss while training, with dropout, last epoch", "run:epochs.train_loss"},
        {"test loss, without", "run:epochs.test_loss"},
        {"test accuracy", "run:test_accuracy"}}},
      {"puffin",
       {"not_centred"},
       {"coherence", "activations"},
       {"other_activation", "normalisation"},
       "--activation sigmoid --depth 3",
       "--activation tanh",
       "Sigmoids are positive, so the gradient pulls all weights of a unit the same way, and they reach their goal in a zigzag: it learns, "
       "but slowly (LeCun, Bottou, Orr and Müller 1998, section 4.3).",
       {{"sign coherence of the third layer's weight gradient (at random: about 0.1)", "run:layers.2.sign_coherence"},
        {"mean h beside std h, second layer", "run:layers.1.h_mean / run:layers.1.h_std"},
        {"training loss", "run:train_loss"}}}};
  return all;
}

}  // namespace seegrad::train::zoo
