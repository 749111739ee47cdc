// The result of a speed measurement as a table for people and as CSV and JSON for programs.
#pragma once
#include <string>
#include <vector>

#include "seegrad/observe/speed.hpp"

namespace seegrad::records {

struct SpeedReport {
  observe::SpeedSettings settings;
  int threads = 1;
  bool interrupted = false;            ///< the user ended it; functions that are missing were not measured
  std::vector<observe::Speed> speeds;  ///< see sort()

  /// Fastest first, by forward and backward together.
  void sort();
  /// How many runs counted of the function with the fewest; those that were asked for when nothing was measured.
  int fewest_runs() const;
  /// The typical rate of the copies made between the runs; 0 when nothing was measured.
  double copy_gigabytes_per_second() const;
};

/// A line for each function, and one in words that says what was just seen.
/// One sentence or two of what was seen; the report is sorted and not empty.
std::string in_words(const SpeedReport& report);
std::string to_table(const SpeedReport& report);
/// `name,forward_ms,forward_sd,backward_ms,backward_sd,forward_gbps,backward_gbps,copy_gbps`; times are means in milliseconds, rates
/// come from medians. copy_gbps is that of the copies made between this function's runs.
std::string to_csv(const SpeedReport& report);
/// An object with what was asked for, `copy_gbps` of the whole run, and `rows` with the first seven columns of the CSV.
std::string to_json(const SpeedReport& report);

}  // namespace seegrad::records
