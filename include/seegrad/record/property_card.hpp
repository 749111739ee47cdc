// The property card on paper: for a terminal, as Markdown, JSON and CSV. What is measured, and how: activation/properties.hpp.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/activation/properties.hpp"
#include "seegrad/record/layer_table.hpp"

namespace seegrad::records {

/// Nanoseconds an element on this machine, and what moving the same memory costs at least; only when somebody measured.
struct MeasuredCost {
  double forward = 0, backward = 0, forward_bound = 0, backward_bound = 0;
};

struct PropertyCard {
  explicit PropertyCard(Activation f) : activation(std::move(f)), properties(properties_of(activation)) {}

  Activation activation;
  Properties properties;
  std::optional<MeasuredCost> measured;
};

/// Up to this |mean| beside the standard deviation, f(z) counts as zero-centred.
inline constexpr double centred_ratio = 0.05;

/// Four significant digits; "0" for what rounding left of 0; "inf" or, where the reader has it, the sign of infinity.
std::string short_number(double value, bool unicode = false);
/// "(0, 1)", "[-0.17, inf)": a bracket where the bound is attained.
std::string range_of(const Properties& card, bool unicode = false);
/// "C0 with kinks at -3, 3", "smooth (C2 or better)"
std::string smoothness_of(const Properties& card);
std::string_view name_of(Smoothness smoothness);  ///< "discontinuous", "C0", "C1", "C2+"
std::string_view name_of(Direction direction);    ///< "increasing", ..., "no"
std::string_view name_of(Curvature curvature);

/// One card, lines ending in '\n'.
std::string card_text(const PropertyCard& card, TextStyle style);
std::string card_markdown(const PropertyCard& card);

/// The keys of the contract (name, formula, parameters, range, monotone, smoothness, kinks, sup_derivative, zero_centred, odd, even,
/// mean, second_moment, derivative_second_moment, gain, zero_share, saturation) and more. JSON has no words for numbers that
/// are not finite: they are the strings "Infinity", "-Infinity" and "NaN"; what could not be decided is null.
std::string to_json(const PropertyCard& card);
/// An array of cards.
std::string to_json(std::span<const PropertyCard> cards);
/// A header and one row an activation; what could not be decided is an empty field.
std::string cards_csv(std::span<const PropertyCard> cards);

/// f, f' and f'' at some points, as a backend computed them.
struct CurvePoints {
  std::string activation, device, type;
  std::vector<double> x, f, df, d2f;
};
/// {"name", "device", "type", "x", "f", "df", "d2f"}; numbers that are not finite as above.
std::string to_json(const CurvePoints& points);

}  // namespace seegrad::records
