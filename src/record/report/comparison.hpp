// Several runs beside each other: what they are called, in which flags they differ, and where their learning parts.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/report/run_data.hpp"

namespace seegrad::records::report {

/// Gives every run a short name of its own: the values of the flags in which they differ ("sigmoid, depth 10"), of a single run its
/// activation and depth; " (2)" where that is not enough.
void name_runs(std::span<Run> runs);

/// The flags whose values differ, in the order of config.json; where a run is written and how it talks do not count.
std::vector<std::string> differing_flags(std::span<const Run> runs);

/// Where the learning of two runs parts.
struct Parting {
  std::int64_t step = 0;
  std::optional<std::int64_t> layer;  ///< counted from 1; none: it is the loss
  std::string metric;                 ///< "delta_rms" or "train_loss"
  std::vector<std::string> runs;      ///< two names, that with the smaller value first
  std::vector<double> values;
  std::string sentence;
};

/// Of networks that are equally deep, the layer where RMS delta at step 0 differs most, if by more than a factor of 10 between two runs;
/// else the first step that two runs logged from which on their losses, averaged over the last 2 % of such steps, differ by more than
/// 10 % of the smaller to the end. Nothing when neither is found.
std::optional<Parting> parting_of(std::span<const Run> runs);

}  // namespace seegrad::records::report
