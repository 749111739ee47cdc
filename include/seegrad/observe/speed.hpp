// How fast activations run, beside how fast the same memory can be copied: y = f(x) and dx = g f'(x), through the backend's doors.
//
// On a large tensor an elementwise operation can at best keep the memory busy. So times are also given as bytes a second by the
// least traffic that the work needs, forward two arrays (x, y), backward three (x or y, g, dx), and a copy (two arrays) is timed
// between them, so that a busy moment of the machine meets both. Times are of the wall clock.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/activation/activation.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::observe {

/// What is timed: an activation, element by element, or a function of whole rows.
class SpeedSubject {
 public:
  explicit SpeedSubject(Activation activation) : activation_(std::move(activation)) {}
  /// "softmax", "log_softmax", or what Activation::parse() reads. Throws UsageError as that does.
  static SpeedSubject parse(std::string_view text);
  /// Names with commas between them, or "all": every activation and both functions of rows.
  static std::vector<SpeedSubject> parse_list(std::string_view text);
  /// The nine functions of the benchmark that compares activations on a tensor of 5024 x 100024.
  static std::vector<SpeedSubject> usual();

  std::string name() const;

 private:
  friend class SpeedRun;
  enum class RowFunction { softmax, log_softmax };
  explicit SpeedSubject(RowFunction function) : row_function_(function) {}

  std::optional<Activation> activation_;
  RowFunction row_function_ = RowFunction::softmax;
};

struct SpeedSettings {
  std::int64_t rows = 1, columns = 1;
  int runs = 50;       ///< that count, at least 1
  int warmup = 3;      ///< that do not
  double seconds = 0;  ///< for all functions together, in equal shares: then fewer runs count, at least three; 0 is no limit
  TensorOptions tensor = {};

  /// Of x, g, y and dx together.
  double bytes() const;
};

/// Times of equal runs in milliseconds. One run has no deviation: 0.
struct Timing {
  double mean = 0, deviation = 0, median = 0;
  /// Bytes that had to move, over the median: one run that was interrupted shall not decide.
  double gigabytes_per_second = 0;
};
/// Summarises `milliseconds` (at least one) of runs that move `bytes` each.
Timing summarise(std::vector<double> milliseconds, double bytes);

/// One function's times, and those of the copies made between its runs.
struct Speed {
  std::string name;
  Timing forward, backward, copy;
  int runs = 0;  ///< that counted
  double forward_share() const { return forward.gigabytes_per_second / copy.gigabytes_per_second; }
  double backward_share() const { return backward.gigabytes_per_second / copy.gigabytes_per_second; }
};

/// Called before every run, the warm-up's too; false ends the measurement, and what is incomplete is left out.
using GoesOn = std::function<bool(const std::string& name, int run)>;

/// Times the subjects one after the other. x is drawn from a standard Gaussian, g too. Throws Error when memory is short.
std::vector<Speed> measure_speed(const std::vector<SpeedSubject>& subjects, const SpeedSettings& settings, const GoesOn& goes_on = {});

/// What one element costs in memory that no cache holds, in nanoseconds of the whole machine, and the bound: what copying it (forward),
/// or moving three arrays at the same rate (backward), costs.
struct ElementCost {
  double forward = 0, backward = 0, forward_bound = 0, backward_bound = 0;
};
/// Takes some hundredths of a second an activation and some hundred megabytes for a moment.
std::vector<ElementCost> element_costs(std::span<const Activation> activations, TensorOptions tensor = {});
ElementCost element_cost(const Activation& activation, TensorOptions tensor = {});

/// Bytes that this process may still use for tensors of a device: the machine's free memory, or what a container leaves of it;
/// nothing where nobody says.
std::optional<double> available_memory(Device device = {});

/// As many of the wanted rows as fit: the four arrays take at most four fifths of `available` bytes. 0 when not even one row fits.
std::int64_t rows_that_fit(const SpeedSettings& wanted, double available);

}  // namespace seegrad::observe
