// The frame that lessons share: a folder, trainings in it, numbers, a picture, a sentence.
#include "seegrad/train/lesson.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "data/temporary_folder.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::test {
namespace {

namespace fs = std::filesystem;

const train::Example about{"a_lesson", "Shows <something> & nothing else."};

train::TrainOptions small_knobs(const fs::path& out) {
  train::TrainOptions knobs;
  knobs.out = out;
  knobs.data = "digits";
  knobs.train_samples = 200;
  knobs.epochs = 1;
  knobs.depth = 1;
  knobs.width = 8;
  knobs.quiet = true;
  return knobs;
}

nlohmann::json json_of(const fs::path& file) { return nlohmann::json::parse(std::ifstream(file)); }

std::string text_of(const fs::path& file) { return records::read_whole_file(file); }

records::Canvas some_picture() {
  records::Canvas canvas(200, 100, "a picture");
  canvas.rectangle({10, 10, 50, 50}, {});
  return canvas;
}

}  // namespace

TEST_CASE("a lesson without trainings leaves its numbers, its picture and a page with both", "[train][lesson]") {
  const TemporaryFolder folder;
  train::Lesson lesson(about, small_knobs(folder / "lesson"));
  lesson.number("relu.factor", 0.25);
  lesson.number("relu.bad", std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(lesson.number("relu.factor", 1), Error);
  lesson.picture(some_picture());
  CHECK(lesson.finish("a < b") == 0);
  const nlohmann::json found = json_of(folder / "lesson" / "lesson.json");
  CHECK(found["lesson"] == "a_lesson");
  CHECK(found["numbers"]["relu.factor"] == 0.25);
  CHECK(found["numbers"]["relu.bad"].is_null());
  CHECK(found["seen"] == "a < b");
  CHECK(found["runs"].empty());
  CHECK(json_of(folder / "lesson" / "config.json")["flags"]["width"] == 8);
  const std::string page = text_of(folder / "lesson" / "report.html");
  CHECK(page.find("a &lt; b") != std::string::npos);
  CHECK(page.find("<svg") != std::string::npos);
  CHECK(page.find("relu.factor") != std::string::npos);
  CHECK(fs::file_size(folder / "lesson" / "a_lesson.png") > 100);
}

TEST_CASE("the trainings of a lesson are run folders of their own and stand side by side in its report", "[train][lesson]") {
  const TemporaryFolder folder;
  train::Lesson lesson(about, small_knobs(folder / "lesson"));
  for (const char* name : {"relu", "x*sigmoid(x)"}) {
    train::TrainOptions run = lesson.run(name);
    run.activation = Activation::parse(name);
    const records::Summary found = lesson.train(run);
    CHECK(found.epochs == 1);
    CHECK(found.layers.size() == 2);
  }
  CHECK(lesson.finish("both ran") == 0);
  CHECK(json_of(folder / "lesson" / "lesson.json")["runs"] == nlohmann::json{"relu", "x_sigmoid_x"});
  const std::string command = json_of(folder / "lesson" / "relu" / "config.json")["command"];
  CHECK(command.starts_with("./run.sh train_mlp "));
  CHECK(command.find("--width 8") != std::string::npos);
  CHECK(text_of(folder / "lesson" / "report.html").find("x*sigmoid(x)") != std::string::npos);
}

TEST_CASE("a training that diverges is part of a lesson, not its end", "[train][lesson]") {
  const TemporaryFolder folder;
  train::Lesson lesson(about, small_knobs(folder / "lesson"));
  train::TrainOptions run = lesson.run("wild");
  run.learning_rate = 1e30;
  const records::Summary found = lesson.train(run);
  CHECK_FALSE(found.findings.empty());
  CHECK(found.findings.front().diagnosis.name == "not_finite");
  CHECK(lesson.finish("it diverged") == 0);
}

TEST_CASE("a folder that holds a lesson is not overwritten, and a lesson cannot be resumed", "[train][lesson]") {
  const TemporaryFolder folder;
  {
    train::Lesson lesson(about, small_knobs(folder / "lesson"));
    lesson.finish("first");
  }
  CHECK_THROWS_AS(train::Lesson(about, small_knobs(folder / "lesson")), UsageError);
  train::TrainOptions knobs = small_knobs(folder / "other");
  knobs.resume = folder / "other";
  CHECK_THROWS_AS(train::Lesson(about, knobs), UsageError);
  CHECK_FALSE(fs::exists(folder / "other"));
}

TEST_CASE("a row of a table enters each of its numbers under the name of its label", "[train][lesson]") {
  const TemporaryFolder folder;
  train::Lesson lesson(about, small_knobs(folder / "lesson"));
  train::Table table =
      lesson.table("activation", {{"test_accuracy", "accuracy, %", "{:.2f}", 100}, {"", "shown", "{:.1f}"}, {"entered", ""}});
  table.row("leaky_relu(0.2)", {0.5, 1, 2});
  table.row("relu", "other", {0.25, 1, 3});
  CHECK_THROWS_AS(table.row("tanh", {1}), Error);
  CHECK(lesson.finish("seen") == 0);
  const nlohmann::json expected = {
      {"leaky_relu_0_2.test_accuracy", 0.5}, {"leaky_relu_0_2.entered", 2}, {"other.test_accuracy", 0.25}, {"other.entered", 3}};
  CHECK(json_of(folder / "lesson" / "lesson.json")["numbers"] == expected);
}

TEST_CASE("a lesson that goes on does so in its folder, with its own command and settings", "[train][lesson]") {
  const TemporaryFolder folder;
  const train::LessonOptions options{.goes_on = true, .command = "./run.sh a_lesson --grid 3", .more = {{"grid", std::int64_t{3}}}};
  for (const char* seen : {"first", "second"}) {
    train::Lesson lesson(about, small_knobs(folder / "lesson"), options);
    lesson.finish(seen);
  }
  CHECK(json_of(folder / "lesson" / "lesson.json")["seen"] == "second");
  CHECK(json_of(folder / "lesson" / "lesson.json")["command"] == options.command);
  CHECK(json_of(folder / "lesson" / "config.json")["grid"] == 3);
}

TEST_CASE("a run of an activation that learns nothing does without --activation-per-channel", "[train][lesson]") {
  const TemporaryFolder folder;
  train::TrainOptions knobs = small_knobs(folder / "lesson");
  knobs.activation_per_channel = true;
  train::Lesson lesson(about, knobs);
  CHECK(lesson.run("a", Activation::parse("prelu")).activation_per_channel);
  CHECK_FALSE(lesson.run("b", Activation::parse("relu")).activation_per_channel);
  CHECK_FALSE(lesson.run("c", nn::Nonlinearity::parse("maxout(k=3)")).activation_per_channel);
}

TEST_CASE("what a lesson cannot honour is refused with flag, value and reason", "[train][lesson]") {
  train::TrainOptions knobs;
  knobs.activation = nn::Nonlinearity::parse("maxout(k=3)");
  CHECK_THROWS_WITH(train::elementwise(knobs, "units die one by one"),
                    Catch::StartsWith("--activation maxout(k=3): looks at whole rows; units die one by one"));
  knobs.activation = Activation::parse("tanh");
  CHECK(train::elementwise(knobs, "") == Activation::parse("tanh"));
  knobs.depth = 1;
  CHECK_THROWS_WITH(train::need_depth(knobs, 2, "two are compared"), "--depth 1: two are compared; give 2 or more");
  train::need_depth(knobs, 1, "");
  train::need_plain(knobs, "");
  knobs.dropout = 0.5;
  CHECK_THROWS_WITH(train::need_plain(knobs, "theory has none"), "--dropout 0.5: theory has none");
  knobs.normalisation = nn::Normalisation::batch;
  CHECK_THROWS_WITH(train::need_plain(knobs, "theory has none"), "--normalisation batch: theory has none");
}

TEST_CASE("the activation under study stands behind those that it is compared with, once", "[train][lesson]") {
  const auto names = [](const std::vector<nn::Nonlinearity>& all) {
    std::string text;
    for (const nn::Nonlinearity& f : all) text += f.to_string() + " ";
    return text;
  };
  CHECK(names(train::together({"relu", "tanh"}, Activation::parse("gelu"))) == "relu tanh gelu ");
  CHECK(names(train::together({"relu", "tanh"}, Activation::parse("relu"))) == "relu tanh ");
  CHECK(train::key_of("Leaky-ReLU(0.2)") == "leaky_relu_0_2");
}

}  // namespace seegrad::test
