// Images with labels: what they are, where they came from, and how to find them by name.
//
// Pixels stay the bytes that they are in the file, a quarter of the memory of floats; `to_float` in batches.hpp converts
// the samples of one batch when they are needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad {

/// Grey images of one size, each with the number of its class.
struct Images {
  std::vector<std::uint8_t> pixels;  ///< [count, rows, columns], rows from top to bottom
  std::vector<std::uint8_t> labels;  ///< [count], each below the number of classes
  std::size_t count = 0;
  std::size_t rows = 0;
  std::size_t columns = 0;

  std::size_t size() const { return rows * columns; }  ///< pixels of one image
  std::span<const std::uint8_t> image(std::size_t i) const { return {pixels.data() + i * size(), size()}; }

  /// Drops all samples but the first n. More than there are leaves everything.
  void keep_first(std::size_t n);
};

/// The MD5 sum of one file's decompressed bytes.
struct FileChecksum {
  std::string file;
  std::string md5;
};

/// A training part and a test part.
struct Dataset {
  Images train, test;
  std::string name;                     ///< "fashion-mnist", "mnist", "digits" or the folder's name
  std::string source;                   ///< the folder, or "generated"
  std::vector<std::string> classes;     ///< what label i means
  std::vector<FileChecksum> checksums;  ///< of the four parts: images and labels, train and test
  std::string note;                     ///< a sentence that the user should read, or empty

  /// One sum for all: the MD5 of the four hexadecimal sums in order. Computed before any samples were dropped.
  std::string checksum() const;
};

struct LoadOptions {
  /// Use the first so many training samples; all when empty. UsageError unless 1 <= n <= what there is.
  std::optional<std::int64_t> train_samples;
  /// Labels in IDX files of the user's must be below this. The known data sets have ten classes; folders of pictures say what they have.
  int classes = 10;
  /// No file may unpack to more bytes than this, and no part of a data set of pictures may have more pixels.
  std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
};

/// Loads a data set.
///
///   fashion-mnist, mnist   four IDX files, plain or .gz, in a folder of that name: $SEEGRAD_DATA/NAME, datasets/NAME in the
///                          current folder or one above it, beside the program or above it, /usr/share/datasets/NAME.
///                          With SEEGRAD_DATA_ONLY=1 in the environment only $SEEGRAD_DATA counts. The published sums are compared; another
///                          sum leads to a note, not to an error
///   digits                 drawn by this program: 60000 (or `train_samples`, up to a million) and 10000
///   auto                   fashion-mnist when it is found, else digits and a note that says so
///   a folder               the user's own four IDX files, or pictures in one folder for each class (image_folder.hpp)
///
/// Throws UsageError when the name or folder does not exist or `train_samples` is out of range, Error when the data cannot
/// be found or read. Each message is one line.
Dataset load_dataset(std::string_view name_or_folder, const LoadOptions& options = {});

/// The sums of the four IDX files that `save_dataset` would write, decompressed.
std::vector<FileChecksum> checksums_of(const Dataset& data);

/// Writes the four IDX files that `load_dataset(folder)` reads; creates the folder. Throws Error when it cannot.
void save_dataset(const Dataset& data, const std::filesystem::path& folder, bool compress = true);

}  // namespace seegrad
