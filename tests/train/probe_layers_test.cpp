// What is seen of a network's layers on the first training samples, against the same computed by hand.
#include "seegrad/train/probe_layers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "seegrad/nn/mlp.hpp"

namespace seegrad::train {

TEST_CASE("the layers on the first training samples are measured in use, and the network is trained on as before", "[train][observe]") {
  TrainOptions knobs;
  knobs.data = "digits";
  knobs.train_samples = 300;
  knobs.device = "cpu";
  const Samples samples(knobs);
  Random random(4);
  nn::Sequential network = nn::mlp({.inputs = samples.inputs(),
                                    .outputs = samples.classes(),
                                    .depth = 2,
                                    .width = 16,
                                    .activation = Activation::parse("tanh"),
                                    .dropout = 0.5,
                                    .tensor = samples.tensor()},
                                   random);
  const std::vector<observe::LayerStatistics> rows = probe_layers(network, samples);
  REQUIRE(rows.size() == 3);
  const Tensor h = network[1](network[0](samples.probe()));
  const std::vector<double> values = h.to_vector();
  CHECK(h.shape()[0] == 300);
  CHECK(rows[0].layer == 1);
  CHECK(rows[0].activation == "tanh");
  CHECK(rows[0].h_min == Approx(*std::min_element(values.begin(), values.end())));
  CHECK(rows[0].h_max == Approx(*std::max_element(values.begin(), values.end())));
  CHECK(rows[2].activation.empty());
  CHECK(std::isnan(rows[0].delta_rms));
  CHECK(network.training());

  // Dropout would make two looks differ.
  const std::vector<observe::LayerStatistics> again = probe_layers(network, samples);
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(rows[i].h_std == again[i].h_std);
}

}  // namespace seegrad::train
