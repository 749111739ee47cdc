#include "seegrad/record/layer_table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "terminal_text.hpp"

namespace seegrad::records {
namespace {

using observe::LayerStatistics;

constexpr int cells = 16, decades = 8, name_width = 16;
constexpr double share_warns = 0.1, share_fails = 0.5;
constexpr std::string_view red = "\033[31m", yellow = "\033[33m", blue = "\033[34m", bold = "\033[1m";

/// The power of ten at or above the largest finite value: the full bar of a column.
double top_of(std::span<const LayerStatistics> layers, double LayerStatistics::*column) {
  double largest = 0;
  for (const LayerStatistics& layer : layers)
    if (std::isfinite(layer.*column)) largest = std::max(largest, layer.*column);
  return largest > 0 ? std::pow(10.0, std::ceil(std::log10(largest))) : 1;
}

std::string bar_and_number(double value, double full, TextStyle style) {
  const std::string number = std::isfinite(value) ? fmt::format("{:8.2e}", value) : fmt::format("{:>8}", value);
  return painted(log_bar(value, full, decades, cells, style.unicode), blue, style.colour) + " " + number;
}

std::string percent(double share, std::string_view colour, TextStyle style) {
  return painted(fmt::format("{:6.1f}%", 100 * share), colour, style.colour);
}

/// Fits a name into its column without cutting a character of several bytes: names are ASCII but for a user's own text.
std::string shortened(std::string text) {
  if (text.size() > name_width) text = text.substr(0, name_width - 2) + "..";
  return text;
}

std::string row(const LayerStatistics& layer, double full_delta, double full_gradient, TextStyle style) {
  const std::string_view alarm = layer.dead_share >= share_fails ? red : layer.dead_share >= share_warns ? yellow : std::string_view();
  const std::string kind = layer.activation.empty() ? "output" : layer.activation;
  return fmt::format("{:<16}{:>6}  {}  {}{}{}{} {:>9.2g} {:>8.2g}\n", shortened(fmt::format("{:>2} {}", layer.layer, kind)), layer.units,
                     bar_and_number(layer.delta_rms, full_delta, style), bar_and_number(layer.weight_grad_rms, full_gradient, style),
                     percent(layer.zero_share, {}, style), percent(layer.saturated_share, {}, style),
                     percent(layer.dead_share, alarm, style), layer.h_mean, layer.h_std);
}

std::string factor_line(std::span<const LayerStatistics> layers, TextStyle style) {
  const double factor = observe::delta_factor(layers);
  const auto hidden = std::count_if(layers.begin(), layers.end(), [](const LayerStatistics& l) { return !l.activation.empty(); });
  if (hidden < 2) return "";
  if (std::isnan(factor)) return "RMS delta is 0 or was not measured: there is no factor a layer on the way back\n";
  const std::string_view alarm = factor < 0.6 || factor > 1.5 ? yellow : std::string_view();
  return "RMS delta changes by a factor " + painted(fmt::format("{:.3g}", factor), alarm, style.colour) + " a layer on the way back\n";
}

bool says_utf8(const char* value) {
  std::string text = value;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.find("utf-8") != std::string::npos || text.find("utf8") != std::string::npos;
}

}  // namespace

TextStyle TextStyle::of(std::FILE* stream) {
  TextStyle style;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || !*value) continue;
    style.unicode = says_utf8(value);
    break;  // the first that is set decides
  }
  const char *no_colour = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  const bool dumb = !terminal || std::string_view(terminal) == "dumb";
  style.colour = isatty(fileno(stream)) && !dumb && !(no_colour && *no_colour);
  return style;
}

std::string log_bar(double value, double full, int span, int width, bool unicode) {
  static constexpr const char* eighths[] = {"", "\u258F", "\u258E", "\u258D", "\u258C", "\u258B", "\u258A", "\u2589"};
  const double share = value > 0 ? 1 + std::log10(value / full) / span : 0;  // NaN: 0
  const int parts = static_cast<int>(std::lround(std::clamp(std::isnan(share) ? 0 : share, 0.0, 1.0) * width * 8));
  const int whole = parts / 8, rest = unicode ? parts % 8 : 0;
  std::string bar;
  for (int i = 0; i < whole; ++i) bar += unicode ? "\u2588" : "#";
  bar += eighths[rest];
  return bar + std::string(static_cast<std::size_t>(width - whole - (rest > 0)), ' ');
}

std::string layer_table(std::span<const LayerStatistics> layers, TextStyle style) {
  const double full_delta = top_of(layers, &LayerStatistics::delta_rms), full_gradient = top_of(layers, &LayerStatistics::weight_grad_rms);
  const std::string head = fmt::format("{:<16}{:>6}  {:<25}  {:<25}{:>7}{:>7}{:>7} {:>9} {:>8}", "   layer", "units",
                                       "RMS delta (dLoss/dz)", "RMS weight gradient", "zero", "satur.", "dead", "mean h", "std h");
  std::string table = painted(head, bold, style.colour) + "\n";
  for (const LayerStatistics& layer : layers) table += row(layer, full_delta, full_gradient, style);
  return table + factor_line(layers, style);
}

}  // namespace seegrad::records
