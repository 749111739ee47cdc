// The frame of every program: reads the flags, turns failures into one line and an exit code.
#pragma once
#include <functional>

#include "seegrad/train/options.hpp"

namespace seegrad::train {

/// Runs a program with flags of its own (flags.hpp). Exit codes: what the program returns; 2 for a wrong flag or value (UsageError);
/// 1 for a failure at run time. A failure is one line on stderr.
int guarded_main(const Example& example, const std::function<int()>& program);

/// Reads the shared flags and runs the lesson. Exit codes: what the lesson returns; 0 after --help; else as above.
int guarded_main(int argc, const char* const* argv, const Example& example, const std::function<int(const TrainOptions&)>& lesson,
                 const TrainOptions& defaults = {});

}  // namespace seegrad::train
