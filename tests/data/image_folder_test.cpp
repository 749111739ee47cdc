// Folders of pictures as data sets: both layouts, how they are divided, ordered and scaled, and what is refused.

#include "seegrad/data/image_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "data/temporary_folder.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/math/error.hpp"
#include "support/pictures.hpp"

using namespace seegrad;
using namespace seegrad::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

/// One brightness all over.
GreyImage flat(std::uint8_t brightness, std::size_t rows = 4, std::size_t columns = 5) {
  return {rows, columns, std::vector<std::uint8_t>(rows * columns, brightness)};
}

/// Writes `count` pictures 00.png, 01.png, ... of brightness `first`, `first` + 1, ...
void fill(const fs::path& folder, int count, int first) {
  fs::create_directories(folder);
  for (int i = 0; i < count; ++i)
    write_picture(folder / (std::string(i < 10 ? "0" : "") + std::to_string(i) + ".png"), flat(static_cast<std::uint8_t>(first + i)));
}

std::vector<int> brightnesses(const Images& part) {
  std::vector<int> values;
  for (std::size_t i = 0; i < part.count; ++i) values.push_back(part.image(i)[0]);
  return values;
}

std::vector<int> labels(const Images& part) { return {part.labels.begin(), part.labels.end()}; }

std::string load_error(const fs::path& folder) {
  return message_of<Error>([&] { load_dataset(folder.string()); });
}

}  // namespace

TEST_CASE("pictures in one folder for each class are a data set; every sixth of a class is kept for testing", "[data][image]") {
  const TemporaryFolder folder;
  fill(folder / "set/cat", 8, 10);
  fill(folder / "set/ant", 2, 100);
  fill(folder / "set/bee", 12, 200);
  const Dataset data = load_dataset((folder / "set").string());
  CHECK(data.name == "set");
  CHECK(data.source == (folder / "set").string());
  CHECK(data.classes == Names{"ant", "bee", "cat"});
  CHECK((data.train.rows == 4 && data.train.columns == 5 && data.test.rows == 4 && data.test.columns == 5));
  // In turn from each class: the first samples show all of them.
  CHECK(labels(data.train) == std::vector<int>{0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1});
  CHECK(brightnesses(data.train) == std::vector<int>{100, 200, 10, 201, 11, 202, 12, 203, 13, 204, 14, 206, 16, 207, 17, 208, 209, 210});
  CHECK(labels(data.test) == std::vector<int>{0, 1, 2, 1});
  CHECK(brightnesses(data.test) == std::vector<int>{101, 205, 15, 211});
  CHECK(data.note == "every sixth picture of each class is kept for testing: 18 to learn from, 4 to test with");
}

TEST_CASE("folders train and test are taken as they are", "[data][image]") {
  const TemporaryFolder folder;
  fill(folder / "train/b", 3, 10);
  fill(folder / "train/a", 1, 20);
  fill(folder / "test/a", 2, 30);
  fs::create_directories(folder / "test/b");  // may be empty; not in train
  const Dataset data = load_dataset(folder.path().string());
  CHECK(data.classes == Names{"a", "b"});
  CHECK(brightnesses(data.train) == std::vector<int>{20, 10, 11, 12});
  CHECK(brightnesses(data.test) == std::vector<int>{30, 31});
  CHECK(labels(data.test) == std::vector<int>{0, 0});
  CHECK(data.note.empty());
}

TEST_CASE("a picture folder has the checksums of the IDX files that hold the same", "[data][image]") {
  const TemporaryFolder folder;
  const Dataset digits = digits_dataset(40, 20);
  for (const auto& [part, name] : {std::pair(&digits.train, "train"), std::pair(&digits.test, "test")})
    for (std::size_t i = 0; i < part->count; ++i) {
      const fs::path of_class = folder / "pictures" / name / std::to_string(part->labels[i]);
      fs::create_directories(of_class);
      write_picture(of_class / (std::to_string(i) + ".png"), image_of(*part, i));
    }
  const Dataset data = load_dataset((folder / "pictures").string());
  CHECK(data.train.count == 40);
  save_dataset(data, folder / "idx");
  CHECK(data.checksum() == load_dataset((folder / "idx").string()).checksum());
  fill(folder / "pictures/train/0", 1, 7);
  CHECK(load_error(folder / "pictures") == "nothing was thrown");  // of another size: now all are fitted
  CHECK(load_dataset((folder / "pictures").string()).checksum() != data.checksum());
}

