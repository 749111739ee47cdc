// A data set of the user's own: pictures in folders, one folder for each class.
//
//   FOLDER/train/CLASS/*.png   and FOLDER/test/CLASS/*.png with the same classes, or
//   FOLDER/CLASS/*.png         of which every sixth picture of each class (at least one) becomes the test part
//
// PNG, JPEG and BMP, also mixed. Whatever else lies there is an error, so that no picture is left out unnoticed; only hidden files and
// Thumbs.db, desktop.ini and __MACOSX are passed over.
#pragma once

#include <cstdint>
#include <filesystem>

#include "seegrad/data/dataset.hpp"

namespace seegrad {

/// The side to which pictures of different sizes are scaled.
inline constexpr std::size_t common_image_side = 28;

/// True when the folder holds folders (that are not hidden), as the folder of an image data set does.
bool holds_folders(const std::filesystem::path& folder);

/// Loads such a folder. Classes are numbered in the order of their names, or of their values when all names are whole numbers. Samples come
/// in turn from each class, in the order of their file names, so that the first of them show all classes. Pictures that all have one size
/// stay as they are; if not, all are fitted into 28 x 28 (`fitted`), and the note says so. Nothing is inverted.
///
/// Throws Error, naming folder or file, for fewer than 2 or more than 256 classes, a class without a picture for training (and, in the
/// second layout, for testing), classes that are not the same in both parts, an empty test part, anything that is no picture, and when the
/// pixels of a part come to more than `max_bytes`.
Dataset load_image_folder(const std::filesystem::path& folder, std::uint64_t max_bytes = std::uint64_t{1} << 30);

}  // namespace seegrad
