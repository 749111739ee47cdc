// Training as a picture that stays where it is: how far, the loss, and a line a layer with the gradient that arrives there, now and
// over time. It is drawn below what the terminal shows already and redrawn in place; the last picture stays when training ends. Where
// there is no terminal, plain lines come out instead, at most a few dozen.
#pragma once
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "seegrad/observe/run_observer.hpp"
#include "seegrad/record/layer_table.hpp"
#include "seegrad/record/sparkline.hpp"

namespace seegrad::records {

struct ScreenSize {
  int rows = 24, columns = 80;
};

/// The size of the terminal behind a stream, asked anew at each call; nothing when there is none or it cannot move its cursor.
std::optional<ScreenSize> screen_size(std::FILE* stream);

/// What the picture shows, as far as it is known.
struct LiveState {
  struct Layer {
    observe::LayerStatistics now;
    ThinnedSeries delta, dead;  ///< over the logged steps; an infinity in delta stands for numbers that are not finite
  };

  std::string title;
  std::int64_t total_steps = 0, epochs = 0;
  TextStyle style;
  std::int64_t steps = 0, epoch = 1;       ///< steps done; the epoch that runs
  double seconds = 0, steps_a_second = 0;  ///< since the first step
  bool finished = false;
  double loss = observe::not_measured, accuracy = observe::not_measured, test_accuracy = observe::not_measured;
  ThinnedSeries losses = ThinnedSeries(512);
  std::vector<Layer> layers;
  std::optional<observe::NotFinite> not_finite;
};

/// Remembers nothing for a run that goes on later (RunObserver::save): what it shows is gone with the terminal, nothing in the run
/// folder depends on it, and a resumed run starts a picture of its own.
class LiveView : public observe::RunObserver {
 public:
  /// What a test replaces.
  struct Surroundings {
    std::function<double()> clock;  ///< seconds from some moment on
    std::function<std::optional<ScreenSize>()> screen;
    bool rewraps = true;  ///< a narrower terminal breaks the lines that it shows; xterm cuts them
    static Surroundings of(std::FILE* stream);
  };

  /// `title` says what is trained, such as "train_mlp relu". `stream` must have a file descriptor and outlive the view.
  LiveView(std::string title, std::int64_t total_steps, std::int64_t epochs, TextStyle style, std::FILE* stream);
  LiveView(std::string title, std::int64_t total_steps, std::int64_t epochs, TextStyle style, std::FILE* stream, Surroundings around);
  /// As finish().
  ~LiveView() override;
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void step(std::int64_t step, double loss) override;
  void logged(const observe::StepRecord& record, std::span<const observe::LayerStatistics> layers) override;
  void epoch(const observe::EpochRecord& record) override;
  void not_finite(const observe::NotFinite& found) override;

  /// Takes the picture away, so that something else can be printed; the next one is drawn below that. Nothing without a terminal.
  void clear();
  /// Draws the last picture and leaves it; the cursor stands on the line below. Whatever is announced later is not shown.
  void finish();

 private:
  void draw_if_due();
  void draw();
  std::string back_to_top();
  int rows_taken(int columns) const;
  void print_line();
  void write(const std::string& text) const;

  LiveState state_;
  std::FILE* stream_;
  Surroundings around_;
  bool in_place_;
  ScreenSize screen_;
  std::vector<int> drawn_;  // the columns of each line of the picture that stands on the screen
  int rows_above_ = 0;      // of earlier pictures, that a lower terminal pushed out of sight
  double first_seconds_ = 0;
  std::int64_t first_step_ = -1;
  std::optional<double> drawn_at_;
  std::int64_t part_ = -1;   // of the plain lines: the part of the run that the last one spoke of
  bool line_waits_ = false;  // for the epoch's test accuracy
};

}  // namespace seegrad::records
