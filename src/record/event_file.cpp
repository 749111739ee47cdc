#include "seegrad/record/event_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <system_error>

#include "record/crc32c.hpp"
#include "record/event_records.hpp"
#include "record/histogram_buckets.hpp"
#include "record/protobuf.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

// Numbers of the fields, from TensorBoard's event.proto, summary.proto and tensor.proto.
namespace field {
enum Event { wall_time = 1, step = 2, file_version = 3, summary = 5 };
enum Summary { value = 1 };
enum Value { tag = 1, simple_value = 2, image = 4, histogram = 5, tensor = 8, metadata = 9 };
enum Histogram { min = 1, max = 2, count = 3, sum = 4, sum_squares = 5, bucket_limit = 6, bucket = 7 };
enum Image { height = 1, width = 2, channels = 3, encoded = 4 };
enum Metadata { plugin = 1, plugin_name = 1 };
enum TensorProto { dtype = 1, shape = 2, string_value = 8 };
}  // namespace field

constexpr std::int64_t string_dtype = 7;
constexpr std::string_view version = "brain.Event:2";

double seconds_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Width, height and channels as the header of a PNG file tells them.
struct PngSize {
  std::int64_t width = 0, height = 0, channels = 0;
};

PngSize png_size(std::string_view tag, std::string_view png) {
  using namespace std::string_view_literals;
  constexpr std::size_t header_end = 26;
  if (png.size() < header_end || !png.starts_with("\x89PNG\r\n\x1a\n"sv) || png.substr(12, 4) != "IHDR")
    throw Error(fmt::format("event file: the image {} does not begin as a PNG file", tag));
  const auto byte = [&](std::size_t i) { return static_cast<std::int64_t>(static_cast<unsigned char>(png[i])); };
  const auto number = [&](std::size_t i) { return byte(i) << 24 | byte(i + 1) << 16 | byte(i + 2) << 8 | byte(i + 3); };
  constexpr std::array<std::int64_t, 7> channels_of_colour_type = {1, 0, 3, 3, 2, 0, 4};  // the third is a palette of RGB
  const auto colour_type = static_cast<std::size_t>(byte(25));
  const std::int64_t channels = colour_type < channels_of_colour_type.size() ? channels_of_colour_type[colour_type] : 0;
  if (channels == 0) throw Error(fmt::format("event file: the image {} is a PNG of the unknown colour type {}", tag, colour_type));
  return {number(16), number(20), channels};
}

}  // namespace

std::string event_file_name() {
  std::array<char, 256> host{};
  const bool known = gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0';
  return fmt::format("events.out.tfevents.{:010}.{}.{}.0", std::time(nullptr), known ? host.data() : "localhost", getpid());
}

struct EventFile::Messages {
  ProtobufMessage inner, value, summary, event;
  std::string record;
};

EventFile::~EventFile() = default;
EventFile::EventFile(EventFile&&) noexcept = default;
EventFile& EventFile::operator=(EventFile&&) noexcept = default;

EventFile::EventFile(AppendFile file) : file_(std::move(file)), messages_(std::make_unique<Messages>()) {
  if (file_.length() > 0) return;
  messages_->event.clear();
  messages_->event.float64(field::wall_time, seconds_now());
  messages_->event.text(field::file_version, version);
  write_event();
}

EventFile::EventFile(const std::filesystem::path& path) : EventFile(AppendFile::create(path)) {}

EventFile::EventFile(const std::filesystem::path& path, std::int64_t keep_bytes)
    : EventFile((cut_event_file(path, keep_bytes), AppendFile::reopen_records(path, keep_bytes))) {}

void EventFile::write_event() {
  frame_record(messages_->event.bytes(), messages_->record);
  file_.append(messages_->record);
  if (rhythm_.due()) file_.flush();
}

std::int64_t EventFile::bytes() {
  file_.flush();
  return file_.length();
}

void EventFile::write_summary(std::int64_t step) {
  ProtobufMessage& event = messages_->event;
  event.clear();
  event.float64(field::wall_time, seconds_now());
  event.integer(field::step, step);
  event.message(field::summary, messages_->summary);
  write_event();
}

void EventFile::scalar(std::string_view tag, double value, std::int64_t step) {
  const TaggedScalar one{tag, value};
  scalars(step, {&one, 1});
}

void EventFile::scalars(std::int64_t step, std::span<const TaggedScalar> values) {
  if (values.empty()) return;
  auto& [inner, value, summary, event, record] = *messages_;
  summary.clear();
  for (const TaggedScalar& scalar : values) {
    value.clear();
    value.text(field::tag, scalar.tag);
    value.float32(field::simple_value, static_cast<float>(scalar.value));
    summary.message(field::value, value);
  }
  write_summary(step);
}

void EventFile::histogram(std::string_view tag, const observe::LayerHistogram& histogram) {
  const HistogramBuckets buckets = buckets_of(histogram);
  auto& [proto, value, summary, event, record] = *messages_;
  proto.clear();
  proto.float64(field::min, buckets.min);
  proto.float64(field::max, buckets.max);
  proto.float64(field::count, buckets.count);
  proto.float64(field::sum, histogram.sum);
  proto.float64(field::sum_squares, histogram.squares);
  proto.packed_float64(field::bucket_limit, buckets.limits);
  proto.packed_float64(field::bucket, buckets.counts);
  value.clear(), summary.clear();
  value.text(field::tag, tag);
  value.message(field::histogram, proto);
  summary.message(field::value, value);
  write_summary(histogram.step);
}

void EventFile::image(std::string_view tag, std::string_view png, std::int64_t step) {
  const PngSize size = png_size(tag, png);
  auto& [image, value, summary, event, record] = *messages_;
  image.clear(), value.clear(), summary.clear();
  image.integer(field::height, size.height);
  image.integer(field::width, size.width);
  image.integer(field::channels, size.channels);
  image.text(field::encoded, png);
  value.text(field::tag, tag);
  value.message(field::image, image);
  summary.message(field::value, value);
  write_summary(step);
}

void EventFile::text(std::string_view tag, std::string_view markdown, std::int64_t step) {
  auto& [tensor, value, summary, event, record] = *messages_;
  tensor.clear(), value.clear(), summary.clear();
  tensor.integer(field::dtype, string_dtype);
  tensor.text(field::shape, {});  // a scalar
  tensor.text(field::string_value, markdown);
  ProtobufMessage plugin, metadata;
  plugin.text(field::plugin_name, "text");
  metadata.message(field::plugin, plugin);
  value.text(field::tag, tag);
  value.message(field::tensor, tensor);
  value.message(field::metadata, metadata);
  summary.message(field::value, value);
  write_summary(step);
}

}  // namespace seegrad::records
