// Property cards and measured speeds as JSON. The numbers of a card are data, so those that are not finite are kept, as words.
#include <array>
#include <cmath>

#include "json_text.hpp"
#include "seegrad/record/property_card.hpp"
#include "seegrad/record/property_table.hpp"
#include "seegrad/record/speed_report.hpp"

namespace seegrad::records {
namespace {

Json word_or_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}
Json word_or_number(const std::optional<double>& value) { return value ? word_or_number(*value) : Json(); }

Json array_of(const std::vector<double>& numbers) {
  Json array = Json::array();
  for (const double number : numbers) array.push_back(word_or_number(number));
  return array;
}

Json array_of(const std::vector<Region>& regions) {
  Json array = Json::array();
  for (const Region& region : regions) array.push_back({word_or_number(region.low), word_or_number(region.high)});
  return array;
}

Json object_of(const Kink& kink) {
  return {{"x", word_or_number(kink.x)},
          {"order", kink.order()},
          {"jump_f", word_or_number(kink.jump[0])},
          {"jump_df", word_or_number(kink.jump[1])},
          {"jump_d2f", word_or_number(kink.jump[2])}};
}

Json object_of(const std::optional<VarianceMap>& map) {
  if (!map) return {};
  Json points = Json::array();
  for (const FixedPoint& point : map->fixed_points)
    points.push_back({{"q", word_or_number(point.q)}, {"slope", word_or_number(point.slope)}, {"stable", point.stable}});
  return {{"weight_scale", word_or_number(map->weight_scale)},
          {"fixed_points", points},
          {"every_q", map->every_q},
          {"runs_away", map->runs_away}};
}

Json object_of(const Float32& f) {
  return {{"worst_ulp", word_or_number(f.worst_ulp)},
          {"worst_ulp_at", word_or_number(f.worst_ulp_at)},
          {"derivative_worst_ulp", word_or_number(f.slope_worst_ulp)},
          {"derivative_worst_ulp_at", word_or_number(f.slope_worst_ulp_at)},
          {"derivative_zero", {word_or_number(f.slope_zero_left), word_or_number(f.slope_zero_right)}},
          {"at_limit", {word_or_number(f.limit_left), word_or_number(f.limit_right)}},
          {"not_finite", word_or_number(f.not_finite)}};
}

Json object_of(const Cost& cost) { return {{"operations", cost.operations}, {"transcendentals", cost.transcendentals}}; }

Json verdicts_of(const PropertyCard& card) {
  constexpr std::array<const char*, 4> words{"yes", "partly", "no", "unknown"};
  Json object = Json::object();
  for (const Property& property : nine_properties()) {
    const Verdict verdict = property.judge(card);
    object[std::string(property.name)] = {{"mark", words[static_cast<std::size_t>(verdict.mark)]}, {"number", verdict.number}};
  }
  return object;
}

void add_shape(Json& json, const Properties& p) {
  const auto value = [](const std::optional<Bound>& b) { return b ? word_or_number(b->value) : Json(); };
  const auto where = [](const std::optional<Bound>& b) { return b ? word_or_number(b->where) : Json(); };
  const auto attained = [](const std::optional<Bound>& b) { return b ? Json(b->attained) : Json(); };
  Json kinks = Json::array();
  for (const Kink& kink : p.kinks) kinks.push_back(object_of(kink));
  json["range"] = {value(p.lower), value(p.upper)};
  json["range_at"] = {where(p.lower), where(p.upper)};
  json["range_attained"] = {attained(p.lower), attained(p.upper)};
  json["limits"] = {word_or_number(p.limit_left), word_or_number(p.limit_right)};
  json["monotone"] = name_of(p.direction);
  const auto slide = [](const std::optional<Slide>& s) {
    return s ? Json{{"from", word_or_number(s->from)}, {"to", word_or_number(s->to)}, {"by", word_or_number(s->by)}} : Json();
  };
  json["falls"] = slide(p.falls);
  json["rises"] = slide(p.rises);
  json["curvature"] = name_of(p.curvature);
  json["smoothness"] = name_of(p.smoothness);
  json["kinks"] = kinks;
  json["nan_regions"] = array_of(p.not_a_number);
  json["sup_derivative"] = value(p.slope);
  json["sup_derivative_at"] = where(p.slope);
  json["lipschitz"] = word_or_number(p.lipschitz);
  json["surrogate_derivative"] = p.surrogate_slope;
  json["odd"] = p.symmetry == Symmetry::odd;
  json["even"] = p.symmetry == Symmetry::even;
}

void add_signal(Json& json, const Properties& p) {
  json["zero_centred"] = p.mean ? Json(p.mean_to_deviation && *p.mean_to_deviation <= centred_ratio) : Json();
  json["mean_to_deviation"] = word_or_number(p.mean_to_deviation);
  json["mean"] = word_or_number(p.mean);
  json["second_moment"] = word_or_number(p.second_moment);
  json["derivative_second_moment"] = word_or_number(p.derivative_second_moment);
  json["gain"] = word_or_number(p.gain);
  json["nonlinearity"] = word_or_number(p.nonlinearity);
  json["zero_share"] = word_or_number(p.zero_share);
  json["zero_regions"] = array_of(p.zeros);
  json["saturation"] = {{"share", word_or_number(p.saturated_mass)},
                        {"threshold", word_or_number(saturated_share_of_slope * p.typical_slope)},
                        {"regions", array_of(p.saturated)}};
  json["variance_map"] = object_of(p.unit_map);
  json["variance_map_with_gain"] = object_of(p.gain_map);
  json["signal_fixed_point"] = p.signal_fixed_point ? Json{{"mean", word_or_number(p.signal_fixed_point->mean)},
                                                           {"variance", word_or_number(p.signal_fixed_point->variance)}}
                                                    : Json();
}

Json object_of(const PropertyCard& card) {
  const Properties& p = card.properties;
  const Formula& formula = card.activation.formula();
  Json json = Json::object(), parameters = Json::array();
  for (std::size_t i = 0; i < formula.parameters().size(); ++i) {
    const Parameter& parameter = formula.parameters()[i];
    parameters.push_back(
        {{"name", parameter.name}, {"value", word_or_number(card.activation.parameters()[i])}, {"learnable", parameter.learnable}});
  }
  json["name"] = card.activation.to_string();
  json["formula"] = formula.mathematics();
  json["parameters"] = parameters;
  add_shape(json, p);
  add_signal(json, p);
  json["learnable_parameters"] = p.learnable_parameters;
  json["cost"] = object_of(p.value_cost);
  json["derivative_cost"] = object_of(p.slope_cost);
  if (card.measured)
    json["measured_ns"] = {{"forward", card.measured->forward},
                           {"backward", card.measured->backward},
                           {"forward_bound", card.measured->forward_bound},
                           {"backward_bound", card.measured->backward_bound}};
  json["float32"] = object_of(p.float32);
  json["nine_properties"] = verdicts_of(card);
  json["remarks"] = p.remarks;
  return json;
}

}  // namespace

