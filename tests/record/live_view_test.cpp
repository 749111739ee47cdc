// The live view on a terminal that the test plays: what stands on the screen after any number of pictures, and what stands above.
#include "seegrad/record/live_view.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>

#include "record/live_picture.hpp"
#include "record/terminal_text.hpp"
#include "seegrad/math/random.hpp"
#include "seegrad/record/duration.hpp"
#include "support/terminal.hpp"

namespace seegrad::records {
namespace {

using Lines = std::vector<std::string>;

constexpr TextStyle plain, blocks{true, false}, all{true, true};

std::vector<observe::LayerStatistics> some_layers(int count, double scale = 1) {
  std::vector<observe::LayerStatistics> layers(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    observe::LayerStatistics& layer = layers[static_cast<std::size_t>(i)];
    layer.layer = i + 1;
    layer.units = 100;
    layer.delta_rms = scale * std::pow(10.0, -i);
    layer.update_ratio = 1e-3;
    layer.zero_share = 0.5;
    layer.dead_share = i + 1 < count ? 0.25 : 0;
    if (i + 1 < count) layer.activation = "relu";
  }
  return layers;
}

/// A file that remembers what was written to it, and a terminal that shows it.
struct Stage {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), &std::fclose};
  Terminal terminal;
  double now = 0;
  std::string output;

  explicit Stage(int rows, int columns, Terminal::Habits habits = {}) : terminal(rows, columns, habits) { REQUIRE(file); }

  LiveView::Surroundings surroundings(bool rewraps = true) {
    return {[this] { return now; }, [this] { return ScreenSize{terminal.rows(), terminal.columns()}; }, rewraps};
  }

  /// Hands the terminal what was written since.
  void play() {
    std::array<char, 1 << 14> bytes{};
    for (ssize_t n = 1; n > 0;) {
      n = pread(fileno(file.get()), bytes.data(), bytes.size(), static_cast<off_t>(output.size()));
      if (n <= 0) break;
      const std::string_view text(bytes.data(), static_cast<std::size_t>(n));
      output += text;
      terminal.write(text);
    }
  }

  void print(std::string_view text) {
    REQUIRE(write(fileno(file.get()), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    play();
  }

  /// A logged step, a tenth of a second after the one before.
  void step(LiveView& view, std::int64_t step, const std::vector<observe::LayerStatistics>& layers) {
    now += 0.11;
    view.step(step, 2.0 / static_cast<double>(step + 1));
    view.logged({step, 1, 2.0 / static_cast<double>(step + 1), 0.5, 0.1, now}, layers);
    now += 0.11;
    view.epoch({1, 1, 1, 0.25, now});
    play();
  }
};

std::ptrdiff_t count_of(const Lines& lines, std::string_view word) {
  return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(word) != std::string::npos; });
}

/// One picture with all its layers below `above`, nothing under it, and the cursor there.
void check_one_picture(const Terminal& terminal, const Lines& above, std::size_t layers) {
  const Lines screen = terminal.screen();
  REQUIRE(screen.size() == above.size() + 3 + layers);
  CHECK(Lines(screen.begin(), screen.begin() + static_cast<std::ptrdiff_t>(above.size())) == above);
  CHECK(screen[above.size()].starts_with("title  epoch"));
  CHECK(count_of(screen, "title") == 1);
  CHECK(count_of(screen, " relu") + count_of(screen, " output") == static_cast<std::ptrdiff_t>(layers));
  CHECK(terminal.overflows() == 0);
  CHECK(terminal.cursor_row() == screen.size());
  CHECK(terminal.cursor_column() == 0);
  CHECK(terminal.cursor_is_visible());
}

