// A series as a line of text: its width, its scales, what is not a number, and what survives thinning.
#include "seegrad/record/sparkline.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "record/utf8.hpp"

namespace seegrad::records {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();

ThinnedSeries series_of(std::initializer_list<double> values) {
  ThinnedSeries series;
  for (const double value : values) series.add(value);
  return series;
}

int characters(std::string_view text) {
  int count = 0;
  for (; !text.empty(); ++count) next_character(text);
  return count;
}

}  // namespace

TEST_CASE("a sparkline climbs with its series, in equal steps on its scale", "[sparkline]") {
  const ThinnedSeries eight = series_of({0, 1, 2, 3, 4, 5, 6, 7}), powers = series_of({1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1});
  CHECK(sparkline(eight, {.width = 8, .unicode = true}) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline(powers, {.width = 8, .scale = Scale::logarithmic, .unicode = true}) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline(powers, {.width = 8, .unicode = true}) == "▁▁▁▁▁▁▂█");
  CHECK(sparkline(series_of({0, 1, 2, 3, 4, 5, 6}), {.width = 7}) == ".:-=+*#");
}

TEST_CASE("a sparkline has its width whatever the series", "[sparkline]") {
  for (const int width : {0, 1, 2, 7, 40, 300})
    for (const int count : {0, 1, 2, 39, 40, 41, 127, 128, 129, 5000})
      for (const bool unicode : {false, true}) {
        ThinnedSeries series;
        for (int i = 0; i < count; ++i) series.add(i % 11 == 3 ? nan : std::sin(i));
        CAPTURE(width, count, unicode);
        CHECK(characters(sparkline(series, {.width = width, .scale = Scale::logarithmic, .unicode = unicode})) == width);
        CHECK(characters(sparkline(series, {.width = width, .unicode = unicode})) == width);
      }
}

TEST_CASE("a constant series is a line in the middle, and a small change looks small on a log scale", "[sparkline]") {
  CHECK(sparkline(series_of({5, 5, 5}), {.width = 3}) == "===");
  CHECK(sparkline(series_of({5, 5, 5}), {.width = 3, .scale = Scale::logarithmic}) == "===");
  CHECK(sparkline(series_of({1, 1.01, 1}), {.width = 3, .scale = Scale::logarithmic}) == "===");
  CHECK(sparkline(series_of({1, 1.01, 1}), {.width = 3}) == ".#.");
}

TEST_CASE("limits of a sparkline can be set, and values beyond them stay inside", "[sparkline]") {
  CHECK(sparkline(series_of({0.5, 1, 2, -1}), {.width = 4, .lowest = 0, .highest = 1}) == "=##.");
}

TEST_CASE("what is no number leaves a gap in a sparkline, and infinity a mark", "[sparkline]") {
  for (const Scale scale : {Scale::linear, Scale::logarithmic}) {
    CHECK(sparkline(series_of({1, nan, 100, infinity, -infinity}), {.width = 6, .scale = scale}) == ". #!! ");
    CHECK(sparkline(series_of({nan, nan}), {.width = 3, .scale = scale}) == "   ");
    CHECK(sparkline(series_of({infinity}), {.width = 1, .scale = scale}) == "!");
  }
}

TEST_CASE("zeros and negative numbers lie at the bottom of a log scale", "[sparkline]") {
  CHECK(sparkline(series_of({1, 0, 1000, -5}), {.width = 4, .scale = Scale::logarithmic}) == "..#.");
  CHECK(sparkline(series_of({0, 0}), {.width = 2, .scale = Scale::logarithmic}) == "..");
}

TEST_CASE("one spike, one valley and one infinity in a million numbers stay visible", "[sparkline]") {
  ThinnedSeries series;
  for (int i = 0; i < 1'000'000; ++i) series.add(i == 123'456 ? 100 : i == 500'001 ? 0 : i == 900'000 ? infinity : 50 + i % 2);
  const std::string line = sparkline(series, {.width = 32});
  CHECK(std::count(line.begin(), line.end(), '#') == 1);
  CHECK(std::count(line.begin(), line.end(), '.') == 1);
  CHECK(std::count(line.begin(), line.end(), '!') == 1);
  CHECK(line.find('#') < line.find('.'));
  CHECK(line.find('.') < line.find('!'));
}

TEST_CASE("spikes and valleys that are not the highest and lowest of all stay visible, too", "[sparkline]") {
  ThinnedSeries spike, valley;
  for (int i = 0; i < 10'000; ++i) {
    spike.add(i < 200 ? 6 : i == 7'000 ? 4 : 0);
    valley.add(i < 200 ? 0 : i == 7'000 ? 2 : 6);
  }
  const std::string up = sparkline(spike, {.width = 20}), down = sparkline(valley, {.width = 20});
  CHECK(up.find_last_of('#') < 2);
  CHECK(std::count(up.begin(), up.end(), '+') == 1);  // 4 of 6: level 4 of 0 .. 6
  CHECK(down.find_last_of('.') < 2);
  CHECK(std::count(down.begin(), down.end(), '-') == 1);
}

TEST_CASE("the extremes of a series are shown even where others lie further from their neighbours", "[sparkline]") {
  CHECK(sparkline(series_of({0, 1, 1, 9, 10, 10, 10, 1}), {.width = 2}) == ".#");
}

TEST_CASE("a series keeps its memory, its numbers, and all buckets but the last alike", "[sparkline]") {
  for (const std::size_t capacity : {0u, 2u, 7u, 128u}) {
    ThinnedSeries series(capacity);
    for (int i = 0; i < 100'000; ++i) {
      series.add(i);
      if (i % 997 != 0) continue;
      const auto buckets = series.buckets();
      REQUIRE(buckets.size() <= std::max<std::size_t>(2, capacity));
      std::int64_t values = 0;
      double next = 0;
      for (const auto& bucket : buckets) {
        REQUIRE((bucket.values == buckets.front().values || &bucket == &buckets.back()));
        REQUIRE(bucket.lowest == next);
        next = bucket.highest + 1;
        values += bucket.values;
      }
      REQUIRE(values == i + 1);
      REQUIRE(next == i + 1);
    }
  }
}

TEST_CASE("a character that is complete does not change while more columns fill up", "[sparkline]") {
  ThinnedSeries series;
  for (int i = 0; i < 64; ++i) series.add(i % 7);
  const SparklineStyle style{.width = 32, .lowest = 0, .highest = 6};
  series.add(3);  // three numbers a character from here to the 96th
  std::string before = sparkline(series, style);
  for (int i = 65; i < 96; ++i) {
    const auto complete = static_cast<std::size_t>(i / 3);
    series.add(i % 5);
    const std::string now = sparkline(series, style);
    CHECK(now.substr(0, complete) == before.substr(0, complete));
    before = now;
  }
}

TEST_CASE("the mean around a moment of a series", "[sparkline]") {
  const ThinnedSeries series = series_of({1, 2, 3, 4, 5});
  CHECK(series.around(0) == 1);
  CHECK(series.around(0.75) == 4);
  CHECK(series.around(7) == 5);
  CHECK(std::isnan(ThinnedSeries().around(0.5)));
  CHECK(std::isnan(series_of({nan}).around(0)));
}

}  // namespace seegrad::records
