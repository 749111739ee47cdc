// Optimisers against plain loops over PyTorch's documented formulas, several steps long.
#include "seegrad/optim/optimizer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/tensor/observer.hpp"

using namespace seegrad;
using namespace seegrad::optim;
using Catch::Matchers::Contains;

namespace {

std::vector<double> random_values(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> values(count);
  for (double& value : values) value = random.normal();
  return values;
}

nn::Parameter parameter(std::string name, const Tensor& tensor, bool decay = true) { return {std::move(name), tensor, decay}; }

/// One element's memory.
struct Memory {
  double first = 0, second = 0;
};

/// The documentation of torch.optim, line by line, for one element. Returns the new value.
double reference(const OptimizerOptions& o, double w, double g, double decay, int t, Memory& m) {
  if (o.name == "adamw")
    w -= o.learning_rate * decay * w;
  else
    g += decay * w;
  if (o.name == "sgd") {
    if (o.momentum != 0) {
      m.first = t == 1 ? g : o.momentum * m.first + g;
      g = o.nesterov ? g + o.momentum * m.first : m.first;
    }
    return w - o.learning_rate * g;
  }
  if (o.name == "rmsprop") {
    m.first = o.alpha * m.first + (1 - o.alpha) * g * g;
    const double scaled = g / (std::sqrt(m.first) + o.epsilon);
    m.second = o.momentum * m.second + scaled;
    return w - o.learning_rate * m.second;
  }
  m.first = o.beta1 * m.first + (1 - o.beta1) * g;
  m.second = o.beta2 * m.second + (1 - o.beta2) * g * g;
  const double m_hat = m.first / (1 - std::pow(o.beta1, t)), v_hat = m.second / (1 - std::pow(o.beta2, t));
  return w - o.learning_rate * m_hat / (std::sqrt(v_hat) + o.epsilon);
}

const std::vector<const char*> settings{"sgd",
                                        "sgd(lr=0.05, momentum=0.9)",
                                        "sgd(momentum=0.8, nesterov=1)",
                                        "sgd(momentum=0.9, weight_decay=0.01)",
                                        "sgd(momentum=0.9, nesterov=1, weight_decay=0.1)",
                                        "adam",
                                        "adam(lr=0.1, beta1=0.5, beta2=0.9, epsilon=0.001, weight_decay=0.1)",
                                        "adamw",
                                        "adamw(lr=0.1, weight_decay=0.3)",
                                        "rmsprop",
                                        "rmsprop(lr=0.05, alpha=0.9, momentum=0.9, weight_decay=0.05)"};

class Changes : public Observer {
 public:
  std::vector<std::pair<Tensor, double>> heard;
  void update(const UpdateEvent& event) override { heard.emplace_back(event.parameter, event.change_rms()); }
};

}  // namespace

TEMPLATE_TEST_CASE("every optimiser follows PyTorch's formulas", "[optim]", float, double) {
  const TensorOptions options{dtype_of<TestType>(), {}};
  const double tolerance = sizeof(TestType) == 4 ? 3e-5 : 1e-13;
  constexpr std::size_t n = 301;  // more than a block, and no multiple of any vector
  for (const std::string name : settings) {
    for (const double scale : {1.0, 0.25}) {
      INFO(name << ", scale " << scale);
      const OptimizerOptions chosen = OptimizerOptions::parse(name);
      Tensor decays = Tensor::from(random_values(n, 1), {7, 43}, options), stays = Tensor::from(random_values(3, 2), {3}, options);
      std::vector<double> expected = decays.to_vector(), expected_stays = stays.to_vector();
      std::vector<Memory> memory(n), memory_stays(3);
      Optimizer optimizer = make_optimizer(chosen, {parameter("w", decays), parameter("slope", stays, false)});
      for (int t = 1; t <= 6; ++t) {
        const std::vector<Tensor> slopes{Tensor::from(random_values(n, std::uint64_t(10 * t)), {7, 43}, options),
                                         Tensor::from(random_values(3, std::uint64_t(10 * t + 1)), {3}, options)};
        const auto g = slopes[0].to_vector(), g_stays = slopes[1].to_vector();
        optimizer.step(slopes, scale);
        for (std::size_t i = 0; i < n; ++i) expected[i] = reference(chosen, expected[i], scale * g[i], chosen.weight_decay, t, memory[i]);
        for (std::size_t i = 0; i < 3; ++i)
          expected_stays[i] = reference(chosen, expected_stays[i], scale * g_stays[i], 0, t, memory_stays[i]);
        CHECK(slopes[0].to_vector() == g);  // gradients are left as they were
      }
      const auto close = [&](double a, double b) { return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)); };
      const auto found = decays.to_vector(), found_stays = stays.to_vector();
      CHECK(std::equal(found.begin(), found.end(), expected.begin(), close));
      CHECK(std::equal(found_stays.begin(), found_stays.end(), expected_stays.begin(), close));
      CHECK(optimizer.steps() == 6);
    }
  }
}

