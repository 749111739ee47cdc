// First all names, then all pictures: what is wrong with the layout is said before the long part begins.

#include "seegrad/data/image_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "seegrad/data/image_file.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr std::size_t most_classes = 256;  // labels are bytes
constexpr std::size_t test_stride = 6;     // as MNIST divides 70000 pictures, nearly

bool is_passed_over(const std::string& name) {
  static const std::set<std::string> junk{"Thumbs.db", "desktop.ini", "__MACOSX"};
  return name.starts_with('.') || junk.contains(name);
}

/// The names in a folder in order, without what is passed over.
Names names_in(const fs::path& folder) {
  std::error_code trouble;
  Names names;
  for (fs::directory_iterator entry(folder, trouble), end; !trouble && entry != end; entry.increment(trouble)) {
    std::string name = entry->path().filename().string();
    if (!is_passed_over(name)) names.push_back(std::move(name));
  }
  if (trouble) throw Error(fmt::format("{}: cannot be listed: {}", folder.string(), trouble.message()));
  std::sort(names.begin(), names.end());
  return names;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_number(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// 2 before 10, and names that are not all numbers as they are sorted already.
void sort_by_value(Names& names) {
  if (!std::all_of(names.begin(), names.end(), is_number)) return;
  const auto value = [](const std::string& name) { return name.substr(std::min(name.find_first_not_of('0'), name.size())); };
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const std::string left = value(a), right = value(b);
    return std::pair(left.size(), left) < std::pair(right.size(), right);
  });
}

Names classes_in(const fs::path& folder) {
  Names names = names_in(folder);
  for (const std::string& name : names)
    if (!is_folder(folder / name))
      throw Error(
          fmt::format("{}: is no folder; beside folders of classes there may be nothing else; move it into one", (folder / name).string()));
  if (names.size() < 2 || names.size() > most_classes)
    throw Error(fmt::format("{}: holds {} folders of classes, expected 2 to {}", folder.string(), names.size(), most_classes));
  sort_by_value(names);
  return names;
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const std::string& name : names_in(folder)) {
    fs::path file = folder / name;
    if (is_folder(file))
      throw Error(fmt::format("{}: is a folder, a picture was expected; pictures lie in the folder of their class", file.string()));
    if (!has_image_ending(file))
      throw Error(fmt::format("{}: its name ends in none of .png, .jpg, .jpeg, .bmp; convert it or move it away", file.string()));
    files.push_back(std::move(file));
  }
  return files;
}

/// The files of each class.
using ClassFiles = std::vector<std::vector<fs::path>>;

struct Layout {
  Names classes;
  ClassFiles train, test;
  bool divided = false;  // by us, not by the user
};

void check_not_empty(const fs::path& folder, const std::vector<fs::path>& files, std::size_t needed) {
  if (files.size() < needed)
    throw Error(fmt::format("{}: the class has {} pictures, it needs at least {}", folder.string(), files.size(), needed));
}

void check_same_classes(const fs::path& folder, const Names& train, const Names& test) {
  const auto first_missing = [](const Names& from, const Names& in) {
    return std::find_if(from.begin(), from.end(),
                        [&](const std::string& name) { return std::find(in.begin(), in.end(), name) == in.end(); });
  };
  for (const auto& [has, lacks, of, in] : {std::tuple("train", "test", &train, &test), std::tuple("test", "train", &test, &train)})
    if (const auto name = first_missing(*of, *in); name != of->end())
      throw Error(fmt::format("{}: class {} is in {} and not in {}; both need the same classes", folder.string(), *name, has, lacks));
}

Layout layout_in_parts(const fs::path& folder) {
  for (const std::string& name : names_in(folder))
    if (name != "train" && name != "test")
      throw Error(fmt::format("{}: lies beside the folders train and test, where nothing else is expected; move it away",
                              (folder / name).string()));
  Layout layout;
  layout.classes = classes_in(folder / "train");
  check_same_classes(folder, layout.classes, classes_in(folder / "test"));
  std::size_t tests = 0;
  for (const std::string& name : layout.classes) {
    layout.train.push_back(pictures_in(folder / "train" / name));
    layout.test.push_back(pictures_in(folder / "test" / name));
    check_not_empty(folder / "train" / name, layout.train.back(), 1);
    tests += layout.test.back().size();
  }
  if (tests == 0) throw Error(fmt::format("{}: no class has a picture", (folder / "test").string()));
  return layout;
}

