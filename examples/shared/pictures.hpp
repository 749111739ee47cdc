// Two kinds of picture that lessons draw on a canvas of their own: a heat map with a line over it, and rows of dots with their spread.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad {

/// Dark for 0, light for 1; pale grey for NaN.
inline records::Colour heat_colour(double value) {
  static constexpr records::Colour scale[] = {{40, 20, 70}, {60, 80, 140}, {40, 145, 140}, {120, 205, 90}, {250, 230, 60}};
  if (std::isnan(value)) return records::faint;
  const double place = std::clamp(value, 0.0, 0.9999) * 4;
  const auto low = static_cast<std::size_t>(place);
  const auto mix = [&](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lerp(static_cast<double>(a), static_cast<double>(b), place - static_cast<double>(low)));
  };
  const records::Colour &a = scale[low], &b = scale[low + 1];
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

/// Shares from 0 to 100 % over a grid of two quantities.
struct HeatMap {
  std::string title{}, subtitle{}, x_label{}, y_label{};
  std::vector<double> x{}, y{};                                        ///< middles of columns and rows; two or more, equally far apart
  std::function<double(std::size_t column, std::size_t row)> value{};  ///< NaN: was not measured
  std::vector<records::Point> line{};                                  ///< what theory says; drawn where it is inside
  std::string line_label{};
  double mark = NAN;  ///< a dashed line upwards, with its label on top
  std::string mark_label{};

  records::Canvas draw() const {
    const records::Rectangle frame{70, 84, 640, 458};
    const double dx = x[1] - x[0], dy = y[1] - y[0], left = x[0] - dx / 2, right = x.back() + dx / 2, low = y[0] - dy / 2,
                 high = y.back() + dy / 2;
    const auto across = [&](double v) { return std::lerp(frame.left, frame.right, (v - left) / (right - left)); };
    const auto up = [&](double v) { return std::lerp(frame.bottom, frame.top, (v - low) / (high - low)); };
    using records::Anchor;
    records::Canvas sheet(760, 516, title, subtitle);
    sheet.text({16, 30}, title, {.size = 17, .bold = true});
    sheet.text({16, 54}, subtitle, {.colour = records::muted});
    for (std::size_t c = 0; c < x.size(); ++c) {
      sheet.text({across(x[c]), frame.bottom + 20}, fmt::format("{:.4g}", x[c]), {.size = 12, .anchor = Anchor::middle});
      for (std::size_t r = y.size(); r-- > 0;)  // each a little into the next, which covers that: no seams
        sheet.rectangle({across(x[c] - dx / 2), up(y[r] + dy / 2), std::min(across(x[c] + dx / 2) + 1, frame.right),
                         std::min(up(y[r] - dy / 2) + 1, frame.bottom)},
                        {.colour = heat_colour(value(c, r))});
    }
    for (const double v : y) sheet.text({frame.left - 8, up(v) + 4}, fmt::format("{:.4g}", v), {.size = 12, .anchor = Anchor::end});
    sheet.text({(frame.left + frame.right) / 2, frame.bottom + 44}, x_label, {.size = 14, .anchor = Anchor::middle});
    sheet.text({26, (frame.top + frame.bottom) / 2}, y_label, {.size = 14, .anchor = Anchor::middle, .upwards = true});
    if (mark > left && mark < right) {
      sheet.line({{across(mark), frame.top}, {across(mark), frame.bottom}}, {.colour = records::white, .width = 2, .dash = {6, 5}});
      sheet.text({across(mark), frame.top - 7}, mark_label, {.size = 12, .colour = records::muted, .anchor = Anchor::middle});
    }
    const auto pieces = inside(low, high);
    for (const auto& [colour, width] : {std::pair{records::white, 7.0}, std::pair{records::palette[1], 3.5}}) {
      for (std::vector<records::Point> piece : pieces) {
        for (records::Point& p : piece) p = {across(p.x), up(p.y)};
        sheet.line(std::move(piece), {.colour = colour, .width = width});
      }
    }
    if (!pieces.empty()) {
      sheet.line({{440, frame.bottom + 40}, {470, frame.bottom + 40}}, {.colour = records::palette[1], .width = 3.5});
      sheet.text({478, frame.bottom + 44}, line_label, {});
    }
    for (int i = 99; i >= 0; --i) {
      const auto at = [&](int percent) { return std::lerp(frame.bottom, frame.top, percent / 100.0); };
      sheet.rectangle({664, at(i + 1), 684, std::min(at(i) + 1, frame.bottom)}, {.colour = heat_colour((i + 0.5) / 100)});
      if (i % 25 == 0) sheet.text({690, at(i) + 4}, fmt::format("{} %", i), {.size = 12});
    }
    sheet.text({690, frame.top + 4}, "100 %", {.size = 12});
    return sheet;
  }