TEST_CASE("the first steps can be worked out by hand", "[optim]") {
  Tensor w = Tensor::from({1}, {1}, {DType::float64, {}});
  const std::vector<Tensor> g{Tensor::from({2}, {1}, {DType::float64, {}})};
  SECTION("sgd with momentum starts from the gradient itself") {
    Optimizer optimizer(OptimizerOptions::parse("sgd(lr=0.1, momentum=0.5)"), {parameter("w", w)});
    optimizer.step(g);
    CHECK(w.item() == Approx(0.8).epsilon(1e-15));
    optimizer.step(g);
    CHECK(w.item() == Approx(0.5).epsilon(1e-15));
  }
  SECTION("adam's first step is the learning rate") {
    Optimizer optimizer(OptimizerOptions::parse("adam(lr=0.1)"), {parameter("w", w)});
    optimizer.step(g);
    CHECK(w.item() == Approx(0.9).epsilon(1e-8));
  }
  SECTION("adamw shrinks by lr * decay first") {
    Optimizer optimizer(OptimizerOptions::parse("adamw(lr=0.1, weight_decay=0.5)"), {parameter("w", w)});
    optimizer.step(g);
    CHECK(w.item() == Approx(0.85).epsilon(1e-8));
  }
}

TEST_CASE("every optimiser goes downhill on a bowl", "[optim]") {
  for (const std::string& name : optimizer_names()) {
    INFO(name);
    Tensor w = Tensor::from({3, -2}, {2}).requires_grad(true);
    OptimizerOptions options = OptimizerOptions::parse(name);
    options.learning_rate = 0.05;
    Optimizer optimizer(options, {parameter("w", w)});
    for (int i = 0; i < 300; ++i) optimizer.step(gradients(sum(w * w), {w}));
    for (const double value : w.to_vector()) CHECK(std::abs(value) < 0.1);
  }
}

TEST_CASE("observers hear how far each parameter went", "[optim][observer]") {
  Tensor a = Tensor::from({1, 2}, {2}), b = Tensor::from({3}, {1});
  Optimizer optimizer(OptimizerOptions::parse("sgd(lr=0.5)"), {parameter("a", a), parameter("b", b)});
  const std::vector<Tensor> slopes{Tensor::from({6, 8}, {2}), Tensor::from({-2}, {1})};
  Changes changes;
  {
    const Listening listening(changes);
    optimizer.step(slopes);
  }
  optimizer.step(slopes);
  REQUIRE(changes.heard.size() == 2);
  CHECK(changes.heard[0].first.same_as(a));
  CHECK(changes.heard[0].second == Approx(std::sqrt((9 + 16) / 2.0)).epsilon(1e-6));
  CHECK(changes.heard[1].second == Approx(1).epsilon(1e-6));
}

