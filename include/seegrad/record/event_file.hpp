// The files that TensorBoard reads: scalars, histograms, images and texts under tags, each with the step that it belongs to.
//
//     EventFile file(folder / event_file_name());
//     file.scalar("train/loss", 0.25, step);
//
// An event file is a row of records: the length of the data, the masked CRC-32C of that length, the data, the masked CRC-32C of the
// data. The data is an Event message of Protocol Buffers. Whole records reach the system in one write, ten times a second, so a reader
// beside us never sees half of one for long, and what is in the file survives the end of the program.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "seegrad/observe/run_observer.hpp"
#include "seegrad/record/append_file.hpp"

namespace seegrad::records {

/// "events.out.tfevents.<seconds since 1970>.<host>.<process>.0": the name by which TensorBoard finds such files.
std::string event_file_name();

/// One number under its tag; a tag "group/name" is shown among its group. TensorBoard keeps float32.
struct TaggedScalar {
  std::string_view tag;
  double value = 0;
};

class EventFile {
 public:
  /// Creates the file, which must not exist. Throws Error when it cannot.
  explicit EventFile(const std::filesystem::path& path);
  /// Goes on in a file that was left behind, after its first `keep_bytes` bytes; the rest is dropped. Throws Error when it is missing or
  /// shorter than that, or when these bytes are not whole, undamaged records of an event file.
  EventFile(const std::filesystem::path& path, std::int64_t keep_bytes);
  ~EventFile();
  EventFile(EventFile&&) noexcept;
  EventFile& operator=(EventFile&&) noexcept;

  // All of these throw Error, naming the file, when it cannot be written, as on a full disk.

  void scalar(std::string_view tag, double value, std::int64_t step);
  /// All in one record; writes nothing when there are none.
  void scalars(std::int64_t step, std::span<const TaggedScalar> values);
  /// The bins become buckets from the first to the last that holds anything. Zeros have one of their own, from -2^-40 to 2^-40. The outer
  /// ends are the smallest and largest finite value, where the outer buckets keep a width. NaN is in no bucket.
  void histogram(std::string_view tag, const observe::LayerHistogram& histogram);
  /// The bytes of a PNG file. Throws Error when they do not begin as one.
  void image(std::string_view tag, std::string_view png, std::int64_t step);
  /// Markdown.
  void text(std::string_view tag, std::string_view markdown, std::int64_t step);

  /// The length of the file, once everything that waits is written: give it to the second constructor to go on from here.
  std::int64_t bytes();
  /// Writes what waits.
  void flush() { file_.flush(); }
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  struct Messages;
  explicit EventFile(AppendFile file);
  void write_summary(std::int64_t step);
  void write_event();

  AppendFile file_;
  FlushRhythm rhythm_;
  std::unique_ptr<Messages> messages_;  // filled anew for each event, so that memory is asked for only once
};

}  // namespace seegrad::records
