#include "seegrad/train/options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "seegrad/math/error.hpp"

namespace seegrad::train {
namespace {

const std::vector<std::string>& precisions() {
  static const std::vector<std::string> names{"fp32", "fp64", "tf32", "bf16"};  // in the order of Precision
  return names;
}

}  // namespace

Precision parse_precision(std::string_view text) {
  const auto found = std::find(precisions().begin(), precisions().end(), text);
  if (found == precisions().end())
    throw UsageError(fmt::format("must be one of {}{}", fmt::join(precisions(), ", "), suggestion(text, precisions())));
  return static_cast<Precision>(found - precisions().begin());
}

std::string_view name_of(Precision precision) { return precisions()[static_cast<std::size_t>(precision)]; }

optim::OptimizerOptions TrainOptions::optimizer_options() const {
  optim::OptimizerOptions chosen = optimizer;
  if (momentum && chosen.name != "sgd" && chosen.name != "rmsprop")
    throw UsageError(fmt::format("--momentum {}: {} has no momentum; it goes with --optimizer sgd or rmsprop", *momentum, chosen.name));
  if (learning_rate) chosen.learning_rate = *learning_rate;
  if (momentum) chosen.momentum = *momentum;
  if (weight_decay) chosen.weight_decay = *weight_decay;
  chosen.check();
  return chosen;
}

optim::Schedule TrainOptions::full_schedule() const { return warmup == 0 ? schedule : schedule.with_warmup(warmup); }

records::Settings TrainOptions::settings() const {
  using Text = std::string;
  const optim::OptimizerOptions chosen = optimizer_options();
  records::Settings list{{"activation", activation.to_string()},
                         {"activation-per-channel", activation_per_channel},
                         {"depth", depth},
                         {"width", width},
                         {"init", init.to_string()},
                         {"normalisation", Text(nn::name_of(normalisation))},
                         {"dropout", dropout},
                         {"optimizer", chosen.to_string()},
                         {"lr", chosen.learning_rate},
                         {"momentum", chosen.momentum},
                         {"weight-decay", chosen.weight_decay},
                         {"schedule", schedule.to_string()},
                         {"warmup", full_schedule().warmup_steps()},
                         {"clip", clip},
                         {"batch", batch},
                         {"epochs", epochs},
                         {"data", data}};
  if (train_samples) list.push_back({"train-samples", *train_samples});
  const records::Settings rest{{"seed", seed},
                               {"device", device},
                               {"precision", Text(name_of(precision))},
                               {"threads", std::int64_t{threads}},
                               {"out", out.string()},
                               {"log-every", log_every},
                               {"quiet", quiet},
                               {"json", json}};
  list.insert(list.end(), rest.begin(), rest.end());
  return list;
}

}  // namespace seegrad::train
