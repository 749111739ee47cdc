// Finding and loading data sets. The parts are checked against each other here; single files are checked by read_idx.

#include "seegrad/data/dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>

#include "locations.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/data/idx.hpp"
#include "seegrad/data/image_folder.hpp"
#include "seegrad/data/md5.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_generated = 1'000'000;

// MD5 sums of the decompressed files, in the order of `file_stems`. MNIST's are the published ones; Fashion-MNIST's publisher
// gives those of its .gz files only, so these were taken from Debian's package dataset-fashion-mnist.
struct KnownDataset {
  std::string_view name, title;
  std::array<std::string_view, 4> md5;
  std::array<std::string_view, 10> classes;
};

constexpr std::array<KnownDataset, 2> known_datasets{{
    {"fashion-mnist",
     "Fashion-MNIST",
     {"f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9", "8181f5470baa50b63fa0f6fddb340f0a",
      "15d484375f8d13e6eb1aabb0c3f46965"},
     {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}},
    {"mnist",
     "MNIST",
     {"6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624", "2646ac647ad5339dbf082846283269ea",
      "27ae3e4e09519cfbb04c329615203637"},
     {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
}};

std::vector<std::string> numbered_classes(int count) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

void check_labels(const fs::path& file, std::span<const std::uint8_t> labels, int classes) {
  const auto wrong = std::find_if(labels.begin(), labels.end(), [&](int label) { return label >= classes; });
  if (wrong == labels.end()) return;
  const auto index = wrong - labels.begin();
  throw Error(fmt::format("{}: byte {}: label {} of sample {} is out of range; {} classes have labels 0 to {}", file.string(), 8 + index,
                          *wrong, index, classes, classes - 1));
}

Images load_part(const fs::path& image_file, const fs::path& label_file, const LoadOptions& options, std::vector<FileChecksum>& checksums) {
  IdxFile labels = read_idx(label_file, 1, options.max_file_bytes);
  IdxFile pixels = read_idx(image_file, 3, options.max_file_bytes);
  if (labels.sizes[0] != pixels.sizes[0])
    throw Error(fmt::format("{}: {} images, but {} labels in {}", image_file.string(), pixels.sizes[0], labels.sizes[0],
                            label_file.filename().string()));
  check_labels(label_file, labels.bytes, options.classes);
  checksums.push_back({image_file.filename().string(), std::move(pixels.md5)});
  checksums.push_back({label_file.filename().string(), std::move(labels.md5)});
  Images images;
  images.count = pixels.sizes[0];
  images.rows = pixels.sizes[1];
  images.columns = pixels.sizes[2];
  images.pixels = std::move(pixels.bytes);
  images.labels = std::move(labels.bytes);
  return images;
}

Dataset load_folder(const fs::path& folder, const LoadOptions& options) {
  const FoundFiles found = find_files(folder);
  if (!found.complete())
    throw Error(
        fmt::format("{}: {} missing; a data set is the four files {}, each plain or .gz; datasets/fetch.sh "
                    "fetches MNIST and Fashion-MNIST",
                    folder.string(), fmt::join(found.missing(), ", "), fmt::join(file_stems, ", ")));
  Dataset data;
  data.source = folder.string();
  data.train = load_part(found.files[0], found.files[1], options, data.checksums);
  data.test = load_part(found.files[2], found.files[3], options, data.checksums);
  if (data.train.rows != data.test.rows || data.train.columns != data.test.columns)
    throw Error(fmt::format("{}: training images have {} x {} pixels, test images {} x {}", folder.string(), data.train.rows,
                            data.train.columns, data.test.rows, data.test.columns));
  return data;
}

Dataset load_users_folder(const fs::path& folder, const LoadOptions& options) {
  if (options.classes < 1 || options.classes > 256)
    throw UsageError(fmt::format("a data set of {} classes: labels are bytes, so 1 to 256 are possible", options.classes));
  const bool idx_files = find_files(folder).count() > 0;
  if (!idx_files && !holds_folders(folder))
    throw UsageError(fmt::format(
        "--data {}: the folder holds none of {} (plain or .gz), and no folder for each class with pictures in it: CLASS/*.png, or "
        "train/CLASS/*.png and test/CLASS/*.png",
        folder.string(), fmt::join(file_stems, ", ")));
  Dataset data = idx_files ? load_folder(folder, options) : load_image_folder(folder, options.max_file_bytes);
  if (idx_files) data.classes = numbered_classes(options.classes);
  const fs::path plain = fs::absolute(folder).lexically_normal();
  data.name = (plain.has_filename() ? plain : plain.parent_path()).filename().string();
  return data;
}

Dataset load_known(const KnownDataset& known, const fs::path& folder, LoadOptions options) {
  options.classes = 10;
  Dataset data = load_folder(folder, options);
  data.name = known.name;
  data.classes.assign(known.classes.begin(), known.classes.end());
  for (std::size_t i = 0; i < 4; ++i)
    if (data.checksums[i].md5 != known.md5[i])
      data.note = fmt::format("{}/{} is not the published file of {}: its decompressed bytes have MD5 {}, expected {}.", data.source,
                              data.checksums[i].file, known.title, data.checksums[i].md5, known.md5[i]);
  return data;
}

std::string how_to_get(const KnownDataset& known) {
  return fmt::format("datasets/fetch.sh {} fetches it{}", known.name,
                     known.name == "fashion-mnist" ? ", Debian has it as package dataset-fashion-mnist" : "");
}

/// Count, rows and columns, as the header of an IDX file has them.
std::array<std::uint32_t, 3> sizes_of(const Images& part) {
  return {static_cast<std::uint32_t>(part.count), static_cast<std::uint32_t>(part.rows), static_cast<std::uint32_t>(part.columns)};
}

Dataset load_generated(const LoadOptions& options) {
  const std::int64_t wanted = options.train_samples.value_or(60000);
  if (wanted < 1 || wanted > most_generated)
    throw UsageError(fmt::format("--train-samples {}: digits are generated in any number from 1 to {}", wanted, most_generated));
  return digits_dataset(static_cast<std::size_t>(wanted));
}

const KnownDataset* find_known(std::string_view name) {
  const auto known = std::find_if(known_datasets.begin(), known_datasets.end(), [&](auto& d) { return d.name == name; });
  return known == known_datasets.end() ? nullptr : &*known;
}

Dataset load_named(const KnownDataset& known, const LoadOptions& options) {
  const auto folder = best_folder(search_places(known.name));
  if (!folder)
    throw Error(
        fmt::format("--data {0}: {1} was not found in $SEEGRAD_DATA/{0}, datasets/{0} (here, beside the program or "
                    "above either), /usr/share/datasets/{0}; {2}, and --data digits needs no files",
                    known.name, known.title, how_to_get(known)));
  return load_known(known, *folder, options);
}

Dataset load_automatic(const LoadOptions& options) {
  const KnownDataset& known = known_datasets[0];
  const auto folder = best_folder(search_places(known.name));
  if (folder && find_files(*folder).complete()) return load_known(known, *folder, options);
  Dataset data = load_generated(options);
  data.note = fmt::format("{} was not found, so generated digits stand in for it; {}.", known.title, how_to_get(known));
  return data;
}

Dataset load_unknown(std::string_view name) {
  static const std::vector<std::string> names{"auto", "digits", "fashion-mnist", "mnist"};
  if (fs::exists(fs::path(name)))
    throw UsageError(
        fmt::format("--data {}: is a file; give the folder that holds the four IDX files, or the folders of the classes", name));
  if (name.find('/') != std::string_view::npos) throw UsageError(fmt::format("--data {}: there is no such folder", name));
  throw UsageError(fmt::format("--data {}: is neither a folder nor one of {}{}", name, fmt::join(names, ", "), suggestion(name, names)));
}

Dataset load_whole(std::string_view name, const LoadOptions& options) {
  if (name == "auto") return load_automatic(options);
  if (name == "digits") return load_generated(options);
  if (const KnownDataset* known = find_known(name)) return load_named(*known, options);
  std::error_code ignored;
  if (fs::is_directory(fs::path(name), ignored)) return load_users_folder(fs::path(name), options);
  return load_unknown(name);
}

}  // namespace

void Images::keep_first(std::size_t n) {
  if (n >= count) return;
  count = n;
  pixels.resize(n * size());
  pixels.shrink_to_fit();
  labels.resize(n);
}

std::string Dataset::checksum() const {
  Md5 sum;
  for (const FileChecksum& part : checksums) sum.update({reinterpret_cast<const std::uint8_t*>(part.md5.data()), part.md5.size()});
  return sum.hex();
}

Dataset load_dataset(std::string_view name_or_folder, const LoadOptions& options) {
  if (options.train_samples && *options.train_samples < 1)
    throw UsageError(fmt::format("--train-samples {}: must be at least 1", *options.train_samples));
  Dataset data = load_whole(name_or_folder, options);
  if (!options.train_samples) return data;
  if (static_cast<std::uint64_t>(*options.train_samples) > data.train.count)
    throw UsageError(fmt::format("--train-samples {}: {} has {} training samples; give 1 to {}", *options.train_samples, data.name,
                                 data.train.count, data.train.count));
  data.train.keep_first(static_cast<std::size_t>(*options.train_samples));
  return data;
}

Dataset digits_dataset(std::size_t train_count, std::size_t test_count, std::uint64_t seed) {
  Dataset data;
  data.name = "digits";
  data.source = "generated";
  data.classes = numbered_classes(10);
  data.train = generate_digits(train_count, seed, 0);
  data.test = generate_digits(test_count, seed, std::uint64_t{1} << 40);
  data.checksums = checksums_of(data);
  return data;
}

std::vector<FileChecksum> checksums_of(const Dataset& data) {
  std::vector<FileChecksum> checksums;
  for (const Images* part : {&data.train, &data.test}) {
    const std::size_t i = part == &data.train ? 0 : 2;
    const std::array sizes = sizes_of(*part);
    checksums.push_back({std::string(file_stems[i]), idx_md5(sizes, part->pixels)});
    checksums.push_back({std::string(file_stems[i + 1]), idx_md5(std::span(sizes).first(1), part->labels)});
  }
  return checksums;
}

void save_dataset(const Dataset& data, const fs::path& folder, bool compress) {
  std::error_code trouble;
  fs::create_directories(folder, trouble);
  if (trouble) throw Error(fmt::format("{}: cannot be created: {}", folder.string(), trouble.message()));
  for (const Images* part : {&data.train, &data.test}) {
    const std::size_t i = part == &data.train ? 0 : 2;
    const std::array sizes = sizes_of(*part);
    const std::string ending = compress ? ".gz" : "";
    write_idx(folder / (std::string(file_stems[i]) + ending), sizes, part->pixels);
    write_idx(folder / (std::string(file_stems[i + 1]) + ending), std::span(sizes).first(1), part->labels);
  }
}

}  // namespace seegrad
