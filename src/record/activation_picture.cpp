#include "seegrad/record/activation_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "axis_scale.hpp"
#include "jumps.hpp"
#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/chart.hpp"

namespace seegrad::records {
namespace {

constexpr double width = 720, height = 500;
constexpr double usual_reach = 6;
constexpr int samples = 1500;

/// f, f' or f'' with what the picture needs to know about it.
struct Curve {
  const char* name;
  Look look;
  Function function;
  std::vector<Jump> jumps{};
  double largest = 0;       ///< of |function| within the range of the picture
  double largest_near = 0;  ///< the same within half of it, where nearly all of the signal is
  int power_of_ten = 0;     ///< by which it is divided

  std::string label() const {
    if (power_of_ten == 0) return name;
    return fmt::format("{} {} {:.0f}", name, power_of_ten > 0 ? "÷" : "×", std::pow(10, std::abs(power_of_ten)));
  }
  double drawn(double y) const { return y / std::pow(10, power_of_ten); }
};

std::array<Curve, 3> curves_of(const Activation& activation) {
  return {Curve{"f", {.colour = palette[0], .width = 3}, [&](double x) { return activation.at(x); }},
          Curve{"f′", {.colour = palette[1], .width = 2.4, .dash = {9, 6}}, [&](double x) { return activation.derivative(x); }},
          Curve{"f″", {.colour = palette[2], .width = 2.4, .dash = {0.5, 5.5}}, [&](double x) { return activation.second_derivative(x); }}};
}

double largest_of(const Function& f, double from, double to) {
  constexpr int looks = 1000;
  double largest = 0;
  for (int i = 0; i <= looks; ++i) {
    const double y = std::fabs(f(from + (to - from) * i / looks));
    if (std::isfinite(y)) largest = std::max(largest, y);
  }
  return largest;
}

int sign_changes(const Function& f, double reach) {
  constexpr int looks = 4000;
  const double noise = 1e-6 * largest_of(f, -reach, reach);
  int changes = 0;
  double before = 0;
  for (int i = 0; i <= looks; ++i) {
    const double y = f(-reach + 2 * reach * i / looks);
    if (!(std::fabs(y) > noise)) continue;
    if (y * before < 0) ++changes;
    before = y;
  }
  return changes;
}

/// Half the width of the picture: as far as f'' lives, or f or f' jump; less where f oscillates so often that nobody could follow.
double reach_of(const std::array<Curve, 3>& curves) {
  constexpr double farthest = 100, still_alive = 0.03;
  constexpr int most_changes = 14;
  const auto& [f, slope, bend] = curves;
  double reach = usual_reach;
  while (reach > 1e-3 && sign_changes(bend.function, reach) > most_changes) reach /= 2;
  if (reach < usual_reach) return reach;
  const double largest = largest_of(bend.function, -farthest, farthest);
  double jump_at = 0;
  for (const Curve* curve : {&f, &slope}) {
    const double visible = 1e-3 * std::max(curve->function(farthest) - curve->function(-farthest), 1.0);
    for (const Jump& jump : jumps_of(curve->function, {-farthest, farthest}, std::fabs(visible)))
      jump_at = std::max(jump_at, std::fabs(jump.at));
  }
  for (const double wider : {6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 40.0, 60.0}) {
    const double outside = std::max(largest_of(bend.function, -farthest, -wider), largest_of(bend.function, wider, farthest));
    if (outside <= still_alive * largest && jump_at <= 0.85 * wider) return wider;
  }
  return usual_reach;  // a bend that never dies, like that of x^2: no width shows more of it
}

/// The power of ten by which to divide a curve so that one sees it beside f: up to three times as high, down to a thirtieth.
int divisor_for(double largest, double wanted) {
  constexpr int most = 4;
  int power = 0;
  while (largest > 3 * wanted * std::pow(10, power) && power < most) ++power;
  const bool is_zero = largest < 1e-9 * wanted;
  while (!is_zero && largest * 30 < wanted * std::pow(10, power) && power > -most) --power;
  return power;
}

bool is_flat_beyond(const Function& f, double reach) {
  const auto same = [](double a, double b) { return std::fabs(a - b) <= 0.01 * std::fabs(a); };
  return same(f(reach), f(3 * reach)) && same(f(-reach), f(-3 * reach));
}

/// Measures the curves, finds their jumps, and says what heights the picture shows.
Range measured(std::array<Curve, 3>& curves, double reach) {
  for (Curve& curve : curves) {
    curve.largest_near = largest_of(curve.function, -reach / 2, reach / 2);
    curve.largest = largest_of(curve.function, -reach, reach);
    curve.jumps = jumps_of(curve.function, {-reach, reach}, 2e-3 * std::max(curve.largest, 1e-12));
  }
  const double wanted = curves[0].largest_near > 0 ? curves[0].largest_near : 1;
  Range shown{0, 0};
  for (Curve& curve : curves) {
    // All of a curve that levels off; of one that goes on growing, the part that nearly all of the signal sees.
    const bool levels_off = curve.largest <= 1.5 * curve.largest_near || is_flat_beyond(curve.function, reach);
    const double part = levels_off ? reach : reach / 2;
    if (&curve != &curves.front()) curve.power_of_ten = divisor_for(levels_off ? curve.largest : curve.largest_near, wanted);
    constexpr int looks = 1000;
    for (int i = 0; i <= looks; ++i) {
      const double y = curve.drawn(curve.function(part * (2.0 * i / looks - 1)));
      if (!std::isfinite(y) || std::fabs(y) > 3 * wanted) continue;
      shown = {std::min(shown.low, y), std::max(shown.high, y)};
    }
  }
  if (shown.low == shown.high) shown = {-1, 1};
  const double room = 0.07 * (shown.high - shown.low);
  return {shown.low - room, shown.high + room};
}

void draw_gaussian(Chart& chart, double reach, Range heights) {
  constexpr double share = 0.55;  // of the picture's height: the density has units of its own
  std::vector<Point> top;
  for (int i = 0; i <= 240; ++i) {
    const double x = std::min(reach, 5.0) * (i / 120.0 - 1);
    top.push_back({x, heights.low + share * (heights.high - heights.low) * std::exp(-x * x / 2)});
  }
  chart.area("N(0, 1), not to scale", top, heights.low, {.colour = shade, .opacity = 0.38});
}

void draw_curve(Chart& chart, const Curve& curve, double reach) {
  std::vector<std::vector<Point>> pieces = pieces_of(curve.function, {-reach, reach}, curve.jumps, samples);
  for (auto& piece : pieces)
    for (Point& p : piece) p.y = curve.drawn(p.y);
  chart.curve(curve.label(), std::move(pieces), curve.look);
}

void draw_jumps(Chart& chart, const Curve& curve) {
  const auto apart = [&](double a, double b) { return std::fabs(a - b) > 1e-3 * curve.largest; };
  std::vector<Point> rings, discs;
  for (const Jump& jump : curve.jumps) {
    for (const double limit : {jump.left, jump.right})
      if (apart(limit, jump.value)) rings.push_back({jump.at, curve.drawn(limit)});
    discs.push_back({jump.at, curve.drawn(jump.value)});
  }
  chart.markers("", std::move(rings), 4.2, {.colour = curve.look.colour, .width = 2}, true);
  chart.markers("", std::move(discs), 4.6, {.colour = curve.look.colour});
}

/// "f′ jumps at 0", "f″ jumps at −3 and 3"; that there are none, which is said of jumps only: a pole or a gap is none.
std::string sentence_about_jumps(const std::array<Curve, 3>& curves) {
  std::string sentence;
  for (const Curve& curve : curves) {
    if (curve.jumps.empty()) continue;
    sentence += fmt::format("{}{} jumps at ", sentence.empty() ? "" : "; ", curve.name);
    constexpr std::size_t most = 6;
    for (std::size_t i = 0; i < std::min(curve.jumps.size(), most); ++i)
      sentence += (i == 0 ? "" : i + 1 == curve.jumps.size() ? " and " : ", ") + short_number(curve.jumps[i].at, 4);
    if (curve.jumps.size() > most) sentence += " and more";
  }
  return sentence.empty() ? "neither f nor f′ nor f″ jumps" : sentence;
}

std::string sentence_about_moments(const Activation& activation) {
  constexpr double accuracy = 1e-9;  // of the moments: a mean below it is 0 as far as anybody knows
  const auto text = [](double value) { return short_number(std::fabs(value) < accuracy ? 0 : value); };
  try {
    const Moments m = moments(activation);
    return fmt::format("for z ~ N(0, 1): mean E f = {}, second moment E f² = {}, gain 1/√(E f′²) = {}", text(m.mean), text(m.second_moment),
                       text(m.gain));
  } catch (const Error&) {
    return "for z ~ N(0, 1): moments do not exist, f or f′ is not finite somewhere";
  }
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
}

/// Mathematics as books print it, as far as characters alone can.
std::string printed(std::string_view mathematics) {
  std::string text(mathematics);
  replace_all(text, "*", "·");
  replace_all(text, "Phi", "Φ");
  for (const auto& [typed, book] : {std::pair{"^2", "²"}, std::pair{"^3", "³"}, std::pair{" - ", " − "}}) replace_all(text, typed, book);
  return text;
}

}  // namespace

Canvas activation_picture(const Activation& activation) {
  std::array<Curve, 3> curves = curves_of(activation);
  const double reach = reach_of(curves);
  const Range heights = measured(curves, reach);
  Chart chart;
  chart.title = activation.to_string();
  chart.subtitle = "f(x) = " + printed(activation.formula().mathematics());
  chart.x = {.label = "x", .range = Range{-reach, reach}};
  chart.y = {.range = heights};
  chart.caption = {sentence_about_moments(activation), sentence_about_jumps(curves)};
  draw_gaussian(chart, reach, heights);
  for (const Curve& curve : curves) draw_curve(chart, curve, reach);
  for (const Curve& curve : curves) draw_jumps(chart, curve);
  return chart.draw(width, height);
}

}  // namespace seegrad::records
