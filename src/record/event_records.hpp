// The records of an event file: the length of the data (8 bytes, little-endian), the masked CRC-32C of those eight, the data, the masked
// CRC-32C of the data.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace seegrad::records {

/// Fills `record` with the data and what stands around it.
void frame_record(std::string_view data, std::string& record);

/// Drops what lies beyond the first `keep_bytes` bytes, once it is sure that these are whole, undamaged records of an event file. Throws
/// Error otherwise, and leaves the file as it was.
void cut_event_file(const std::filesystem::path& path, std::int64_t keep_bytes);

}  // namespace seegrad::records