 private:
  /// The pieces of the line between two heights, cut where it crosses them.
  std::vector<std::vector<records::Point>> inside(double low, double high) const {
    std::vector<std::vector<records::Point>> pieces(1);
    const auto within = [&](double v) { return v >= low && v <= high; };
    for (std::size_t i = 1; i < line.size(); ++i) {
      records::Point a = line[i - 1], b = line[i];
      if (std::isnan(a.y) || std::isnan(b.y) || (!within(a.y) && !within(b.y))) continue;
      const auto cut = [&](records::Point from, records::Point to) {  // the point where the line from inside leaves
        const double edge = to.y > high ? high : low, far = std::min(to.y, 1e6);
        return records::Point{std::lerp(from.x, to.x, (edge - from.y) / (far - from.y)), edge};
      };
      if (!within(a.y))
        pieces.push_back({cut(b, a)});
      else if (pieces.back().empty())
        pieces.back().push_back(a);
      pieces.back().push_back(within(b.y) ? b : cut(a, b));
      if (!within(b.y)) pieces.emplace_back();
    }
    std::erase_if(pieces, [](const auto& piece) { return piece.size() < 2; });
    return pieces;
  }
};

/// Shares from 0 to 100 %: a row for each name, in it a dot with its spread for each kind.
struct DotPlot {
  struct Dot {
    std::size_t row, kind;
    double middle, spread;
  };
  std::string title{}, subtitle{};
  std::vector<std::string> rows{}, kinds{};
  std::vector<Dot> dots{};

  records::Canvas draw() const {
    using records::Anchor;
    const double names = 110, height = 18.0 * static_cast<double>(kinds.size()) + 14, legend = 20.0 * static_cast<double>(kinds.size());
    const records::Rectangle frame{names + 24, 72, 470, 72 + height * static_cast<double>(rows.size())};
    records::Canvas sheet(500, frame.bottom + 62 + legend, title, subtitle);
    const auto across = [&](double v) { return std::lerp(frame.left, frame.right, v); };
    sheet.text({16, 30}, title, {.size = 17, .bold = true});
    sheet.text({16, 52}, subtitle, {.colour = records::muted});
    for (int percent = 0; percent <= 100; percent += 20) {
      sheet.line({{across(percent / 100.0), frame.top}, {across(percent / 100.0), frame.bottom}}, {.colour = records::faint, .width = 1});
      sheet.text({across(percent / 100.0), frame.bottom + 20}, fmt::format("{} %", percent),
                 {.size = 12, .colour = records::muted, .anchor = Anchor::middle});
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double top = frame.top + height * static_cast<double>(r);
      sheet.line({{16, top}, {frame.right, top}}, {.colour = records::faint, .width = 1});
      const records::Lettering letters{.anchor = Anchor::end};
      sheet.text({frame.left - 12, top + height / 2 + 4}, records::fitted_text(rows[r], letters, names), letters);
    }
    for (const Dot& dot : dots) {
      if (!std::isfinite(dot.middle)) continue;
      const records::Look look{.colour = records::palette[dot.kind % std::size(records::palette)], .width = 2.5};
      const double y = frame.top + height * static_cast<double>(dot.row) + 16 + 18.0 * static_cast<double>(dot.kind);
      const double spread = std::isfinite(dot.spread) ? dot.spread : 0;
      sheet.line({{across(std::max(dot.middle - spread, 0.0)), y}, {across(std::min(dot.middle + spread, 1.0)), y}}, look);
      sheet.circle({across(dot.middle), y}, 4.5, look);
    }
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      const double y = frame.bottom + 50 + 20.0 * static_cast<double>(k);
      sheet.circle({frame.left + 6, y - 4}, 4.5, {.colour = records::palette[k % std::size(records::palette)]});
      sheet.text({frame.left + 20, y}, kinds[k], {});
    }
    return sheet;
  }
};

}  // namespace seegrad
