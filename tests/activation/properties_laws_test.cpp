// The property card: what must hold for the card of every activation.
#include "seegrad/activation/moments.hpp"
#include "seegrad/activation/properties.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace seegrad {
namespace {

/// The card of every activation, computed once.
const std::vector<std::pair<Activation, Properties>>& cards() {
  static const auto all = [] {
    std::vector<std::pair<Activation, Properties>> list;
    for (const Activation& f : Activation::all()) list.emplace_back(f, properties_of(f));
    return list;
  }();
  return all;
}

std::vector<double> dense_points() {
  std::vector<double> x;
  for (int i = -30000; i <= 30000; ++i) x.push_back(i * 0.00123457);
  for (double far = 40; far < 1e300; far *= 7.3) {
    x.push_back(far);
    x.push_back(-far);
  }
  return x;
}

bool at_jump(const Properties& card, double x) {
  for (const Kink& kink : card.kinks)
    if (kink.order() == 0 && std::fabs(kink.x - x) < 1e-9) return true;
  return false;
}

}  // namespace

TEST_CASE("every value of every activation lies inside the bounds on its card", "[properties]") {
  const std::vector<double> points = dense_points();
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    REQUIRE(card.lower);
    REQUIRE(card.upper);
    const double slack = 1e-12;
    for (const double x : points) {
      const double y = f.at(x), slope = std::fabs(f.derivative(x));
      if (std::isnan(y)) continue;
      INFO("x = " << x << ", f = " << y << ", f' = " << slope);
      const bool inside = y >= card.lower->value - slack * (1 + std::fabs(y)) && y <= card.upper->value + slack * (1 + std::fabs(y));
      if (!inside) CHECK(inside);
      const bool below = std::isnan(slope) || slope <= card.slope->value * (1 + slack);
      if (!below) CHECK(below);
    }
    for (const Bound& bound : {*card.lower, *card.upper})
      if (bound.attained && !at_jump(card, bound.where)) CHECK(f.at(bound.where) == Approx(bound.value).margin(1e-12));
  }
}

TEST_CASE("every activation rises and falls as its card says", "[properties]") {
  std::vector<double> points = dense_points();
  std::sort(points.begin(), points.end());
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    bool up = false, down = false;
    for (std::size_t i = 1; i < points.size(); ++i) {
      const double before = f.at(points[i - 1]), after = f.at(points[i]);
      const double rounding = 1e-13 * (std::fabs(before) + std::fabs(points[i]));
      up = up || after > before + rounding;
      down = down || after < before - rounding;
    }
    CHECK(up == (card.direction == Direction::increasing || card.direction == Direction::neither));
    CHECK(down == (card.direction == Direction::decreasing || card.direction == Direction::neither));
    if (card.falls) CHECK(f.at(card.falls->from) > f.at(card.falls->to));
    if (card.rises) CHECK(f.at(card.rises->from) < f.at(card.rises->to));
  }
}

TEST_CASE("every kink on a card is one: both sides keep their distance when looked at from nearer", "[properties]") {
  for (const auto& [f, card] : cards())
    for (const Kink& kink : card.kinks) {
      const auto value = [&f = f](int order, double x) {
        return order == 0 ? f.at(x) : order == 1 ? f.derivative(x) : f.second_derivative(x);
      };
      for (const double distance : {1e-4, 1e-6, 1e-8}) {
        const int order = kink.order();
        const double apart = value(order, kink.x + distance) - value(order, kink.x - distance), size = kink.jump[std::size_t(order)];
        INFO(f.to_string() << ": order " << order << " at " << kink.x << ", " << apart << " apart at a distance of " << distance);
        CHECK(apart == Approx(size).epsilon(0.02));
      }
    }
}

TEST_CASE("between the kinks on a card there is no other", "[properties]") {
  // A third difference over a jump of f'' by J is about J; over a smooth stretch it falls with the distance.
  for (const auto& [f, card] : cards()) {
    const double scale = [&, &f = f] {
      double most = 0;
      for (double x = -4; x <= 4; x += 0.01) most = std::max(most, std::fabs(f.second_derivative(x)));
      return most;
    }();
    if (scale == 0) continue;
    for (double x = -8.0003; x < 8; x += 0.0037) {
      bool beside = false;
      for (const Kink& kink : card.kinks) beside = beside || std::fabs(kink.x - x) < 1e-2;
      if (beside) continue;
      double wide = std::fabs(f.second_derivative(x + 1e-3) - f.second_derivative(x - 1e-3));
      if (wide < 0.05 * scale) continue;
      const double narrow = std::fabs(f.second_derivative(x + 1e-5) - f.second_derivative(x - 1e-5));
      INFO(f.to_string() << " at " << x << ": " << wide << ", then " << narrow);
      if (narrow > 0.5 * wide) CHECK(narrow <= 0.5 * wide);
    }
    SUCCEED();
  }
}

