// Where a tensor lives. The table behind backend_of() is the only place of the core that knows which backends exist.
#pragma once
#include <string>
#include <string_view>

namespace seegrad {

class Backend;

struct Device {
  enum class Kind { cpu, cuda };
  Kind kind = Kind::cpu;
  int index = 0;

  bool operator==(const Device&) const = default;
  /// "cpu" or "cuda:0"
  std::string to_string() const;
  /// "auto" (the first GPU that works, else the CPU), "cpu", "cuda" or "cuda:N".
  /// Throws UsageError for anything else. Whether a GPU that is asked for can be used, backend_of() finds out.
  static Device parse(std::string_view text);
};

/// The backend of a device; it lives until the program ends. Throws Error when the device cannot be used.
Backend& backend_of(Device device);

}  // namespace seegrad
