// Pictures of where gradients go: what each step back takes of them, and which depths they still reach.
#pragma once
#include <string>

#include "seegrad/activation/activation.hpp"
#include "seegrad/observe/gradient_ledger.hpp"
#include "seegrad/observe/phase_grid.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/record/heat_map.hpp"

namespace seegrad::records {

/// Two bars for each hidden layer, the first on the left: log10 of what the weights above and the slope multiply RMS delta with. Below 0 it
/// shrinks. What is not finite has no bar, and the chart counts it.
Chart step_chart(const observe::GradientAccount& account, std::string subtitle);

/// The grid's accuracies, and over them what theory says (observe/mean_field.hpp): the line of `reach` times xi, and the critical
/// sigma_w^2 as a dashed one. Throws Error as HeatMap::draw() does when it is drawn, and as mean_field() does.
HeatMap phase_map(const observe::PhaseGrid& grid, const Activation& f, double sigma_b2, double reach);

}  // namespace seegrad::records
