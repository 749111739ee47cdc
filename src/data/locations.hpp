// Where data sets lie and what their files are called. Only for load_dataset.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad {

/// The four files of a data set of the MNIST family.
inline constexpr std::array<std::string_view, 4> file_stems{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                                            "t10k-labels-idx1-ubyte"};

struct FoundFiles {
  std::array<std::filesystem::path, 4> files;  // empty where there is none

  std::size_t count() const;
  bool complete() const { return count() == files.size(); }
  std::vector<std::string_view> missing() const;
};

/// Looks for each file plain, with .gz, and with a dot in place of the second-last dash (train-images.idx3-ubyte).
FoundFiles find_files(const std::filesystem::path& folder);

/// The folders that may hold the data set `name`, best first. With SEEGRAD_DATA_ONLY in the environment, none but $SEEGRAD_DATA's.
std::vector<std::filesystem::path> search_places(std::string_view name);

/// The first folder with all four files, else the first with any of them.
std::optional<std::filesystem::path> best_folder(const std::vector<std::filesystem::path>& places);

}  // namespace seegrad
