// Which activations give exact zeros, how many, and what they could be worth (Glorot, Bordes and Bengio 2011, "Deep Sparse Rectifier
// Neural Networks").
//
//   ./run.sh sparsity                                     relu: half of all outputs are 0 at the start, more after training
//   ./run.sh sparsity --activation soft_shrink            another one that gives exact zeros, beside relu, tanh and softplus
//   ./run.sh sparsity --activation gelu                   values next to zero are not zeros: its share is 0
//   ./run.sh sparsity --epochs 8                          longer, as such networks are usually trained; a minute or two
//
// A zero needs no multiplication in the layer that follows, and which units are not zero is a code for what the network sees
// (observe/sparse_codes.hpp).
#include <fmt/format.h>

#include <algorithm>

#include "seegrad/observe/sparse_codes.hpp"
#include "seegrad/record/row_charts.hpp"
#include "seegrad/train/lesson.hpp"

using namespace seegrad;
using observe::SparseCodes, records::Scale, records::Range;

const train::Example about{"sparsity", "Counts the exact zeros of each layer before and after training, and what they could be worth."};

/// What the hidden layers give for the first test images.
SparseCodes codes_of(nn::Sequential network, const train::Samples& samples) {
  const Images& test = samples.dataset().test;
  const std::size_t images = std::min<std::size_t>(1000, test.count);
  const train::Using not_training(network);
  const NoGrad no_tape;
  observe::LayerTrace trace;
  const Listening listening(trace);
  static_cast<void>(network(samples.test_images(0, images)));
  return observe::sparse_codes(trace, std::span(test.labels).first(images));
}

train::Table table_for(train::Lesson& lesson, std::int64_t depth) {
  std::vector<train::Column> columns;
  for (std::int64_t layer = 1; layer <= depth; ++layer) {
    columns.push_back({fmt::format("init.zero_share.{}", layer), fmt::format("start, {}", layer), "{:.1f}", 100});
    columns.push_back({fmt::format("zero_share.{}", layer), "trained", "{:.1f}", 100});
  }
  columns.push_back({"saved_products", "saved", "{:.1f}", 100});
  columns.push_back({"overlap_same_class", "one class", "{:.1f}", 100});
  columns.push_back({"overlap_other_class", "two classes", "{:.1f}", 100});
  columns.push_back({"test_accuracy", "accuracy", "{:.2f}", 100});
  lesson.say("all in %: exact zeros in each hidden layer, at the start and trained; saved: multiplications with a zero in the layers that");
  lesson.say("follow; units shared by the codes of two images of one class, and of two classes; test accuracy\n");
  return lesson.table("", columns);
}

/// The share of zeros of each layer.
std::vector<records::Point> by_layer(const SparseCodes& codes) {
  std::vector<records::Point> points;
  for (const double share : codes.zero_share) points.push_back({static_cast<double>(points.size() + 1), share});
  return points;
}

/// Dashed and with rings before training, in full after it.
void draw(records::Chart& chart, const std::string& name, std::size_t i, const SparseCodes& before, const SparseCodes& after) {
  const double radius = 7 - 1.5 * static_cast<double>(i);  // where they lie on each other, all are seen
  const records::Look look{.colour = records::palette[i]}, thin{.colour = look.colour, .width = 1.5};
  chart.curve("", {by_layer(before)}, {.colour = look.colour, .width = 1.5, .dash = {6, 4}});
  chart.curve("", {by_layer(after)}, look);
  chart.markers("", by_layer(before), radius, thin, true);
  chart.markers(name, by_layer(after), radius, look);
}

int learn(const train::TrainOptions& knobs) {
  train::need_depth(knobs, 1, "zeros are counted in hidden layers");
  train::Lesson lesson(about, knobs);
  const train::Samples samples(knobs);
  train::Table table = table_for(lesson, knobs.depth);
  records::Chart zeros("Exact zeros", "at the start (dashed, rings) and after training",
                       {"hidden layer", Scale::linear, Range{0.5, static_cast<double>(knobs.depth) + 0.5}},
                       {"share of zeros", Scale::linear, Range{-0.04, 1}});
  records::RingRows accuracies{.title = "Test accuracy", .subtitle = "from the lowest to the highest", .rows = {}};
  std::string seen;
  for (const nn::Nonlinearity& f : train::together({"relu", "tanh", "softplus"}, knobs.activation)) {
    const std::string name = f.to_string();
    const train::TrainOptions run = lesson.run(name, f);
    nn::Sequential trained;
    const SparseCodes before = codes_of(train::network_for(samples, run), samples);
    const double accuracy = lesson.train(run, trained).test_accuracy;
    const SparseCodes after = codes_of(std::move(trained), samples);

    std::vector<double> row;
    for (std::size_t l = 0; l < after.zero_share.size(); ++l) row.insert(row.end(), {before.zero_share[l], after.zero_share[l]});
    row.insert(row.end(), {after.skipped_products, after.overlap.same_class, after.overlap.other_class, accuracy});
    table.row(name, row);

    draw(zeros, name, accuracies.rows.size(), before, after);
    accuracies.rows.push_back({name, {accuracy}, f == knobs.activation});
    if (f == knobs.activation)
      seen = fmt::format(
          "{}: {:.1f} % of what its layers give are exact zeros at the start and {:.1f} % after training, so {:.1f} % of the "
          "products behind them could be left out; its test accuracy is {:.2f} %",
          name, 100 * before.mean_zero_share(), 100 * after.mean_zero_share(), 100 * after.skipped_products, 100 * accuracy);
  }
  lesson.picture({zeros.draw(450, 440), accuracies.draw(440, 440)});
  const auto& best = *std::ranges::max_element(accuracies.rows, {}, &records::RingRows::Row::mean);
  const std::string rank =
      best.marked ? "the highest of these" : fmt::format("the highest is that of {}, {:.2f} %", best.label, 100 * best.mean());
  return lesson.finish(fmt::format("{}, {}.", seen, rank));
}

int main(int argc, char** argv) { return train::guarded_main(argc, argv, about, learn, {.width = 500, .epochs = 3}); }

// Expected output (seed 1; abridged):
//
//                               start, 1   trained  start, 2   trained  start, 3   trained     saved  one class  two classes  accuracy
//     relu                          50.4      62.1      50.0      58.9      50.9      61.0      60.5       47.4         28.9     88.49
//     tanh                           0.0       0.0       0.0       0.0       0.0       0.0       0.0      100.0        100.0     88.15
//     softplus                       0.0       0.0       0.0       0.0       0.0       0.0       0.0      100.0        100.0     87.14
//
// The zeros of relu come from its formula: at the start half of the z are negative. Training adds to them where an image has little to
// say to a unit; images of one class share more of their units than images of two. tanh and softplus never give exactly 0, so all units
// take part in every code. What could be left out is a bound: a dense product does not leave it out, a sparse one has costs of its own.