TEST_CASE("an optimiser goes on from saved state as if nothing had happened", "[optim]") {
  for (const char* name : {"sgd(momentum=0.9)", "adam", "adamw", "rmsprop(momentum=0.5)"}) {
    INFO(name);
    const OptimizerOptions options = OptimizerOptions::parse(name);
    const auto slope = [](std::uint64_t step) { return std::vector<Tensor>{Tensor::from(random_values(5, step), {5})}; };
    Tensor w = Tensor::from(random_values(5, 1), {5});
    Optimizer first(options, {parameter("0.weight", w)});
    first.step(slope(1));
    first.step(slope(2));

    Tensor copy = Tensor::from(w.to_vector(), {5});
    Optimizer second(options, {parameter("0.weight", copy)});
    second.set_steps(first.steps());
    const auto from = first.state();
    auto to = second.state();
    REQUIRE(from.size() == to.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      CHECK(from[i].name == to[i].name);
      to[i].tensor.assign(from[i].tensor.to_vector());
    }
    first.step(slope(3));
    second.step(slope(3));
    CHECK(w.to_vector() == copy.to_vector());
  }
}

TEST_CASE("state carries PyTorch's names, and only what is needed", "[optim]") {
  const auto names = [](const char* text) {
    std::vector<std::string> found;
    const Optimizer optimizer(OptimizerOptions::parse(text), {parameter("0.weight", Tensor::zeros({2}))});
    for (const nn::NamedTensor& state : optimizer.state()) found.push_back(state.name);
    return found;
  };
  CHECK(names("sgd").empty());
  CHECK(names("sgd(momentum=0.9)") == std::vector<std::string>{"0.weight.momentum_buffer"});
  CHECK(names("adam") == std::vector<std::string>{"0.weight.exp_avg", "0.weight.exp_avg_sq"});
  CHECK(names("rmsprop") == std::vector<std::string>{"0.weight.square_avg"});
  CHECK(names("rmsprop(momentum=0.1)") == std::vector<std::string>{"0.weight.square_avg", "0.weight.momentum_buffer"});
}

TEST_CASE("steps take no memory after the first", "[optim]") {
  for (const char* name : settings) {
    Tensor w = Tensor::zeros({50, 50});
    Optimizer optimizer(OptimizerOptions::parse(name), {parameter("w", w)});
    const std::vector<Tensor> slope{Tensor::full({50, 50}, 1)};
    optimizer.step(slope);
    const MemoryUse before = w.backend().memory();
    for (int i = 0; i < 5; ++i) optimizer.step(slope);
    INFO(name);
    CHECK(w.backend().memory().bytes_in_use == before.bytes_in_use);
    CHECK(w.backend().memory().system_allocations == before.system_allocations);
  }
}

TEST_CASE("a step computes what still waits for the old parameters", "[optim]") {
  Tensor w = Tensor::from({1, 2}, {1, 2});
  const Tensor old_square = w * w;
  Optimizer optimizer(OptimizerOptions::parse("sgd(lr=1)"), {parameter("w", w)});
  optimizer.step(std::vector<Tensor>{Tensor::full({1, 2}, 1)});
  CHECK(old_square.to_vector() == std::vector<double>{1, 4});
  CHECK(w.to_vector() == std::vector<double>{0, 1});
}

TEST_CASE("settings survive printing", "[optim]") {
  for (const char* text : settings) {
    const OptimizerOptions options = OptimizerOptions::parse(text);
    CHECK(OptimizerOptions::parse(options.to_string()) == options);
  }
  CHECK(OptimizerOptions::parse("SGD(0.5, momentum=0.9)").to_string() == "sgd(lr=0.5, momentum=0.9)");
  CHECK(OptimizerOptions::parse("adamw").weight_decay == 0.01);
  CHECK(OptimizerOptions::parse("sgd") == OptimizerOptions{});
}

TEST_CASE("gradients that do not fit are refused before anything changes", "[optim][errors]") {
  Tensor a = Tensor::from({1, 2}, {2}), b = Tensor::from({3}, {1});
  Optimizer optimizer(OptimizerOptions{}, {parameter("a", a), parameter("b", b)});
  const Tensor good = Tensor::full({2}, 1);
  const auto refused = [&](std::vector<Tensor> slopes, const char* what) {
    CHECK_THROWS_WITH(optimizer.step(slopes), Contains(what));
    CHECK(a.to_vector() == std::vector<double>{1, 2});
    CHECK(optimizer.steps() == 0);
  };
  refused({good}, "1 gradients given for 2 parameters");
  refused({good, Tensor::zeros({2})}, "the gradient of b is float32 [2]");
  refused({good, Tensor::zeros({1}, {DType::float64, {}})}, "float64 [1]");
  refused({good, Tensor{}}, "the gradient of b is an empty tensor");
  CHECK_THROWS_AS(Optimizer(OptimizerOptions{}, {}), UsageError);
  CHECK_THROWS_WITH(Optimizer(OptimizerOptions{}, {parameter("a", a), parameter("b", a)}), Contains("b is given twice"));
}

