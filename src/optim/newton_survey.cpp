#include "seegrad/optim/newton_survey.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "seegrad/math/error.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"

namespace seegrad::optim {
namespace {

constexpr double same_loss = 1e-6;

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers.empty() ? std::numeric_limits<double>::quiet_NaN() : numbers[numbers.size() / 2];
}

void summarise(NewtonSurvey& survey) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const NewtonSearch& s : survey.searches)
    if (s.end.converged) lowest = std::min(lowest, s.end.loss);
  std::vector<double> steps, bends;
  const double one = 1 / static_cast<double>(survey.searches.size());
  std::int64_t flat = 0, negative = 0;
  for (NewtonSearch& s : survey.searches) {
    s.arrived = s.end.converged && s.end.loss < lowest + same_loss;
    flat += s.end.flat ? 1 : 0;
    negative += s.end.negative_curvature ? 1 : 0;
    if (!s.arrived) continue;
    steps.push_back(s.end.steps);
    bends.push_back(s.from_bend);
  }
  survey.arrived = static_cast<double>(steps.size()) * one;
  survey.flat = static_cast<double>(flat) * one;
  survey.negative_curvature = static_cast<double>(negative) * one;
  survey.steps = median(std::move(steps));
  survey.from_bend = median(std::move(bends));
}

}  // namespace

NewtonSurvey survey_newton(const FunctionOfParameters& errors, std::span<const Tensor> starts, const NewtonOptions& options) {
  if (starts.empty()) throw Error("newton survey: there is no place to start from");
  const auto loss = [&](const Tensor& parameters) {
    const Tensor e = errors(parameters);
    return mean(e * e);
  };
  NewtonSurvey survey;
  for (const Tensor& start : starts) {
    NewtonSearch search{.start = start, .end = newton(loss, start, options)};
    const Tensor without_bend = gauss_newton(errors, start);
    const double bend = length_of(search.end.first.hessian - without_bend);
    search.from_bend = bend == 0 ? 0 : bend / (bend + length_of(without_bend));
    survey.searches.push_back(std::move(search));
  }
  summarise(survey);
  return survey;
}

std::vector<Tensor> grid_of_starts(double low, double high, std::int64_t points) {
  if (points < 2) throw Error("newton survey: a grid needs two points a side or more");
  std::vector<Tensor> starts;
  const auto at = [&](std::int64_t i) { return std::lerp(low, high, static_cast<double>(i) / static_cast<double>(points - 1)); };
  for (std::int64_t i = 0; i < points; ++i)
    for (std::int64_t j = 0; j < points; ++j) starts.push_back(Tensor::from({at(i), at(j)}, {2}, {.dtype = DType::float64}));
  return starts;
}

}  // namespace seegrad::optim
