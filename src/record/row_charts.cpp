#include "seegrad/record/row_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace seegrad::records {
namespace {

Canvas sheet_with_heading(double width, double height, const std::string& title, const std::string& subtitle) {
  Canvas sheet(width, height, title, subtitle);
  sheet.text({18, 35}, title, {.size = 21, .bold = true});
  sheet.text({18, 60}, fitted_text(subtitle, {.size = 14}, width - 30), {.size = 14, .colour = muted});
  return sheet;
}

Colour colour_of(std::size_t kind) { return palette[kind % std::size(palette)]; }

}  // namespace

Canvas BarRows::draw(double width, double height) const {
  Canvas sheet = sheet_with_heading(width, height, title, subtitle);
  const auto begins_group = [&](std::size_t i) { return i == 0 || bars[i - 1].group != bars[i].group; };
  double rows = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) rows += begins_group(i) ? 2.3 : 1;
  const double left = 200, full = width - left - 75, row = std::min(24.0, (height - 90) / rows);
  const auto at = [&](double share) { return left + full * (std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 1); };
  double y = 68;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const Bar& b = bars[i];
    if (begins_group(i)) {
      sheet.text({18, y + 1.05 * row}, b.group, {.size = 14, .bold = true});
      y += 1.3 * row;
    }
    sheet.text({left - 8, y + 0.68 * row}, fitted_text(b.label, {}, left - 20), {.anchor = Anchor::end});
    sheet.rectangle({left, y + 0.15 * row, at(b.length) + 1, y + 0.85 * row}, {.colour = palette[b.marked ? 2 : 4]});
    sheet.line({{at(b.lowest), y + 0.5 * row}, {at(b.highest), y + 0.5 * row}}, {.colour = ink, .width = 2});
    sheet.text({at(b.highest) + 8, y + 0.68 * row}, b.value, {});
    y += row;
  }
  return sheet;
}

Canvas DotRows::draw(double width) const {
  constexpr double step = 18, names = 130;
  const double height = step * static_cast<double>(kinds.size()) + 14;
  const Rectangle frame{names + 24, 84, width - 30, 84 + height * static_cast<double>(rows.size())};
  Canvas sheet = sheet_with_heading(width, frame.bottom + 42 + 20 * static_cast<double>(kinds.size()), title, subtitle);
  const auto across = [&](double v) { return std::lerp(frame.left, frame.right, std::clamp(v, 0.0, 1.0)); };
  for (int percent = 0; percent <= 100; percent += 20) {
    const double x = across(percent / 100.0);
    sheet.line({{x, frame.top}, {x, frame.bottom}}, {.colour = faint, .width = 1});
    sheet.text({x, frame.bottom + 20}, fmt::format("{} %", percent), {.size = 12, .colour = muted, .anchor = Anchor::middle});
  }
  const auto top_of = [&](std::size_t row) { return frame.top + height * static_cast<double>(row); };
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Lettering letters{.anchor = Anchor::end};
    sheet.line({{16, top_of(r)}, {frame.right, top_of(r)}}, {.colour = faint, .width = 1});
    sheet.text({frame.left - 12, top_of(r) + height / 2 + 4}, fitted_text(rows[r], letters, names), letters);
  }
  for (const Dot& dot : dots) {
    if (!std::isfinite(dot.middle)) continue;
    const Look look{.colour = colour_of(dot.kind), .width = 2.5};
    const double y = top_of(dot.row) + 16 + step * static_cast<double>(dot.kind), spread = std::isfinite(dot.spread) ? dot.spread : 0;
    sheet.line({{across(dot.middle - spread), y}, {across(dot.middle + spread), y}}, look);
    sheet.circle({across(dot.middle), y}, 4.5, look);
  }
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const double y = frame.bottom + 48 + 20 * static_cast<double>(k);
    sheet.circle({frame.left + 6, y - 4}, 4.5, {.colour = colour_of(k)});
    sheet.text({frame.left + 20, y}, kinds[k], {});
  }
  return sheet;
}

double RingRows::Row::mean() const { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); }

Canvas RingRows::draw(double width, double height) const {
  Canvas sheet = sheet_with_heading(width, height, title, subtitle);
  double low = 1, high = 0;
  for (const Row& row : rows)
    for (const double v : row.values)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
  const double room = std::max(0.06 * (high - low), 1e-4), left = 170, right = width - 80, bottom = height - 30;
  const double step = (bottom - 90) / static_cast<double>(rows.size());
  const auto at = [&](double value) { return left + (right - left) * (value - low + room) / (high - low + 2 * room); };
  for (const double end : {low, high}) {
    sheet.line({{at(end), 85}, {at(end), bottom}}, {.colour = faint, .width = 1});
    sheet.text({at(end), bottom + 18}, fmt::format("{:.2f} %", 100 * end), {.colour = muted, .anchor = Anchor::middle});
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = 85 + (static_cast<double>(i) + 0.5) * step, mean = rows[i].mean();
    const Look look{.colour = palette[rows[i].marked ? 1 : 0]};
    const Lettering letters{.anchor = Anchor::end, .bold = rows[i].marked};
    sheet.line({{left, y}, {right, y}}, {.colour = faint, .width = 1});
    if (std::isfinite(mean)) sheet.rectangle({at(mean) - 1.5, y - 12, at(mean) + 1.5, y + 12}, look);
    for (const double v : rows[i].values)
      if (std::isfinite(v)) sheet.circle({at(v), y}, 5, look, white);
    sheet.text({left - 12, y + 5}, fitted_text(rows[i].label, letters, left - 30), letters);
    sheet.text({right + 12, y + 5}, fmt::format("{:.2f} %", 100 * mean), {});
  }
  return sheet;
}

}  // namespace seegrad::records
