#include "seegrad/record/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "axis_scale.hpp"
#include "clip.hpp"
#include "legend.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

constexpr double margin = 18;
const Lettering title_letters{.size = 21, .bold = true}, subtitle_letters{.size = 14, .colour = muted};
const Lettering axis_letters{.size = 13, .colour = muted, .anchor = Anchor::middle};
const Lettering caption_letters{.size = 13}, note_letters{.size = 12, .colour = palette[1]};
constexpr double caption_row = 19;

bool shown(Point p, const Axis& x, const Axis& y) {
  const auto ok = [](double v, const Axis& axis) { return std::isfinite(v) && (axis.scale == Scale::linear || v > 0); };
  return ok(p.x, x) && ok(p.y, y);
}

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double v) { low = std::min(low, v), high = std::max(high, v); }
  /// With some room on both sides; halves, since the whole may exceed the largest double.
  Range padded(double share, Scale scale) const {
    if (!(low <= high)) return scale == Scale::linear ? Range{0, 1} : Range{1, 10};
    if (scale == Scale::logarithmic) {
      const double room = std::pow(high / low, share);
      return std::isfinite(high * room) ? Range{low / room, high * room} : Range{low, high};
    }
    const double room = (high / 2 - low / 2) * 2 * share;
    return std::isfinite(low - room) && std::isfinite(high + room) ? Range{low - room, high + room} : Range{low, high};
  }
};

/// The range of the data along both axes, for those whose range is not given.
std::pair<Range, Range> ranges(const std::vector<Chart::Mark>& marks, const Axis& x, const Axis& y) {
  Extent across, up;
  bool room_beside = false;
  for (const Chart::Mark& mark : marks) {
    const bool bars = mark.kind == Chart::Kind::bars, based = bars || mark.kind == Chart::Kind::area;
    room_beside = room_beside || mark.kind == Chart::Kind::markers;
    for (const auto& piece : mark.pieces) {
      for (const Point& p : piece) {
        if (!shown(p, x, y)) continue;
        up.take(p.y);
        for (const double side : {-0.5, 0.5}) {
          const double edge = bars ? p.x + side * mark.size : p.x;
          if (shown({edge, p.y}, x, y)) across.take(edge);
        }
        if (based && shown({p.x, mark.base}, x, y)) up.take(mark.base);
      }
    }
  }
  return {x.range.value_or(across.padded(room_beside ? 0.04 : 0, x.scale)), y.range.value_or(up.padded(0.05, y.scale))};
}

/// A chart while it is drawn: the sheet, the frame in which the data lies, the two scales.
struct Drawing {
  Canvas& sheet;
  const Chart& chart;
  Rectangle frame;
  AxisScale x, y;

  Point pixel(Point p) const { return {x.pixel(p.x), y.pixel(p.y)}; }

  void grid() const {
    const auto zero = [](double v) { return std::fabs(v) < 1e-300; };
    for (const auto& tick : x.ticks(78)) {
      const double at = x.pixel(tick.value);
      const bool axis = zero(tick.value) && chart.x.scale == Scale::linear;
      sheet.line({{at, frame.top}, {at, frame.bottom}}, {.colour = axis ? shade : faint, .width = 1});
      sheet.text({at, frame.bottom + 21}, tick.label, axis_letters);
    }
    for (const auto& tick : y.ticks(46)) {
      const double at = y.pixel(tick.value);
      const bool axis = zero(tick.value) && chart.y.scale == Scale::linear;
      sheet.line({{frame.left, at}, {frame.right, at}}, {.colour = axis ? shade : faint, .width = 1});
      Lettering letters = axis_letters;
      letters.anchor = Anchor::end;
      sheet.text({frame.left - 9, at + 4.5}, tick.label, letters);
    }
  }

  void axis_labels() const {
    Lettering letters = axis_letters;
    letters.colour = ink;
    sheet.text({(frame.left + frame.right) / 2, frame.bottom + 41}, fitted_text(chart.x.label, letters, frame.width()), letters);
    letters.upwards = true;
    sheet.text({margin + 8, (frame.top + frame.bottom) / 2}, fitted_text(chart.y.label, letters, frame.height()), letters);
  }

  /// The pieces of a mark in pixels, broken where a point cannot be shown.
  std::vector<std::vector<Point>> pieces_of(const Chart::Mark& mark) const {
    std::vector<std::vector<Point>> pieces;
    for (const auto& piece : mark.pieces) {
      pieces.emplace_back();
      for (const Point& p : piece) {
        if (shown(p, chart.x, chart.y))
          pieces.back().push_back(pixel(p));
        else if (!pieces.back().empty())
          pieces.emplace_back();
      }
    }
    return pieces;
  }

  double base_of(const Chart::Mark& mark) const { return y.shows(mark.base) ? y.pixel(mark.base) : frame.bottom; }

  void draw(const Chart::Mark& mark) const {
    if (mark.kind == Chart::Kind::bars) return bars(mark);
    for (const auto& piece : pieces_of(mark)) {
      if (piece.empty()) continue;
      switch (mark.kind) {
        case Chart::Kind::curve: curve(piece, mark.look); break;
        case Chart::Kind::area: area(piece, mark); break;
        default: markers(piece, mark); break;
      }
    }
  }

