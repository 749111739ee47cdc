#include "seegrad/record/live_view.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "live_picture.hpp"
#include "terminal_text.hpp"

namespace seegrad::records {
namespace {

constexpr double seconds_between_pictures = 0.1;
constexpr std::int64_t least_lines = 20;  // every 5 % of the steps, where there is no terminal

// Each picture hides the cursor and shows it again in the same write, not only at the end of the run: so a program that is killed in
// between, by a second Ctrl-C for instance, leaves a terminal with a cursor.
constexpr std::string_view hide_cursor = "\033[?25l", show_cursor = "\033[?25h", erase_to_end_of_line = "\033[K", erase_below = "\033[J";

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

std::optional<ScreenSize> screen_size(std::FILE* stream) {
  const char* terminal = std::getenv("TERM");
  if (!isatty(fileno(stream)) || !terminal || std::string_view(terminal) == "dumb") return std::nullopt;
  winsize size = {};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return ScreenSize();
  return ScreenSize{size.ws_row, size.ws_col};
}

LiveView::Surroundings LiveView::Surroundings::of(std::FILE* stream) {
  const bool bare_xterm = std::getenv("XTERM_VERSION") && !std::getenv("TMUX");
  return {seconds_now, [stream] { return screen_size(stream); }, !bare_xterm};
}

LiveView::LiveView(std::string title, std::int64_t total_steps, std::int64_t epochs, TextStyle style, std::FILE* stream)
    : LiveView(std::move(title), total_steps, epochs, style, stream, Surroundings::of(stream)) {}

LiveView::LiveView(std::string title, std::int64_t total_steps, std::int64_t epochs, TextStyle style, std::FILE* stream,
                   Surroundings around)
    : stream_(stream), around_(std::move(around)) {
  state_.title = std::move(title);
  state_.total_steps = total_steps;
  state_.epochs = epochs;
  state_.style = style;
  const std::optional<ScreenSize> screen = around_.screen();
  in_place_ = screen.has_value();
  screen_ = screen.value_or(ScreenSize());
}

LiveView::~LiveView() { finish(); }

void LiveView::step(std::int64_t step, double loss) {
  if (state_.finished) return;
  const double now = around_.clock();
  state_.steps = step + 1;
  if (state_.total_steps > 0) state_.epoch = step * state_.epochs / state_.total_steps + 1;
  state_.loss = loss;
  state_.losses.add(std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity());
  if (first_step_ < 0) {
    first_step_ = step;
    first_seconds_ = now;
  }
  state_.seconds = now - first_seconds_;
  // The first step's own time is not known: the steps after it are counted.
  state_.steps_a_second = state_.seconds > 0 ? static_cast<double>(step - first_step_) / state_.seconds : 0;
  draw_if_due();
}

void LiveView::logged(const observe::StepRecord& record, std::span<const observe::LayerStatistics> layers) {
  if (state_.finished) return;
  state_.epoch = record.epoch;
  state_.accuracy = record.train_accuracy;
  state_.layers.resize(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    LiveState::Layer& layer = state_.layers[i];
    layer.now = layers[i];
    const bool broken = layers[i].nan_count + layers[i].inf_count > 0;
    layer.delta.add(broken ? std::numeric_limits<double>::infinity() : layers[i].delta_rms);
    layer.dead.add(layers[i].dead_share);
  }
  if (in_place_) return draw_if_due();
  const std::int64_t total = std::max<std::int64_t>(1, state_.total_steps);
  const std::int64_t part = state_.steps * std::max(least_lines, state_.epochs) / total;
  line_waits_ = line_waits_ || part > part_;
  part_ = part;
  const bool ends_epoch = state_.steps * state_.epochs % total == 0;
  if (line_waits_ && !ends_epoch) print_line();
}

void LiveView::epoch(const observe::EpochRecord& record) {
  if (state_.finished) return;
  state_.test_accuracy = record.test_accuracy;
  if (in_place_) return draw_if_due();
  if (line_waits_) print_line();
}

void LiveView::not_finite(const observe::NotFinite& found) {
  if (state_.finished) return;
  state_.not_finite = found;
  if (in_place_) return draw();
  print_line();
  write(not_finite_line(found) + "\n");
}

void LiveView::draw_if_due() {
  if (!in_place_) return;
  const double now = around_.clock();
  if (drawn_at_ && now - *drawn_at_ < seconds_between_pictures) return;
  drawn_at_ = now;
  draw();
}

/// One write for the whole picture, over the one before: nothing is erased that is not drawn at once, so nothing flickers.
void LiveView::draw() {
  std::string frame = std::string(hide_cursor) + back_to_top();
  std::vector<std::string> lines = live_picture(state_, screen_);
  if (rows_above_ > 0) lines.resize(static_cast<std::size_t>(std::max(0, screen_.rows - 1)));  // back_to_top() says why
  drawn_.clear();
  for (const std::string& line : lines) {
    frame.append(line).append(erase_to_end_of_line).append("\r\n");
    drawn_.push_back(columns_of(line));
  }
  write(frame.append(erase_below).append(show_cursor));
}

void LiveView::clear() {
  if (drawn_.empty()) return;
  // Erasing everything from the corner of the screen on would make some terminals keep what was erased for scrolling back.
  write(back_to_top().append(erase_to_end_of_line).append("\r\n").append(erase_below).append("\033[A"));
  drawn_.clear();
  drawn_at_.reset();
  rows_above_ = 0;
}

/// What moves the cursor to the top of the picture, on a terminal whose size may have changed since it was drawn.
///
/// A narrower one has broken the lines that it shows into several rows. A lower one has pushed the top of the picture out of sight, and
/// brings it back when it grows again: those rows are counted, too. A terminal that does not bring them back shows the picture from its
/// first row on, and no cursor moves above that. So that their number is known, the picture fills the screen while there are any, with
/// empty lines if need be. Rows out of sight are forgotten when the width changes: how many they are by then is
/// hard to tell, and what stands above the picture is not ours.
std::string LiveView::back_to_top() {
  const int columns_before = screen_.columns;
  screen_ = around_.screen().value_or(screen_);
  const int up = rows_taken(screen_.columns) + (screen_.columns == columns_before ? rows_above_ : 0);
  rows_above_ = std::max(0, up - std::max(0, screen_.rows - 1));
  return up > 0 ? fmt::format("\r\033[{}A", up) : "\r";
}

/// The rows that the lines of the picture take on the screen.
int LiveView::rows_taken(int columns) const {
  int rows = 0;
  for (const int line : drawn_) rows += around_.rewraps && line > columns ? (line + columns - 1) / columns : 1;
  return rows;
}

void LiveView::finish() {
  if (state_.finished) return;
  state_.finished = true;
  if (first_step_ < 0) return;  // nothing was announced
  if (in_place_)
    draw();
  else if (line_waits_)
    print_line();
}

void LiveView::print_line() {
  line_waits_ = false;
  write(plain_line(state_) + "\n");
  state_.test_accuracy = observe::not_measured;  // it belongs to the end of its epoch
}

/// Past the stream's own buffer, which would hand a long picture over in pieces. A view that cannot be drawn must not end a training:
/// what cannot be written is left out.
void LiveView::write(const std::string& text) const {
  std::fflush(stream_);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(fileno(stream_), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace seegrad::records
