#include "seegrad/record/event_file.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <limits>
#include <numeric>
#include <random>

#include "data/temporary_folder.hpp"
#include "record/crc32c.hpp"
#include "record/histogram_buckets.hpp"
#include "record/protobuf.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/record/event_log.hpp"
#include "seegrad/record/picture.hpp"
#include "support/protobuf_reader.hpp"

using namespace seegrad;
using namespace seegrad::records;
using test::ProtobufReader;

namespace {

std::string contents(const std::filesystem::path& file) {
  const auto bytes = test::read_bytes(file);
  return {bytes.begin(), bytes.end()};
}

void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  test::write_bytes(file, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// In place: a file that is emptied and filled again goes to the disk at once on some systems, hundreds of times.
void change_byte(const std::filesystem::path& file, std::size_t at, char byte) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return number;
}

/// CRC-32C as its definition has it: one bit at a time.
std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const char byte : bytes) {
    remainder ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ (remainder & 1 ? 0x82F63B78U : 0U);
  }
  return ~remainder;
}

std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8U; }

/// The Event messages of a file, each record checked.
std::vector<ProtobufReader> events_of(const std::filesystem::path& file) {
  const std::string bytes = contents(file);
  std::vector<ProtobufReader> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint64_t length = number_at(bytes, at, 8);
    const std::string data = bytes.substr(at + 12, length);
    REQUIRE(number_at(bytes, at + 8, 4) == masked(slow_crc32c(bytes.substr(at, 8))));
    REQUIRE(number_at(bytes, at + 12 + length, 4) == masked(slow_crc32c(data)));
    events.emplace_back(data);
    at += 16 + length;
  }
  return events;
}

/// The values of an event by tag.
std::map<std::string, ProtobufReader> values_of(const ProtobufReader& event) {
  std::map<std::string, ProtobufReader> values;
  for (const auto& field : event.message(5).all(1)) {
    const ProtobufReader value(field.bytes);
    CHECK(values.emplace(value.text(1), value).second);
  }
  return values;
}

observe::LayerHistogram histogram_of(const std::vector<double>& numbers) {
  observe::LayerHistogram histogram;
  histogram.step = 7, histogram.layer = 3, histogram.tensor = "z";
  histogram.counts.assign(histogram_bins, 0);
  histogram.min = std::numeric_limits<double>::infinity(), histogram.max = -histogram.min;
  for (const double x : numbers) {
    const int bin = histogram_bin(x);
    bin < 0 ? ++histogram.nan_count : ++histogram.counts[static_cast<std::size_t>(bin)];
    if (!std::isfinite(x)) continue;
    histogram.sum += x, histogram.squares += x * x;
    histogram.min = std::min(histogram.min, x), histogram.max = std::max(histogram.max, x);
  }
  return histogram;
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

TEST_CASE("CRC-32C has the values of RFC 3720", "[record][event]") {
  std::string ascending(32, '\0'), descending;
  std::iota(ascending.begin(), ascending.end(), '\0');
  descending.assign(ascending.rbegin(), ascending.rend());
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
  CHECK(crc32c(ascending) == 0x46DD794E);
  CHECK(crc32c(descending) == 0x113FDB5C);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c("") == 0);
}

TEST_CASE("CRC-32C by eights agrees with CRC-32C by bits at every length and place", "[record][event]") {
  std::mt19937 random(1);
  std::string bytes(100, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t begin = 0; begin < 9; ++begin)
    for (std::size_t length = 0; begin + length <= bytes.size(); ++length) {
      const std::string_view part = std::string_view(bytes).substr(begin, length);
      CHECK(crc32c(part) == slow_crc32c(part));
      CHECK(masked_crc32c(part) == masked(slow_crc32c(part)));
    }
}

