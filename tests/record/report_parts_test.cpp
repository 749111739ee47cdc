// The parts of the report that can be judged alone: thinning, base64, the picture of weights, names and comparison of runs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "record/report/base64.hpp"
#include "record/report/comparison.hpp"
#include "record/report/run_reader.hpp"
#include "record/report/thinning.hpp"
#include "record/report/weight_picture.hpp"
#include "record/run_on_disk.hpp"
#include "support/png.hpp"

using namespace seegrad;
using namespace seegrad::test;
using namespace seegrad::records::report;

namespace {

/// A curve without rhyme or reason, the same every time.
std::vector<double> noise(std::size_t count, std::uint32_t seed) {
  std::vector<double> curve(count);
  for (double& value : curve) value = static_cast<double>((seed = seed * 1664525 + 1013904223) >> 8);
  return curve;
}

std::vector<Run> runs_of(const Scratch& scratch, const std::vector<RunPlan>& plans) {
  std::vector<Run> runs;
  for (const RunPlan& plan : plans) runs.push_back(read_run(write_run(scratch.path / std::to_string(runs.size()), plan)));
  name_runs(runs);
  return runs;
}

std::array<int, 3> pixel(const Image& image, int x, int y) { return image.at(x, y); }

}  // namespace

TEST_CASE("thinning keeps the ends and extremes of every bucket, of every curve", "[record][report]") {
  for (const std::size_t count : {1U, 7U, 399U, 400U, 401U, 12345U}) {
    INFO(count << " rows");
    const std::vector<std::vector<double>> curves{noise(count, 1), noise(count, 2)};
    const std::vector<std::size_t> rows = telling_rows(curves, 400);
    CHECK(rows.size() <= 400);
    CHECK(std::is_sorted(rows.begin(), rows.end(), std::less_equal<>()));  // rising, none twice
    if (count <= 400) CHECK(rows.size() == count);
    const std::set<std::size_t> kept(rows.begin(), rows.end());
    CHECK(kept.contains(0));
    CHECK(kept.contains(count - 1));
    const std::size_t buckets = 400 / 6;
    for (std::size_t bucket = 0; count > 400 && bucket < buckets; ++bucket) {
      const auto from = static_cast<std::ptrdiff_t>(bucket * count / buckets),
                 to = static_cast<std::ptrdiff_t>((bucket + 1) * count / buckets);
      for (const std::vector<double>& curve : curves) {
        const auto [low, high] = std::minmax_element(curve.begin() + from, curve.begin() + to);
        CHECK(kept.contains(static_cast<std::size_t>(low - curve.begin())));
        CHECK(kept.contains(static_cast<std::size_t>(high - curve.begin())));
      }
    }
  }
  CHECK(telling_rows({}, 400).empty());
}

TEST_CASE("NaN hides no extreme from thinning", "[record][report]") {
  std::vector<double> curve(1000, std::numeric_limits<double>::quiet_NaN());
  curve[500] = 3, curve[501] = -3;
  const std::vector<std::size_t> rows = telling_rows({{curve}}, 40);
  CHECK(std::count(rows.begin(), rows.end(), 500U) == 1);
  CHECK(std::count(rows.begin(), rows.end(), 501U) == 1);
}

TEST_CASE("evenly spread numbers begin and end with the ends, in steps that differ by at most one", "[record][report]") {
  CHECK(evenly_spread(3, 64) == std::vector<std::size_t>{0, 1, 2});
  for (const std::size_t count : {65U, 100U, 1000U, 99999U}) {
    const std::vector<std::size_t> spread = evenly_spread(count, 64);
    REQUIRE(spread.size() == 64);
    CHECK(spread.front() == 0);
    CHECK(spread.back() == count - 1);
    for (std::size_t i = 1; i < spread.size(); ++i) {
      CHECK(spread[i] - spread[i - 1] >= (count - 1) / 63);
      CHECK(spread[i] - spread[i - 1] <= (count - 1) / 63 + 1);
    }
  }
}

TEST_CASE("base64 is that of RFC 4648, section 10", "[record][report]") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("weights are drawn largest norm first: red up, blue down, white nothing, grey NaN", "[record][report]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> weights{0, 0, 0, 1, 4, -4, 0, 4, nan, 0, 0, 2};  // three units of 2 x 2
  const auto picture = weight_picture(weights, 3, 4);
  REQUIRE(picture);
  CHECK(picture->tile == 2);
  CHECK(picture->columns == 3);
  CHECK(picture->shown == 3);
  CHECK(picture->of == 3);
  CHECK(picture->scale == 4);
  const Image image = decoded_png(picture->png);
  REQUIRE(image.width == 9);  // two pixels of a unit and the line beside it
  REQUIRE(image.height == 3);
  const std::array<int, 3> red{178, 24, 43}, blue{33, 102, 172}, white{255, 255, 255}, grey{128, 128, 128};
  CHECK(pixel(image, 0, 0) == red);
  CHECK(pixel(image, 1, 0) == blue);
  CHECK(pixel(image, 0, 1) == white);
  CHECK(pixel(image, 1, 1) == red);
  CHECK(pixel(image, 2, 0) == grey);  // the line
  CHECK(pixel(image, 0, 2) == grey);
  CHECK(pixel(image, 3, 0) == grey);                               // NaN
  CHECK(pixel(image, 4, 1) == std::array<int, 3>{217, 140, 149});  // half of red: 2 of 4
  CHECK(pixel(image, 7, 1) == std::array<int, 3>{236, 197, 202});  // a quarter
}

