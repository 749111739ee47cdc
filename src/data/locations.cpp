// The search for data: first what the user said, then the project, then the system.

#include "locations.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace seegrad {
namespace {

namespace fs = std::filesystem;

// datasets/NAME in a folder and the few above it: programs are started in the project or lie in its build folder.
void add_with_parents(fs::path folder, std::string_view name, std::vector<fs::path>& places) {
  constexpr int levels = 5;
  for (int level = 0; level < levels && !folder.empty(); ++level) {
    fs::path place = folder / "datasets" / name;
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(std::move(place));
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
}

}  // namespace

std::size_t FoundFiles::count() const {
  return static_cast<std::size_t>(std::count_if(files.begin(), files.end(), [](const fs::path& f) { return !f.empty(); }));
}

std::vector<std::string_view> FoundFiles::missing() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (files[i].empty()) names.push_back(file_stems[i]);
  return names;
}

FoundFiles find_files(const fs::path& folder) {
  FoundFiles found;
  std::error_code ignored;
  for (std::size_t i = 0; i < file_stems.size(); ++i) {
    std::string dashed(file_stems[i]), dotted = dashed;
    dotted[dotted.find("-idx")] = '.';
    for (const std::string& name : {dashed, dashed + ".gz", dotted, dotted + ".gz"})
      if (found.files[i].empty() && fs::exists(folder / name, ignored)) found.files[i] = folder / name;
  }
  return found;
}

std::vector<fs::path> search_places(std::string_view name) {
  std::vector<fs::path> places;
  std::error_code ignored;
  if (const char* root = std::getenv("SEEGRAD_DATA"); root != nullptr && *root != 0) places.push_back(fs::path(root) / name);
  if (const char* only = std::getenv("SEEGRAD_DATA_ONLY"); only != nullptr && *only != 0) return places;
  add_with_parents(fs::current_path(ignored), name, places);
  add_with_parents(fs::read_symlink("/proc/self/exe", ignored).parent_path(), name, places);
  places.push_back(fs::path("/usr/share/datasets") / name);
  return places;
}

std::optional<fs::path> best_folder(const std::vector<fs::path>& places) {
  const fs::path* partial = nullptr;
  for (const fs::path& place : places) {
    const FoundFiles found = find_files(place);
    if (found.complete()) return place;
    if (found.count() > 0 && partial == nullptr) partial = &place;
  }
  if (partial != nullptr) return *partial;
  return std::nullopt;
}

}  // namespace seegrad
