// Optimisers on both devices, step for step. An element's update is a handful of operations of the type, contracted differently here and
// there, so after some steps it may be off by some epsilons of the parameter's size.
#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>

#include "compare.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/optim/optimizer.hpp"
#include "seegrad/tensor/observer.hpp"

namespace seegrad::testing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t sizes_of_parameters[] = {1, 2, 7, 256, 1000, 4096, 100003};

Numbers drawn(std::int64_t count, std::uint64_t seed, double deviation) {
  Random random(seed);
  Numbers values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(double{static_cast<float>(random.normal(0, deviation))});
  return values;
}

class Sizes final : public Observer {
 public:
  void update(const UpdateEvent& event) override {
    rms.push_back(event.before_rms()), rms.push_back(event.change_rms());
    const auto at = [&](Total which) {
      return event.gradient_totals.to_vector()[static_cast<std::size_t>(event.row * total_count) + static_cast<std::size_t>(which)];
    };
    for (const Total which : {Total::squares, Total::coherence, Total::coherent_rows, Total::nans}) gradient_totals.push_back(at(which));
  }
  Numbers rms, gradient_totals;
};

struct Course {
  std::string optimizer = "sgd(momentum=0.9)";
  DType dtype = DType::float32;
  int steps = 6;
  int nan_at = -1;       ///< the step whose loss is NaN; -1: there is none
  bool has_loss = true;  ///< the optimiser is told the loss
  bool measured = true;
  double gradient_scale = 1;
  std::int64_t many = 0;  ///< further parameters of three elements
};

/// Parameters and what the optimiser remembers after each step, and how far each step went.
struct Result {
  std::vector<std::vector<Numbers>> after;
  Numbers rms, gradient_totals;
};

Result run(const Course& course, Device device) {
  std::vector<nn::Parameter> parameters;
  const auto add = [&](std::int64_t count) {
    const std::uint64_t number = parameters.size();
    parameters.push_back(
        {"p" + std::to_string(number), tensor_on(device, drawn(count, number, 1), {count}, course.dtype), number % 3 != 2});
  };
  for (const std::int64_t count : sizes_of_parameters) add(count);
  for (std::int64_t i = 0; i < course.many; ++i) add(3);
  optim::Optimizer optimizer(optim::OptimizerOptions::parse(course.optimizer), parameters);
  Result result;
  Sizes sizes;
  for (int step = 0; step < course.steps; ++step) {
    std::vector<Tensor> gradients;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::int64_t count = parameters[i].tensor.count();
      gradients.push_back(tensor_on(device, drawn(count, 1000 * static_cast<std::uint64_t>(step + 1) + i, 0.5), {count}, course.dtype));
    }
    optimizer.set_learning_rate(0.02 / (1 + step));
    const Tensor loss = course.has_loss ? Tensor::scalar(step == course.nan_at ? nan : 1.5, {course.dtype, device}) : Tensor();
    std::optional<Listening> listening;
    if (course.measured) listening.emplace(sizes);
    optimizer.step(gradients, course.gradient_scale, loss);
    listening.reset();
    result.after.emplace_back();
    for (const nn::Parameter& parameter : parameters) result.after.back().push_back(parameter.tensor.to_vector());
    for (const nn::NamedTensor& state : optimizer.state()) result.after.back().push_back(state.tensor.to_vector());
  }
  result.rms = sizes.rms;
  result.gradient_totals = sizes.gradient_totals;
  return result;
}

const std::vector<std::string>& optimizers() {
  static const std::vector<std::string> all{"sgd",
                                            "sgd(weight_decay=0.1)",
                                            "sgd(momentum=0.9)",
                                            "sgd(momentum=0.9, nesterov=1, weight_decay=0.01)",
                                            "adam",
                                            "adam(beta1=0.5, weight_decay=0.1)",
                                            "adamw",
                                            "rmsprop",
                                            "rmsprop(momentum=0.8, weight_decay=0.01)"};
  return all;
}

