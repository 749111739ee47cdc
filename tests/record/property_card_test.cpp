// Property cards on paper: numbers, marks and their thresholds, well-formed tables.
#include "seegrad/record/property_card.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/record/property_table.hpp"

namespace seegrad::records {
namespace {

PropertyCard card_of(std::string_view text) { return PropertyCard(Activation::parse(text)); }

Mark mark_of(const PropertyCard& card, std::string_view name) {
  for (const Property& property : nine_properties())
    if (property.name == name) return property.judge(card).mark;
  FAIL("no property " << name);
  return Mark::unknown;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("the marks are those of the source text where its claims can be measured", "[properties]") {
  const PropertyCard identity = card_of("identity"), sigmoid = card_of("sigmoid"), tanh = card_of("tanh"), relu = card_of("relu"),
                     gelu = card_of("gelu"), step = card_of("step"), prelu = card_of("prelu"), softplus = card_of("softplus");
  CHECK(mark_of(identity, "nonlinear") == Mark::no);
  CHECK(mark_of(relu, "nonlinear") == Mark::yes);
  CHECK(mark_of(step, "differentiable") == Mark::no);
  CHECK(mark_of(relu, "differentiable") == Mark::partly);
  CHECK(mark_of(gelu, "differentiable") == Mark::yes);
  CHECK(mark_of(sigmoid, "stable_gradients") == Mark::no);
  CHECK(mark_of(tanh, "stable_gradients") == Mark::partly);
  CHECK(mark_of(relu, "stable_gradients") == Mark::yes);
  CHECK(mark_of(relu, "cheap") == Mark::yes);
  CHECK(mark_of(sigmoid, "cheap") == Mark::partly);
  CHECK(mark_of(tanh, "monotone") == Mark::yes);
  CHECK(mark_of(gelu, "monotone") == Mark::partly);
  CHECK(mark_of(sigmoid, "controlled_range") == Mark::yes);
  CHECK(mark_of(relu, "controlled_range") == Mark::partly);
  CHECK(mark_of(identity, "controlled_range") == Mark::no);
  CHECK(mark_of(prelu, "few_parameters") == Mark::partly);
  CHECK(mark_of(tanh, "zero_centred") == Mark::yes);
  CHECK(mark_of(relu, "zero_centred") == Mark::no);
  CHECK(mark_of(softplus, "zero_centred") == Mark::no);
  CHECK(mark_of(relu, "sparse") == Mark::yes);
  CHECK(mark_of(gelu, "sparse") == Mark::no);
}

TEST_CASE("numbers on a card are short, without a negative zero", "[properties]") {
  CHECK(short_number(-0.0) == "0");
  CHECK(short_number(1.0 / 3) == "0.3333");
  CHECK(short_number(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(short_number(std::numeric_limits<double>::infinity(), true) == "\u221E");
  CHECK(short_number(std::nan("")) == "NaN");
  CHECK(range_of(card_of("sigmoid").properties) == "(0, 1)");
  CHECK(range_of(card_of("relu").properties) == "[0, inf)");
}

TEST_CASE("every card can be printed in every form", "[properties]") {
  std::vector<PropertyCard> cards;
  for (const Activation& f : Activation::all()) cards.emplace_back(f);
  for (const PropertyCard& card : cards) {
    INFO(card.activation.to_string());
    const auto json = nlohmann::json::parse(to_json(card));
    CHECK(json["name"] == card.activation.to_string());
    const std::string text = card_text(card, {}), markdown = card_markdown(card);
    CHECK(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; }));
    CHECK(text.find("-0 ") == std::string::npos);
    for (const std::string& line : lines_of(markdown))
      if (line.starts_with("|")) CHECK(line.ends_with("|"));
  }
  const auto columns = [](const std::string& line) {
    std::size_t count = 1;
    bool quoted = false;
    for (const char c : line) {
      quoted = quoted != (c == '"');
      count += c == ',' && !quoted;
    }
    return count;
  };
  for (const std::string& table : {cards_csv(cards), table_csv(cards)}) {
    const std::vector<std::string> lines = lines_of(table);
    CHECK(lines.size() == cards.size() + 1);
    for (const std::string& line : lines) CHECK(columns(line) == columns(lines.front()));
  }
  for (const std::string& line : lines_of(table_markdown(cards))) CHECK(std::count(line.begin(), line.end(), '|') == 11);
  CHECK(nlohmann::json::parse(to_json(std::span<const PropertyCard>(cards))).size() == cards.size());
}

TEST_CASE("numbers that JSON does not know are words", "[properties]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto json = nlohmann::json::parse(to_json({"f", "cpu", "float64", {1}, {infinity}, {-infinity}, {std::nan("")}}));
  CHECK(json["f"][0] == "Infinity");
  CHECK(json["df"][0] == "-Infinity");
  CHECK(json["d2f"][0] == "NaN");
  CHECK(nlohmann::json::parse(to_json(card_of("step")))["gain"] == "Infinity");
}

}  // namespace seegrad::records
