// Where should weights begin for an activation that no paper has a recipe for? Two integrals answer: how much of a normally distributed
// signal comes through f, and how much of a gradient comes back through its slope.
//
//   ./run.sh init_for_any_activation                                 a sigmoid moved to the middle: He's and Xavier's rules lose the signal
//   ./run.sh init_for_any_activation --activation relu               auto is He's rule; Xavier's loses a factor sqrt(2) a layer
//   ./run.sh init_for_any_activation --activation 'sigmoid(3*x)*x'   a formula of your own
//   ./run.sh init_for_any_activation --activation silu               where one number does not do: auto fits z of size 1, and z grows
//
// With weights N(0, c/fan_in), z of a wide layer is normal with mean 0 and variance q, and from layer to layer
//     q <- c E f(sqrt(q) g)^2   forward,    delta^2 <- c E f'(sqrt(q) g)^2 delta^2   on the way back,    g ~ N(0, 1)
// (He et al. 2015, section 2.2; Poole et al. 2016, eq. 3). c = 1 is LeCun's rule (1998, section 4.6) and, between layers of equal width,
// Xavier's; c = 2 is He's; `auto` is c = 1/E f'(g)^2: the gradient keeps its size where q = 1.
#include <fmt/format.h>

#include <cmath>

#include "seegrad/activation/moments.hpp"
#include "seegrad/train/lesson.hpp"
#include "seegrad/train/start.hpp"

using namespace seegrad;

const train::Example about{"init_for_any_activation", "Finds the start that fits any activation by two integrals, and trains from it."};

/// RMS h and RMS delta in each layer. Of several networks, for a narrow one's luck adds up over layers.
observe::Signal measured(train::TrainOptions knobs, train::Samples& samples) {
  constexpr int networks = 5;
  const train::Batch batch = *samples.epoch(1).begin();
  std::vector<observe::Signal> signals;
  for (int i = 0; i < networks; ++i, ++knobs.seed)
    signals.push_back(observe::measured_signal(train::start_of(samples, knobs, batch).layers));
  return observe::geometric_mean(signals);
}

void draw(records::Chart& chart, const std::string& label, const std::vector<double>& theory, const std::vector<double>& seen,
          records::Colour colour) {
  std::vector<records::Point> line, dots;
  for (std::size_t l = 0; l < seen.size(); ++l) {
    line.push_back({double(l + 1), theory[l]});
    dots.push_back({double(l + 1), seen[l]});
  }
  chart.curve(label, {line}, {.colour = colour});
  chart.markers("", dots, 3, {.colour = colour});
}

/// Trains from each of the three rules, and compares what it does to the signal with theory. Returns what was seen of delta.
std::string compare(train::Lesson& lesson, const train::TrainOptions& knobs, const Activation& f, double c_auto) {
  train::Samples samples(knobs);
  if (const std::string& note = samples.dataset().note; !note.empty()) lesson.say(note);
  train::Table table = lesson.table("factor a layer of", {{"predicted_h_factor", "h theory", "{:.4f}"},
                                                          {"h_factor", "measured", "{:.4f}"},
                                                          {"predicted_delta_factor", "delta theory", "{:.4f}"},
                                                          {"delta_factor", "measured", "{:.4f}"},
                                                          {"", "train, %", "{:.2f}", 100},
                                                          {"test_accuracy", "test, %", "{:.2f}", 100}});
  records::Chart forward("RMS h, " + f.to_string(), "weights N(0, c/fan_in)", {"layer"}, {"", records::Scale::logarithmic});
  records::Chart back("RMS delta, " + f.to_string(), "lines: theory; dots: measured", forward.x, forward.y);
  std::string seen;
  double error = NAN;  // the largest, in parts of what theory says
  std::size_t colour = 0;
  for (const auto& [init, c] : {std::pair("auto", c_auto), std::pair("he", 2.0), std::pair("xavier", 1.0)}) {
    train::TrainOptions run = lesson.run(init);
    run.init = nn::Initializer::parse(init);
    const observe::Signal found = measured(run, samples), theory = observe::predicted_signal(f, c, found);
    draw(forward, fmt::format("{}, c = {:.3g}", init, c), theory.h_rms, found.h_rms, records::palette[colour]);
    draw(back, fmt::format("{}, c = {:.3g}", init, c), theory.delta_rms, found.delta_rms, records::palette[colour++]);
    const records::Summary end = lesson.train(run);
    table.row(init,
              {theory.h_factor(), found.h_factor(), theory.delta_factor(), found.delta_factor(), end.train_accuracy, end.test_accuracy});
    const std::string factor = std::isfinite(found.delta_factor()) ? fmt::format("{:.3f}", found.delta_factor()) : "no number";
    seen += fmt::format("{}{} {} ({:.1f} %)", seen.empty() ? "" : ", ", init, factor, 100 * end.test_accuracy);
    for (const double quotient : {found.h_factor() / theory.h_factor(), found.delta_factor() / theory.delta_factor()})
      if (std::isfinite(quotient)) error = std::fmax(error, std::fabs(quotient - 1));
    if (end.interrupted) break;
  }
  lesson.number("largest_error_of_theory", error);
  lesson.picture({forward.draw(480, 400), back.draw(480, 400)});
  return fmt::format("{}; theory is at most {:.1f} % off", seen, 100 * error);
}