TEST_CASE("classes whose names are all numbers are in the order of their values", "[data][image]") {
  const TemporaryFolder folder;
  for (const char* name : {"10", "9", "007", "1"}) fill(folder / "numbers" / name, 2, 1);
  CHECK(load_image_folder(folder / "numbers").classes == Names{"1", "007", "9", "10"});
  for (const char* name : {"10", "9", "x"}) fill(folder / "words" / name, 2, 1);
  CHECK(load_image_folder(folder / "words").classes == Names{"10", "9", "x"});
}

TEST_CASE("pictures of different sizes are all fitted into 28 x 28, wherever the first other one comes", "[data][image]") {
  const TemporaryFolder folder;
  fill(folder / "a", 12, 50);
  fill(folder / "b", 12, 90);
  const bool in_test = GENERATE(false, true);
  write_picture(folder / (in_test ? "b/11.png" : "b/10.png"), flat(130, 40, 20));
  const Dataset data = load_image_folder(folder.path());
  for (const Images* part : {&data.train, &data.test}) {
    CHECK((part->rows == 28 && part->columns == 28));
    CHECK(part->pixels.size() == part->count * 28 * 28);
    // One brightness all over, and a margin of the same: nothing changes but the size.
    for (std::size_t i = 0; i < part->count; ++i)
      CHECK(std::all_of(part->image(i).begin(), part->image(i).end(), [&](int pixel) { return pixel == part->image(i)[0]; }));
  }
  CHECK((in_test ? brightnesses(data.test).back() : brightnesses(data.train).back()) == 130);
  CHECK_THAT(data.note, EndsWith("; the pictures have different sizes and are fitted into 28 x 28 pixels"));
}

TEST_CASE("the first training samples of a picture folder can be asked for", "[data][image]") {
  const TemporaryFolder folder;
  fill(folder / "a", 6, 50);
  fill(folder / "b", 6, 90);
  LoadOptions few;
  few.train_samples = 3;
  CHECK(labels(load_dataset(folder.path().string(), few).train) == std::vector<int>{0, 1, 0});
  few.train_samples = 11;
  CHECK_THAT(message_of<UsageError>([&] { load_dataset(folder.path().string(), few); }), Contains("has 10 training samples"));
}

TEST_CASE("hidden files and what file managers leave behind is passed over, everything else is named", "[data][image]") {
  const TemporaryFolder folder;
  fill(folder / "a", 2, 50);
  fill(folder / "b", 2, 90);
  for (const char* junk : {".DS_Store", "a/.DS_Store", "b/Thumbs.db", "a/desktop.ini"})
    write_bytes(folder / junk, std::vector<std::uint8_t>{1});
  fs::create_directories(folder / ".git");
  fs::create_directories(folder / "__MACOSX");
  CHECK(load_image_folder(folder.path()).train.count == 2);
  SECTION("a file of another kind in a class") {
    write_bytes(folder / "b/labels.csv", std::vector<std::uint8_t>{1});
    CHECK_THAT(load_error(folder.path()), Contains("b/labels.csv: its name ends in none of .png, .jpg, .jpeg, .bmp"));
  }
  SECTION("a file beside the classes") {
    write_bytes(folder / "README", std::vector<std::uint8_t>{1});
    CHECK_THAT(load_error(folder.path()), Contains("README: is no folder"));
  }
  SECTION("a folder in a class, though it is called like a picture") {
    fs::create_directories(folder / "a/x.png");
    CHECK_THAT(load_error(folder.path()), Contains("a/x.png: is a folder, a picture was expected"));
  }
  SECTION("a text that is called like a picture") {
    write_bytes(folder / "a/text.png", std::vector<std::uint8_t>{'h', 'i'});
    CHECK_THAT(load_error(folder.path()), Contains("a/text.png: is no PNG, JPEG or BMP picture"));
  }
  SECTION("a link to nowhere") {
    fs::create_symlink(folder / "nowhere", folder / "a/link.png");
    CHECK_THAT(load_error(folder.path()), Contains("a/link.png: there is no such file"));
  }
  SECTION("a link to itself") {
    fs::create_symlink("link.png", folder / "a/link.png");
    CHECK_THAT(load_error(folder.path()), Contains("a/link.png: "));
  }
  SECTION("a folder that may not be read") {
    fs::permissions(folder / "b", fs::perms::none);
    if (access((folder / "b").c_str(), R_OK) != 0) CHECK_THAT(load_error(folder.path()), Contains("b: cannot be listed: "));
    fs::permissions(folder / "b", fs::perms::owner_all);
  }
}

