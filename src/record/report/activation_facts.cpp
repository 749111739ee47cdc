#include "record/report/activation_facts.hpp"

#include <fmt/format.h>

#include "seegrad/math/error.hpp"
#include "seegrad/record/property_card.hpp"

namespace seegrad::records::report {
namespace {

std::string or_unknown(const std::optional<double>& value) { return value ? short_number(*value) : "unknown"; }

std::string symmetry_of(Symmetry symmetry) { return symmetry == Symmetry::odd ? "odd" : symmetry == Symmetry::even ? "even" : "none"; }

std::string share(double mass) { return fmt::format("{:.3g} % of a standard normal", 100 * mass); }

}  // namespace

std::optional<Activation> elementwise(const std::string& text) {
  try {
    return Activation::parse(text);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

ActivationFacts facts_of(const Activation& activation) {
  constexpr int points = 161, middle = points / 2, a_unit = 10;
  const PropertyCard card(activation);
  const Properties& p = card.properties;
  ActivationFacts facts{activation.to_string(), std::string(activation.formula().mathematics()), {}, {}, {}, {}};
  facts.card = {{"range", range_of(p)},
                {"monotone", std::string(name_of(p.direction))},
                {"symmetry", symmetry_of(p.symmetry)},
                {"smoothness", smoothness_of(p)},
                {"largest |f'|", p.slope ? short_number(p.slope->value) : "unknown"},
                {"mean E f", or_unknown(p.mean)},
                {"E f^2", or_unknown(p.second_moment)},
                {"E f'^2", or_unknown(p.derivative_second_moment)},
                {"gain", or_unknown(p.gain)},
                {"exactly 0", share(p.zero_share)},
                {"saturated", share(p.saturated_mass)}};
  for (int i = 0; i < points; ++i) {
    const double x = static_cast<double>(i - middle) / a_unit;
    facts.x.push_back(x);
    facts.f.push_back(activation.at(x));
    facts.df.push_back(activation.derivative(x));
  }
  return facts;
}

}  // namespace seegrad::records::report
