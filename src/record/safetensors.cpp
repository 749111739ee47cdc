// The file and its header, which is JSON. The numbers of one tensor: safe_tensor.cpp.
#include "seegrad/record/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>

#include "record/atomic_file.hpp"
#include "record/safe_element.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {
namespace {

using Json = nlohmann::json;

constexpr std::string_view metadata_key = "__metadata__";
constexpr std::uint64_t length_size = 8, longest_header = 100'000'000;  // the limit of the format's reference implementation

std::string json_text(std::string_view text) {
  try {
    return Json(text).dump();
  } catch (const Json::type_error&) {
    throw Error(fmt::format("safetensors: the name {} is not UTF-8", printable(text)));
  }
}

/// Bytes of an array of that shape, or nothing when Shape would refuse it as larger than any memory.
std::optional<std::uint64_t> byte_count(std::span<const std::int64_t> sizes, SafeType type) {
  constexpr std::int64_t most_elements = std::numeric_limits<std::int64_t>::max() / 16;
  std::int64_t elements = 1;
  bool empty = false;
  for (const std::int64_t size : sizes) {
    empty = empty || size == 0;
    if (elements > most_elements / std::max<std::int64_t>(size, 1)) return std::nullopt;
    elements *= std::max<std::int64_t>(size, 1);
  }
  return empty ? 0 : static_cast<std::uint64_t>(elements) * size_of(type);
}

// --- reading ---

/// The header of one file, checked step by step; every complaint names the file.
class HeaderReader {
 public:
  HeaderReader(const std::filesystem::path& path, std::uint64_t data_size) : file_(path.string()), data_size_(data_size) {}

  struct Entry {
    SafeTensor tensor;
    std::uint64_t begin = 0, end = 0;
  };

  std::vector<Entry> entries;
  SafeMetadata metadata;

  void read(std::string_view header) {
    const Json json = parse(header);
    if (!json.is_object()) fail("byte 8", "the header is not a JSON object");
    for (const auto& [name, value] : json.items()) {
      if (name == metadata_key)
        read_metadata(value);
      else
        entries.push_back(entry_of(name, value));
    }
    check_places();
  }

 private:
  [[noreturn]] void fail(std::string_view where, std::string_view what) const {
    throw Error(fmt::format("{}: {}: {}", file_, where, what));
  }
  [[noreturn]] void fail_tensor(std::string_view name, std::string_view what) const {
    fail(fmt::format("tensor {}", printable(name)), what);
  }

  /// JSON lets a key appear twice and a list nest without end; a header may not.
  Json parse(std::string_view header) const {
    constexpr int deepest = 3;  // the shape of a tensor of the header
    std::array<std::set<std::string>, deepest + 1> keys;
    const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
      const auto level = static_cast<std::size_t>(depth);
      const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
      if (opens && depth >= deepest) fail("header", "lists or objects are nested too deeply");
      if (event == Json::parse_event_t::object_start) keys[level + 1].clear();
      if (event == Json::parse_event_t::key && !keys[level].insert(value.get<std::string>()).second)
        fail("header", fmt::format("the name {} appears twice", printable(value.get<std::string>())));
      return true;
    };
    try {
      return Json::parse(header, check);
    } catch (const Json::parse_error& error) {
      fail(fmt::format("byte {}", length_size + std::max<std::size_t>(error.byte, 1) - 1), "the header is not JSON");
    } catch (const Json::exception&) {
      fail("header", "holds a number that is out of range");
    }
  }

  void read_metadata(const Json& object) {
    if (!object.is_object()) fail(metadata_key, "is not an object of texts");
    for (const auto& [name, value] : object.items()) {
      if (!value.is_string()) fail(metadata_key, fmt::format("the value of {} is not a text", printable(name)));
      metadata.emplace(name, value.get<std::string>());
    }
  }

