#include "legend.hpp"

#include <algorithm>

namespace seegrad::records {
namespace {

const Lettering letters{.size = 13.5};
constexpr double swatch_width = 30, gap = 8, between = 26, row_height = 22;

void draw_swatch(Canvas& sheet, const Chart::Mark& mark, Point at) {
  switch (mark.kind) {
    case Chart::Kind::curve: sheet.line({at, {at.x + swatch_width, at.y}}, mark.look); break;
    case Chart::Kind::markers:
      sheet.circle({at.x + swatch_width / 2, at.y}, mark.size, mark.look, mark.ring ? std::optional(white) : std::nullopt);
      break;
    case Chart::Kind::area:
    case Chart::Kind::bars: sheet.rectangle({at.x, at.y - 6, at.x + swatch_width, at.y + 6}, mark.look); break;
  }
}

}  // namespace

Legend::Legend(const std::vector<Chart::Mark>& marks, double width) {
  std::vector<const Chart::Mark*> order;
  for (const Chart::Mark& mark : marks)
    if (!mark.label.empty()) order.push_back(&mark);
  // What lies behind the others is drawn first and named last.
  std::stable_partition(order.begin(), order.end(), [](const Chart::Mark* mark) { return mark->kind != Chart::Kind::area; });
  double next = 0;
  for (const Chart::Mark* mark : order) {
    std::string label = fitted_text(mark->label, letters, width - swatch_width - gap);
    const double needed = swatch_width + gap + text_width(label, letters);
    if (!entries_.empty() && next + needed > width) next = 0, ++rows_;
    entries_.push_back({mark, std::move(label), next, rows_});
    next += needed + between;
  }
}

double Legend::height() const { return entries_.empty() ? 0 : (rows_ + 1) * row_height + 6; }

void Legend::draw(Canvas& sheet, Point corner) const {
  for (const Entry& e : entries_) {
    const Point at{corner.x + e.x, corner.y + e.row * row_height + row_height / 2};
    draw_swatch(sheet, *e.mark, at);
    sheet.text({at.x + swatch_width + gap, at.y + 4.5}, e.label, letters);
  }
}

}  // namespace seegrad::records
