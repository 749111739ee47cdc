// What the lessons share: a folder of their own, trainings inside it, numbers, one picture, one sentence at the end. With it comes what
// a lesson measures with: batches, networks, ops, losses, gradients, charts.
//
//   int learn(const train::TrainOptions& knobs) {
//     train::Lesson lesson(about, knobs);
//     train::Table table = lesson.table("activation", {{"test_accuracy", "accuracy, %", "{:.2f}", 100}});
//     for (const nn::Nonlinearity& f : train::together({"relu", "sigmoid"}, knobs.activation)) {
//       const records::Summary found = lesson.train(lesson.run(f.to_string(), f));
//       table.row(f.to_string(), {found.test_accuracy});
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

#include "seegrad/math/error.hpp"
#include "seegrad/nn/sequential.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/record/chart.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/tensor/gradients.hpp"
#include "seegrad/train/fit.hpp"
#include "seegrad/train/options.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/samples.hpp"

namespace seegrad::train {

class Lesson;

/// One column of a table: a number that is shown, entered into lesson.json, or both.
struct Column {
  std::string key;                ///< its name behind the row's: "test_accuracy"; empty: it is only shown
  std::string heading;            ///< empty: it is only entered
  std::string format = "{:.3g}";  ///< of what is shown
  double factor = 1;              ///< what is shown is the value times this: 100 for per cent
};

/// A table for the reader, each of whose rows also enters its numbers into the lesson.
class Table {
 public:
  /// Shows a row and enters "NAME.KEY" for each column with a key, where NAME is key_of(label). As many values as columns, else Error.
  void row(std::string_view label, const std::vector<double>& values);
  /// The same under another name.
  void row(std::string_view label, std::string_view name, const std::vector<double>& values);

 private:
  friend class Lesson;
  Table(Lesson& lesson, std::string_view labels, std::vector<Column> columns);
  Lesson& lesson_;
  std::vector<Column> columns_;
};

/// What a lesson is that is not just a set of shared flags.
struct LessonOptions {
  bool goes_on = false;          ///< --out may hold this lesson already, ended or broken off, which then goes on in it
  std::string command = {};      ///< that repeats it; empty: command_line()
  records::Settings more = {};   ///< for config.json
  records::Settings flags = {};  ///< there in place of the shared ones, which the lesson does not have
  std::string subject = {};      ///< in the folder's name in place of the activation under study
  bool silent = false;           ///< prints nothing
};

class Lesson {
 public:
  /// Makes the folder and writes config.json. Throws as make_run_folder() does when it cannot, or when it already holds something.
  Lesson(const Example& example, const TrainOptions& knobs, LessonOptions options = {});

  const std::filesystem::path& folder() const { return folder_; }

  /// The knobs of a training in the folder of this name inside the lesson's. It prints nothing.
  TrainOptions run(std::string_view name);
  /// The same with this activation; --activation-per-channel only where it learns something.
  TrainOptions run(std::string_view name, const nn::Nonlinearity& f);
  /// Trains as train_mlp does (train/fit.hpp). A loss that stops being finite ends the training and is part of its summary; an error of
  /// any other kind is thrown.
  records::Summary train(const TrainOptions& run);
  /// The same, when the network is wanted too.
  records::Summary train(const TrainOptions& run, nn::Sequential& network);
  /// Runs that were trained some other way, to stand in the report.
  void show(std::vector<std::filesystem::path> runs) { runs_ = std::move(runs); }

  /// For lesson.json. Names are lower case words with '_', parts joined by '.': "sigmoid.delta_factor". A name is given once.
  void number(const std::string& name, double value);
  /// Shows the headings; `labels` is that of the rows.
  Table table(std::string_view labels, std::vector<Column> columns) { return {*this, labels, std::move(columns)}; }
  /// A line for the reader; not with --quiet or --json.
  void say(std::string_view line) const;
  void picture(const records::Canvas& canvas);
  /// Panels side by side.
  void picture(const std::vector<records::Canvas>& panels) { picture(records::side_by_side(panels, 10)); }

  /// Writes lesson.json and report.html, and prints what was seen. Returns the exit code: 0, or 130 after Ctrl-C.
  int finish(const std::string& seen);

 private:
  std::string page(const std::string& seen) const;

  Example example_;
  TrainOptions knobs_;
  std::string command_;
  std::filesystem::path folder_;
  bool silent_ = false;
  std::vector<std::filesystem::path> runs_;
  std::vector<std::pair<std::string, double>> numbers_;
  std::string svg_;
  bool interrupted_ = false;
};

/// The part of a number's name that stands for this text: "leaky_relu_0_2" for "leaky_relu(0.2)".
std::string key_of(std::string_view text);
/// These activations and, behind them, the one under study where it is not among them.
std::vector<nn::Nonlinearity> together(const std::vector<std::string>& names, const nn::Nonlinearity& studied);
/// The activation under study. Throws UsageError when it does not work element by element: `why` says what the lesson needs that for.
const Activation& elementwise(const TrainOptions& knobs, std::string_view why);
/// Throws UsageError when there are fewer hidden layers: `why` says what they are needed for.
void need_depth(const TrainOptions& knobs, std::int64_t least, std::string_view why);
/// Throws UsageError for --normalisation and --dropout: `why` says why there is none.
void need_plain(const TrainOptions& knobs, std::string_view why);

}  // namespace seegrad::train