LiveState state_with(int layers, TextStyle style, std::string title = "title") {
  LiveState state;
  state.title = std::move(title);
  state.total_steps = 1000, state.epochs = 10, state.style = style, state.steps = 470, state.epoch = 5;
  state.seconds = 4000, state.steps_a_second = 1234.5, state.loss = 0.412, state.accuracy = 0.864, state.test_accuracy = 1;
  for (int i = 0; i < 600; ++i) state.losses.add(1 + i % 7);
  for (const auto& now : some_layers(layers)) state.layers.push_back({now, state.losses, ThinnedSeries()});
  for (LiveState::Layer& layer : state.layers)
    layer.dead.add(0), layer.dead.add(0), layer.dead.add(0), layer.dead.add(layer.now.dead_share);
  return state;
}

}  // namespace

TEST_CASE("after any number of pictures the screen shows one, and what stood above it", "[live]") {
  for (const TextStyle style : {plain, blocks, all})
    for (const int layers : {1, 2, 11}) {
      Stage stage(24, 80);
      stage.print("$ ./run.sh --live\r\nloading\r\n");
      LiveView view("title", 100, 1, style, stage.file.get(), stage.surroundings());
      for (int i = 0; i < 30; ++i) {
        stage.step(view, i, some_layers(layers, std::pow(10.0, i % 5)));
        check_one_picture(stage.terminal, {"$ ./run.sh --live", "loading"}, static_cast<std::size_t>(layers));
      }
    }
}

TEST_CASE("a picture at the bottom of the terminal scrolls once to find its place, and never again", "[live]") {
  Stage stage(20, 80);
  for (int i = 0; i < 19; ++i) stage.print("line\r\n");
  LiveView view("title", 100, 1, plain, stage.file.get(), stage.surroundings());
  for (int i = 0; i < 10; ++i) {
    stage.step(view, i, some_layers(5));
    CHECK(stage.terminal.out_of_sight() == Lines(8, "line"));
    check_one_picture(stage.terminal, Lines(11, "line"), 5);
  }
}

TEST_CASE("no line of a picture is longer than the terminal, and no picture is higher", "[live]") {
  for (const TextStyle style : {plain, all})
    for (const int layers : {0, 1, 3, 100})
      for (const int columns : {1, 2, 5, 20, 59, 60, 61, 79, 80, 81, 100, 137, 200, 201, 500})
        for (const int rows : {1, 2, 3, 4, 5, 10, 24, 200}) {
          for (const std::string& title : {std::string("t"), std::string("gelu \u03c3") + std::string(300, 'x')}) {
            LiveState state = state_with(layers, style, title);
            if (rows % 2) state.not_finite = observe::NotFinite{470, std::nan(""), 3, "delta"};
            CAPTURE(layers, columns, rows, style.colour, title.size());
            const Lines lines = live_picture(state, {rows, columns});
            CHECK(static_cast<int>(lines.size()) < rows);
            Terminal terminal(rows, columns);
            for (const std::string& line : lines) {
              CHECK(columns_of(line) <= std::min(columns - 1, 200));
              CHECK(line.rfind("\033[") == line.rfind("\033[0m"));  // no colour goes on behind the line
              terminal.write(line + "\r\n");
            }
            CHECK(terminal.overflows() == 0);
            CHECK(terminal.out_of_sight().empty());
          }
        }
}

TEST_CASE("a picture uses the columns that there are", "[live]") {
  for (const int columns : {60, 80, 100, 137, 200}) {
    const Lines lines = live_picture(state_with(4, blocks), {24, columns});
    CAPTURE(columns);
    CHECK(columns_of(lines[2]) == columns - 3);  // without the blank and the arrow behind "dead"
    CHECK(columns_of(lines[3]) == columns - 1);
  }
}

