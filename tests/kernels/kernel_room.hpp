// What tests of kernels share: arrays whose end AddressSanitizer guards, orders of threads, and a small imaginary device.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "backend/random_values.hpp"
#include "kernels/site.hpp"

namespace seegrad::kernels::test {

/// Arrays for one call of a kernel. All begin `offset` elements after an address where packets can begin, and end where the memory does.
template <class T>
class Room {
 public:
  explicit Room(int offset = 0) : offset_(offset) {}

  template <class U>
  U* put(const std::vector<U>& values) {
    auto memory = std::make_shared<std::vector<U>>(static_cast<std::size_t>(offset_));
    memory->insert(memory->end(), values.begin(), values.end());
    memory->shrink_to_fit();
    keep_.push_back(memory);
    return memory->data() + offset_;
  }
  T* normal(std::int64_t n, std::uint64_t seed, double mean = 0, double deviation = 1) {
    return put(seegrad::test::normal_values<T>(static_cast<std::size_t>(n), seed, mean, deviation));
  }
  /// To be written: what is not, stays NaN.
  T* output(std::int64_t n) { return put(std::vector<T>(static_cast<std::size_t>(n), std::numeric_limits<T>::quiet_NaN())); }

 private:
  int offset_;
  std::vector<std::shared_ptr<void>> keep_;
};

/// A device with room for its launches.
struct SmallDevice {
  std::vector<double> workspace;
  Fault fault{};
  Site site;
  explicit SmallDevice(int multiprocessors = 2, int most_shared = 227 * 1024, std::size_t workspace_bytes = 64 * 1024)
      : workspace(workspace_bytes / sizeof(double), std::numeric_limits<double>::quiet_NaN()) {
    site.multiprocessors = multiprocessors;
    site.most_shared = most_shared;
    site.workspace = workspace.data();
    site.workspace_bytes = workspace.size() * sizeof(double);
    site.fault = &fault;
  }
  SmallDevice(const SmallDevice&) = delete;
  SmallDevice& operator=(const SmallDevice&) = delete;
};

/// Gives the machine these settings for as long as it lives.
class WithSettings {
 public:
  explicit WithSettings(host::Settings settings) { std::swap(host::Machine::instance().settings, settings), before_ = std::move(settings); }
  ~WithSettings() { host::Machine::instance().settings = before_; }
  WithSettings(const WithSettings&) = delete;
  WithSettings& operator=(const WithSettings&) = delete;

 private:
  host::Settings before_;
};

inline std::vector<host::Settings> all_orders(std::uint64_t random_ones = 3) {
  std::vector<host::Settings> orders{{host::Order::forward, 1, {}}, {host::Order::reverse, 1, {}}};
  for (std::uint64_t seed = 1; seed <= random_ones; ++seed) orders.push_back({host::Order::random, seed, {}});
  return orders;
}
inline std::string name_of(const host::Settings& settings) {
  const std::string names[] = {"forward", "reverse", "random "};
  return names[static_cast<int>(settings.order)] + (settings.order == host::Order::random ? std::to_string(settings.seed) : "");
}

template <class T>
std::vector<double> doubles(const T* from, std::int64_t n) {
  return {from, from + n};
}

}  // namespace seegrad::kernels::test
