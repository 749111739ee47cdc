#include "seegrad/record/event_file.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <limits>

#include "data/temporary_folder.hpp"
#include "record/histogram_buckets.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/picture.hpp"
#include "support/event_reader.hpp"

using namespace seegrad;
using namespace seegrad::records;
using test::contents;
using test::events_of;
using test::histogram_of;
using test::ProtobufReader;
using test::values_of;

namespace {

void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  test::write_bytes(file, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// In place: a file that is emptied and filled again goes to the disk at once on some systems, hundreds of times.
void change_byte(const std::filesystem::path& file, std::size_t at, char byte) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

/// While one lives, no file of this process may grow beyond so many bytes, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(std::int64_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(bytes);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

constexpr double inf = std::numeric_limits<double>::infinity(), nan_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("an event file begins with its version and holds the scalars of a step in one record", "[record][event]") {
  const test::TemporaryFolder folder;
  EventFile file(folder / "events");
  const TaggedScalar scalars[] = {{"train/loss", 0.25}, {"delta_rms/layer_01", 1e-7}, {"odd", nan_value}};
  file.scalars(41, scalars);
  file.scalar("test/loss", -inf, 42);
  file.scalars(43, {});
  file.flush();

  const auto events = events_of(folder / "events");
  REQUIRE(events.size() == 3);
  CHECK(events[0].text(3) == "brain.Event:2");
  CHECK(std::fabs(events[0].float64(1) - static_cast<double>(std::time(nullptr))) < 600);
  CHECK(events[1].integer(2) == 41);
  const auto values = values_of(events[1]);
  REQUIRE(values.size() == 3);
  CHECK(values.at("train/loss").float32(2) == 0.25F);
  CHECK(values.at("delta_rms/layer_01").float32(2) == 1e-7F);
  CHECK(std::isnan(values.at("odd").float32(2)));
  CHECK(values_of(events[2]).at("test/loss").float32(2) == -std::numeric_limits<float>::infinity());
  CHECK(file.bytes() == static_cast<std::int64_t>(std::filesystem::file_size(folder / "events")));
}

TEST_CASE("an existing file is not overwritten by a new event file", "[record][event]") {
  const test::TemporaryFolder folder;
  EventFile(folder / "events").scalar("a", 1, 1);
  const std::string before = contents(folder / "events");
  CHECK(test::message_of<Error>([&] { EventFile(folder / "events"); }).find("cannot be created: File exists") != std::string::npos);
  CHECK(contents(folder / "events") == before);
}

TEST_CASE("histograms, images and texts are in the file as they were given", "[record][event]") {
  const test::TemporaryFolder folder;
  EventFile file(folder / "events");
  const observe::LayerHistogram histogram = histogram_of({0.5, 2.5, 2.5, -1.25, 0});
  file.histogram("z/layer_03", histogram);
  const std::string png = Canvas(20, 10).png(1);
  file.image("weights", png, 8);
  file.text("about", "# a *run*", 9);
  file.flush();

  const auto events = events_of(folder / "events");
  REQUIRE(events.size() == 4);
  CHECK(events[1].integer(2) == 7);
  const ProtobufReader histo = values_of(events[1]).at("z/layer_03").message(5);
  CHECK((histo.float64(1) == -1.25 && histo.float64(2) == 2.5 && histo.float64(3) == 5));
  CHECK((histo.float64(4) == 4.25 && histo.float64(5) == 14.3125));
  CHECK(histo.packed_float64(6) == buckets_of(histogram).limits);
  CHECK(histo.packed_float64(7) == buckets_of(histogram).counts);
  const ProtobufReader image = values_of(events[2]).at("weights").message(4);
  CHECK((image.integer(1) == 10 && image.integer(2) == 20 && image.integer(3) == 3 && image.text(4) == png));
  const ProtobufReader text = values_of(events[3]).at("about");
  CHECK((text.message(8).integer(1) == 7 && text.message(8).text(8) == "# a *run*"));
  CHECK(text.message(9).message(1).text(1) == "text");
}

TEST_CASE("an image that is no PNG is refused and leaves no record", "[record][event]") {
  const test::TemporaryFolder folder;
  EventFile file(folder / "events");
  const std::int64_t before = file.bytes();
  std::string png = Canvas(20, 10).png(1);
  for (std::size_t length = 0; length < 26; ++length)
    CHECK(test::message_of<Error>([&] { file.image("weights", png.substr(0, length), 1); }) ==
          "event file: the image weights does not begin as a PNG file");
  png[25] = 5;
  CHECK(test::message_of<Error>([&] { file.image("weights", png, 1); }) ==
        "event file: the image weights is a PNG of the unknown colour type 5");
  CHECK(file.bytes() == before);
  CHECK(events_of(folder / "events").size() == 1);
}

TEST_CASE("an event file goes on at the end of any of its records and nowhere else", "[record][event]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events";
  std::vector<std::int64_t> ends = {0};
  {
    EventFile file(path);
    ends.push_back(file.bytes());
    for (int step = 0; step < 3; ++step) file.scalar("train/loss", step, step), ends.push_back(file.bytes());
  }
  const std::string whole = contents(path);
  for (std::int64_t keep = 0; keep <= ends.back() + 2; ++keep) {
    INFO(keep);
    if (std::find(ends.begin(), ends.end(), keep) == ends.end()) {
      CHECK(test::message_of<Error>([&] { EventFile(path, keep); }).starts_with(path.string() + ": "));
      CHECK(contents(path) == whole);
      continue;
    }
    EventFile file(path, keep);
    file.scalar("again", 1, 99);
    file.flush();
    CHECK(contents(path).substr(0, static_cast<std::size_t>(keep)) == whole.substr(0, static_cast<std::size_t>(keep)));
    const auto events = events_of(path);
    CHECK(events.front().text(3) == "brain.Event:2");
    CHECK(events.back().integer(2) == 99);
    CHECK(file.bytes() == static_cast<std::int64_t>(contents(path).size()));
    overwrite(path, whole);
  }
  CHECK(test::message_of<Error>([&] { EventFile(path, -1); }).find("-1 were expected") != std::string::npos);
  CHECK(test::message_of<Error>([&] { EventFile(folder / "none", 0); }).find("No such file") != std::string::npos);
}

TEST_CASE("an event file with any changed byte is not gone on with", "[record][event]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events";
  {
    EventFile file(path);
    file.scalar("train/loss", 0.5, 1);
  }
  const std::string whole = contents(path);
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int change : {0x01, 0x80, 0xFF}) {
      change_byte(path, at, static_cast<char>(whole[at] ^ change));
      const std::string message = test::message_of<Error>([&] { EventFile(path, static_cast<std::int64_t>(whole.size())); });
      CHECK(message.starts_with(path.string() + ": byte "));
      change_byte(path, at, whole[at]);
      CHECK(contents(path) == whole);
    }
  // Undamaged records of some other kind.
  std::string other = whole.substr(whole.find("brain.Event:2") + 13 + 4);
  overwrite(path, other);
  CHECK(test::message_of<Error>([&] { EventFile(path, static_cast<std::int64_t>(other.size())); }).find("no event file of version") !=
        std::string::npos);
}

TEST_CASE("a full disk is one clear error, and what was whole before can be gone on with", "[record][event]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events";
  EventFile file(path);
  file.scalar("a", 1, 1);
  const std::int64_t whole = file.bytes();
  {
    const FullDisk full(whole + 20);
    CHECK(test::message_of<Error>([&] { file.scalar("b", 2, 2), file.flush(); }) == path.string() + ": cannot be written: File too large");
  }
  CHECK(file.bytes() == whole);
  CHECK(std::filesystem::file_size(path) > static_cast<std::uintmax_t>(whole));  // half a record
  EventFile(path, whole).scalar("c", 3, 3);
  const auto events = events_of(path);
  REQUIRE(events.size() == 3);
  CHECK(values_of(events.back()).contains("c"));
}

TEST_CASE("the name of an event file is the one that TensorBoard looks for", "[record][event]") {
  const std::string name = event_file_name(), prefix = "events.out.tfevents.", process = "." + std::to_string(getpid()) + ".0";
  REQUIRE(name.starts_with(prefix));
  CHECK(name.ends_with(process));
  CHECK(name.find_first_not_of("0123456789", prefix.size()) == prefix.size() + 10);
  CHECK(name[prefix.size() + 10] == '.');
  CHECK(name.size() > prefix.size() + 11 + process.size());  // the machine has a name
  CHECK(name.find('/') == std::string::npos);
}
