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

}  // namespace seegrad::test
