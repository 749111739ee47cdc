// What the lessons share: a folder of their own, trainings inside it, numbers, one picture, one sentence at the end.
//
//   int learn(const train::TrainOptions& knobs) {
//     train::Lesson lesson(about, knobs);
//     for (const char* name : {"relu", "sigmoid"}) {
//       train::TrainOptions run = lesson.run(name);
//       run.activation = Activation::parse(name);
//       const records::Summary found = lesson.train(run);
//       lesson.number(fmt::format("{}.test_accuracy", name), found.test_accuracy);
//       lesson.say(fmt::format("{:10} {:6.2f} %", name, 100 * found.test_accuracy));
//     }
//     lesson.picture(chart.draw(720, 440));
//     return lesson.finish("relu learns at this depth, sigmoid does not.");
//   }
//
// The folder (--out, or runs/<time>-<lesson>-<activation>) holds config.json, lesson.json with the numbers and the sentence, the picture
// as <lesson>.svg and <lesson>.png, a run folder for each training, and report.html: the trainings side by side or, where nothing was
// trained, the picture with the numbers. With --json the text of lesson.json is all that is printed.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/nn/sequential.hpp"
#include "seegrad/record/picture.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/options.hpp"
#include "seegrad/train/recorder.hpp"

namespace seegrad::train {

class Lesson {
 public:
  /// Makes the folder and writes config.json. Throws as RunFolder does when it cannot, or when it already holds something.
  Lesson(const Example& example, const TrainOptions& knobs);

  const std::filesystem::path& folder() const { return folder_; }

  /// The knobs of a training in the folder of this name inside the lesson's. It prints nothing.
  TrainOptions run(std::string_view name);
  /// Trains as train_mlp does (train/fit.hpp). A loss that stops being finite ends the training and is part of its summary; an error of
  /// any other kind is thrown.
  records::Summary train(const TrainOptions& run);
  /// The same, when the network is wanted too.
  records::Summary train(const TrainOptions& run, nn::Sequential& network);

  /// For lesson.json. Names are lower case words with '_', parts joined by '.': "sigmoid.delta_factor". A name is given once.
  void number(const std::string& name, double value);
  /// A line for the reader; not with --quiet or --json.
  void say(std::string_view line) const;
  void picture(const records::Canvas& canvas);

  /// Writes lesson.json and report.html, and prints what was seen. Returns the exit code: 0, or 130 after Ctrl-C.
  int finish(const std::string& seen);

 private:
  std::string page(const std::string& seen) const;

  Example example_;
  TrainOptions knobs_;
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> runs_;
  std::vector<std::pair<std::string, double>> numbers_;
  std::string svg_;
  bool interrupted_ = false;
};

}  // namespace seegrad::train
