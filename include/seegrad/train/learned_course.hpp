// A training in which one looks at what the activations learn (nn/learned.hpp): where their numbers start, how they move, where they end.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "seegrad/record/picture.hpp"
#include "seegrad/train/options.hpp"

namespace seegrad::train {

/// One number of one activation layer, over a training.
struct LearnedCourse {
  std::string name;                    ///< the formula's own: "slope"
  std::int64_t layer = 1;              ///< which activation layer, counted from 1
  std::vector<records::Point> points;  ///< (epochs gone by, its mean over the units), from before the first step to after the last
  double first() const { return points.front().y; }
  double last() const { return points.back().y; }
};

struct LearnedTraining {
  std::vector<LearnedCourse> courses;  ///< by name, then by layer; none when the activation learns nothing
  std::int64_t learned = 0;            ///< how many numbers the activations learn, of all units
  std::int64_t parameters = 0;         ///< of the whole network, these included
  double test_accuracy = 0;
  bool finite = true;  ///< the last loss
};

/// Trains the network that the flags ask for on the data that they name, with cross-entropy, as fit_loss() does (fit.hpp): without a run
/// folder. Looks at what its activations learn about 60 times.
LearnedTraining fit_learned(const TrainOptions& knobs);

/// One number of one activation layer, as a mean over trainings from several seeds.
struct LearnedMean {
  std::string name;
  std::int64_t layer = 1;
  double first = 0, last = 0;
  double moved() const { return last - first; }
};
/// In the order of LearnedTraining::courses. Throws Error unless all trainings learned the same numbers; none without trainings.
std::vector<LearnedMean> means_of(std::span<const LearnedTraining> trainings);

}  // namespace seegrad::train
