// The run's activation for the page: its curve, its slope, and what its property card says in a few lines.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "seegrad/activation/activation.hpp"

namespace seegrad::records::report {

struct ActivationFacts {
  std::string name, formula;
  std::vector<std::pair<std::string, std::string>> card;
  std::vector<double> x, f, df;
};

/// Nothing for a text that names no elementwise activation known here: a layer that looks at whole rows, a formula of somebody's program.
std::optional<Activation> elementwise(const std::string& text);

ActivationFacts facts_of(const Activation& activation);

}  // namespace seegrad::records::report
