// Event files read back without the code that writes them: records, messages, values by tag.
#pragma once
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "data/temporary_folder.hpp"
#include "seegrad/math/histogram_bin.hpp"
#include "seegrad/observe/run_observer.hpp"
#include "support/protobuf_reader.hpp"

namespace seegrad::test {

inline std::string contents(const std::filesystem::path& file) {
  const auto bytes = read_bytes(file);
  return {bytes.begin(), bytes.end()};
}

inline std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return number;
}

/// CRC-32C as its definition has it: one bit at a time.
inline std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const char byte : bytes) {
    remainder ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) remainder = remainder >> 1 ^ (remainder & 1 ? 0x82F63B78U : 0U);
  }
  return ~remainder;
}

inline std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8U; }

/// The Event messages of a file, each record checked.
inline std::vector<ProtobufReader> events_of(const std::filesystem::path& file) {
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
inline std::map<std::string, ProtobufReader> values_of(const ProtobufReader& event) {
  std::map<std::string, ProtobufReader> values;
  for (const auto& field : event.message(5).all(1)) {
    const ProtobufReader value(field.bytes);
    CHECK(values.emplace(value.text(1), value).second);
  }
  return values;
}

/// What a run would announce of these numbers, at step 7 of layer 3.
inline observe::LayerHistogram histogram_of(const std::vector<double>& numbers) {
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

}  // namespace seegrad::test
