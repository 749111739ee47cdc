#include "seegrad/train/probe_layers.hpp"

#include "seegrad/observe/layer_watch.hpp"

namespace seegrad::train {

std::vector<observe::LayerStatistics> probe_layers(nn::Sequential& network, const Samples& samples) {
  const NoGrad looked_at;
  const Using use(network);
  observe::LayerWatch watch;
  {
    const Listening listening(watch);
    static_cast<void>(network(samples.probe()));
  }
  return watch.collect();
}

}  // namespace seegrad::train