TEST_CASE("a small terminal shows the first and the last layers and counts those between", "[live]") {
  const Lines lines = live_picture(state_with(100, plain), {10, 60});
  REQUIRE(lines.size() == 9);
  CHECK(lines[3].starts_with(" 1 relu"));
  CHECK(lines[5].starts_with(" 3 relu"));
  CHECK(lines[6] == "   ... 95 more layers: the terminal has too few rows");
  CHECK(lines[7].starts_with("99 relu"));
  CHECK(lines[8].starts_with("100 out"));

  CHECK(live_picture(state_with(6, plain), {10, 60}).back().starts_with(" 6 output"));
  CHECK(count_of(live_picture(state_with(6, plain), {10, 60}), "more layers") == 0);
  CHECK(live_picture(state_with(100, plain), {5, 60}).back() == "   ... 100 more layers: the terminal has too few rows");
}

TEST_CASE("a hundred layers are redrawn in place on a small terminal", "[live]") {
  Stage stage(10, 60);
  LiveView view("title", 100, 1, blocks, stage.file.get(), stage.surroundings());
  for (int i = 0; i < 20; ++i) {
    stage.step(view, i, some_layers(100));
    CHECK(stage.terminal.out_of_sight().empty());
    CHECK(stage.terminal.screen().size() == 9);
    CHECK(count_of(stage.terminal.screen(), "title") == 1);
  }
}

TEST_CASE("a terminal may become wider and narrower between pictures", "[live]") {
  for (const bool rewraps : {true, false}) {
    Random random(1);
    Stage stage(200, 100, {rewraps, true});
    const Lines above(3, "short");
    for (const std::string& line : above) stage.print(line + "\r\n");
    LiveView view("title", 100, 1, all, stage.file.get(), stage.surroundings(rewraps));
    for (int i = 0; i < 60; ++i) {
      stage.step(view, i, some_layers(5));
      check_one_picture(stage.terminal, above, 5);
      stage.terminal.resize(200, 30 + static_cast<int>(random.uniform() * 170));
    }
  }
}

TEST_CASE("a terminal may become lower and higher between pictures", "[live]") {
  for (const bool brings_back : {true, false}) {
    Stage stage(40, 80, {true, brings_back});
    stage.print("above\r\n");
    LiveView view("title", 100, 1, blocks, stage.file.get(), stage.surroundings());
    std::int64_t step = 0;
    stage.step(view, step, some_layers(11));
    for (const int rows : {39, 8, 3, 4, 20, 7, 9, 30, 40}) {
      stage.terminal.resize(rows, 80);
      stage.step(view, ++step, some_layers(11));
      CAPTURE(rows, brings_back);
      CHECK(count_of(stage.terminal.screen(), "title") == 1);
      CHECK(count_of(stage.terminal.screen(), "loss") == 1);
      if (brings_back && rows >= 20) check_one_picture(stage.terminal, {"above"}, 11);
    }
    CHECK(stage.terminal.overflows() == 0);
  }
}

TEST_CASE("what stands above a picture is left alone when a terminal becomes both narrow and low, and large again", "[live]") {
  Stage stage(40, 160);
  const Lines above = {"first", "second", "third"};
  for (const std::string& line : above) stage.print(line + "\r\n");
  LiveView view("title", 100, 1, blocks, stage.file.get(), stage.surroundings());
  std::int64_t step = 0;
  for (const ScreenSize& size : {ScreenSize{40, 160}, {8, 60}, {40, 160}, {6, 30}, {60, 120}}) {
    stage.terminal.resize(size.rows, size.columns);
    stage.step(view, ++step, some_layers(11));
    Lines seen = stage.terminal.out_of_sight();
    for (const std::string& line : stage.terminal.screen()) seen.push_back(line);
    CAPTURE(size.rows, size.columns);
    CHECK(Lines(seen.begin(), seen.begin() + 3) == above);
    CHECK(stage.terminal.overflows() == 0);
  }
}

