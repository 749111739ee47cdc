// Finding and loading data sets: names, folders, parts that do not fit each other.

#include "seegrad/data/dataset.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>

#include "data/temporary_folder.hpp"
#include "seegrad/data/digits.hpp"
#include "seegrad/data/idx.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::test;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

namespace {

// Sets an environment variable (or removes it) until the end of the test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (before_)
      setenv(name_, before_->c_str(), 1);
    else
      unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

const Dataset& small() {
  static const Dataset data = digits_dataset(30, 12);
  return data;
}

std::string load_error(const fs::path& folder, const LoadOptions& options = {}) {
  return message_of<Error>([&] { load_dataset(folder.string(), options); });
}

std::string usage_error(std::string_view name, const LoadOptions& options = {}) {
  return message_of<UsageError>([&] { load_dataset(name, options); });
}

void write_labels(const fs::path& file, const Bytes& labels) {
  const std::vector<std::uint32_t> sizes{static_cast<std::uint32_t>(labels.size())};
  write_idx(file, sizes, labels);
}

}  // namespace

TEST_CASE("a saved data set is loaded as it was, plain and compressed", "[data]") {
  for (const bool compress : {false, true}) {
    const TemporaryFolder folder;
    save_dataset(small(), folder / "mine", compress);
    const Dataset loaded = load_dataset((folder / "mine").string());
    CHECK(loaded.name == "mine");
    CHECK(loaded.source == (folder / "mine").string());
    CHECK(loaded.train.pixels == small().train.pixels);
    CHECK(loaded.train.labels == small().train.labels);
    CHECK(loaded.test.pixels == small().test.pixels);
    CHECK(loaded.test.labels == small().test.labels);
    CHECK((loaded.train.count == 30 && loaded.train.rows == 28 && loaded.train.columns == 28));
    CHECK(loaded.classes.size() == 10);
    CHECK(loaded.note.empty());
    REQUIRE(loaded.checksums.size() == 4);
    CHECK(loaded.checksum() == small().checksum());  // of the decompressed bytes, wherever they came from
    CHECK(load_dataset((folder / "mine/").string()).name == "mine");
  }
}

TEST_CASE("file names with a dot are found too, and the plain file is preferred", "[data]") {
  const TemporaryFolder folder;
  save_dataset(small(), folder.path(), false);
  fs::rename(folder / "train-images-idx3-ubyte", folder / "train-images.idx3-ubyte");
  CHECK(load_dataset(folder.path().string()).train.count == 30);
  write_bytes(folder / "t10k-labels-idx1-ubyte.gz", Bytes{1, 2, 3});
  CHECK(load_dataset(folder.path().string()).checksums[3].file == "t10k-labels-idx1-ubyte");
}

TEST_CASE("missing files are named, with the folder and what to do", "[data]") {
  const TemporaryFolder folder;
  save_dataset(small(), folder.path());
  fs::remove(folder / "train-labels-idx1-ubyte.gz");
  fs::remove(folder / "t10k-images-idx3-ubyte.gz");
  CHECK_THAT(load_error(folder.path()), Contains(folder.path().string() + ": train-labels-idx1-ubyte, t10k-images-idx3-ubyte missing") &&
                                            Contains("datasets/fetch.sh"));
}

TEST_CASE("a folder in the place of a file is refused", "[data]") {
  const TemporaryFolder folder;
  save_dataset(small(), folder.path());
  fs::remove(folder / "t10k-images-idx3-ubyte.gz");
  fs::create_directory(folder / "t10k-images-idx3-ubyte");
  CHECK_THAT(load_error(folder.path()), Contains("t10k-images-idx3-ubyte: is a folder"));
}

TEST_CASE("parts that do not fit each other are refused", "[data]") {
  const TemporaryFolder folder;
  save_dataset(small(), folder.path());
  SECTION("labels of another number") {
    write_labels(folder / "train-labels-idx1-ubyte.gz", Bytes(29, 1));
    CHECK_THAT(load_error(folder.path()), EndsWith("train-images-idx3-ubyte.gz: 30 images, but 29 labels in train-labels-idx1-ubyte.gz"));
  }
  SECTION("a label out of range") {
    Bytes labels(30, 9);
    labels[17] = 10;
    write_labels(folder / "train-labels-idx1-ubyte.gz", labels);
    CHECK_THAT(load_error(folder.path()),
               EndsWith("train-labels-idx1-ubyte.gz: byte 25: label 10 of sample 17 is out of range; 10 classes have labels 0 to 9"));
    LoadOptions more;
    more.classes = 11;
    CHECK(load_dataset(folder.path().string(), more).classes.size() == 11);
    more.classes = 3;
    CHECK_THAT(load_error(folder.path(), more), Contains("3 classes have labels 0 to 2"));
  }
  SECTION("test images of another size") {
    const std::vector<std::uint32_t> sizes{12, 14, 14};
    write_idx(folder / "t10k-images-idx3-ubyte.gz", sizes, Bytes(12 * 14 * 14));
    CHECK_THAT(load_error(folder.path()), EndsWith("training images have 28 x 28 pixels, test images 14 x 14"));
  }
  SECTION("images and labels exchanged") {
    fs::rename(folder / "train-images-idx3-ubyte.gz", folder / "x");
    fs::rename(folder / "train-labels-idx1-ubyte.gz", folder / "train-images-idx3-ubyte.gz");
    fs::rename(folder / "x", folder / "train-labels-idx1-ubyte.gz");
    CHECK_THAT(load_error(folder.path()), Contains("byte 3: 3 dimensions, expected 1 (labels: count)"));
  }
  SECTION("more bytes than allowed") {
    LoadOptions few;
    few.max_file_bytes = 10000;
    CHECK_THAT(load_error(folder.path(), few), Contains("more than the limit of 10000"));
  }
}

