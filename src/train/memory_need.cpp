#include "train/memory_need.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "seegrad/math/error.hpp"

namespace seegrad::train {
namespace {

std::string readable(double bytes) {
  constexpr std::array<std::string_view, 5> units{"MB", "GB", "TB", "PB", "EB"};
  double value = bytes / 1e6;
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < units.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace

MemoryNeed memory_need(const TrainOptions& options, std::int64_t inputs, std::int64_t classes, std::int64_t rows) {
  const auto depth = static_cast<double>(options.depth);
  const auto before = static_cast<double>(options.activation.width_in(options.width));  // the activation, and after it
  const auto after = static_cast<double>(options.activation.width_out(options.width));
  const auto in = static_cast<double>(inputs), out = static_cast<double>(classes), batch = static_cast<double>(rows);
  const auto size = static_cast<double>(size_of(dtype_of(options.precision)));
  double parameters = (in + 1) * out, largest = in * out;
  if (options.depth > 0) {
    parameters = (in + 1) * before + (depth - 1) * (after + 1) * before + (after + 1) * out;
    largest = std::max({in * before, after * out, options.depth > 1 ? after * before : 0});
  }
  // Weights are drawn in double precision, one layer at a time and before there are gradients.
  const double training = parameters * size * (2 + options.optimizer_options().memories());
  const double drawing = parameters * size + largest * sizeof(double);
  // Of each hidden layer: what goes into the activation, what comes out, and what comes out of dropout.
  const double hidden = before + (options.dropout > 0 ? 2 : 1) * after;
  return {std::max(training, drawing), batch * size * (in + out + depth * hidden)};
}

double physical_memory() {
  double bytes = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  double limit = 0;  // the file holds "max" where there is none
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit && limit > 0) bytes = std::min(bytes, limit);
  return bytes;
}

void check_memory(const MemoryNeed& need, const TrainOptions& options, double available) {
  if (need.total() <= available) return;
  throw UsageError(fmt::format(
      "--width {} --depth {} --batch {}: training needs {} of memory ({} for parameters and their gradients, {} for activations), "
      "{} are there; make one of them smaller",
      options.width, options.depth, options.batch, readable(need.total()), readable(need.parameters), readable(need.activations),
      readable(available)));
}

}  // namespace seegrad::train
