// A training run as TensorBoard shows it. Scalars are grouped by quantity (delta_rms/layer_01, delta_rms/layer_02, ...): the layers of a
// network stand beside each other, which is where a vanishing gradient is seen.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "seegrad/record/event_file.hpp"

namespace seegrad::records {

class EventLog : public observe::RunObserver {
 public:
  explicit EventLog(EventFile file) : file_(std::move(file)) {}

  void step(std::int64_t step, double loss) override;
  /// train/loss, train/accuracy, learning_rate, and of each layer what was measured of delta_rms, weight_grad_rms, update_ratio,
  /// zero_share, saturated_share, dead_share, h_mean, h_std, z_std and sign_coherence.
  void logged(const observe::StepRecord& record, std::span<const observe::LayerStatistics> layers) override;
  /// z/layer_01, h/layer_01, delta/layer_01, ...
  void histograms(std::span<const observe::LayerHistogram> all) override;
  /// test/loss and test/accuracy, at the last step that was announced.
  void epoch(const observe::EpochRecord& record) override;
  void save(observe::Memory& memory) const override;
  void restore(const observe::Memory& memory) override;

  /// A PNG file, at the last step that was announced.
  void image(std::string_view tag, std::string_view png) { file_.image(tag, png, step_); }

  /// To write more, to flush, and to know how long it is.
  EventFile& file() { return file_; }
  const EventFile& file() const { return file_; }

 private:
  static constexpr std::size_t quantity_count = 10;
  using LayerTags = std::array<std::string, quantity_count>;
  const LayerTags& tags_of(std::int64_t layer);

  EventFile file_;
  std::int64_t step_ = 0;
  std::map<std::int64_t, LayerTags> tags_;  // written once for each layer
  std::vector<TaggedScalar> scalars_;       // of one step; kept for its memory
};

}  // namespace seegrad::records
