// Which activations give exact zeros, how many, and what they could be worth (Glorot, Bordes and Bengio 2011, "Deep Sparse Rectifier
// Neural Networks").
//
//   ./run.sh sparsity                                     relu: half of all outputs are 0 at the start, more after training
//   ./run.sh sparsity --activation soft_shrink            another one that gives exact zeros, beside relu, tanh and softplus
//   ./run.sh sparsity --activation gelu                   values next to zero are not zeros: its share is 0
//   ./run.sh sparsity --epochs 8                          longer, as such networks are usually trained; a minute or two
//
// A zero needs no multiplication in the layer that follows, and which units are not zero is a code for what the network sees.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

#include "seegrad/math/error.hpp"
#include "seegrad/observe/layer_trace.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"

using namespace seegrad;

const train::Example about{"sparsity", "Counts the exact zeros of each layer before and after training, and what they could be worth."};

/// How alike the codes of two images are: of the units that are not zero for one or both, the share that is for both.
struct Overlap {
  double same_class = observe::not_measured, other_class = observe::not_measured;
};

/// `h` holds a row for each of the first test images.
Overlap overlap_of(const std::vector<double>& h, const train::Samples& samples, std::size_t images) {
  const std::size_t units = h.size() / images, classes = static_cast<std::size_t>(samples.classes());
  std::vector<double> members(classes), active(classes * units);  // how often each unit is not zero, by class
  for (std::size_t i = 0; i < images; ++i) {
    const std::size_t label = samples.dataset().test.labels[i];
    members[label] += 1;
    for (std::size_t u = 0; u < units; ++u) active[label * units + u] += h[i * units + u] != 0;
  }
  // Two images drawn from classes a and b both have unit u with probability p q, and at least one of them with p + q - p q.
  std::array<double, 2> both{}, any{};
  for (std::size_t a = 0; a < classes; ++a) {
    for (std::size_t b = a; b < classes; ++b) {
      for (std::size_t u = 0; members[a] > 0 && members[b] > 0 && u < units; ++u) {
        const double p = active[a * units + u] / members[a], q = active[b * units + u] / members[b];
        both[a != b] += p * q, any[a != b] += p + q - p * q;
      }
    }
  }
  const auto share = [&](std::size_t i) { return any[i] > 0 ? both[i] / any[i] : observe::not_measured; };
  return {share(0), share(1)};
}

/// What the hidden layers give for some test images.
struct Zeros {
  std::vector<double> share;  ///< exact zeros, a layer
  double saved = 0;           ///< of the multiplications in the layers that follow: those with a zero
  Overlap overlap;            ///< of the last hidden layer's codes
  double mean() const { return std::accumulate(share.begin(), share.end(), 0.0) / static_cast<double>(share.size()); }
};

Zeros zeros_of(nn::Module& network, const train::Samples& samples) {
  const std::size_t images = std::min<std::size_t>(1000, samples.dataset().test.count);
  const train::Using not_training(network);
  const NoGrad no_grad;
  observe::LayerTrace trace;
  {
    const Listening listening(trace);
    static_cast<void>(network(samples.test_images(0, images)));
  }
  Zeros zeros;
  double products = 0, with_zero = 0;
  for (std::size_t l = 0; l + 1 < trace.layers().size(); ++l) {
    const std::vector<double> h = trace.layers()[l].h.to_vector();
    const auto count = static_cast<double>(std::count(h.begin(), h.end(), 0.0)), size = static_cast<double>(h.size());
    const auto fan_out = static_cast<double>(trace.layers()[l + 1].weight.shape()[0]);
    zeros.share.push_back(count / size);
    products += size * fan_out, with_zero += count * fan_out;
    zeros.overlap = overlap_of(h, samples, images);
  }
  zeros.saved = with_zero / products;
  return zeros;
}

struct Result {
  nn::Nonlinearity f;
  Zeros before, after;
  double accuracy = 0;
  std::string name() const { return f.to_string(); }
};