TEST_CASE("odd and even activations mirror themselves", "[properties]") {
  for (const auto& [f, card] : cards()) {
    double odd = 0, even = 0, largest = 0;
    for (double x = 0.0007; x < 20; x += 0.0131) {
      if (at_jump(card, x) || at_jump(card, -x)) continue;
      const double right = f.at(x), left = f.at(-x);
      odd = std::max(odd, std::fabs(left + right));
      even = std::max(even, std::fabs(left - right));
      largest = std::max(largest, std::fabs(right));
    }
    INFO(f.to_string());
    CHECK((card.symmetry == Symmetry::odd) == (odd <= 1e-12 * largest));
    CHECK((card.symmetry == Symmetry::even) == (odd > 1e-12 * largest && even <= 1e-12 * largest));
  }
}

TEST_CASE("zeros and saturated regions of every activation are what they say, up to their ends", "[properties]") {
  const auto inside = [](const std::vector<Region>& list, double x) {
    for (const Region& region : list)
      if (x >= region.low && x <= region.high) return true;
    return false;
  };
  const auto beside = [](const std::vector<Region>& list, double x) {
    for (const Region& region : list)
      if (std::fabs(x - region.low) < 1e-9 || std::fabs(x - region.high) < 1e-9) return true;
    return false;
  };
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    const bool all_listed = card.saturated.size() < 64;  // a wave has more flat places than a card lists
    for (double x = -5.0007; x < 5; x += 0.0171) {
      if (!beside(card.zeros, x)) CHECK(inside(card.zeros, x) == (f.at(x) == 0));
      if (beside(card.saturated, x) || card.typical_slope == 0 || !all_listed) continue;
      CHECK(inside(card.saturated, x) == (std::fabs(f.derivative(x)) < 0.01 * card.typical_slope));
    }
    CHECK(card.zero_share >= 0);
    CHECK(card.zero_share <= 1);
    CHECK(card.saturated_mass <= 1 + 1e-12);
  }
}

TEST_CASE("moments on every card agree with a plain sum over a fine grid", "[properties]") {
  for (const auto& [f, card] : cards()) {
    INFO(f.to_string());
    REQUIRE(card.mean);
    REQUIRE(card.second_moment);
    REQUIRE(card.derivative_second_moment);
    double mean = 0, second = 0, slopes = 0;
    const double h = 1e-4;
    for (double x = -10 + h / 2; x < 10; x += h) {
      const double weight = h * std::exp(-0.5 * x * x) / std::sqrt(2 * std::acos(-1.0));
      const double y = f.at(x), slope = f.derivative(x);
      mean += weight * y;
      second += weight * y * y;
      slopes += weight * slope * slope;
    }
    // the midpoint rule: (h/2)^2/6 f'' inside; at a jump up to h/2 of its size, and some grids hit that
    const double tolerance = 1e-6 + (card.kinks.empty() ? 0 : 4e-5);
    CHECK(*card.mean == Approx(mean).margin(tolerance));
    CHECK(*card.second_moment == Approx(second).epsilon(tolerance).margin(tolerance));
    CHECK(*card.derivative_second_moment == Approx(slopes).epsilon(tolerance).margin(tolerance));
  }
}

TEST_CASE("every fixed point of every variance map is one", "[properties]") {
  for (const auto& [f, card] : cards())
    for (const auto& map : {card.unit_map, card.gain_map}) {
      if (!map) continue;
      for (const FixedPoint& point : map->fixed_points) {
        if (point.q == 0) continue;
        const Moments m = moments(f, std::sqrt(point.q));
        INFO(f.to_string() << ", s = " << map->weight_scale);
        CHECK(map->weight_scale * m.second_moment == Approx(point.q).epsilon(1e-6));
        CHECK(map->weight_scale * m.derivative_second_moment == Approx(point.slope).epsilon(1e-6));
      }
    }
}

}  // namespace seegrad
