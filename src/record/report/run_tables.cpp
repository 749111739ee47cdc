#include "record/report/run_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "record/report/csv_reader.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records::report {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_classes = 10000, most_mistakes = 1000;
constexpr std::uintmax_t largest_picture = 4 << 20;

/// The size of a PNG of whole tiles, 8 side by side.
struct PictureSize {
  std::uint32_t width = 0, height = 0;
};

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// Width and height stand behind the signature and the name of the first chunk; the last chunk is IEND, which a cut file lacks.
PictureSize size_of_png(const fs::path& file, std::string_view bytes) {
  constexpr std::string_view signature("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), end("IEND\xae\x42\x60\x82", 8);
  if (!bytes.starts_with(signature)) throw Error(fmt::format("{}: is no PNG", file.string()));
  if (bytes.size() < 33 || !bytes.ends_with(end)) throw Error(fmt::format("{}: is a PNG that is cut off", file.string()));
  return {big_endian(bytes.substr(16, 4)), big_endian(bytes.substr(20, 4))};
}

std::string read_picture(const fs::path& file) {
  std::error_code trouble;
  if (!fs::is_regular_file(file, trouble)) throw Error(fmt::format("{}: is not a file", file.string()));
  if (const auto size = fs::file_size(file, trouble); trouble || size > largest_picture)
    throw Error(fmt::format("{}: expected a picture of at most {} bytes, found {}", file.string(), largest_picture, size));
  return read_whole_file(file);
}

}  // namespace

StepTable read_steps(const fs::path& file, bool finished) {
  CsvReader table(file, finished);
  table.require({"step", "epoch", "train_loss", "train_accuracy", "learning_rate", "seconds"});
  StepTable t;
  while (table.next()) {
    t.step.push_back(table.whole(0, {t.step.empty() ? 0 : t.step.back() + 1}));
    t.epoch.push_back(table.whole(1, {t.epoch.empty() ? 1 : t.epoch.back()}));
    t.train_loss.push_back(table.number(2));
    t.train_accuracy.push_back(table.number(3));
    t.learning_rate.push_back(table.number(4));
    static_cast<void>(table.number(5));
  }
  return t;
}

EpochTable read_epochs(const fs::path& file, const StepTable& steps, bool finished) {
  CsvReader table(file, finished);
  table.require({"epoch", "train_loss", "test_loss", "test_accuracy", "seconds"});
  EpochTable t;
  while (table.next()) {
    const std::int64_t epoch = table.whole(0, {t.epoch.empty() ? 1 : t.epoch.back() + 1});
    const std::array<double, 4> numbers{table.number(1), table.number(2), table.number(3), table.number(4)};
    const auto behind = std::upper_bound(steps.epoch.begin(), steps.epoch.end(), epoch);
    const bool logged = behind != steps.epoch.begin() && *(behind - 1) == epoch;
    if (!logged && !finished) continue;  // the tables grew while they were read
    if (!logged) table.fail(0, "an epoch of which there are steps in steps.csv");
    t.epoch.push_back(epoch);
    t.last_step.push_back(steps.step[static_cast<std::size_t>(behind - steps.epoch.begin()) - 1]);
    t.train_loss.push_back(numbers[0]);
    t.test_loss.push_back(numbers[1]);
    t.test_accuracy.push_back(numbers[2]);
  }
  return t;
}

UnitTable read_units(const fs::path& file, const std::vector<observe::LayerStatistics>& layers, const StepTable& steps, bool finished) {
  CsvReader table(file, finished);
  table.require({"step", "layer", "unit", "state"});
  UnitTable t;
  t.layers.resize(layers.size());
  if (layers.empty() && !finished) return t;  // the first probe comes before the first logged step
  std::size_t changes = 0;
  std::int64_t last = 0;
  t.probes.push_back(0);
  while (table.next()) {
    const std::int64_t step = table.whole(0, {last});
    last = step;
    const auto layer = static_cast<std::size_t>(table.whole(1, {1, static_cast<std::int64_t>(layers.size())}) - 1);
    const std::int64_t unit = table.whole(2, {0, layers[layer].units - 1});
    const std::string state = table.text(3);
    if (state != "alive" && state != "dead" && state != "saturated") table.fail(3, "alive, dead or saturated");
    if (changes++ == most_unit_changes) {
      t.cut = step;
      break;
    }
    if (step != t.probes.back()) t.probes.push_back(step);
    t.layers[layer].push_back({step, unit, state});
  }
  if (!steps.step.empty() && steps.step.back() > t.probes.back()) t.probes.push_back(steps.step.back());
  return t;
}

Mistakes read_mistakes(const fs::path& file, const fs::path& picture) {
  CsvReader table(file, true);
  const auto classes = static_cast<std::int64_t>(table.columns().size()) - 3;
  std::vector<std::string> columns{"sample", "label", "predicted"};
  for (std::int64_t i = 0; i < std::clamp<std::int64_t>(classes, 1, most_classes); ++i) columns.push_back(fmt::format("score_{}", i));
  table.require(columns);
  Mistakes all;
  while (table.next()) {
    Mistake item{table.whole(0), table.whole(1, {0, classes - 1}), table.whole(2, {0, classes - 1}), {}};
    for (std::size_t i = 3; i < columns.size(); ++i) item.scores.push_back(table.number(i));
    if (static_cast<std::int64_t>(all.items.size()) == most_mistakes) table.fail(fmt::format("expected at most {} rows", most_mistakes));
    all.items.push_back(std::move(item));
  }
  if (all.items.empty()) return all;
  all.png = read_picture(picture);
  const PictureSize size = size_of_png(picture, all.png);
  const auto columns_of_tiles = static_cast<std::uint32_t>(all.columns);
  all.tile = size.width / columns_of_tiles;
  const std::size_t tiles = all.tile == 0 ? 0 : std::size_t{size.height} / static_cast<std::size_t>(all.tile) * columns_of_tiles;
  if (size.width % columns_of_tiles != 0 || tiles < all.items.size())
    throw Error(fmt::format("{}: expected {} square tiles, 8 in a row, found a picture of {} x {} pixels", picture.string(),
                            all.items.size(), size.width, size.height));
  return all;
}

}  // namespace seegrad::records::report