TEST_CASE("of many units the 64 largest are drawn, 16 in a row; of inputs that are no square none", "[record][report]") {
  std::vector<float> weights(100 * 9);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i / 9);
  const auto picture = weight_picture(weights, 100, 9);
  REQUIRE(picture);
  CHECK(picture->shown == 64);
  CHECK(picture->columns == 16);
  const Image image = decoded_png(picture->png);
  CHECK(image.width == 16 * 4);
  CHECK(image.height == 4 * 4);
  CHECK(!weight_picture(weights, 90, 10));
  CHECK(!weight_picture(weights, 900, 1));
  CHECK(weight_picture(std::vector<float>(8, 0.0F), 2, 4)->scale == 0);
  CHECK(weight_picture(std::vector<float>(8, std::numeric_limits<float>::infinity()), 2, 4)->scale == 0);
}

TEST_CASE("runs are called by what differs between them, and no two alike", "[record][report]") {
  const Scratch scratch;
  const std::vector<Run> runs = runs_of(scratch, {{}, {.activation = "sigmoid"}, {.activation = "sigmoid"}, {.depth = 3}});
  CHECK(differing_flags(runs) == std::vector<std::string>{"activation", "depth"});  // not out
  CHECK(runs[0].name == "relu, depth 2");
  CHECK(runs[1].name == "sigmoid, depth 2");
  CHECK(runs[2].name == "sigmoid, depth 2 (2)");
  CHECK(runs[3].name == "relu, depth 3");
  std::vector<Run> twice{runs[0], runs[0]};
  name_runs(twice);
  CHECK(differing_flags(twice).empty());
  CHECK(twice[0].name == "relu");
  CHECK(twice[1].name == "relu (2)");
}

TEST_CASE("runs part at the layer whose gradient differs most before the first update", "[record][report]") {
  const Scratch scratch;
  const std::vector<Run> runs =
      runs_of(scratch, {{}, {.activation = "sigmoid", .delta = 1e-7, .late_loss = 3}, {.activation = "tanh", .delta = 0.1}});
  const std::optional<Parting> parting = parting_of(runs);
  REQUIRE(parting);
  CHECK(parting->step == 0);
  CHECK(parting->layer == 1);
  CHECK(parting->metric == "delta_rms");
  CHECK(parting->runs == std::vector<std::string>{"sigmoid", "relu"});
  CHECK(parting->values == std::vector<double>{1e-7, 0.5});
  CHECK(parting->sentence ==
        "They part before the first update: in layer 1 the gradient (RMS delta) is 5 million times smaller with sigmoid than with relu.");
}

TEST_CASE("no gradient at all is a parting too", "[record][report]") {
  const Scratch scratch;
  const std::optional<Parting> parting = parting_of(runs_of(scratch, {{}, {.activation = "step", .delta = 0}}));
  REQUIRE(parting);
  CHECK(parting->sentence ==
        "They part before the first update: in layer 1 no gradient arrives with step, but one of 5.00e-01 (RMS delta) with relu.");
}

TEST_CASE("runs that start alike part where their losses part for good", "[record][report]") {
  const Scratch scratch;
  std::vector<Run> runs = runs_of(scratch, {{.steps = 40}, {.activation = "tanh", .steps = 40, .late_loss = 1.5}});
  std::optional<Parting> parting = parting_of(runs);
  REQUIRE(parting);
  CHECK(parting->metric == "train_loss");
  CHECK(!parting->layer);
  CHECK(parting->step == 200);  // the middle
  CHECK(parting->runs == std::vector<std::string>{"relu", "tanh"});
  CHECK(parting->sentence ==
        "They part at step 200: from there on the training losses stay more than 10 % apart, 1 with relu and 1.5 with tanh.");
  SECTION("not where they only part for a while") {
    for (std::size_t i = 30; i < 40; ++i) runs[1].steps.train_loss[i] = runs[0].steps.train_loss[i];
    CHECK(!parting_of(runs));
  }
  SECTION("a loss that was huge once is forgotten") {
    runs[0].steps.train_loss[3] = 1e30;
    CHECK(parting_of(runs)->step == 200);
  }
  SECTION("nor where a loss is not a number") {
    runs[0].steps.train_loss.back() = std::numeric_limits<double>::quiet_NaN();
    CHECK(!parting_of(runs));
  }
}

TEST_CASE("losses that jump up and down around the same mean do not part", "[record][report]") {
  const Scratch scratch;
  std::vector<Run> runs = runs_of(scratch, {{.steps = 401}, {.steps = 401}});  // the mean is over 8 steps
  for (std::size_t i = 0; i < 401; ++i) {
    runs[0].steps.train_loss[i] = i % 2 == 0 ? 1.3 : 0.7;
    runs[1].steps.train_loss[i] = i % 2 == 0 ? 0.7 : 1.3;
  }
  CHECK(!parting_of(runs));
  for (std::size_t i = 200; i < 401; ++i) runs[1].steps.train_loss[i] += 1;
  REQUIRE(parting_of(runs));
  CHECK(parting_of(runs)->step == 2000);
}

TEST_CASE("runs that do the same do not part", "[record][report]") {
  const Scratch scratch;
  CHECK(!parting_of(runs_of(scratch, {{}, {.late_loss = 1.05}})));
}
