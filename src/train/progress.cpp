#include "seegrad/train/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace seegrad::train {

ProgressBar::ProgressBar(bool wanted, std::int64_t total_steps, std::int64_t epochs)
    : on_(wanted && isatty(fileno(stderr))), style_(records::TextStyle::of(stderr)), total_(total_steps), epochs_(epochs) {}

void ProgressBar::show(std::int64_t steps_done, std::int64_t epoch, double samples_per_second, double loss) {
  constexpr auto pause = std::chrono::milliseconds(100);
  if (!on_) return;
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < pause) return;
  drawn_ = now;
  visible_ = true;
  const double done = static_cast<double>(steps_done) / static_cast<double>(total_);
  const double left = std::chrono::duration<double>(now - start_).count() * (1 - done) / std::max(done, 1e-9);
  constexpr int width = 24;
  const int filled = static_cast<int>(std::lround(done * width));
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < filled ? (style_.unicode ? "\u2588" : "#") : (style_.unicode ? "\u2591" : ".");
  fmt::print(stderr, "\repoch {}/{} {} {:3.0f} %  {:.0f} samples/s  loss {:.4f}  {} left \033[K", epoch, epochs_, bar, 100 * done,
             samples_per_second, loss, duration(left));
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (!visible_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  visible_ = false;
  drawn_ = {};
}

}  // namespace seegrad::train
