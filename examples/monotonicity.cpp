// Monotone: does a single neuron have a convex loss because its activation is monotone? Look along straight lines and count.
//
//   ./run.sh monotonicity                                        silu beside others: one valley or several, and where it is bent down
//   ./run.sh monotonicity --activation sine                      30 turns where others have one
//   ./run.sh monotonicity --batch 4                              few samples: every one of them has a say where the valleys lie
//
// One neuron f(w x) reads pictures. Nothing is trained: its weights go along a straight line, and three losses are followed:
//   matching    the loss whose slope in z is f(z) - y, for sigmoid the cross-entropy (nn/neuron_line.hpp)
//   solution    the squared error, with targets that some weights fit exactly, on lines through those weights
//   labels      the squared error, with targets that no weights fit: f(1) for the first half of the classes, f(-1) for the others
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "seegrad/activation/properties.hpp"
#include "seegrad/nn/neuron_line.hpp"
#include "seegrad/observe/landscape.hpp"
#include "seegrad/record/row_charts.hpp"
#include "seegrad/train/lesson.hpp"

using namespace seegrad;

const train::Example about{"monotonicity", "Follows the loss of one neuron along straight lines of its weights, and counts valleys."};

/// Where the walks go, and the side on which each picture is to be: 1 or -1.
struct Walks {
  std::vector<nn::NeuronLine> lines;
  Tensor sides;
};

Walks walks_for(const train::TrainOptions& knobs) {
  train::Samples samples(knobs);
  const train::Batch batch = *samples.epoch(1).begin();
  const Tensor pictures = batch.images().to(Device{}).to(DType::float64);
  std::vector<double> sides;
  for (const std::int32_t label : batch.labels().to(Device{}).to_indices()) sides.push_back(2 * label < samples.classes() ? 1 : -1);
  Random random(knobs.seed);
  std::vector<nn::NeuronLine> lines(200);
  for (nn::NeuronLine& line : lines) line = nn::random_neuron_line(pictures, 10, 401, random);
  return {lines, Tensor::from(sides, {batch.size()}, pictures.options())};
}

/// matching, solution, labels: the loss at each point of a line.
std::array<std::vector<double>, 3> losses_on(const nn::NeuronLine& line, const Tensor& sides, const Activation& f) {
  const Tensor labels = activate(f, sides), reached = activate(f, line.z);
  return {nn::matching_losses(f, line, labels), nn::squared_errors(f, line, reached), nn::squared_errors(f, line, labels)};
}

/// What is met with each of the three losses, on average over the lines.
std::array<observe::LandscapeMeans, 3> survey_all(const Walks& walks, const Activation& f) {
  std::array<std::vector<observe::Landscape>, 3> seen;
  for (const nn::NeuronLine& line : walks.lines)
    for (std::size_t i = 0; const auto& losses : losses_on(line, walks.sides, f)) seen[i++].push_back(observe::survey(losses));
  return {observe::means_of(seen[0]), observe::means_of(seen[1]), observe::means_of(seen[2])};
}

/// The squared error of some activations, on the line on which the one under study has most minima.
records::Canvas picture_of(const Walks& walks, std::size_t loss, const std::string& title, const Activation& studied) {
  const auto minima = [&](const nn::NeuronLine& line) { return observe::survey(losses_on(line, walks.sides, studied)[loss]).minima; };
  const nn::NeuronLine& line = *std::ranges::max_element(walks.lines, {}, minima);
  records::Chart chart(title, "squared error on one line, of its largest value", {"way along the line (1 changes z by about 1)"},
                       {"loss / largest loss", records::Scale::logarithmic, {{1e-5, 1.5}}});
  for (std::size_t colour = 0; const nn::Nonlinearity& f : train::together({"relu", "sigmoid", "sine(1)"}, studied)) {
    const std::vector<double> t = line.t.to_vector(), losses = losses_on(line, walks.sides, *f.elementwise())[loss];
    std::vector<records::Point> curve;
    for (std::size_t i = 0; i < t.size(); ++i) curve.push_back({t[i], losses[i] / std::ranges::max(losses) + 1e-9});  // 0 at a solution
    chart.curve(f.to_string(), {curve}, {.colour = records::palette[colour++], .width = f == studied ? 3.0 : 2.0});
  }
  return chart.draw(470, 700);
}