void check_same(const Course& course) {
  const Result expected = run(course, cpu_device), found = run(course, gpu_device);
  for (std::size_t step = 0; step < expected.after.size(); ++step) {
    INFO(course.optimizer << " " << name_of(course.dtype) << ", step " << step);
    CHECK(differences_in_size(expected.after[step], found.after[step], course.dtype, 16) == "");
  }
  // Squares of differences of the parameters: half an epsilon of a parameter (at most 5) beside a change of some thousandths.
  const double share = course.dtype == DType::float64 ? 1e-9 : 1e-3;
  REQUIRE(expected.rms.size() == found.rms.size());
  for (std::size_t i = 0; i < expected.rms.size(); ++i) {
    INFO(course.optimizer << " " << name_of(course.dtype) << ", size " << i);
    CHECK(found.rms[i] == Approx(expected.rms[i]).epsilon(i % 2 == 0 ? 1e-5 : share).margin(1e-12));
  }
  REQUIRE(expected.gradient_totals.size() == found.gradient_totals.size());
  for (std::size_t i = 0; i < expected.gradient_totals.size(); ++i) {
    INFO(course.optimizer << " " << name_of(course.dtype) << ", total " << i);
    CHECK(found.gradient_totals[i] == Approx(expected.gradient_totals[i]).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("every optimiser takes the same steps on both devices", "[gpu][optim]") {
  for (const std::string& optimizer : optimizers())
    for (const DType dtype : {DType::float32, DType::float64}) check_same({.optimizer = optimizer, .dtype = dtype});
}

TEST_CASE("all optimisers are tried", "[gpu][optim]") {
  for (const std::string& name : optim::optimizer_names())
    CHECK(std::any_of(optimizers().begin(), optimizers().end(), [&](const std::string& text) { return text.starts_with(name); }));
}

TEST_CASE("hundreds of parameters are updated side by side, with gradients that were clipped", "[gpu][optim]") {
  check_same({.optimizer = "adam", .gradient_scale = 0.25, .many = 300});
  check_same({.optimizer = "sgd(momentum=0.9)", .measured = false, .gradient_scale = 0.25, .many = 300});
}

TEST_CASE("without anybody to measure or a loss to guard the steps are the same", "[gpu][optim]") {
  for (const char* optimizer : {"sgd", "sgd(momentum=0.9)", "adam", "rmsprop"}) {
    const Course plain{.optimizer = optimizer, .has_loss = false, .measured = false};
    Course all = plain;
    all.has_loss = all.measured = true;
    const Result a = run(plain, gpu_device), b = run(all, gpu_device);
    for (std::size_t i = 0; i < a.after.back().size(); ++i) CHECK(bit_difference(a.after.back()[i], b.after.back()[i]) == "");
  }
}

TEST_CASE("a loss that is NaN stops its step and all later ones, and nothing has moved", "[gpu][optim]") {
  for (const std::string& optimizer : optimizers()) {
    for (const Device device : {cpu_device, gpu_device}) {
      INFO(optimizer << " on " << device.to_string());
      const Result result = run({.optimizer = optimizer, .nan_at = 3}, device);
      for (std::size_t i = 0; i < result.after[2].size(); ++i) {
        CHECK(bit_difference(result.after[2][i], result.after[3][i]) == "");
        CHECK(bit_difference(result.after[2][i], result.after[5][i]) == "");
      }
      CHECK_FALSE(bit_difference(result.after[1][0], result.after[2][0]) == "");  // before, it moved
      const std::size_t per_step = result.rms.size() / 6;
      for (std::size_t i = 0; i < per_step; ++i) CHECK(result.rms[3 * per_step + i] == 0);  // a step that is not taken measures nothing
    }
  }
}

TEST_CASE("infinite losses stop steps too", "[gpu][optim]") {
  for (const double value : {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      const TensorOptions there{dtype, gpu_device};
      const Tensor parameter = Tensor::full({5}, 1, there), gradient = Tensor::full({5}, 1, there);
      optim::Optimizer optimizer(optim::OptimizerOptions::parse("sgd"), {{"p", parameter}});
      optimizer.step(std::vector<Tensor>{gradient}, 1, Tensor::scalar(value, there));
      optimizer.step(std::vector<Tensor>{gradient}, 1, Tensor::scalar(0.5, there));
      CHECK(parameter.to_vector() == Numbers(5, 1));
    }
  }
}

}  // namespace seegrad::testing