TEST_CASE("numbers that are not finite are shown, not dropped", "[live]") {
  Stage stage(24, 100);
  LiveView view("title", 100, 1, plain, stage.file.get(), stage.surroundings());
  stage.step(view, 0, some_layers(3));
  std::vector<observe::LayerStatistics> broken = some_layers(3);
  broken[1].delta_rms = std::nan("");
  broken[1].update_ratio = -std::nan("");
  broken[1].nan_count = 7;
  stage.step(view, 1, broken);
  view.step(2, std::nan(""));
  view.not_finite({2, std::nan(""), 2, "delta"});  // at once, whenever the last picture was drawn
  stage.play();
  const Lines screen = stage.terminal.screen();
  REQUIRE(screen.size() == 7);
  CHECK(screen[1].starts_with("loss nan       +-!"));
  CHECK(screen[2] == "step 2: the loss is nan, first in layer 2 (delta)");
  CHECK(screen[5].find(" nan =!") != std::string::npos);
  CHECK(screen[5].find(" nan ", screen[5].find('!')) != std::string::npos);
  CHECK(count_of(screen, "!") == 2);
}

TEST_CASE("a network without hidden layers, and a run of which no layer is known yet", "[live]") {
  Stage stage(24, 80);
  LiveView view("title", 100, 1, plain, stage.file.get(), stage.surroundings());
  view.step(0, 2.3);
  stage.play();
  CHECK(stage.terminal.screen().size() == 2);
  stage.step(view, 1, some_layers(1));
  check_one_picture(stage.terminal, {}, 1);
}

TEST_CASE("units that die or come back are seen by an arrow", "[live]") {
  LiveState state = state_with(3, blocks);
  state.layers[1].now.dead_share = 0.1;
  state.layers[1].dead = ThinnedSeries();
  for (const double share : {0.2, 0.2, 0.2, 0.1}) state.layers[1].dead.add(share);
  const Lines lines = live_picture(state, {24, 80});
  CHECK(lines[3].ends_with("   25% \u2191"));
  CHECK(lines[4].ends_with("   10% \u2193"));
  CHECK(lines[5].ends_with("    0%"));
}

TEST_CASE("ten pictures a second at most, each in one write that hides and shows the cursor", "[live]") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) == 0);  // keeps writes apart
  REQUIRE(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(fdopen(ends[0], "w"), &std::fclose);
  const auto pictures = [&] {
    Lines found;
    std::array<char, 1 << 16> bytes{};
    for (ssize_t n = 0; (n = recv(ends[1], bytes.data(), bytes.size(), 0)) > 0;)
      found.emplace_back(bytes.data(), static_cast<std::size_t>(n));
    return found;
  };
  double now = 0;
  {
    LiveView view("title", 2000, 1, all, stream.get(), {[&] { return now; }, [] { return ScreenSize{200, 200}; }, true});
    int count = 0;
    for (int i = 0; i < 2000; ++i, now += 0.001) {
      view.step(i, 1);
      view.logged({i, 1, 1, 0.5, 0.1, now}, some_layers(100));
      for (const std::string& picture : pictures()) {
        CHECK(picture.starts_with("\033[?25l"));
        CHECK(picture.ends_with("\033[?25h"));
        if (++count > 1) CHECK(picture.size() > 8192);  // more than a stream's buffer, but for the first: it knows no layers yet
      }
    }
    CHECK(count <= 20);
    CHECK(count >= 19);
  }
  CHECK(pictures().size() == 1);  // the last one
  close(ends[1]);
}

TEST_CASE("the last picture stays, and nothing is drawn after it", "[live]") {
  Stage stage(24, 80);
  {
    LiveView view("title", 3, 1, plain, stage.file.get(), stage.surroundings());
    for (int i = 0; i < 3; ++i) stage.step(view, i, some_layers(2));
    view.finish();
    stage.play();
    const std::size_t length = stage.output.size();
    stage.step(view, 3, some_layers(4));
    view.not_finite({});
    CHECK(stage.output.size() == length);
  }
  stage.play();
  check_one_picture(stage.terminal, {}, 2);
  CHECK(stage.terminal.screen()[0].find("100 %") != std::string::npos);
  CHECK(stage.terminal.screen()[0].ends_with("after 0 s"));
  stage.print("what comes after");
  CHECK(stage.terminal.screen().back() == "what comes after");
}