TEST_CASE("a wrong --data is a usage error that helps", "[data]") {
  const TemporaryFolder folder;
  CHECK_THAT(usage_error("fashion-mnits"), Contains("--data fashion-mnits") && Contains("did you mean 'fashion-mnist'?"));
  CHECK_THAT(usage_error("xyzzy"), Contains("is neither a folder nor one of auto, digits, fashion-mnist, mnist"));
  CHECK_THAT(usage_error(""), Contains("is neither a folder"));
  CHECK_THAT(usage_error("./no/such/folder"), Contains("there is no such folder"));
  CHECK_THAT(usage_error(folder.path().string()), Contains("the folder holds none of train-images-idx3-ubyte"));
  write_bytes(folder / "file", Bytes{1});
  CHECK_THAT(usage_error((folder / "file").string()), Contains("is a file; give the folder"));
  LoadOptions classes;
  classes.classes = 0;
  CHECK_THAT(usage_error(folder.path().string(), classes), Contains("1 to 256 are possible"));
}

TEST_CASE("--train-samples takes the first samples, and only as many as there are", "[data]") {
  const TemporaryFolder folder;
  save_dataset(small(), folder.path());
  LoadOptions options;
  options.train_samples = 7;
  const Dataset first = load_dataset(folder.path().string(), options);
  CHECK(first.train.count == 7);
  CHECK(first.train.pixels == Bytes(small().train.pixels.begin(), small().train.pixels.begin() + 7 * 784));
  CHECK(first.train.labels == Bytes(small().train.labels.begin(), small().train.labels.begin() + 7));
  CHECK(first.test.count == 12);
  CHECK(first.checksum() == small().checksum());
  options.train_samples = 30;
  CHECK(load_dataset(folder.path().string(), options).train.count == 30);
  for (const std::int64_t wrong : {std::int64_t{31}, std::int64_t{0}, std::int64_t{-5}, INT64_MAX}) {
    options.train_samples = wrong;
    CHECK_THAT(usage_error(folder.path().string(), options), Contains("--train-samples " + std::to_string(wrong)));
  }
}

TEST_CASE("generated digits come in any number", "[data]") {
  LoadOptions options;
  options.train_samples = 100;
  const Dataset digits = load_dataset("digits", options);
  CHECK((digits.train.count == 100 && digits.test.count == 10000));
  CHECK((digits.name == "digits" && digits.source == "generated"));
  options.train_samples = 1'000'001;
  CHECK_THAT(usage_error("digits", options), Contains("1 to 1000000"));
}

TEST_CASE("a known name is searched in $SEEGRAD_DATA first, and another checksum than the published one is noted", "[data]") {
  const TemporaryFolder folder;
  const Environment data("SEEGRAD_DATA", folder.path().string());
  for (const std::string name : {"mnist", "fashion-mnist"}) {
    save_dataset(small(), folder / name);
    const Dataset loaded = load_dataset(name);
    CHECK(loaded.name == name);
    CHECK(loaded.source == (folder / name).string());
    CHECK_THAT(loaded.note, Contains("is not the published file of") && Contains("expected"));
  }
  CHECK(load_dataset("mnist").classes[3] == "3");
  CHECK(load_dataset("fashion-mnist").classes[3] == "Dress");
  CHECK(load_dataset("auto").source == (folder / "fashion-mnist").string());
}

TEST_CASE("auto draws digits and says so when Fashion-MNIST is not there; asking for it by name is an error", "[data]") {
  const TemporaryFolder folder;
  const Environment data("SEEGRAD_DATA", folder.path().string()), only("SEEGRAD_DATA_ONLY", "1");
  LoadOptions options;
  options.train_samples = 10;
  const Dataset loaded = load_dataset("auto", options);
  CHECK(loaded.name == "digits");
  CHECK_THAT(loaded.note, Contains("generated digits stand in") && Contains("datasets/fetch.sh"));
  CHECK_THAT(message_of<Error>([] { load_dataset("fashion-mnist"); }),
             Contains("was not found") && Contains("datasets/fetch.sh fashion-mnist"));
}

TEST_CASE("the installed Fashion-MNIST is the published one", "[data][slow]") {
  const fs::path installed = "/usr/share/datasets/fashion-mnist";
  if (!fs::exists(installed / "train-images-idx3-ubyte.gz")) {
    WARN("Fashion-MNIST is not installed on this machine");
    return;
  }
  const Environment data("SEEGRAD_DATA", "/usr/share/datasets");
  const Dataset fashion = load_dataset("fashion-mnist");
  CHECK(fashion.note.empty());
  CHECK((fashion.train.count == 60000 && fashion.test.count == 10000 && fashion.train.size() == 784));
  std::vector<int> counts(10);
  for (const std::uint8_t label : fashion.train.labels) ++counts[label];
  CHECK(counts == std::vector<int>(10, 6000));
}

TEST_CASE("a folder that cannot be made is an error", "[data]") {
  const TemporaryFolder folder;
  write_bytes(folder / "file", Bytes{1});
  CHECK_THAT(message_of<Error>([&] { save_dataset(small(), folder / "file/below"); }), Contains("cannot be created"));
}