Result study(train::Lesson& lesson, const train::TrainOptions& knobs, const nn::Nonlinearity& f, const train::Samples& samples) {
  std::string key = records::file_name_of(f.to_string());
  for (char& c : key) c = static_cast<char>(c == '-' ? '_' : std::tolower(static_cast<unsigned char>(c)));
  train::TrainOptions run = lesson.run(key);
  run.activation = f;
  run.activation_per_channel = knobs.activation_per_channel && f == knobs.activation;
  nn::Sequential start = train::network_for(samples, run);
  nn::Sequential trained;
  const Zeros before = zeros_of(start, samples);
  const double accuracy = lesson.train(run, trained).test_accuracy;
  Result result{f, before, zeros_of(trained, samples), accuracy};

  const Zeros& after = result.after;
  std::string line = fmt::format("  {:12.12}", f.to_string());
  for (const double share : before.share) line += fmt::format("{:6.1f}", 100 * share);
  line += "   ->";
  for (const double share : after.share) line += fmt::format("{:6.1f}", 100 * share);
  lesson.say(fmt::format("{}   {:12.1f} {:12.1f} {:12.1f} {:12.2f}", line, 100 * after.saved, 100 * after.overlap.same_class,
                         100 * after.overlap.other_class, 100 * accuracy));
  for (std::size_t l = 0; l < after.share.size(); ++l) {
    lesson.number(fmt::format("{}.init.zero_share.{}", key, l + 1), before.share[l]);
    lesson.number(fmt::format("{}.zero_share.{}", key, l + 1), after.share[l]);
  }
  lesson.number(key + ".test_accuracy", accuracy);
  lesson.number(key + ".saved_products", after.saved);
  lesson.number(key + ".overlap_same_class", after.overlap.same_class);
  lesson.number(key + ".overlap_other_class", after.overlap.other_class);
  return result;
}

records::Canvas zeros_chart(const std::vector<Result>& results) {
  records::Chart chart;
  chart.title = "Exact zeros";
  chart.subtitle = "at the start (dashed, rings) and after training";
  chart.x = {"hidden layer", records::Scale::linear, records::Range{0.5, static_cast<double>(results[0].after.share.size()) + 0.5}};
  chart.y = {"share of zeros", records::Scale::linear, records::Range{-0.04, 1}};
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::vector<records::Point> before, after;
    for (std::size_t l = 0; l < results[i].after.share.size(); ++l) {
      before.push_back({static_cast<double>(l + 1), results[i].before.share[l]});
      after.push_back({static_cast<double>(l + 1), results[i].after.share[l]});
    }
    const double radius = 7 - 1.5 * static_cast<double>(i);  // where they lie on each other, all are seen
    const records::Look look{.colour = records::palette[i % std::size(records::palette)]};
    chart.curve("", {before}, {.colour = look.colour, .width = 1.5, .dash = {6, 4}});
    chart.curve("", {after}, look);
    chart.markers("", before, radius, {.colour = look.colour, .width = 1.5}, true);
    chart.markers(results[i].name(), after, radius, look);
  }
  return chart.draw(450, 440);
}

/// A bar for each activation with its number behind it. The scale begins where the differences can be seen, and says so.
records::Canvas accuracy_bars(const std::vector<Result>& results) {
  constexpr double width = 440, height = 440, left = 18, longest = width - left - 90;
  const auto less = [](const Result& a, const Result& b) { return a.accuracy < b.accuracy; };
  const auto [least, most] = std::minmax_element(results.begin(), results.end(), less);
  const double high = most->accuracy, low = std::max(0.0, least->accuracy - std::max(0.02, (high - least->accuracy) / 2));
  records::Canvas sheet(width, height, "Test accuracy");
  sheet.text({left, 35}, "Test accuracy", {.size = 21, .bold = true});
  sheet.text({left, 57}, fmt::format("bars begin at {:.1f} %", 100 * low), {.size = 14, .colour = records::muted});
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double top = 105 + 78 * static_cast<double>(i), length = longest * (results[i].accuracy - low) / std::max(1e-9, high - low);
    const records::Colour colour = records::palette[i % std::size(records::palette)];
    sheet.text({left, top}, records::fitted_text(results[i].name(), {.size = 14}, longest), {.size = 14});
    sheet.rectangle({left, top + 9, left + std::max(2.0, length), top + 39}, {.colour = colour});
    sheet.text({left + length + 8, top + 29}, fmt::format("{:.2f} %", 100 * results[i].accuracy), {.size = 14});
  }
  return sheet;
}

