// Two more kinds of picture that lessons draw on a canvas of their own: bars in groups, and a ring for each run.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "seegrad/record/picture.hpp"

namespace seegrad {

/// Bars from 0 to 1 below one another, each with its range; a row in bold begins a new group.
struct BarRows {
  struct Bar {
    std::string group{}, label{}, value{};
    double length = 0, lowest = 0, highest = 0;
    bool marked = false;
  };
  std::string title{}, subtitle{};
  std::vector<Bar> bars{};

  records::Canvas draw(double width, double height) const {
    records::Canvas sheet(width, height, title, subtitle);
    sheet.text({18, 35}, title, {.size = 21, .bold = true});
    sheet.text({18, 60}, records::fitted_text(subtitle, {.size = 14}, width - 30), {.size = 14, .colour = records::muted});
    double rows = 0;
    for (std::size_t i = 0; i < bars.size(); ++i) rows += i == 0 || bars[i - 1].group != bars[i].group ? 2.3 : 1;
    const double left = 200, full = width - left - 75, row = std::min(24.0, (height - 90) / rows);
    const auto at = [&](double share) { return left + full * (std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 1); };
    double y = 68;
    for (std::size_t i = 0; i < bars.size(); ++i) {
      const Bar& b = bars[i];
      if (i == 0 || bars[i - 1].group != b.group) {
        sheet.text({18, y + 1.05 * row}, b.group, {.size = 14, .bold = true});
        y += 1.3 * row;
      }
      sheet.text({left - 8, y + 0.68 * row}, records::fitted_text(b.label, {}, left - 20), {.anchor = records::Anchor::end});
      sheet.rectangle({left, y + 0.15 * row, at(b.length) + 1, y + 0.85 * row}, {.colour = records::palette[b.marked ? 2 : 4]});
      sheet.line({{at(b.lowest), y + 0.5 * row}, {at(b.highest), y + 0.5 * row}}, {.colour = records::ink, .width = 2});
      sheet.text({at(b.highest) + 8, y + 0.68 * row}, b.value, {});
      y += row;
    }
    return sheet;
  }
};

/// A line for each name: a ring for each run, a bar at the mean. Values are shares, shown as per cent.
struct RingRows {
  struct Row {
    std::string label{};
    std::vector<double> values{};
    double mean = 0;
    bool marked = false;
  };
  std::string title{}, subtitle{};
  std::vector<Row> rows{};

  records::Canvas draw(double width, double height) const {
    records::Canvas sheet(width, height, title, subtitle);
    sheet.text({18, 35}, title, {.size = 21, .bold = true});
    sheet.text({18, 60}, records::fitted_text(subtitle, {.size = 14}, width - 30), {.size = 14, .colour = records::muted});
    double low = 1, high = 0;
    for (const Row& row : rows)
      for (const double v : row.values) low = std::min(low, v), high = std::max(high, v);
    const double room = std::max(0.06 * (high - low), 1e-4), left = 170, right = width - 80, bottom = height - 30;
    const double step = (bottom - 90) / static_cast<double>(rows.size());
    const auto at = [&](double value) { return left + (right - left) * (value - low + room) / (high - low + 2 * room); };
    for (const double end : {low, high}) {
      sheet.line({{at(end), 85}, {at(end), bottom}}, {.colour = records::faint, .width = 1});
      sheet.text({at(end), bottom + 18}, fmt::format("{:.2f} %", 100 * end), {.colour = records::muted, .anchor = records::Anchor::middle});
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double y = 85 + (static_cast<double>(i) + 0.5) * step;
      const records::Look look{.colour = records::palette[rows[i].marked ? 1 : 0]};
      const records::Lettering letters{.anchor = records::Anchor::end, .bold = rows[i].marked};
      sheet.line({{left, y}, {right, y}}, {.colour = records::faint, .width = 1});
      sheet.rectangle({at(rows[i].mean) - 1.5, y - 12, at(rows[i].mean) + 1.5, y + 12}, look);
      for (const double v : rows[i].values) sheet.circle({at(v), y}, 5, look, records::white);
      sheet.text({left - 12, y + 5}, records::fitted_text(rows[i].label, letters, left - 30), letters);
      sheet.text({right + 12, y + 5}, fmt::format("{:.2f} %", 100 * rows[i].mean), {});
    }
    return sheet;
  }
};

}  // namespace seegrad