TEST_CASE("wrong settings are refused by name and value", "[optim][errors]") {
  CHECK_THROWS_WITH(OptimizerOptions::parse("adm"), Contains("'adm'") && Contains("did you mean 'adam'?"));
  for (const char* text : {"", "sgd(", "sgd(0)", "sgd(lr=-1)", "sgd(lr=nan)", "sgd(lr=inf)", "sgd(momentum=1)", "sgd(momentum=-0.1)",
                           "sgd(nesterov=1)", "sgd(momentum=0.9, nesterov=2)", "adam(beta1=1)", "adam(momentum=0.9)", "adam(epsilon=0)",
                           "rmsprop(alpha=1)", "adamw(weight_decay=-1)", "sgd(lr=1, lr=2)"}) {
    INFO(text);
    CHECK_THROWS_AS(OptimizerOptions::parse(text), UsageError);
  }
  OptimizerOptions options;
  options.learning_rate = 0;
  CHECK_THROWS_WITH(options.check(), Contains("--lr") && Contains(": 0 ") && Contains("greater than 0"));
  Tensor w = Tensor::zeros({1});
  CHECK_THROWS_AS(Optimizer(options, {parameter("w", w)}), UsageError);
  Optimizer optimizer(OptimizerOptions{}, {parameter("w", w)});
  optimizer.set_learning_rate(0);
  CHECK_THROWS_AS(optimizer.set_learning_rate(-1), UsageError);
  CHECK_THROWS_AS(optimizer.set_learning_rate(NAN), UsageError);
  CHECK_THROWS_AS(optimizer.set_steps(-1), UsageError);
}

TEST_CASE("a loss that is not a number stops the optimiser before it spoils the parameters, and for good", "[optim]") {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    for (const std::string name : settings) {
      INFO(name << ", loss " << bad);
      Tensor w = Tensor::from({0.5, -1.0, 2.0}, {3});
      const std::vector<double> before = w.to_vector();
      Optimizer optimizer = make_optimizer(OptimizerOptions::parse(name), {parameter("w", w)});
      const std::vector<Tensor> slopes{Tensor::from({0.5, -1.0, 2.0}, {3})};
      optimizer.step(slopes, 1, Tensor::scalar(0.5));
      const std::vector<double> after_one = w.to_vector();
      CHECK(after_one != before);
      optimizer.step(slopes, 1, Tensor::scalar(bad));
      CHECK(w.to_vector() == after_one);
      optimizer.step(slopes, 1, Tensor::scalar(0.5));
      CHECK(w.to_vector() == after_one);
    }
  }
}

TEST_CASE("who begins a step by hand takes the same steps", "[optim]") {
  for (const std::string name : settings) {
    INFO(name);
    Tensor by_hand = Tensor::from({0.5, -1.0, 2.0}, {3}), plain = Tensor::from({0.5, -1.0, 2.0}, {3});
    Optimizer first = make_optimizer(OptimizerOptions::parse(name), {parameter("w", by_hand)});
    Optimizer second = make_optimizer(OptimizerOptions::parse(name), {parameter("w", plain)});
    for (int step = 0; step < 3; ++step) {
      const std::vector<Tensor> slopes{Tensor::from({0.5, -1.0, 2.0}, {3})};
      first.begin_step();
      first.step(slopes, 0.5);
      second.step(slopes, 0.5);
      CHECK(by_hand.to_vector() == plain.to_vector());
    }
    CHECK(first.steps() == 3);
    CHECK(second.steps() == 3);
  }
}