Layout layout_to_divide(const fs::path& folder) {
  Layout layout;
  layout.divided = true;
  layout.classes = classes_in(folder);
  for (const std::string& name : layout.classes) {
    std::vector<fs::path> files = pictures_in(folder / name);
    check_not_empty(folder / name, files, 2);
    std::vector<fs::path>& train = layout.train.emplace_back();
    std::vector<fs::path>& test = layout.test.emplace_back();
    for (std::size_t i = 0; i < files.size(); ++i) {
      const bool last_chance = test.empty() && i + 1 == files.size();
      ((i + 1) % test_stride == 0 || last_chance ? test : train).push_back(std::move(files[i]));
    }
  }
  return layout;
}

Layout layout_of(const fs::path& folder) {
  const std::array parts{folder / "train", folder / "test"};
  const std::array found{is_folder(parts[0]), is_folder(parts[1])};
  if (found[0] && found[1]) return layout_in_parts(folder);
  for (const std::size_t i : {0u, 1u})  // a class may be called so, too
    if (found[i] && holds_folders(parts[i]))
      throw Error(
          fmt::format("{}: holds folders of classes, but there is no folder {} beside it", parts[i].string(), parts[1 - i].string()));
  return layout_to_divide(folder);
}

/// Takes pictures in, as they are while all have one size; from the first that differs on, all are fitted into the common size.
class Collection {
 public:
  explicit Collection(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  void add(Images& part, const fs::path& file, std::size_t label) {
    GreyImage image = read_image(file);
    if (rows_ == 0) {
      rows_ = image.rows;
      columns_ = image.columns;
    }
    if (!mixed_ && (image.rows != rows_ || image.columns != columns_)) mix();
    if (mixed_) image = fitted(image, rows_, columns_);
    if (part.pixels.size() + image.pixels.size() > max_bytes_)
      throw Error(fmt::format("{}: with this picture of {} x {} pixels there are more than {} bytes of them; scale all down", file.string(),
                              image.columns, image.rows, max_bytes_));
    part.pixels.insert(part.pixels.end(), image.pixels.begin(), image.pixels.end());
    part.labels.push_back(static_cast<std::uint8_t>(label));
    part.count += 1;
    set_size(part);
  }

  /// In turn from each class.
  void add_all(Images& part, const ClassFiles& files) {
    parts_.push_back(&part);
    std::size_t longest = 0;
    for (const auto& of_class : files) longest = std::max(longest, of_class.size());
    for (std::size_t i = 0; i < longest; ++i)
      for (std::size_t label = 0; label < files.size(); ++label)
        if (i < files[label].size()) add(part, files[label][i], label);
  }

  bool mixed() const { return mixed_; }

 private:
  void set_size(Images& part) const {
    part.rows = rows_;
    part.columns = columns_;
  }

  void mix() {
    mixed_ = true;
    for (Images* part : parts_) {
      std::vector<std::uint8_t> pixels;
      for (std::size_t i = 0; i < part->count; ++i) {
        const auto image = part->image(i);
        const GreyImage small = fitted({part->rows, part->columns, {image.begin(), image.end()}}, common_image_side, common_image_side);
        pixels.insert(pixels.end(), small.pixels.begin(), small.pixels.end());
      }
      part->pixels = std::move(pixels);
    }
    rows_ = columns_ = common_image_side;
    for (Images* part : parts_) set_size(*part);
  }

  std::uint64_t max_bytes_;
  std::size_t rows_ = 0, columns_ = 0;
  bool mixed_ = false;
  std::vector<Images*> parts_;
};

}  // namespace

bool holds_folders(const fs::path& folder) {
  const Names names = names_in(folder);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return is_folder(folder / name); });
}

Dataset load_image_folder(const fs::path& folder, std::uint64_t max_bytes) {
  Layout layout = layout_of(folder);
  Dataset data;
  Collection collection(max_bytes);
  collection.add_all(data.train, layout.train);
  collection.add_all(data.test, layout.test);
  data.source = folder.string();
  data.classes = std::move(layout.classes);
  data.checksums = checksums_of(data);
  Names notes;
  if (layout.divided)
    notes.push_back(fmt::format("every sixth picture of each class is kept for testing: {} to learn from, {} to test with",
                                data.train.count, data.test.count));
  if (collection.mixed())
    notes.push_back(fmt::format("the pictures have different sizes and are fitted into {0} x {0} pixels", common_image_side));
  data.note = fmt::format("{}", fmt::join(notes, "; "));
  return data;
}

}  // namespace seegrad