TEST_CASE("fields of Protocol Buffers have the bytes of its documentation", "[record][event]") {
  using namespace std::string_view_literals;
  ProtobufMessage number, text, inner, packed;
  number.integer(1, 150);
  CHECK(number.bytes() == "\x08\x96\x01");
  text.text(2, "testing");
  CHECK(text.bytes() == "\x12\x07testing");
  inner.message(3, number);
  CHECK(inner.bytes() == "\x1a\x03\x08\x96\x01");
  const std::int64_t numbers[] = {3, 270, 86942};
  packed.packed_int64(6, numbers);
  CHECK(packed.bytes() == "\x32\x06\x03\x8E\x02\x9E\xA7\x05");
  number.clear();
  number.integer(1, -2);
  CHECK(number.bytes() == "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  number.clear();
  number.float32(1, -1.5F);
  number.float64(16, 1);
  CHECK(number.bytes() == "\x0d\x00\x00\xc0\xbf\x81\x01\x00\x00\x00\x00\x00\x00\xf0\x3f"sv);
}

TEST_CASE("whole numbers of any size survive in varints", "[record][event]") {
  std::vector<std::int64_t> numbers = {0, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), -1};
  for (int bit = 0; bit < 63; ++bit)
    for (const std::int64_t near : {-1, 0, 1}) numbers.push_back((std::int64_t{1} << bit) + near);
  ProtobufMessage message, packed, separate;
  for (const std::int64_t number : numbers) message.integer(5, number), packed.packed_int64(1, {&number, 1});
  const ProtobufReader reader(message.bytes());
  REQUIRE(reader.fields().size() == numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(static_cast<std::int64_t>(reader.fields()[i].bits) == numbers[i]);
  // Packed, they are the same varints without their keys.
  for (const std::int64_t number : numbers) separate.integer(1, number);
  std::string bare, unpacked;
  const ProtobufReader separately(separate.bytes());
  for (const auto& field : ProtobufReader(packed.bytes()).all(1)) bare += field.bytes;
  for (const std::int64_t number : numbers) {
    ProtobufMessage one;
    one.integer(1, number);
    unpacked += one.bytes().substr(1);
  }
  CHECK(bare == unpacked);
}

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

TEST_CASE("the buckets of a histogram hold the numbers that they say", "[record][event]") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> gauss;
  std::uniform_real_distribution<double> exponent(-60, 40);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> numbers;
    const int count = 1 + round % 17;
    for (int i = 0; i < count; ++i) {
      const double x = gauss(random), sign = x < 0 ? -1 : 1;
      const double candidates[] = {x, 0, std::max(x, 0.0), sign * std::exp2(exponent(random)), sign * inf, sign, nan_value};
      numbers.push_back(candidates[(round / 3 + i * (round % 5)) % 7]);
    }
    const observe::LayerHistogram histogram = histogram_of(numbers);
    const HistogramBuckets buckets = buckets_of(histogram);
    INFO("round " << round);
    REQUIRE(buckets.limits.size() == buckets.counts.size());
    CHECK(buckets.count == static_cast<double>(std::count_if(numbers.begin(), numbers.end(), [](double x) { return x == x; })));
    if (buckets.limits.empty()) continue;
    CHECK((buckets.counts.front() > 0 && buckets.counts.back() > 0));
    CHECK(buckets.min < buckets.limits.front());
    CHECK(buckets.max == buckets.limits.back());
    for (std::size_t i = 1; i < buckets.limits.size(); ++i) CHECK(buckets.limits[i - 1] < buckets.limits[i]);
    // Each number by the limits alone; what is nearer to zero than 2^-40 is told from zero by its bin only.
    std::vector<double> found(buckets.limits.size(), 0);
    double tiny = 0, tiny_found = 0;
    for (const double x : numbers) {
      if (x != x) continue;
      if (x != 0 && std::fabs(x) < 0x1p-40) {
        tiny += 1;
        continue;
      }
      std::size_t i = 0;
      while (i + 1 < found.size() && (x < 0 ? x > buckets.limits[i] : x >= buckets.limits[i])) ++i;
      found[i] += 1;
    }
    for (std::size_t i = 0; i < found.size(); ++i) tiny_found += buckets.counts[i] - found[i];
    CHECK(tiny_found == tiny);
    if (tiny == 0) CHECK(found == buckets.counts);
  }
}

TEST_CASE("zeros have a bucket of their own, and the outer ends are the real ones", "[record][event]") {
  const HistogramBuckets buckets = buckets_of(histogram_of({0, 0, 0, 1e-9, 0.3, -0.7}));
  CHECK(buckets.min == -0.7);
  CHECK(buckets.max == 0.3);
  const auto zeros = std::find(buckets.counts.begin(), buckets.counts.end(), 3.0) - buckets.counts.begin();
  CHECK(buckets.limits[static_cast<std::size_t>(zeros)] == 0x1p-40);
  CHECK(buckets.limits[static_cast<std::size_t>(zeros) - 1] == -0x1p-40);
  const HistogramBuckets rectified = buckets_of(histogram_of({0, 0, 0.3}));
  CHECK((rectified.min == 0 && rectified.limits.front() == 0x1p-40 && rectified.max == 0.3));
}