TEST_CASE("a view of which nothing was announced writes nothing", "[live]") {
  Stage stage(24, 80);
  { const LiveView view("title", 3, 1, plain, stage.file.get(), stage.surroundings()); }
  stage.play();
  CHECK(stage.output.empty());
}

TEST_CASE("a picture makes room for other words and comes back below them", "[live]") {
  for (const int rows : {8, 24}) {
    Stage stage(rows, 80);
    LiveView view("title", 100, 1, plain, stage.file.get(), stage.surroundings());
    view.clear();
    for (int i = 0; i < 5; ++i) stage.step(view, i, some_layers(3));
    view.clear();
    stage.play();
    CHECK(stage.terminal.screen().empty());
    stage.print("a word\r\n");
    for (int i = 5; i < 10; ++i) stage.step(view, i, some_layers(3));
    check_one_picture(stage.terminal, {"a word"}, 3);
  }
}

TEST_CASE("a title cannot speak to the terminal", "[live]") {
  const Lines lines = live_picture(state_with(1, blocks, "a\033[2Jb\nc\u6f22\u0301\u03c3\xff"), {24, 80});
  CHECK(lines[0].starts_with("a?[2Jb?c??\u03c3?  epoch"));
  CHECK(live_picture(state_with(1, plain, "\u03c3(x)"), {24, 80})[0].starts_with("?(x)  epoch"));
  LiveState state = state_with(2, blocks);
  state.layers[0].now.activation = "\033[H";
  CHECK(live_picture(state, {24, 80})[3].starts_with(" 1 ?[H"));
}

TEST_CASE("without colour a picture has none, and without Unicode it is ASCII", "[live]") {
  for (const std::string& line : live_picture(state_with(5, blocks), {24, 120})) CHECK(line.find('\033') == std::string::npos);
  for (const std::string& line : live_picture(state_with(5, plain), {24, 120}))
    CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  CHECK(live_picture(state_with(5, all), {24, 120})[3].find("\033[33m") != std::string::npos);  // a quarter of the units is dead
}

