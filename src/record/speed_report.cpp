#include "seegrad/record/speed_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seegrad::records {
namespace {

using observe::Speed;
using observe::Timing;

double both_ways(const Speed& speed) { return speed.forward.median + speed.backward.median; }

std::string direction(const Timing& timing, double share) {
  return fmt::format("{:9.2f} +-{:7.2f} {:7.1f} {:5.0f} %", timing.mean, timing.deviation, timing.gigabytes_per_second, 100 * share);
}

/// A text between quotes where CSV needs them.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

void SpeedReport::sort() {
  std::stable_sort(speeds.begin(), speeds.end(), [](const Speed& a, const Speed& b) { return both_ways(a) < both_ways(b); });
}

int SpeedReport::fewest_runs() const {
  if (speeds.empty()) return settings.runs;
  return std::min_element(speeds.begin(), speeds.end(), [](const Speed& a, const Speed& b) { return a.runs < b.runs; })->runs;
}

double SpeedReport::copy_gigabytes_per_second() const {
  if (speeds.empty()) return 0;
  std::vector<double> rates;
  for (const Speed& speed : speeds) rates.push_back(speed.copy.gigabytes_per_second);
  std::nth_element(rates.begin(), rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2), rates.end());
  return rates[rates.size() / 2];
}

std::string in_words(const SpeedReport& report) {
  constexpr double near = 0.9;
  const Speed& first = report.speeds.front();
  const Speed& last = report.speeds.back();
  const auto forward = std::count_if(report.speeds.begin(), report.speeds.end(), [](const Speed& s) { return s.forward_share() >= near; });
  const auto backward =
      std::count_if(report.speeds.begin(), report.speeds.end(), [](const Speed& s) { return s.backward_share() >= near; });
  std::string text = fmt::format("Copying moved {:.1f} GB/s. At 90 % of that or more ran {} of {} forward and {} backward.",
                                 report.copy_gigabytes_per_second(), forward, report.speeds.size(), backward);
  if (report.fewest_runs() < report.settings.runs) text += fmt::format(" Of each at least {} runs were counted.", report.fewest_runs());
  if (report.speeds.size() > 1)
    text += fmt::format(" {} was the fastest; {} took {:.2f} times as long.", first.name, last.name, both_ways(last) / both_ways(first));
  return text;
}

std::string to_table(const SpeedReport& report) {
  std::size_t width = 12;
  for (const Speed& speed : report.speeds) width = std::max(width, speed.name.size());
  std::string text = fmt::format("{0:{1}} {2:>9}   {3:>7} {4:>7} {5:>7}   {6:>9}   {3:>7} {4:>7} {5:>7}\n", "", width, "forward ms", "sd",
                                 "GB/s", "of copy", "backward ms");
  for (const Speed& speed : report.speeds) {
    text += fmt::format("{:{}} {}   {}\n", speed.name, width, direction(speed.forward, speed.forward_share()),
                        direction(speed.backward, speed.backward_share()));
  }
  return text;
}

std::string to_csv(const SpeedReport& report) {
  std::string text = "name,forward_ms,forward_sd,backward_ms,backward_sd,forward_gbps,backward_gbps,copy_gbps\n";
  for (const Speed& s : report.speeds) {
    text += fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", csv_cell(s.name), s.forward.mean, s.forward.deviation,
                        s.backward.mean, s.backward.deviation, s.forward.gigabytes_per_second, s.backward.gigabytes_per_second,
                        s.copy.gigabytes_per_second);
  }
  return text;
}

}  // namespace seegrad::records
