// What the sources of the recorder share.
#pragma once
#include <filesystem>
#include <string>

#include "seegrad/observe/diagnosis.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/options.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

/// One spelling of NaN: its sign says nothing.
std::string spelled(double value);

/// What the rules of the diagnosis have to know of a run.
observe::RunFacts run_facts(const TrainOptions& options, const Samples& samples);

/// The folder of a run that has a checkpoint, its tables as long as they were then. Throws Error, UsageError when there is no checkpoint.
records::RunFolder resumed_folder(const std::filesystem::path& run);

}  // namespace seegrad::train
