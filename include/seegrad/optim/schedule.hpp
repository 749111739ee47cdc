// How the learning rate changes during training.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::optim {

struct ScheduleRule;

/// Where training stands. `step` counts from 0; an epoch is a unit of `step(every, factor)`.
struct Progress {
  std::int64_t step = 0, total_steps = 1, steps_per_epoch = 1;
};

/// A value that parses and prints:
///   constant                         the base rate
///   step(every=10, factor=0.1)       times factor after every `every` epochs (torch StepLR)
///   cosine(floor=0)                  from 1 to floor along half a cosine (Loshchilov and Hutter 2017, eq. 5, one period)
/// Each also takes `warmup=N`: during the first N steps the rate rises linearly to the base rate (step i of N gets (i + 1)/N of it),
/// and the rest of the schedule runs over the steps that remain.
class Schedule {
 public:
  /// `constant`.
  Schedule();
  /// Reads "cosine", "step(10, 0.5)", "cosine(warmup=200)". Throws UsageError with the nearest match for an unknown name, and for
  /// numbers out of range.
  static Schedule parse(std::string_view text);
  /// One of each, with default parameters.
  static std::vector<Schedule> all();
  /// Parameters at their defaults are not shown; parse() reads it back.
  std::string to_string() const;

  std::string_view name() const;
  const std::vector<double>& parameters() const { return parameters_; }

  std::int64_t warmup_steps() const { return warmup_steps_; }
  /// The same schedule with another warm-up. Throws UsageError when negative.
  Schedule with_warmup(std::int64_t steps) const;

  /// The factor on the base rate, in [0, 1] unless `step` is told to grow. Beyond the last step a cosine stays at its floor.
  double factor(const Progress& progress) const;
  double rate(double base, const Progress& progress) const { return base * factor(progress); }

  bool operator==(const Schedule&) const = default;

 private:
  explicit Schedule(const ScheduleRule& rule);
  const ScheduleRule* rule_;
  std::vector<double> parameters_;
  std::int64_t warmup_steps_ = 0;
};

}  // namespace seegrad::optim