  Entry entry_of(const std::string& name, const Json& json) const {
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") || !json.contains("data_offsets"))
      fail_tensor(name, "has not exactly dtype, shape and data_offsets");
    Entry entry;
    entry.tensor.name = name;
    entry.tensor.type = type_of(name, json["dtype"]);
    const std::vector<std::int64_t> sizes = numbers_of(name, "shape", json["shape"]);
    if (sizes.size() > Shape::max_rank)
      fail_tensor(name, fmt::format("has {} dimensions, at most {} can be read", sizes.size(), Shape::max_rank));
    const std::vector<std::int64_t> offsets = numbers_of(name, "data_offsets", json["data_offsets"]);
    if (offsets.size() != 2 || offsets[0] > offsets[1]) fail_tensor(name, "data_offsets are not a begin and an end");
    entry.begin = static_cast<std::uint64_t>(offsets[0]), entry.end = static_cast<std::uint64_t>(offsets[1]);
    if (entry.end > data_size_) fail_tensor(name, fmt::format("ends at byte {} of the data, which has {}", entry.end, data_size_));
    const std::optional<std::uint64_t> needed = byte_count(sizes, entry.tensor.type);
    if (!needed) fail_tensor(name, "the shape is larger than any memory");
    if (*needed != entry.end - entry.begin)
      fail_tensor(name, fmt::format("has {} bytes, its shape needs {}", entry.end - entry.begin, *needed));
    entry.tensor.shape = Shape(sizes);
    return entry;
  }

  SafeType type_of(const std::string& name, const Json& dtype) const {
    const std::string text = dtype.is_string() ? dtype.get<std::string>() : dtype.dump();
    for (const SafeType type : all_safe_types)
      if (text == name_of(type)) return type;
    fail_tensor(name, fmt::format("the dtype {} is not one of F64, F32, F16, BF16, I64, I32 and U8", printable(text)));
  }

  std::vector<std::int64_t> numbers_of(const std::string& name, std::string_view what, const Json& list) const {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::vector<std::int64_t> numbers;
    if (!list.is_array()) fail_tensor(name, fmt::format("{} is not a list", what));
    for (const Json& number : list) {
      if (!number.is_number_unsigned() || number.get<std::uint64_t>() > largest)
        fail_tensor(name, fmt::format("{} holds what is not a whole number from 0 to 2^63 - 1", what));
      numbers.push_back(static_cast<std::int64_t>(number.get<std::uint64_t>()));
    }
    return numbers;
  }

  /// End to end, from the first byte to the last.
  void check_places() {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t position = 0;
    for (const Entry& entry : entries) {
      if (entry.begin < position)
        fail_tensor(entry.tensor.name, fmt::format("begins at byte {} of the data, inside another tensor", entry.begin));
      if (entry.begin > position)
        fail_tensor(entry.tensor.name, fmt::format("leaves a hole before it, from byte {} to {}", position, entry.begin));
      position = entry.end;
    }
    if (position != data_size_) fail("data", fmt::format("has {} bytes, the tensors need {}", data_size_, position));
  }

  std::string file_;
  std::uint64_t data_size_;
};

