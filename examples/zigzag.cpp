// Zig-zag: why the outputs of a layer should lie on both sides of zero.
//
//   ./run.sh zigzag                                  relu beside sigmoid and tanh: between the two
//   ./run.sh zigzag --activation elu                 close to tanh: its outputs have both signs
//   ./run.sh zigzag --activation 'sigmoid(x) - 0.5'  the sigmoid, moved down by a half: the detour is gone
//   ./run.sh zigzag --lr 0.02                        ten times shorter steps: the detour of sigmoid is hardly shorter
//
// For one sample the gradient of a neuron's weights is delta times its inputs. Where all inputs are positive, all weights get the sign of
// delta: they rise together or fall together, and where one should rise and another fall they get there by a zig-zag only. First two
// weights walk (observe/zigzag.hpp), then the same signs are looked for in a layer of a network.
#include "seegrad/observe/zigzag.hpp"

#include <fmt/format.h>

#include <numeric>
#include <set>

#include "seegrad/activation/moments.hpp"
#include "seegrad/observe/layer_watch.hpp"
#include "seegrad/record/walk_picture.hpp"
#include "seegrad/train/lesson.hpp"

using namespace seegrad;
using records::Point, records::Scale, records::Range, records::Look;

const train::Example about{"zigzag", "Draws the way of two weights whose inputs are all positive, and counts updates that have one sign."};

/// How much the entries of the weight gradient of a unit in the second hidden layer have one sign (1: all), before any training.
double coherence(train::TrainOptions knobs, std::int64_t batch_size) {
  knobs.batch = batch_size;
  train::Samples samples(knobs);
  nn::Sequential network = train::network_for(samples, knobs);
  std::vector<double> heard;
  for (const train::Batch& batch : samples.epoch(1)) {
    if (batch.step == 16) break;
    observe::LayerWatch watch;
    const Listening listening(watch);
    static_cast<void>(gradients(cross_entropy(network(batch.images()), batch.labels()), network.parameter_tensors()));
    const observe::LayerStatistics layer = watch.collect()[1];
    if (layer.weight_grad_rms > 0) heard.push_back(layer.sign_coherence);  // else no gradient came down to it
  }
  if (heard.empty()) return observe::not_measured;
  return std::accumulate(heard.begin(), heard.end(), 0.0) / static_cast<double>(heard.size());
}

/// A walk that begins with the seed, over lines of equal loss.
records::Canvas plane(const Activation& f, const observe::WalkOptions& how, std::uint64_t seed, records::Colour colour) {
  records::WalkPicture picture{.title = f.to_string(), .walk = observe::walk_behind(f, how, Random(seed)), .goal = how.goal};
  picture.subtitle = fmt::format("{} steps, path {:.2f} x distance", picture.walk.steps(), picture.walk.detour());
  picture.colour = colour;
  const Moments inputs = moments(f);
  for (const double apart : {0.1, 0.6, 1.4, 2.83, 4.5, 6.5})
    picture.contours.push_back(observe::contour(how.goal, inputs.mean, inputs.second_moment, apart));
  return picture.draw(350, 410);
}

train::Table table_for(train::Lesson& lesson, const std::set<std::int64_t>& batch_sizes) {
  std::vector<train::Column> columns{{"equal_sign", "one sign", "{:.1f} %", 100},
                                     {"detour", "path / distance", "{:.2f}"},
                                     {"steps", "steps", "{:.0f}"},
                                     {"arrived", "arrived", "{:.0f} %", 100}};
  for (const std::int64_t size : batch_sizes)
    columns.push_back({fmt::format("coherence.batch_{}", size), fmt::format("batch {}", size), "{:.3f}"});
  lesson.say("one sign, path, steps: two weights, means over 50 walks; batch: sign coherence in hidden layer 2 of a network");
  return lesson.table("inputs from", columns);
}

int learn(const train::TrainOptions& knobs) {
  const Activation& studied = train::elementwise(knobs, "inputs are looked at one by one");
  train::need_depth(knobs, 2, "the second hidden layer is looked at");
  train::Lesson lesson(about, knobs);
  std::set<std::int64_t> sizes{1, 16, knobs.batch};
  if (knobs.normalisation == nn::Normalisation::batch) sizes.erase(1);  // one sample has no spread to be divided by
  train::Table table = table_for(lesson, sizes);
  records::Chart signs("A layer of a network", fmt::format("hidden layer 2 at initialisation, {}", knobs.init.to_string()),
                       {"samples in the batch", Scale::logarithmic, Range{0.8, 1.25 * static_cast<double>(*sizes.rbegin())}},
                       {"sign coherence of a unit's gradient", Scale::linear, Range{0, 1.05}});
  const observe::WalkOptions how{.goal = {2, -2}, .rate = *knobs.learning_rate};
  std::vector<records::Canvas> panels;
  std::string seen;
  for (const nn::Nonlinearity& any : train::together({"sigmoid", "tanh"}, studied)) {
    const Activation& f = *any.elementwise();
    const observe::WalkMeans means = observe::walks_behind(f, how, 50, Random(knobs.seed));
    std::vector<double> row{means.one_sign, means.detour, means.steps, means.arrived};
    std::vector<Point> coherences;
    for (const std::int64_t size : sizes) {
      row.push_back(coherence(lesson.run(f.to_string(), f), size));
      coherences.push_back({static_cast<double>(size), row.back()});
    }
    table.row(f.to_string(), row);
    const Look look{.colour = records::palette[panels.size()], .width = 2.5};
    signs.curve(f.to_string(), {coherences}, look);
    signs.markers("", coherences, 5, look, panels.size() == 2);
    panels.push_back(plane(f, how, knobs.seed, look.colour));
    seen += fmt::format("{}{} walks {:.2f} times the distance{}, {:.0f} % of its updates have one sign, the coherence in a layer is {:.2f}",
                        seen.empty() ? "" : "; ", f.to_string(), means.detour, means.arrived < 1 ? " (not all arrive)" : "",
                        100 * means.one_sign, coherences.back().y);
  }
  panels.push_back(signs.draw(410, 410));
  lesson.picture(panels);
  return lesson.finish(fmt::format("{} (batch {}).", seen, *sizes.rbegin()));
}

int main(int argc, char** argv) {
  return train::guarded_main(argc, argv, about, learn, {.init = nn::Initializer::parse("xavier"), .learning_rate = 0.2, .batch = 128});
}

// Expected output (seed 1; abridged):
//
//     inputs from               one sign  path / distance     steps   arrived   batch 1  batch 16  batch 128
//     sigmoid                    100.0 %             3.14       301     100 %     1.000     0.759      0.780
//     tanh                        49.2 %             1.24        43     100 %     0.058     0.079      0.085
//     relu                       100.0 %             1.83        64     100 %     1.000     0.512      0.485
//
// Whenever relu moves both weights it moves them the same way, as sigmoid does; but in half of the samples one of its two inputs is 0, and
// then a weight moves alone. The narrow valley of sigmoid is the same fact seen from afar: inputs with a mean make the loss steep where the
// weights move together and flat where they move apart. With a batch the samples disagree about delta's sign, and the agreement in a layer
// falls below 1, but not to where tanh is.
