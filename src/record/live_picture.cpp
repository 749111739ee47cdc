#include "live_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "seegrad/record/duration.hpp"
#include "terminal_text.hpp"

namespace seegrad::records {
namespace {

using Layer = LiveState::Layer;

constexpr int least_columns = 60, most_columns = 200, decades = 8;
constexpr double share_warns = 0.1, share_fails = 0.5;  // of dead units, as in the table of layers
constexpr std::string_view red = "\033[31m", yellow = "\033[33m", blue = "\033[34m", bold = "\033[1m", none;

/// How the columns of a layer's line are shared out. All but these three have fixed widths.
struct Widths {
  int name, bar, sparkline;

  explicit Widths(int columns) {
    constexpr int fixed = 39;
    const int free = std::max(columns, least_columns - 1) - fixed;
    name = std::clamp(free * 3 / 10, 9, 16);
    bar = std::clamp((free - name) * 4 / 10, 4, 32);
    sparkline = free - name - bar;
  }
};

/// One spelling of NaN: its sign says nothing.
std::string number(const char* format, double value) { return std::isnan(value) ? "nan" : fmt::format(fmt::runtime(format), value); }

std::string shortened(const std::string& text, int width) { return columns_of(text) > width ? cut(text, width - 2) + ".." : text; }

/// "0%", "0.4%", "51%": at most five characters.
std::string percent(double share) {
  const double value = 100 * share;
  return fmt::format(fmt::runtime(value > 0 && value < 9.95 ? "{:.1f}%" : "{:.0f}%"), value);
}

std::string progress_bar(double share, int width, bool unicode) {
  const int filled = static_cast<int>(std::lround(share * width));
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < filled ? (unicode ? "\u2588" : "#") : (unicode ? "\u2591" : ".");
  return bar;
}

std::string time_text(const LiveState& state) {
  if (state.finished) return "  after " + duration(state.seconds);
  if (state.steps_a_second <= 0) return "";
  return fmt::format("  {} left", duration(static_cast<double>(state.total_steps - state.steps) / state.steps_a_second));
}

std::string speed_text(const LiveState& state) {
  if (state.steps_a_second <= 0) return "";
  return fmt::format(fmt::runtime(state.steps_a_second < 100 ? "  {:.3g} steps/s" : "  {:.0f} steps/s"), state.steps_a_second);
}

std::string head_line(const LiveState& state, int columns) {
  const double share =
      state.total_steps > 0 ? std::clamp(static_cast<double>(state.steps) / static_cast<double>(state.total_steps), 0.0, 1.0) : 0;
  const std::string before = fmt::format("  epoch {}/{} ", state.epoch, state.epochs);
  const std::string after =
      fmt::format(" {:3.0f} %{}{}", std::floor(100 * share), columns >= 79 ? speed_text(state) : "", time_text(state));
  const int free = columns - columns_of(before) - columns_of(after);
  const std::string title = shortened(harmless(state.title, state.style.unicode), std::max(8, free - 8));
  const int bar = std::clamp(free - columns_of(title), 4, 24);
  return painted(title, bold, state.style.colour) + before + progress_bar(share, bar, state.style.unicode) + after;
}

std::string loss_line(const LiveState& state, int columns) {
  const std::string before = fmt::format("loss {:<9} ", number("{:.4g}", state.loss));
  std::string after;
  if (!std::isnan(state.accuracy)) after += fmt::format("  accuracy {:.1f} %", 100 * state.accuracy);
  if (!std::isnan(state.test_accuracy)) after += fmt::format("  test {:.1f} %", 100 * state.test_accuracy);
  const int width = std::clamp(columns - columns_of(before) - columns_of(after), 8, 96);
  return before + sparkline(state.losses, {.width = width, .scale = Scale::logarithmic, .unicode = state.style.unicode}) + after;
}

std::string layer_head(const Widths& widths, bool colour) {
  return painted(fmt::format("{:<{}} {:<{}} {:<{}} {:>7}{:>6}{:>6}{:>6}", "layer", widths.name, "RMS delta", widths.bar + 9,
                             widths.sparkline < 9 ? "time" : "over time", widths.sparkline, "update", "zero", "sat.", "dead"),
                 bold, colour);
}

/// Whether more or fewer units are dead than on average around three quarters of the time so far.
const char* trend(const Layer& layer, bool unicode) {
  constexpr double threshold = 0.005;
  const double change = layer.now.dead_share - layer.dead.around(0.75);
  if (change > threshold) return unicode ? "\u2191" : "^";
  if (change < -threshold) return unicode ? "\u2193" : "v";
  return " ";
}

std::string layer_line(const Layer& layer, double full, const Widths& widths, TextStyle style) {
  const observe::LayerStatistics& now = layer.now;
  const std::string kind = now.activation.empty() ? "output" : harmless(now.activation, style.unicode);
  const std::string name = shortened(fmt::format("{:>2} {}", now.layer, kind), widths.name);
  const bool broken = now.nan_count + now.inf_count > 0;
  const std::string_view alarm = now.dead_share >= share_fails ? red : now.dead_share >= share_warns ? yellow : none;
  return name + std::string(static_cast<std::size_t>(widths.name - columns_of(name)), ' ') + " " +
         painted(log_bar(now.delta_rms, full, decades, widths.bar, style.unicode), blue, style.colour) + " " +
         painted(fmt::format("{:>8}", number("{:.2e}", now.delta_rms)), broken ? red : none, style.colour) + " " +
         sparkline(layer.delta, {.width = widths.sparkline, .scale = Scale::logarithmic, .unicode = style.unicode}) + " " +
         fmt::format("{:>7}{:>6}{:>6}", number("{:.1e}", now.update_ratio), percent(now.zero_share), percent(now.saturated_share)) +
         painted(fmt::format("{:>6}", percent(now.dead_share)), alarm, style.colour) + " " + trend(layer, style.unicode);
}

/// The power of ten at or above the largest RMS delta.
double full_bar(const std::vector<Layer>& layers) {
  double largest = 0;
  for (const Layer& layer : layers)
    if (std::isfinite(layer.now.delta_rms)) largest = std::max(largest, layer.now.delta_rms);
  return largest > 0 ? std::pow(10.0, std::ceil(std::log10(largest))) : 1;
}

/// The first layers and the last ones, in at most `rows` lines, and how many lie between them.
void append_layers(std::vector<std::string>& lines, const LiveState& state, std::size_t rows, int columns) {
  const Widths widths(columns);
  const double full = full_bar(state.layers);
  const std::size_t count = state.layers.size(), places = count <= rows ? count : rows - 1;
  const std::size_t first = (places + 1) / 2, last = places - first;
  for (std::size_t i = 0; i < first; ++i) lines.push_back(layer_line(state.layers[i], full, widths, state.style));
  if (places < count) lines.push_back(fmt::format("   ... {} more layers: the terminal has too few rows", count - places));
  for (std::size_t i = count - last; i < count; ++i) lines.push_back(layer_line(state.layers[i], full, widths, state.style));
}

}  // namespace

std::vector<std::string> live_picture(const LiveState& state, ScreenSize screen) {
  const int columns = std::min(screen.columns - 1, most_columns);
  const auto most = static_cast<std::size_t>(std::max(0, screen.rows - 1));
  std::vector<std::string> lines = {head_line(state, columns), loss_line(state, columns)};
  if (state.not_finite) lines.push_back(painted(not_finite_line(*state.not_finite), red, state.style.colour));
  if (!state.layers.empty() && lines.size() + 1 < most) {
    lines.push_back(layer_head(Widths(columns), state.style.colour));
    append_layers(lines, state, most - lines.size(), columns);
  }
  lines.resize(std::min(lines.size(), most));
  for (std::string& line : lines) line = cut(line, columns);
  return lines;
}

std::string plain_line(const LiveState& state) {
  std::string line = fmt::format("step {}/{} epoch {}/{} loss {}", state.steps, state.total_steps, state.epoch, state.epochs,
                                 number("{:.3g}", state.loss));
  if (!std::isnan(state.accuracy)) line += fmt::format(" accuracy {:.3g}", state.accuracy);
  if (!std::isnan(state.test_accuracy)) line += fmt::format(" test accuracy {:.3g}", state.test_accuracy);
  if (state.layers.empty()) return line;
  const auto entry = [](const Layer& layer) { return fmt::format("{}: {}", layer.now.layer, number("{:.1e}", layer.now.delta_rms)); };
  line += " | delta " + entry(state.layers.front());
  if (state.layers.size() > 1) line += (state.layers.size() > 2 ? " ... " : " ") + entry(state.layers.back());
  double units = 0, dead = 0;
  for (const Layer& layer : state.layers) {
    if (layer.now.activation.empty()) continue;
    units += static_cast<double>(layer.now.units);
    dead += layer.now.dead_share * static_cast<double>(layer.now.units);
  }
  return units > 0 ? line + fmt::format(" | dead {:.3g} %", 100 * dead / units) : line;
}

std::string not_finite_line(const observe::NotFinite& found) {
  std::string line = fmt::format("step {}: the loss is {}", found.step, number("{:.4g}", found.loss));
  if (found.layer > 0) line += fmt::format(", first in layer {} ({})", found.layer, found.tensor);
  return line;
}

}  // namespace seegrad::records