class Source {
 public:
  explicit Source(const std::filesystem::path& path) : path_(path), stream_(path, std::ios::binary) {
    std::error_code trouble;
    size_ = std::filesystem::file_size(path, trouble);
    if (trouble) throw Error(fmt::format("{}: cannot be read: {}", path.string(), trouble.message()));
    if (!stream_) throw Error(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  }

  std::uint64_t size() const { return size_; }

  void read(std::span<std::byte> target) {
    if (!stream_.read(reinterpret_cast<char*>(target.data()), static_cast<std::streamsize>(target.size())))
      throw Error(fmt::format("{}: the file ended while it was read", path_.string()));
  }

 private:
  std::filesystem::path path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

std::string read_header(const std::filesystem::path& path, Source& source) {
  const auto refuse = [&](const std::string& what) { throw Error(fmt::format("{}: byte 0: {}", path.string(), what)); };
  if (source.size() < length_size) refuse(fmt::format("the file has {} bytes, a safetensors file at least 8", source.size()));
  std::uint64_t length = 0;
  source.read(std::as_writable_bytes(std::span(&length, 1)));
  if (length > longest_header) refuse(fmt::format("a header of {} bytes is announced, at most {} are allowed", length, longest_header));
  if (length > source.size() - length_size)
    refuse(fmt::format("a header of {} bytes is announced, the file has {} after it", length, source.size() - length_size));
  std::string header(length, '\0');
  source.read(std::as_writable_bytes(std::span(header)));
  if (!header.starts_with('{')) throw Error(fmt::format("{}: byte 8: the header does not begin with {{", path.string()));
  return header;
}

// --- writing ---

void check_writable(std::span<const SafeTensor> tensors) {
  std::set<std::string_view> names;
  for (const SafeTensor& tensor : tensors) {
    const auto refuse = [&](const std::string& what) {
      throw Error(fmt::format("safetensors: tensor {}: {}", printable(tensor.name), what));
    };
    if (tensor.name == metadata_key) refuse("the format keeps this name for itself");
    if (!names.insert(tensor.name).second) refuse("the name appears twice");
    const auto needed = byte_count(tensor.shape.sizes(), tensor.type);
    if (tensor.bytes.size() != needed)
      refuse(fmt::format("has {} bytes, its shape {} needs {}", tensor.bytes.size(), tensor.shape.to_string(), needed.value_or(0)));
  }
}

std::vector<const SafeTensor*> in_file_order(std::span<const SafeTensor> tensors) {
  std::vector<const SafeTensor*> order(tensors.size());
  std::transform(tensors.begin(), tensors.end(), order.begin(), [](const SafeTensor& tensor) { return &tensor; });
  std::stable_sort(order.begin(), order.end(),
                   [](const SafeTensor* a, const SafeTensor* b) { return size_of(a->type) > size_of(b->type); });
  return order;
}

std::string header_of(std::span<const SafeTensor* const> tensors, const SafeMetadata& metadata) {
  std::vector<std::string> entries;
  if (!metadata.empty()) {
    std::vector<std::string> texts;
    for (const auto& [name, text] : metadata) texts.push_back(json_text(name) + ":" + json_text(text));
    entries.push_back(fmt::format("\"{}\":{{{}}}", metadata_key, fmt::join(texts, ",")));
  }
  std::uint64_t position = 0;
  for (const SafeTensor* tensor : tensors) {
    const std::uint64_t end = position + tensor->bytes.size();
    entries.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json_text(tensor->name),
                                  name_of(tensor->type), fmt::join(tensor->shape.sizes(), ","), position, end));
    position = end;
  }
  std::string header = fmt::format("{{{}}}", fmt::join(entries, ","));
  header.resize((header.size() + 7) / 8 * 8, ' ');  // the numbers begin at a multiple of eight
  return header;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const SafeTensor> tensors, const SafeMetadata& metadata) {
  check_writable(tensors);
  const std::vector<const SafeTensor*> order = in_file_order(tensors);
  const std::string header = header_of(order, metadata);
  if (header.size() > longest_header)
    throw Error(fmt::format("{}: the header has {} bytes, at most {} are allowed", path.string(), header.size(), longest_header));
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const SafeTensor* tensor : order) file.write(tensor->bytes);
  file.commit();
}

SafeTensorsFile read_safetensors(const std::filesystem::path& path) {
  Source source(path);
  const std::string header = read_header(path, source);
  HeaderReader reader(path, source.size() - length_size - header.size());
  reader.read(header);
  SafeTensorsFile file;
  file.metadata = std::move(reader.metadata);
  for (HeaderReader::Entry& entry : reader.entries) {
    entry.tensor.bytes.resize(entry.end - entry.begin);
    source.read(entry.tensor.bytes);
    file.tensors.push_back(std::move(entry.tensor));
  }
  return file;
}

}  // namespace seegrad::records
