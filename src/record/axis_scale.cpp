#include "axis_scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace seegrad::records {
namespace {

Range mended_logarithmic(Range r) {
  constexpr double smallest = 1e-300, largest = 1e300;
  if (r.high <= 0) return {1, 10};
  r.high = std::clamp(r.high, smallest, largest);
  r.low = std::clamp(r.low <= 0 ? r.high / 1e3 : r.low, smallest, largest);
  return r.high / r.low < 1.001 ? Range{r.low / 2, r.high * 2} : r;
}

/// A range that can be drawn: low < high by enough for double precision to tell apart the pixels between them.
Range mended(Range r, Scale scale) {
  if (!std::isfinite(r.low) || !std::isfinite(r.high)) r = scale == Scale::linear ? Range{0, 1} : Range{1, 10};
  if (r.low > r.high) std::swap(r.low, r.high);
  if (scale == Scale::logarithmic) return mended_logarithmic(r);
  const double narrowest = std::max(1e-9 * std::max(std::fabs(r.low), std::fabs(r.high)), 1e-300);
  if (r.high / 2 - r.low / 2 > narrowest / 2) return r;
  const double wider = std::fabs(r.low) < 1e-290 ? 1 : std::fabs(r.low) / 2;
  return {r.low - wider, r.high + wider};
}

std::string raised(int exponent) {
  static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(exponent))) text += digits[c - '0'];
  return text;
}

/// "-1.5e+06" becomes "−1.5·10⁶".
std::string typeset(const std::string& text) {
  const std::size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa[0] == '-') mantissa = "−" + mantissa.substr(1);
  return e == std::string::npos ? mantissa : mantissa + "·10" + raised(std::atoi(text.c_str() + e + 1));
}

}  // namespace

std::string number_text(double value, int digits) {
  const bool plain = std::fabs(value) < 1e6 && digits <= 6;
  if (value == 0) return "0";
  return typeset(plain ? fmt::format("{:.{}f}", value, std::max(digits, 0)) : fmt::format("{:.4g}", value));
}

std::string short_number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  // 9840 reads better than 9.84·10³, though it says one digit more.
  const bool whole = std::fabs(value) >= std::pow(10, digits) && std::fabs(value) < 1e6;
  return typeset(whole ? fmt::format("{:.0f}", value) : fmt::format("{:.{}g}", value, digits));
}

AxisScale::AxisScale(Range range, Scale scale, double from, double to)
    : range_(mended(range, scale)), scale_(scale), from_(from), to_(to) {}

bool AxisScale::shows(double value) const { return std::isfinite(value) && (scale_ == Scale::linear || value > 0); }

double AxisScale::pixel(double value) const {
  constexpr double far = 100;  // axis lengths: slopes near the frame stay what they are, coordinates stay small
  double share = 0;
  if (scale_ == Scale::logarithmic)
    share = (std::log(value) - std::log(range_.low)) / (std::log(range_.high) - std::log(range_.low));
  else
    share = (value / 2 - range_.low / 2) / (range_.high / 2 - range_.low / 2);  // halves: the whole may exceed the largest double
  return from_ + std::clamp(share, -far, far) * (to_ - from_);
}

std::vector<AxisScale::Tick> AxisScale::ticks(double spacing) const {
  if (scale_ == Scale::logarithmic && range_.high / range_.low >= 5) return decade_ticks(spacing);
  return linear_ticks(spacing);
}

std::vector<AxisScale::Tick> AxisScale::linear_ticks(double spacing) const {
  const double count = std::clamp(std::fabs(to_ - from_) / spacing, 2.0, 50.0);
  const double rough = (range_.high / count - range_.low / count);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = power;
  for (const double nice : {1.0, 2.0, 5.0, 10.0}) {
    if (step >= rough * 0.8 || !std::isfinite(nice * power)) break;
    step = nice * power;
  }
  const int digits = static_cast<int>(-std::floor(std::log10(step) + 1e-9));
  std::vector<Tick> ticks;
  const double slack = 1e-6;  // of a step: the end of a range is a tick even if rounding puts it outside
  for (double i = std::ceil(range_.low / step - slack); i <= range_.high / step + slack && ticks.size() < 100; ++i)
    ticks.push_back({i * step, number_text(i * step, digits)});
  return ticks;
}

std::vector<AxisScale::Tick> AxisScale::decade_ticks(double spacing) const {
  const int low = static_cast<int>(std::ceil(std::log10(range_.low) - 1e-9)),
            high = static_cast<int>(std::floor(std::log10(range_.high) + 1e-9));
  const double decades = std::log10(range_.high) - std::log10(range_.low);
  const double room = std::fabs(to_ - from_) / decades;  // pixels a decade
  const int stride = std::max(1, static_cast<int>(std::ceil(spacing / room)));
  const auto label = [](int exponent, int digit) {
    return exponent >= -2 && exponent <= 3 ? short_number(digit * std::pow(10, exponent), 4)
                                           : (digit == 1 ? "" : std::to_string(digit) + "·") + "10" + raised(exponent);
  };
  std::vector<Tick> ticks;
  for (int exponent = low - 1; exponent <= high; ++exponent) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = digit * std::pow(10, exponent);
      if (value < range_.low * (1 - 1e-9) || value > range_.high * (1 + 1e-9)) continue;
      const bool numbered = digit == 1 ? exponent % stride == 0 : (digit == 2 || digit == 5) && room > 3.5 * spacing;
      if (numbered || (stride == 1 && room > 30)) ticks.push_back({value, numbered ? label(exponent, digit) : ""});
    }
  }
  return ticks;
}

}  // namespace seegrad::records
