#include "seegrad/record/gradient_charts.hpp"

#include <fmt/format.h>

#include <cmath>

#include "seegrad/observe/mean_field.hpp"

namespace seegrad::records {

Chart step_chart(const observe::GradientAccount& account, std::string subtitle) {
  Chart chart("Who takes the gradient away", std::move(subtitle), {"hidden layer (the loss is on the right)"},
              {"log10 of what a step back multiplies it with"});
  std::vector<Point> weights, slopes;
  for (const observe::GradientStep& step : account.steps) {
    const auto x = static_cast<double>(step.layer);
    weights.push_back({x - 0.2, std::log10(step.weights())});
    slopes.push_back({x + 0.2, std::log10(step.slopes())});
  }
  chart.bars("weights above (W^T)", weights, 0.36, {.colour = palette[5]});
  chart.bars("slope f'", slopes, 0.36, {.colour = palette[1]});
  return chart;
}

HeatMap phase_map(const observe::PhaseGrid& grid, const Activation& f, double sigma_b2, double reach) {
  HeatMap map{.title = f.to_string() + ": which depth learns from which start",
              .subtitle = fmt::format("accuracy on the training samples; weights N(0, σ_w²/fan_in), biases N(0, {})", sigma_b2),
              .x_label = "σ_w²",
              .y_label = "hidden layers",
              .x = grid.starts,
              .y = {grid.depths.begin(), grid.depths.end()},
              .value = [grid](std::size_t column, std::size_t row) { return grid.at(column, row); },
              .line_label = fmt::format("theory: {:g} xi", reach),
              .mark_label = "chi_1 = 1"};
  if (grid.starts.size() < 2) return map;
  constexpr int points = 70;
  const double low = grid.starts.front(), high = grid.starts.back();
  for (int i = 0; i <= points; ++i) {
    const double sigma_w2 = std::lerp(low, high, static_cast<double>(i) / points);
    map.line.push_back({sigma_w2, reach * observe::mean_field(f, sigma_w2, sigma_b2).xi});
  }
  map.mark = observe::critical_sigma_w2(f, sigma_b2, low, high);
  return map;
}

}  // namespace seegrad::records