int learn(const train::TrainOptions& knobs) {
  const Activation& f = train::elementwise(knobs, "the integrals are of a function of one number");
  train::need_depth(knobs, 2, "a factor from layer to layer takes two hidden layers");
  train::need_plain(knobs, "the theory is of a plain network");
  if (knobs.init != nn::Initializer()) train::refuse("--init", knobs.init.to_string(), "auto, he and xavier are what is compared here");
  train::Lesson lesson(about, knobs);

  const Moments m = moments(f);
  const double gain = nn::auto_gain(knobs.activation);
  lesson.number("second_moment", m.second_moment);
  lesson.number("derivative_second_moment", m.derivative_second_moment);
  lesson.number("gain", gain);
  lesson.say(fmt::format("{}: E f^2 = {:.4g}, E f'^2 = {:.4g} for g ~ N(0, 1), so auto draws weights from N(0, {:.4g}/fan_in)\n",
                         f.to_string(), m.second_moment, m.derivative_second_moment, gain * gain));

  const std::string seen = compare(lesson, knobs, f, gain * gain);
  return lesson.finish(fmt::format("A layer multiplies delta by (and after training the test accuracy is): {}.", seen));
}

int main(int argc, char** argv) {
  return train::guarded_main(argc, argv, about, learn,
                             {.activation = Activation::parse("tanh(x/2)/2"), .depth = 20, .epochs = 2, .train_samples = 10000});
}

// Expected output (seed 1; abridged):
//
//   tanh(x/2)/2: E f^2 = 0.04338, E f'^2 = 0.04484 for g ~ N(0, 1), so auto draws weights from N(0, 22.3/fan_in)
//
//     factor a layer of         h theory  measured  delta theory  measured  train, %   test, %
//     auto                        0.9620    0.9626        0.9513    0.9581     73.00     71.28
//     he                          0.3528    0.3528        0.3478    0.3499     10.27     10.00
//     xavier                      0.2498    0.2497        0.2465    0.2479     10.16     10.00
//   A layer multiplies delta by (and after training the test accuracy is): auto 0.958 (71.3 %), he 0.350 (10.0 %), xavier 0.248 (10.0 %);
//   theory is at most 0.7 % off.
//
// tanh(x/2)/2 is sigmoid(x) - 1/2, with a slope of at most 1/4. He's rule was made for relu and Xavier's for a slope of 1 at 0; here a
// layer keeps a third or a quarter of the signal, both ways. In the picture the dots lie on the lines: both integrals are right before
// anything is trained. Nor is auto the last word: it keeps delta where z has variance 1, and z need not stay there (--activation silu).