TEST_CASE("the outer buckets of a histogram keep a width whatever is in them", "[record][event]") {
  const auto ends = [](const std::vector<double>& numbers) {
    const HistogramBuckets buckets = buckets_of(histogram_of(numbers));
    return std::pair(buckets.min, buckets.max);
  };
  CHECK(ends({0, 0}) == std::pair(-0x1p-40, 0x1p-40));
  CHECK(ends({1.25, 1.25}) == std::pair(1.0, 1.5));
  CHECK(ends({-1, 1}) == std::pair(-1.5, 1.5));  // at the edges of their bins, as a saturated tanh is
  CHECK(ends({0.5, inf}) == std::pair(0.5, 0x1p24));
  CHECK(ends({-inf, 0.2, 0.7}) == std::pair(-0x1p24, 0.7));
  CHECK(ends({-1e9, 1e9}) == std::pair(-1e9, 1e9));
  CHECK(ends({-1e-20, 1e-20}) == std::pair(-0x1.8p-40, 0x1.8p-40));
}

TEST_CASE("a histogram without any number has no buckets, and one with too few bins is refused", "[record][event]") {
  CHECK(buckets_of(histogram_of({nan_value})).limits.empty());
  observe::LayerHistogram histogram;
  CHECK(test::message_of<Error>([&] { buckets_of(histogram); }) == "histogram of layer 0: has 0 counts, 257 are needed");
}

TEST_CASE("histograms, images and texts are in the file as they were given", "[record][event]") {
  const test::TemporaryFolder folder;
  EventFile file(folder / "events");
  const observe::LayerHistogram histogram = histogram_of({0.5, 2.5, 2.5, -1.25, 0});
  file.histogram("z/layer_03", histogram);
  const std::string png = Canvas(20, 10).png(1);
  file.image("weights", png, 8);
  file.text("about", "# a *run*", 9);

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
    CHECK(test::message_of<Error>([&] { file.scalar("b", 2, 2); }) == path.string() + ": cannot be written: File too large");
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

TEST_CASE("a run is logged with layers side by side and without what was not measured", "[record][event]") {
  const test::TemporaryFolder folder;
  EventLog log{EventFile(folder / "events")};
  std::vector<observe::LayerStatistics> layers(2);
  layers[0].layer = 1, layers[0].delta_rms = 1e-3, layers[0].zero_share = 0.5;
  layers[1].layer = 12, layers[1].delta_rms = 1e-2, layers[1].weight_grad_rms = 0.25;
  log.step(5, 0.5);
  log.logged({5, 1, 0.5, 0.75, 0.01, 1.5}, layers);
  log.histograms(std::vector{histogram_of({1, 2})});
  log.step(6, 0.4);
  log.image("weights", Canvas(20, 10).png(1));
  log.epoch({1, 0.45, 0.6, 0.7, 2});

  const auto events = events_of(folder / "events");
  REQUIRE(events.size() == 5);
  const auto values = values_of(events[1]);
  CHECK(values.at("train/loss").float32(2) == 0.5F);
  CHECK(values.at("train/accuracy").float32(2) == 0.75F);
  CHECK(values.at("learning_rate").float32(2) == 0.01F);
  CHECK(values.at("delta_rms/layer_01").float32(2) == 1e-3F);
  CHECK(values.at("delta_rms/layer_12").float32(2) == 1e-2F);
  CHECK(values.at("zero_share/layer_01").float32(2) == 0.5F);
  CHECK(values.at("weight_grad_rms/layer_12").float32(2) == 0.25F);
  // 3, three shares and delta of two layers, the gradient of one.
  CHECK(values.size() == 3 + 2 * 4 + 1);
  CHECK(values_of(events[2]).contains("z/layer_03"));
  CHECK(events[3].integer(2) == 6);
  CHECK(events[4].integer(2) == 6);
  const auto results = values_of(events[4]);
  CHECK((results.size() == 2 && results.at("test/loss").float32(2) == 0.6F && results.at("test/accuracy").float32(2) == 0.7F));
}

TEST_CASE("an event log that goes on knows the last step", "[record][event]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events";
  observe::Memory memory;
  std::int64_t bytes = 0;
  {
    EventLog log{EventFile(path)};
    log.step(17, 1);
    log.save(memory);
    bytes = log.file().bytes();
  }
  EventLog log{EventFile(path, bytes)};
  log.restore(memory);
  log.epoch({});
  CHECK(events_of(path).back().integer(2) == 17);
  memory.begin()->second.clear();
  CHECK_THROWS_AS(log.restore(memory), Error);
  CHECK_NOTHROW(log.restore({}));
}