int learn(const train::TrainOptions& knobs) {
  const Activation& studied = train::elementwise(knobs, "a single neuron is a row of one");
  train::Lesson lesson(about, knobs);
  const Walks walks = walks_for(knobs);
  auto all = train::together({"relu", "elu", "sigmoid", "tanh", "gelu", "mish", "gaussian", "sine(1)"}, studied);
  std::stable_partition(all.begin(), all.end(), [&](const nn::Nonlinearity& f) { return !(f == studied); });  // it comes last

  const auto share = [](const char* key, const char* heading) { return train::Column{key, heading, "{:.0f} %", 100}; };
  train::Table table = lesson.table(
      "shares of the lines", {share("matching.not_convex", "matching: not convex"), share("solution.not_convex", "solution: not convex"),
                              share("solution.concave", "concave pieces"), share("solution.several", "several minima"),
                              share("labels.several", "labels: several minima")});
  records::DotRows dots{.title = "Shares of the lines", .subtitle = "200 lines for each activation"};
  dots.kinds = {"matching loss: not convex", "squared error, a solution: several minima", "squared error, labels: several minima"};
  std::array<double, 3> shares{}, worst{};  // the dots of the last activation, and the largest of the monotone ones
  bool monotone = false;
  for (const nn::Nonlinearity& f : all) {
    monotone = properties_of(*f.elementwise()).direction != Direction::neither;
    const auto [matching, solution, labels] = survey_all(walks, *f.elementwise());
    shares = {matching.not_convex, solution.several, labels.several};
    for (std::size_t i = 0; i < 3; ++i) {
      dots.dots.push_back({dots.rows.size(), i, shares[i]});
      if (monotone) worst[i] = std::max(worst[i], shares[i]);
    }
    dots.rows.push_back(f.to_string());
    table.row(f.to_string() + (monotone ? ", monotone" : ""), f == studied ? "studied" : f.name(),
              {matching.not_convex, solution.not_convex, solution.concave, solution.several, labels.several});
  }
  lesson.picture({picture_of(walks, 1, "Through a solution", studied), picture_of(walks, 2, "No weights fit", studied), dots.draw(440)});
  for (std::size_t i = 0; const char* key : {"matching.not_convex", "solution.several", "labels.several"})
    lesson.number(fmt::format("monotone.{}", key), worst[i++]);
  return lesson.finish(fmt::format(
      "{} is {}monotone: {:.0f} % of its lines are not convex with the matching loss, {:.0f} % have several minima through a solution, "
      "{:.0f} % where no weights fit; the worst monotone activation has {:.0f} %, {:.0f} % and {:.0f} %.",
      studied.to_string(), monotone ? "" : "not ", 100 * shares[0], 100 * shares[1], 100 * shares[2], 100 * worst[0], 100 * worst[1],
      100 * worst[2]));
}

int main(int argc, char** argv) { return train::guarded_main(argc, argv, about, learn, {.activation = Activation::parse("silu")}); }

// Expected output (seed 1; abridged):
//
//     shares of the lines       matching: not convex  solution: not convex  concave pieces  several minima  labels: several minima
//     relu, monotone                             0 %                  95 %             2 %             0 %                    31 %
//     sigmoid, monotone                          0 %                 100 %            86 %             0 %                     0 %
//     sine(omega=1)                            100 %                 100 %            51 %           100 %                   100 %
//     silu                                      26 %                  40 %             3 %             2 %                    12 %
//
// A monotone activation does not make the loss convex: the squared error of sigmoid is bent down on most of every line, and relu has
// several minima where no weights fit. But its matching loss is convex, and from weights that fit exactly the squared error only rises, for
// there f(z) - y has the sign of the way gone. A shallow dip (silu) breaks these rules on some lines, many turns (sine) on nearly all.