  void curve(const std::vector<Point>& piece, const Look& look) const {
    constexpr double seen = 0.04;  // pixels
    // A point that stands alone between two breaks is a dot.
    for (const auto& part : clipped_line(piece.size() == 1 ? std::vector{piece[0], piece[0]} : piece, frame))
      sheet.line(thinned(part, seen), look);
  }
  void area(std::vector<Point> outline, const Chart::Mark& mark) const {
    const double base = base_of(mark);
    outline = thinned(outline, 0.04);
    outline.push_back({outline.back().x, base});
    outline.push_back({outline.front().x, base});
    sheet.polygon(clipped_polygon(outline, frame), mark.look);
  }
  void markers(const std::vector<Point>& points, const Chart::Mark& mark) const {
    for (const Point& p : points)
      if (p.x >= frame.left - 0.5 && p.x <= frame.right + 0.5 && p.y >= frame.top - 0.5 && p.y <= frame.bottom + 0.5)
        sheet.circle(p, mark.size, mark.look, mark.ring ? std::optional(white) : std::nullopt);
  }
  void bars(const Chart::Mark& mark) const {
    const double base = base_of(mark);
    for (const auto& piece : mark.pieces) {
      for (const Point& p : piece) {
        const double left = p.x - mark.size / 2, right = p.x + mark.size / 2;
        if (!shown(p, chart.x, chart.y) || !x.shows(left) || !x.shows(right)) continue;
        const Point a = pixel({left, p.y}), b = pixel({right, p.y});
        sheet.polygon(clipped_polygon({{a.x, base}, a, b, {b.x, base}}, frame), mark.look);
      }
    }
  }
};

/// "left out of 400 points: 3 NaN, 1 infinite", or nothing.
std::string note_about(const LeftOut& out) {
  std::string text;
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  };
  add(out.nan, "NaN");
  add(out.infinite, "infinite");
  add(out.not_positive, "not positive, so not on a logarithmic axis");
  return text.empty() ? text : fmt::format("left out of {} points: {}", out.points, text);
}

/// What a screen reader says after the title.
std::string description_of(const Chart& chart, const std::vector<Chart::Mark>& marks) {
  std::string text = chart.subtitle, names;
  for (const Chart::Mark& mark : marks)
    if (!mark.label.empty()) names += (names.empty() ? "" : ", ") + mark.label;
  if (!names.empty()) text += (text.empty() ? "Shown: " : ". Shown: ") + names + ".";
  for (const std::string& line : chart.caption) text += (text.empty() ? "" : " ") + line;
  return text;
}

double widest_label(const AxisScale& axis) {
  double widest = 0;
  for (const auto& tick : axis.ticks(46)) widest = std::max(widest, text_width(tick.label, axis_letters));
  return widest;
}

}  // namespace

void Chart::curve(std::string label, std::vector<std::vector<Point>> pieces, Look look) {
  marks_.push_back({Kind::curve, std::move(label), std::move(pieces), std::move(look)});
}
void Chart::area(std::string label, std::vector<Point> top, double base, Look look) {
  marks_.push_back({Kind::area, std::move(label), {std::move(top)}, std::move(look), base});
}
void Chart::markers(std::string label, std::vector<Point> points, double radius, Look look, bool ring) {
  marks_.push_back({Kind::markers, std::move(label), {std::move(points)}, std::move(look), 0, radius, ring});
}
void Chart::bars(std::string label, std::vector<Point> tops, double width, Look look) {
  marks_.push_back({Kind::bars, std::move(label), {std::move(tops)}, std::move(look), 0, width});
}

LeftOut Chart::left_out() const {
  LeftOut out;
  for (const Mark& mark : marks_) {
    for (const auto& piece : mark.pieces) {
      for (const Point& p : piece) {
        ++out.points;
        if (std::isnan(p.x) || std::isnan(p.y))
          ++out.nan;
        else if (std::isinf(p.x) || std::isinf(p.y))
          ++out.infinite;
        else if (!shown(p, x, y))
          ++out.not_positive;
      }
    }
  }
  return out;
}

Canvas Chart::draw(double width, double height) const {
  if (!(width >= 200 && height >= 150)) throw Error(fmt::format("chart: {} x {} is too small; 200 x 150 is the least", width, height));
  Canvas sheet(width, height, title, description_of(*this, marks_));
  const double room = width - 2 * margin;
  double top = margin;
  const auto line_of_text = [&](const std::string& text, const Lettering& letters, double step) {
    if (text.empty()) return;
    sheet.text({margin, top + letters.size * 0.8}, fitted_text(text, letters, room), letters);
    top += step;
  };
  line_of_text(title, title_letters, 28);
  line_of_text(subtitle, subtitle_letters, 24);
  const Legend legend(marks_, room);
  legend.draw(sheet, {margin, top});
  top += legend.height() + 8;

  std::vector<std::string> lines = caption;
  const std::string note = note_about(left_out());
  const double below = (x.label.empty() ? 28 : 48) + static_cast<double>(lines.size() + !note.empty()) * caption_row + margin;
  const double bottom = std::max(height - below, top + 40);

  const auto [across, up] = ranges(marks_, x, y);
  const double left = margin + (y.label.empty() ? 0 : 22) + widest_label(AxisScale(up, y.scale, bottom, top)) + 9;
  const Rectangle frame{left, top, std::max(width - margin - 6, left + 40), bottom};
  const Drawing drawing{sheet, *this, frame, AxisScale(across, x.scale, frame.left, frame.right), AxisScale(up, y.scale, bottom, top)};
  drawing.grid();
  drawing.axis_labels();
  for (const Mark& mark : marks_) drawing.draw(mark);

  top = bottom + (x.label.empty() ? 37 : 57);
  for (const std::string& line : lines) line_of_text(line, caption_letters, caption_row);
  line_of_text(note, note_letters, caption_row);
  return sheet;
}

}  // namespace seegrad::records
