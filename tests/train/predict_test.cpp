// A trained network and one's own pictures, as a user meets them: good pictures, bad ones, wrong flags.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "seegrad/data/digits.hpp"
#include "support/pictures.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using namespace seegrad;
using nlohmann::json;
using seegrad::testing::Outcome;

namespace {

using Words = std::vector<std::string>;

/// A folder with a network that knows drawn digits. It is trained once; every test looks at it.
class Place {
 public:
  Place() : path_(fs::temp_directory_path() / ("seegrad-predict-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
    train({"--data", "digits", "--train-samples", "3000", "--epochs", "6", "--width", "64", "--depth", "2", "--out", "run"});
  }
  ~Place() { fs::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void train(Words flags) const {
    flags.insert(flags.end(), {"--device", "cpu", "--quiet", "--log-every", "1000"});
    const Outcome outcome = run("train_mlp", flags);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
  }
  Outcome predict(Words flags, Words environment = {}) const {
    if (std::find(flags.begin(), flags.end(), "--model") == flags.end()) flags.insert(flags.end(), {"--model", "run"});
    return run("predict", flags, std::move(environment));
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  Outcome run(const std::string& program, const Words& flags, Words environment = {}) const {
    seegrad::testing::RunOptions options;
    options.folder = path_;
    options.environment = std::move(environment);
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/" + program, flags, options);
  }
  fs::path path_;
};

const Place& place() {
  static const Place only;
  return only;
}

Images digits_never_seen(std::size_t count) { return generate_digits(count, 77); }

/// Digit number i, `factor` times as large, on a sheet of these sides, `left` of the digit's own pixels from its left edge; dark ink on
/// paper when wished.
GreyImage on_sheet(const Images& digits, std::size_t i, double factor, std::size_t rows, std::size_t columns, std::size_t left,
                   bool paper) {
  const Grid grid{.top = -4, .left = -static_cast<double>(left), .step = 1 / factor, .rows = rows, .columns = columns};
  GreyImage sheet{rows, columns, {}};
  for (const float ink : sampled(test::image_of(digits, i), grid, 0))
    sheet.pixels.push_back(static_cast<std::uint8_t>(std::lround(paper ? 235 - 0.8f * ink : ink)));
  return sheet;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t lines_in(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

TEST_CASE("digits on sheets of any size, colour and format are mostly recognised", "[train][predict]") {
  constexpr std::size_t tried = 60;
  const Images digits = digits_never_seen(tried);
  struct Sheet {
    const char* ending;
    double factor;
    std::size_t rows, columns;
    bool paper;
  };
  Words files;
  std::size_t number = 0;
  const std::array<Sheet, 3> sheets{{{".png", 3, 100, 140, true}, {".bmp", 8, 260, 300, false}, {".jpg", 15, 480, 500, true}}};
  for (const Sheet& sheet : sheets)
    for (std::size_t i = 0; i < tried; ++i) {
      files.push_back("sheet" + std::to_string(number++) + sheet.ending);
      test::write_picture(place() / files.back(), on_sheet(digits, i, sheet.factor, sheet.rows, sheet.columns, i % 5, sheet.paper));
    }
  const auto right_answers = [&](const char* preparation) {
    Words flags = files;
    flags.insert(flags.end(), {"--json", "--prepare", preparation});
    const Outcome outcome = place().predict(flags);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const json answers = json::parse(outcome.out);
    REQUIRE(answers.size() == files.size());
    std::array<std::size_t, 3> right{};
    for (std::size_t i = 0; i < answers.size(); ++i) {
      CHECK(answers[i]["file"] == files[i]);
      right[i / tried] += answers[i]["class"] == std::to_string(digits.labels[i % tried]);
    }
    return right;
  };
  for (const std::size_t right : right_answers("auto")) CHECK(right >= tried * 8 / 10);
  // Black on white and off the middle is nothing that the network knows.
  CHECK(right_answers("none")[0] < tried * 6 / 10);
}

TEST_CASE("a picture of the data set itself is taken as it is, and its scores add up to 1", "[train][predict]") {
  const Images digits = digits_never_seen(3);
  test::write_picture(place() / "own.png", test::image_of(digits, 2));
  const Outcome outcome = place().predict({"own.png", "--json"});
  REQUIRE(outcome.code == 0);
  const json answer = json::parse(outcome.out)[0];
  CHECK(answer["prepared"] == "none");
  double sum = 0, best = 0;
  REQUIRE(answer["scores"].size() == 10);
  for (const auto& [name, score] : answer["scores"].items()) {
    sum += score.get<double>();
    best = std::max(best, score.get<double>());
  }
  CHECK(sum == Approx(1));
  CHECK(answer["score"] == best);
  CHECK(answer["scores"][answer["class"].get<std::string>()] == best);
}

TEST_CASE("for people the picture that the network saw stands beside the classes, best first", "[train][predict]") {
  test::write_picture(place() / "seen.png", on_sheet(digits_never_seen(1), 0, 4, 140, 140, 5, true));
  for (const char* locale : {"C", "C.UTF-8"}) {
    const Outcome outcome = place().predict({"seen.png"}, {"LC_ALL=" + std::string(locale), "NO_COLOR=1"});
    REQUIRE(outcome.code == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.out.starts_with("seen.png: "));
    CHECK(lines_in(outcome.out) == 1 + 14);  // 28 rows, two a line
    CHECK(contains(outcome.out, "prepared: mnist"));
    CHECK(contains(outcome.out, "> "));
    CHECK(contains(outcome.out, locale == std::string("C") ? "%" : "\u2588"));
    CHECK(std::any_of(outcome.out.begin(), outcome.out.end(), [](char c) { return c < 0; }) == (locale != std::string("C")));
  }
}

TEST_CASE("a bad picture is named and does not stop the others", "[train][predict]") {
  test::write_picture(place() / "good.png", on_sheet(digits_never_seen(1), 0, 4, 140, 140, 5, true));
  test::write_picture(place() / "blank.png", GreyImage{50, 50, std::vector<std::uint8_t>(2500, 250)});
  std::ofstream(place() / "text.png") << "no picture";
  std::ofstream(place() / "empty.jpg");
  fs::create_directories(place() / "folder.png");
  const Words files{"blank.png", "text.png", "missing.png", "good.png", "folder.png", "empty.jpg"};
  const Outcome outcome = place().predict(files);
  CHECK(outcome.code == 1);
  CHECK(lines_in(outcome.err) == 5);
  CHECK(contains(outcome.err, "predict: blank.png: is blank"));
  CHECK(contains(outcome.err, "predict: text.png: is no PNG, JPEG or BMP picture"));
  CHECK(contains(outcome.err, "predict: missing.png: there is no such file"));
  CHECK(contains(outcome.err, "predict: folder.png: is a folder"));
  CHECK(contains(outcome.err, "predict: empty.jpg: is empty"));
  CHECK(outcome.out.starts_with("good.png: "));
  Words as_json = files;
  as_json.emplace_back("--json");
  const json answers = json::parse(place().predict(as_json).out);
  REQUIRE(answers.size() == 6);
  CHECK(contains(answers[0]["error"], "is blank"));
  CHECK(answers[3].contains("class"));
  CHECK_FALSE(answers[3].contains("error"));
}

TEST_CASE("a wrong flag, no picture or no model is a usage error that helps", "[train][predict]") {
  const auto error_of = [&](const Words& flags) {
    const Outcome outcome = place().predict(flags);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK(lines_in(outcome.err) == 1);
    return outcome.err;
  };
  CHECK(contains(error_of({}), "no picture is given"));
  CHECK(contains(error_of({"a.png", "--prepare", "fashion"}), "--prepare fashion: "));
  CHECK(contains(error_of({"a.png", "--prepare", "mnits"}), "did you mean 'mnist'?"));
  CHECK(contains(error_of({"a.png", "--model", "nowhere"}), "nowhere"));
  CHECK(contains(error_of({"a.png", "--modle", "run"}), "--modle"));
  const Outcome help = place().predict({"--help"});
  CHECK(help.code == 0);
  CHECK(contains(help.out, "IMAGE"));
}

TEST_CASE("a network that learned from a folder of pictures knows the names of its classes", "[train][predict]") {
  const Images digits = generate_digits(900, 5);
  for (std::size_t i = 0; i < digits.count; ++i) {
    if (digits.labels[i] > 1) continue;
    const fs::path folder = place() / (digits.labels[i] == 0 ? "shapes/ring" : "shapes/stick");
    fs::create_directories(folder);
    test::write_picture(folder / (std::to_string(i) + ".png"), on_sheet(digits, i, 1, 40, 50, 10 + i % 3, true));
  }
  place().train({"--data", "shapes", "--epochs", "30", "--batch", "16", "--width", "32", "--depth", "1", "--out", "shapes_run"});
  const Images others = digits_never_seen(100);
  Words flags;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < others.count; ++i) {
    if (others.labels[i] > 1) continue;
    flags.push_back("shape" + std::to_string(i) + ".png");
    expected.emplace_back(others.labels[i] == 0 ? "ring" : "stick");
    test::write_picture(place() / flags.back(),
                        on_sheet(others, i, 2, 80, 100, 10 + i % 3, true));  // twice as large: fitted, and not inverted
  }
  REQUIRE(expected.size() > 10);
  flags.insert(flags.end(), {"--json", "--model", "shapes_run/model.safetensors"});
  const json answers = json::parse(place().predict(flags).out);
  std::size_t right = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(answers[i]["prepared"] == "none");
    right += answers[i]["class"] == expected[i];
  }
  CHECK(10 * right >= 8 * expected.size());
}
#endif