int learn(const train::TrainOptions& knobs) {
  if (knobs.depth < 1)
    throw UsageError(fmt::format("--depth {}: zeros are counted in hidden layers, of which there must be one", knobs.depth));
  train::Lesson lesson(about, knobs);
  const train::Samples samples(knobs);
  std::vector<nn::Nonlinearity> all;
  for (const char* name : {"relu", "tanh", "softplus"}) all.push_back(nn::Nonlinearity::parse(name));
  if (std::find(all.begin(), all.end(), knobs.activation) == all.end()) all.push_back(knobs.activation);

  lesson.say(
      fmt::format("all in %: exact zeros in each hidden layer at the start -> after {} epoch{}; multiplications of the layers that follow "
                  "with a zero;\nunits shared by the codes of two images of one class, and of two classes; test accuracy\n",
                  knobs.epochs, knobs.epochs == 1 ? "" : "s"));
  const int zero_columns = static_cast<int>(12 * knobs.depth) + 5;
  lesson.say(fmt::format("  {:12}{:{}}   {:>12} {:>12} {:>12} {:>12}", "", "zeros", zero_columns, "with a zero", "one class", "two classes",
                         "accuracy"));
  std::vector<Result> results;
  results.reserve(all.size());
  for (const nn::Nonlinearity& f : all) results.push_back(study(lesson, knobs, f, samples));
  lesson.picture(records::side_by_side(std::array{zeros_chart(results), accuracy_bars(results)}, 10));

  const Result& mine = *std::find_if(results.begin(), results.end(), [&](const Result& r) { return r.f == knobs.activation; });
  const Result& best =
      *std::max_element(results.begin(), results.end(), [](const Result& a, const Result& b) { return a.accuracy < b.accuracy; });
  const double before = mine.before.mean(), after = mine.after.mean();
  const std::string zeros =
      before == 0 && after == 0
          ? fmt::format("{} gives no exact zero, and none of the products behind its layers could be left out", mine.name())
          : fmt::format(
                "{}: {:.1f} % of what its layers give are exact zeros at the start and {:.1f} % after training, so {:.1f} % of the "
                "products "
                "behind them could be left out",
                mine.name(), 100 * before, 100 * after, 100 * mine.after.saved);
  return lesson.finish(fmt::format("{}; its test accuracy is {:.2f} %, {}.", zeros, 100 * mine.accuracy,
                                   &mine == &best ? std::string("the highest of these")
                                                  : fmt::format("the highest is that of {}, {:.2f} %", best.name(), 100 * best.accuracy)));
}

int main(int argc, char** argv) {
  train::TrainOptions defaults;
  defaults.width = 500;
  defaults.epochs = 3;
  return train::guarded_main(argc, argv, about, learn, defaults);
}

// Expected output (seed 1):
//
//   all in %: exact zeros in each hidden layer at the start -> after 3 epochs; multiplications of the layers that follow with a zero;
//   units shared by the codes of two images of one class, and of two classes; test accuracy
//
//                 zeros                                        with a zero    one class  two classes     accuracy
//     relu          50.4  50.0  50.9   ->  62.1  58.9  61.0           60.5         47.4         28.9        88.49
//     tanh           0.0   0.0   0.0   ->   0.0   0.0   0.0            0.0        100.0        100.0        88.15
//     softplus       0.0   0.0   0.0   ->   0.0   0.0   0.0            0.0        100.0        100.0        87.14
//   relu: 50.4 % of what its layers give are exact zeros at the start and 60.7 % after training, so 60.5 % of the products behind them
//   could be left out; its test accuracy is 88.49 %, the highest of these.
//
// The zeros of relu come from its formula: at the start half of the z are negative. Training adds to them where an image has little to
// say to a unit; images of one class share more of their units than images of two. tanh and softplus never give exactly 0, so all units
// take part in every code. What could be left out is a bound: a dense product does not leave it out, a sparse one has costs of its own.