std::string to_json(const PropertyCard& card) { return dump(object_of(card)); }

std::string to_json(std::span<const PropertyCard> cards) {
  Json array = Json::array();
  for (const PropertyCard& card : cards) array.push_back(object_of(card));
  return dump(array);
}

std::string to_json(const CurvePoints& points) {
  return dump({{"name", points.activation},
               {"device", points.device},
               {"type", points.type},
               {"x", array_of(points.x)},
               {"f", array_of(points.f)},
               {"df", array_of(points.df)},
               {"d2f", array_of(points.d2f)}});
}

std::string to_json(const SpeedReport& report) {
  Json rows = Json::array();
  for (const observe::Speed& speed : report.speeds) {
    rows.push_back({{"name", speed.name},
                    {"forward_ms", speed.forward.mean},
                    {"forward_sd", speed.forward.deviation},
                    {"backward_ms", speed.backward.mean},
                    {"backward_sd", speed.backward.deviation},
                    {"forward_gbps", speed.forward.gigabytes_per_second},
                    {"backward_gbps", speed.backward.gigabytes_per_second}});
  }
  const observe::SpeedSettings& settings = report.settings;
  return dump({{"device", settings.tensor.device.to_string()},
               {"type", std::string(name_of(settings.tensor.dtype))},
               {"shape", {settings.rows, settings.columns}},
               {"threads", report.threads},
               {"runs", report.fewest_runs()},
               {"warmup", settings.warmup},
               {"interrupted", report.interrupted},
               {"copy_gbps", report.copy_gigabytes_per_second()},
               {"rows", rows}});
}

}  // namespace seegrad::records
