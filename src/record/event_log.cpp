#include "seegrad/record/event_log.hpp"

#include <fmt/format.h>

#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

using observe::LayerStatistics;

struct Quantity {
  const char* name;
  double LayerStatistics::*value;
};

constexpr Quantity quantities[] = {{"delta_rms", &LayerStatistics::delta_rms},
                                   {"weight_grad_rms", &LayerStatistics::weight_grad_rms},
                                   {"update_ratio", &LayerStatistics::update_ratio},
                                   {"zero_share", &LayerStatistics::zero_share},
                                   {"saturated_share", &LayerStatistics::saturated_share},
                                   {"dead_share", &LayerStatistics::dead_share},
                                   {"h_mean", &LayerStatistics::h_mean},
                                   {"h_std", &LayerStatistics::h_std},
                                   {"z_std", &LayerStatistics::z_std},
                                   {"sign_coherence", &LayerStatistics::sign_coherence}};

constexpr const char* memory_name = "event_log.step";

std::string tag_of(std::string_view group, std::int64_t layer) { return fmt::format("{}/layer_{:02}", group, layer); }

}  // namespace

const EventLog::LayerTags& EventLog::tags_of(std::int64_t layer) {
  static_assert(std::size(quantities) == quantity_count);
  LayerTags& tags = tags_[layer];
  if (tags.front().empty())
    for (std::size_t i = 0; i < quantity_count; ++i) tags[i] = tag_of(quantities[i].name, layer);
  return tags;
}

void EventLog::step(std::int64_t step, double /*loss*/) { step_ = step; }

void EventLog::logged(const observe::StepRecord& record, std::span<const LayerStatistics> layers) {
  step_ = record.step;
  scalars_.clear();
  scalars_.push_back({"train/loss", record.train_loss});
  scalars_.push_back({"train/accuracy", record.train_accuracy});
  scalars_.push_back({"learning_rate", record.learning_rate});
  for (const LayerStatistics& layer : layers) {
    const LayerTags& tags = tags_of(layer.layer);
    for (std::size_t i = 0; i < quantity_count; ++i) {
      const double value = layer.*quantities[i].value;
      if (value == value) scalars_.push_back({tags[i], value});  // NaN: not measured
    }
  }
  file_.scalars(record.step, scalars_);
}

void EventLog::histograms(std::span<const observe::LayerHistogram> all) {
  for (const observe::LayerHistogram& histogram : all) file_.histogram(tag_of(histogram.tensor, histogram.layer), histogram);
}

void EventLog::epoch(const observe::EpochRecord& record) {
  const TaggedScalar results[] = {{"test/loss", record.test_loss}, {"test/accuracy", record.test_accuracy}};
  file_.scalars(step_, results);
  file_.flush();
}

void EventLog::save(observe::Memory& memory) const { memory[memory_name] = {static_cast<double>(step_)}; }

void EventLog::restore(const observe::Memory& memory) {
  const auto found = memory.find(memory_name);
  if (found == memory.end()) return;
  if (found->second.size() != 1) throw Error(fmt::format("{}: 1 number was expected, {} are there", memory_name, found->second.size()));
  step_ = static_cast<std::int64_t>(found->second.front());
}

}  // namespace seegrad::records