TEST_CASE("links to pictures and folders are followed", "[data][image]") {
  const TemporaryFolder folder;
  fill(folder / "elsewhere", 3, 50);
  fill(folder / "set/b", 2, 90);
  fs::create_directories(folder / "set/c");
  fs::create_directory_symlink(folder / "elsewhere", folder / "set/a");
  for (const char* name : {"00.png", "01.png"}) fs::create_symlink(folder / "elsewhere" / name, folder / "set/c" / name);
  const Dataset data = load_image_folder(folder / "set");
  CHECK(data.classes == Names{"a", "b", "c"});
  CHECK(brightnesses(data.train) == std::vector<int>{50, 90, 50, 51});
}

TEST_CASE("a folder that is no data set of pictures is refused with what is wrong", "[data][image]") {
  const TemporaryFolder folder;
  SECTION("empty, or with pictures and no classes: both kinds of folder are named") {
    CHECK_THAT(load_error(folder.path()),
               Contains("holds none of train-images-idx3-ubyte") && Contains("CLASS/*.png") && Contains("test/CLASS/*.png"));
    fill(folder.path(), 3, 1);
    CHECK_THAT(load_error(folder.path()), Contains("holds none of"));
  }
  SECTION("one class") {
    fill(folder / "a", 3, 1);
    CHECK_THAT(load_error(folder.path()), Contains(": holds 1 folders of classes, expected 2 to 256"));
  }
  SECTION("300 classes") {
    for (int i = 0; i < 300; ++i) fs::create_directories(folder / std::to_string(i));
    CHECK_THAT(load_error(folder.path()), Contains(": holds 300 folders of classes, expected 2 to 256"));
  }
  SECTION("a class without pictures, or with a single one") {
    fill(folder / "a", 3, 1);
    fs::create_directories(folder / "b");
    CHECK_THAT(load_error(folder.path()), EndsWith("b: the class has 0 pictures, it needs at least 2"));
    fill(folder / "b", 1, 1);
    CHECK_THAT(load_error(folder.path()), EndsWith("b: the class has 1 pictures, it needs at least 2"));
  }
  SECTION("train and test with different classes, or empty") {
    for (const char* name : {"train/a", "train/b", "test/a", "test/c"}) fill(folder / name, 2, 1);
    CHECK_THAT(load_error(folder.path()), EndsWith(": class b is in train and not in test; both need the same classes"));
    fs::rename(folder / "test/c", folder / "test/b");
    fill(folder / "test/d", 2, 1);
    CHECK_THAT(load_error(folder.path()), EndsWith(": class d is in test and not in train; both need the same classes"));
    fs::remove_all(folder / "test/d");
    fs::remove_all(folder / "train/b");
    fs::create_directories(folder / "train/b");
    CHECK_THAT(load_error(folder.path()), EndsWith("train/b: the class has 0 pictures, it needs at least 1"));
    fill(folder / "train/b", 1, 1);
    for (const char* name : {"test/a/00.png", "test/a/01.png", "test/b/00.png", "test/b/01.png"}) fs::remove(folder / name);
    CHECK_THAT(load_error(folder.path()), EndsWith("test: no class has a picture"));
  }
  SECTION("a third part, or only one") {
    for (const char* name : {"train/a", "train/b", "test/a", "test/b", "valid/a"}) fill(folder / name, 2, 1);
    CHECK_THAT(load_error(folder.path()), Contains("valid: lies beside the folders train and test"));
    fs::remove_all(folder / "valid");
    fs::remove_all(folder / "test");
    CHECK_THAT(load_error(folder.path()),
               Contains("train: holds folders of classes, but there is no folder ") && EndsWith("test beside it"));
  }
  SECTION("classes that happen to be called train and plane") {
    for (const char* name : {"train", "plane"}) fill(folder / name, 2, 1);
    CHECK(load_image_folder(folder.path()).classes == Names{"plane", "train"});
  }
  SECTION("more pixels than allowed") {
    for (const char* name : {"a", "b"}) fill(folder / name, 10, 1);
    LoadOptions options;
    options.max_file_bytes = 100;
    CHECK_THAT(message_of<Error>([&] { load_dataset(folder.path().string(), options); }),
               Contains("more than 100 bytes of them; scale all down"));
  }
}
