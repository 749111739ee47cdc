#include "seegrad/record/speed_picture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

constexpr double left = 150, right = 560, row = 28, top = 86;
constexpr Colour forward_colour = palette[0], backward_colour = palette[1];

double both(const observe::Speed& s) { return s.forward.median + s.backward.median; }

void heading(Canvas& sheet, const observe::SpeedSettings& settings) {
  sheet.text({16, 30}, sheet.title(), {.size = 17, .bold = true});
  sheet.text({16, 54},
             fmt::format("{} x {} numbers; ms, and share of the rate at which the same memory is copied", settings.rows, settings.columns),
             {.colour = muted});
  const auto legend = [&](double x, const char* label, Colour colour) {
    sheet.rectangle({x, 66, x + 12, 78}, {.colour = colour});
    sheet.text({x + 18, 77}, label, {});
  };
  legend(left, "forward", forward_colour);
  legend(left + 110, "backward", backward_colour);
}

/// `scale` is the width of a millisecond.
void bar(Canvas& sheet, double y, double scale, const observe::Speed& s) {
  const Lettering name{.anchor = Anchor::end};
  sheet.text({left - 10, y + 18}, fitted_text(s.name, name, left - 26), name);
  const double middle = left + scale * s.forward.median, end = left + scale * both(s);
  sheet.rectangle({left, y + 4, middle, y + row - 4}, {.colour = forward_colour});
  sheet.rectangle({middle, y + 4, end, y + row - 4}, {.colour = backward_colour});
  sheet.text({end + 8, y + 18}, fmt::format("{:.3g} ms ({:.0f} %, {:.0f} %)", both(s), 100 * s.forward_share(), 100 * s.backward_share()),
             {.size = 12});
}

}  // namespace

Canvas speed_picture(const SpeedReport& report) {
  if (report.speeds.empty()) throw Error("a picture of speeds needs a function that was measured");
  double longest = 0;
  for (const observe::Speed& s : report.speeds) longest = std::max(longest, both(s));
  Canvas sheet(720, top + row * static_cast<double>(report.speeds.size()) + 24, "Time of an activation, forward and backward",
               "bars of milliseconds, with the share of copying's rate");
  heading(sheet, report.settings);
  double y = top;
  for (const observe::Speed& s : report.speeds) {
    bar(sheet, y, (right - left) / longest, s);
    y += row;
  }
  return sheet;
}

}  // namespace seegrad::records
