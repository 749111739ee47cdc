#include "train/mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "seegrad/ops/softmax.hpp"
#include "seegrad/record/csv_row.hpp"
#include "seegrad/record/png.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::train {
namespace {

constexpr std::size_t most_shown = 64, columns = 8, portion = 1000;

struct Mistake {
  std::int64_t sample = 0, label = 0, predicted = 0;
  std::vector<double> scores;
  double certainty() const { return scores[static_cast<std::size_t>(predicted)]; }
};

/// Adds the mistakes among the test images from number `first` on. A network whose scores are NaN has no answers to be wrong about.
void find_mistakes(const Samples& samples, nn::Module& network, std::size_t first, std::vector<Mistake>& found) {
  const auto classes = static_cast<std::size_t>(samples.classes());
  const std::vector<double> scores = softmax(network(samples.test_images(first, portion))).to_vector();
  for (std::size_t i = 0; i * classes < scores.size(); ++i) {
    const auto begin = scores.begin() + static_cast<std::ptrdiff_t>(i * classes), end = begin + static_cast<std::ptrdiff_t>(classes);
    const auto best = std::max_element(begin, end);
    const std::int64_t label = samples.dataset().test.labels[first + i];
    if (!(*best >= 0) || best - begin == label) continue;
    found.push_back({static_cast<std::int64_t>(first + i), label, best - begin, {begin, end}});
  }
}

std::string table_of(const std::vector<Mistake>& mistakes, std::int64_t classes) {
  std::string text = "sample,label,predicted";
  for (std::int64_t i = 0; i < classes; ++i) text += fmt::format(",score_{}", i);
  text += '\n';
  for (const Mistake& mistake : mistakes) {
    records::CsvRow row;
    row << mistake.sample << mistake.label << mistake.predicted;
    for (const double score : mistake.scores) row << score;
    text += row.text() + "\n";
  }
  return text;
}

/// The pictures side by side, black where there are no more.
std::string sheet_of(const std::vector<Mistake>& mistakes, const Images& images) {
  const std::size_t side = std::max(images.rows, images.columns), rows = (mistakes.size() + columns - 1) / columns;
  std::vector<std::uint8_t> sheet(side * columns * side * rows);
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    const auto image = images.image(static_cast<std::size_t>(mistakes[i].sample));
    for (std::size_t y = 0; y < images.rows; ++y) {
      const std::size_t to = ((i / columns * side + y) * columns + i % columns) * side;
      std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(y * images.columns), images.columns,
                  sheet.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
  return records::png_of(sheet, static_cast<int>(side * columns), static_cast<int>(side * rows), 1);
}

}  // namespace

std::string write_mistakes(const std::filesystem::path& folder, const Samples& samples, nn::Module& network) {
  const NoGrad no_tape;
  const Using in_use(network);
  std::vector<Mistake> mistakes;
  for (std::size_t first = 0; first < samples.dataset().test.count; first += portion) find_mistakes(samples, network, first, mistakes);
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) { return a.certainty() > b.certainty(); });
  if (mistakes.size() > most_shown) mistakes.resize(most_shown);
  records::write_whole_file(folder / "mistakes.csv", table_of(mistakes, samples.classes()));
  if (mistakes.empty()) return "";
  std::string sheet = sheet_of(mistakes, samples.dataset().test);
  records::write_whole_file(folder / "mistakes.png", sheet);
  return sheet;
}

}  // namespace seegrad::train
