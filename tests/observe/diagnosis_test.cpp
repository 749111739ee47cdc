#include "seegrad/observe/diagnosis.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace seegrad::observe;

namespace {

/// Hidden layers whose RMS delta shrinks by `factor` a layer on the way back, and an output layer.
std::vector<LayerStatistics> network(std::size_t hidden, double factor) {
  std::vector<LayerStatistics> layers(hidden + 1);
  for (std::size_t i = 0; i <= hidden; ++i) {
    layers[i].layer = static_cast<std::int64_t>(i) + 1;
    layers[i].activation = i < hidden ? "relu" : "";
    layers[i].delta_rms = std::pow(factor, static_cast<double>(hidden - i));
    layers[i].update_ratio = 1e-3;
  }
  return layers;
}

std::vector<std::string> names(const std::vector<Diagnosis>& found) {
  std::vector<std::string> list;
  for (const Diagnosis& diagnosis : found) {
    list.push_back(diagnosis.name);
    CHECK_FALSE(diagnosis.evidence.empty());
    CHECK_FALSE(diagnosis.remedy.empty());
    CHECK(describe(diagnosis).find('\n') == std::string::npos);
  }
  return list;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("a healthy network has no diagnosis", "[observe]") {
  CHECK(diagnose({network(10, 0.95)}).empty());
  CHECK(diagnose({}).empty());
  CHECK(diagnose({network(3, 0.3)}).empty());  // too few layers for a fit
}

TEST_CASE("deltas that shrink or grow on the way back are named with their factor", "[observe]") {
  const auto vanishing = diagnose({network(10, 0.23)});
  REQUIRE(names(vanishing) == List{"vanishing"});
  CHECK(vanishing[0].severity == Diagnosis::Severity::failure);
  CHECK(vanishing[0].evidence[0].value == Approx(0.23));
  CHECK(diagnose({network(4, 0.5)})[0].severity == Diagnosis::Severity::warning);
  CHECK(names(diagnose({network(5, 1.6)})) == List{"exploding"});
  CHECK(names(diagnose({network(2, 1e-4)})) == List{"vanishing"});
}

TEST_CASE("an update of a tenth of the weight is too much", "[observe]") {
  auto layers = network(2, 1);
  layers[1].update_ratio = 0.3;
  const auto found = diagnose({layers});
  REQUIRE(names(found) == List{"exploding"});
  CHECK(found[0].layer == 2);
}

TEST_CASE("a loss that stays at what guessing costs is noticed after 500 updates", "[observe]") {
  ChanceMeter meter(10);
  for (int i = 0; i < 499; ++i) meter.add(std::log(10.0) + (i % 2 ? 0.01 : -0.01));
  CHECK(diagnose({{}, nullptr, &meter, {}}).empty());
  meter.add(2.3);
  CHECK(names(diagnose({{}, nullptr, &meter, {}})) == List{"chance_level"});
  for (int i = 0; i < 60; ++i) meter.add(1.0);
  CHECK(diagnose({{}, nullptr, &meter, {}}).empty());
}

TEST_CASE("a loss that is not finite is named with its step", "[observe]") {
  const auto found = diagnose({{}, nullptr, nullptr, NotFinite{17, std::numeric_limits<double>::quiet_NaN(), 2, "relu"}});
  REQUIRE(names(found) == List{"not_finite"});
  CHECK(found[0].layer == 2);
  CHECK(found[0].evidence[0].value == 17);
}