TEST_CASE("without a terminal there are plain lines, every twentieth of the run", "[live]") {
  Stage stage(24, 80);
  LiveView::Surroundings nowhere = stage.surroundings();
  nowhere.screen = [] { return std::nullopt; };
  {
    LiveView view("title", 9380, 10, all, stage.file.get(), nowhere);
    view.clear();
    for (int i = 0; i < 9380; ++i) {
      view.step(i, 0.4123);
      const bool ends_epoch = (i + 1) % 938 == 0;
      if (i % 10 == 0 || ends_epoch) view.logged({i, i / 938 + 1, 0.4123, 0.8612, 0.1, 0}, some_layers(11));
      if (ends_epoch) view.epoch({i / 938 + 1, 0.4, 0.5, 0.8234, 0});
    }
  }
  stage.play();
  CHECK(stage.output.find('\033') == std::string::npos);
  CHECK(stage.output.find('\r') == std::string::npos);
  Lines lines;
  for (std::string_view rest = stage.output; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
    lines.emplace_back(rest.substr(0, rest.find('\n')));
  REQUIRE(lines.size() == 21);
  CHECK(lines[0] == "step 1/9380 epoch 1/10 loss 0.412 accuracy 0.861 | delta 1: 1.0e+00 ... 11: 1.0e-10 | dead 25 %");
  CHECK(lines[1].starts_with("step 471/9380 epoch 1/10 loss 0.412 accuracy 0.861 | delta"));
  CHECK(lines[2].starts_with("step 938/9380 epoch 1/10 loss 0.412 accuracy 0.861 test accuracy 0.823 | delta"));
  CHECK(lines[3].starts_with("step 1411/9380 epoch 2/10 loss 0.412 accuracy 0.861 | delta"));
  CHECK(lines[20].starts_with("step 9380/9380 epoch 10/10"));
}

TEST_CASE("without a terminal a run of many epochs has a line for each, and a loss that is not finite one more", "[live]") {
  Stage stage(24, 80);
  LiveView::Surroundings nowhere = stage.surroundings();
  nowhere.screen = [] { return std::nullopt; };
  LiveView view("title", 300, 100, all, stage.file.get(), nowhere);
  for (int i = 0; i < 300; ++i) {
    view.step(i, 1);
    view.logged({i, i / 3 + 1, 1, 0.5, 0.1, 0}, some_layers(1));
    if (i % 3 == 2) view.epoch({i / 3 + 1, 1, 1, 0.5, 0});
  }
  stage.play();
  CHECK(std::count(stage.output.begin(), stage.output.end(), '\n') == 101);
  const std::size_t before = stage.output.size();
  view.not_finite({300, -std::nan(""), 0, ""});
  stage.play();
  CHECK(stage.output.substr(before) == "step 300/300 epoch 100/100 loss 1 accuracy 0.5 | delta 1: 1.0e+00\nstep 300: the loss is nan\n");
}

TEST_CASE("without a terminal no line is lost where epochs end without a test", "[live]") {
  Stage stage(24, 80);
  LiveView::Surroundings nowhere = stage.surroundings();
  nowhere.screen = [] { return std::nullopt; };
  {
    LiveView view("title", 400, 2, plain, stage.file.get(), nowhere);
    for (int i = 0; i < 400; ++i) {
      view.step(i, 1);
      view.logged({i, i / 200 + 1, 1, 0.5, 0.1, 0}, some_layers(1));
    }
  }
  stage.play();
  CHECK(std::count(stage.output.begin(), stage.output.end(), '\n') == 21);
  CHECK(stage.output.find("step 201/400") != std::string::npos);
  CHECK(stage.output.find("step 400/400") != std::string::npos);
}

TEST_CASE("a million steps do not make a picture larger", "[live]") {
  Stage stage(24, 80);
  LiveView view("title", 1'000'000, 1, blocks, stage.file.get(), stage.surroundings());
  for (int i = 0; i < 1'000'000; ++i) {
    view.step(i, 1);
    if (i % 1000 == 0) view.logged({i, 1, 1, 0.5, 0.1, 0}, some_layers(3));
  }
  stage.now = 1;
  view.epoch({1, 1, 1, 0.5, 0});
  stage.play();
  check_one_picture(stage.terminal, {}, 3);
}

TEST_CASE("a view that cannot write does not end the run", "[live]") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"), &std::fclose);
  if (!full) return;  // not every system has one
  LiveView view("title", 10, 1, plain, full.get(), {[] { return 0.0; }, [] { return ScreenSize(); }, true});
  CHECK_NOTHROW(view.step(0, 1));
  CHECK_NOTHROW(view.finish());
}

TEST_CASE("a file is no screen", "[live]") {
  const Stage stage(24, 80);
  CHECK_FALSE(screen_size(stage.file.get()));
}

TEST_CASE("the speed counts from the first step that the view has seen", "[live]") {
  Stage stage(24, 100);
  LiveView view("title", 1000, 1, plain, stage.file.get(), stage.surroundings());
  stage.now = 100;
  for (int i = 500; i <= 550; ++i, stage.now += 0.5) view.step(i, 1);  // as after a break
  stage.play();
  CHECK(stage.terminal.screen()[0].find(" 55 %  2 steps/s  3 min 45 s left") != std::string::npos);  // 449 of them
}

TEST_CASE("durations are said in the two units that matter", "[record]") {
  CHECK(duration(0) == "0 s");
  CHECK(duration(59.4) == "59 s");
  CHECK(duration(59.6) == "1 min 00 s");
  CHECK(duration(185) == "3 min 05 s");
  CHECK(duration(7625) == "2 h 07 min");
  CHECK(duration(std::nan("")) == "a long time");
}

}  // namespace seegrad::records
