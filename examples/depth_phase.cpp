// How deep may a plain network be? Theory draws a line: a network learns as long as the depth is below about six times the distance over
// which two inputs stay apart. Here a grid of starts and depths is trained, and the line is drawn over what came out.
//
//   ./run.sh depth_phase                            tanh: a narrow tongue of deep networks that learn, around sigma_w^2 = 1.8
//   ./run.sh depth_phase --quick                    the same, coarse
//   ./run.sh depth_phase --activation softsign      another f, another tongue; it lies where theory says
//   ./run.sh depth_phase --activation relu          a line up to sigma_w^2 = 2; above it the signal has no size to settle at, and explodes
//
// Weights begin as N(0, sigma_w^2/fan_in), biases as N(0, sigma_b^2). A layer multiplies a small difference between two inputs, and a
// gradient's square, by chi_1. Below 1 (order) all inputs become alike, above (chaos) neighbours part; either way the last layer forgets
// what it was shown, over some xi layers, and xi is endless at chi_1 = 1 (observe/mean_field.hpp tells how both follow from f). What is
// deeper than about 6 xi does not learn (Schoenholz et al. 2017, section 3 and figure 5).
#include <fmt/format.h>

#include <cmath>

#include "seegrad/observe/mean_field.hpp"
#include "seegrad/record/gradient_charts.hpp"
#include "seegrad/tensor/threads.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/processes.hpp"
#include "seegrad/train/start.hpp"

using namespace seegrad;

const train::Example about{"depth_phase", "Trains a grid of starts and depths, and draws what theory says over it.", true};

constexpr double sigma_b2 = 0.05;            // small, and the same everywhere
constexpr double lowest = 0.5, highest = 4;  // of sigma_w^2
constexpr double reach = 6;                  // in units of xi: what the paper found for the depth that still learns

/// Trains every network of the grid, the deepest first, several at a time. What Ctrl-C keeps from being trained stays NaN.
void train_grid(observe::PhaseGrid& grid, const train::TrainOptions& knobs, train::Samples& samples, int beside) {
  const std::size_t columns = grid.starts.size(), rows = grid.depths.size();
  const train::SharedNumbers shared(columns * rows);
  const std::span<double> accuracy = shared.all();
  std::fill(accuracy.begin(), accuracy.end(), NAN);
  train::run_jobs(columns * rows, beside, [&](std::size_t job) {
    const std::size_t column = columns - 1 - job % columns, row = rows - 1 - job / columns;
    train::TrainOptions run = knobs;
    run.depth = grid.depths[row];
    nn::Sequential network = train::gaussian_network_for(samples, run, grid.starts[column], sigma_b2);
    train::fit_loss(run, samples, network,
                    [&](const train::Batch& batch) { return cross_entropy(network(batch.images()), batch.labels()); });
    accuracy[column * rows + row] = samples.evaluate_train(network).accuracy;
  });
  grid.accuracy.assign(accuracy.begin(), accuracy.end());
}

std::string conclusion(const observe::PhaseGrid& grid, const observe::PhaseAgreement& found, double critical) {
  std::string seen = "theory has no line for this activation: its variance settles nowhere";
  if (found.compared > 0) seen = fmt::format("theory is right about {:.0f} % of {} networks", 100 * found.share, found.compared);
  if (found.boundaries > 0)
    seen += fmt::format("; a start stops learning at a depth of {:.1f} xi, {:g} was expected", found.boundary_in_xi, reach);
  if (std::isfinite(critical)) seen += fmt::format("; chi_1 = 1 at sigma_w^2 = {:.3g}", critical);
  if (std::isfinite(grid.best_start())) seen += fmt::format("; over all depths {:.3g} does best", grid.best_start());
  return seen + ".";
}

int learn(const train::TrainOptions& knobs) {
  const Activation& f = train::elementwise(knobs, "the theory is of a function of one number");
  train::need_depth(knobs, 2, "it is the deepest of the grid");
  train::need_plain(knobs, "the theory is of a plain network");
  if (knobs.init != nn::Initializer()) train::refuse("--init", knobs.init.to_string(), "the start is what is varied here");
  train::TrainOptions single = knobs;
  single.threads = 1;  // each network; several are trained beside one another
  const int cores = knobs.threads > 0 ? knobs.threads : thread_count();
  train::Samples samples(single);
  train::Lesson lesson(about, knobs);
  if (const std::string& note = samples.dataset().note; !note.empty()) lesson.say(note);

  observe::PhaseGrid grid = observe::untrained_grid(lowest, highest, knobs.quick ? 8 : 15, knobs.depth, knobs.quick ? 5 : 10);
  train_grid(grid, single, samples, samples.tensor().device.kind == Device::Kind::cpu ? cores : 1);
  lesson.say("accuracy in % on the training samples, by depth (down) and sigma_w^2 (across)");
  for (const std::string& line : grid.lines()) lesson.say(line);

  std::vector<double> xi;
  for (const double sigma_w2 : grid.starts) xi.push_back(observe::mean_field(f, sigma_w2, sigma_b2).xi);
  const double critical = observe::critical_sigma_w2(f, sigma_b2, lowest, highest);
  const double worth = (1 / double(samples.classes()) + grid.best()) / 2;  // half-way between guessing and the best: it has learnt
  const observe::PhaseAgreement found = observe::compare(grid, xi, worth, reach);
  lesson.picture(records::phase_map(grid, f, sigma_b2, reach).draw());
  lesson.number("critical_sigma_w2", critical);
  lesson.number("best_sigma_w2", grid.best_start());
  lesson.number("best_accuracy", grid.best());
  lesson.number("boundary_in_xi", found.boundary_in_xi);
  lesson.number("boundary_columns", double(found.boundaries));
  lesson.number("agreement", found.share);
  return lesson.finish(conclusion(grid, found, critical));
}

int main(int argc, char** argv) {
  return train::guarded_main(argc, argv, about, learn,
                             {.activation = Activation::parse("tanh"),
                              .depth = 60,
                              .width = 100,
                              .learning_rate = 0.01,
                              .schedule = optim::Schedule::parse("constant"),
                              .batch = 50,
                              .epochs = 4,
                              .train_samples = 2000});
}

// Expected output (seed 1; abridged):
//
//   depth |   0.5  0.75     1  1.25   1.5  1.75     2  2.25   2.5  2.75     3  3.25   3.5  3.75     4
//      60 |    11    11    11    11    53    64    66    57    41    37    21    11    11    11    11
//      30 |    11    11    11    66    77    80    81    80    80    75    69    67    67    51    61
//       6 |    42    59    71    76    78    79    80    81    82    82    82    83    83    83    83
//   theory is right about 92 % of 150 networks; a start stops learning at a depth of 5.1 xi, 6 was expected; chi_1 = 1 at sigma_w^2 = 1.76;
//   over all depths 2 does best.
//
// Six layers learn from any start. Sixty learn only where a difference between two inputs neither dies out (left: all pictures look alike
// to the last layer, and no gradient tells it otherwise) nor drowns in others (right: pictures of one class look as different as any, and
// gradients explode). That xi is endless at chi_1 = 1 does not make every depth trainable: noise of a width of 100 adds up too.
