#include "seegrad/record/prediction_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "seegrad/math/error.hpp"
#include "terminal_text.hpp"

namespace seegrad::records {
namespace {

constexpr int bar_width = 20, name_width = 20;
constexpr std::string_view bold = "\033[1m", blue = "\033[34m", plain = "\033[0m";

/// Of the 256 colours that terminals know, 232 to 255 are greys from nearly black to nearly white.
int grey_colour(int brightness) { return 232 + brightness * 24 / 256; }

std::string half_block(int upper, int lower) {
  if (upper > 127) return lower > 127 ? "\u2588" : "\u2580";
  return lower > 127 ? "\u2584" : " ";
}

char density(int upper, int lower) {
  constexpr std::string_view ramp = " .:-=+*#%@";
  return ramp[static_cast<std::size_t>(upper + lower) * ramp.size() / 511];
}

std::string bar(double share, bool unicode) {
  static constexpr std::array eighths{"", "\u258F", "\u258E", "\u258D", "\u258C", "\u258B", "\u258A", "\u2589"};
  const auto parts = static_cast<std::size_t>(std::lround(std::clamp(std::isnan(share) ? 0.0 : share, 0.0, 1.0) * bar_width * 8));
  std::string text;
  for (std::size_t i = 0; i < parts / 8; ++i) text += unicode ? "\u2588" : "#";
  return unicode ? text + eighths[parts % 8] : text;
}

/// With blanks up to a width in columns.
std::string padded(const std::string& text, std::size_t width) {
  const auto taken = static_cast<std::size_t>(columns_of(text));
  return text + std::string(width > taken ? width - taken : 0, ' ');
}

std::string without_blanks_at_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::vector<std::string> grey_picture(std::span<const std::uint8_t> pixels, std::size_t rows, std::size_t columns, TextStyle style) {
  if (pixels.size() != rows * columns) throw Error(fmt::format("grey_picture: {} pixels, expected {} x {}", pixels.size(), rows, columns));
  const bool greys = style.unicode && style.colour;
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < rows; row += 2) {
    std::string& line = lines.emplace_back();
    for (std::size_t column = 0; column < columns; ++column) {
      const int upper = pixels[row * columns + column], lower = row + 1 < rows ? pixels[(row + 1) * columns + column] : 0;
      if (greys)
        line += fmt::format("\033[38;5;{};48;5;{}m\u2580", grey_colour(upper), grey_colour(lower));
      else if (style.unicode)
        line += half_block(upper, lower);
      else
        line += density(upper, lower);
    }
    if (greys) line += plain;
  }
  return lines;
}

std::vector<std::string> score_bars(std::span<const std::string> classes, std::span<const double> scores, std::size_t most,
                                    TextStyle style) {
  if (classes.size() != scores.size()) throw Error(fmt::format("score_bars: {} scores for {} classes", scores.size(), classes.size()));
  std::vector<std::size_t> order(classes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(most, order.size()));
  std::vector<std::string> names;
  std::size_t widest = 0;
  for (const std::size_t i : order) {
    names.push_back(cut(harmless(classes[i], style.unicode), name_width));
    widest = std::max(widest, static_cast<std::size_t>(columns_of(names.back())));
  }
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::string name = painted(padded(names[i], widest), i == 0 ? bold : "", style.colour);
    const std::string length = painted(padded(bar(scores[order[i]], style.unicode), bar_width), blue, style.colour);
    lines.push_back(fmt::format("{} {}  {} {:5.1f} %", i == 0 ? '>' : ' ', name, length, 100 * scores[order[i]]));
  }
  return lines;
}

std::string beside(std::span<const std::string> left, std::size_t width, std::span<const std::string> right) {
  std::string text;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::string first = padded(i < left.size() ? left[i] : "", width);
    text += without_blanks_at_end(first + "  " + (i < right.size() ? right[i] : "")) + "\n";
  }
  return text;
}

}  // namespace seegrad::records
