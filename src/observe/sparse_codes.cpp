#include "seegrad/observe/sparse_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "seegrad/math/error.hpp"

namespace seegrad::observe {
namespace {

/// How often each unit is not zero on the samples of a class.
struct ClassCode {
  double samples = 0;
  std::vector<double> active;
};

std::vector<ClassCode> codes_of(const std::vector<double>& h, std::span<const std::uint8_t> labels, std::size_t units) {
  std::array<ClassCode, 256> all;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ClassCode& code = all[labels[i]];
    code.samples += 1;
    code.active.resize(units);
    for (std::size_t u = 0; u < units; ++u) code.active[u] += h[i * units + u] != 0;
  }
  std::vector<ClassCode> found;
  for (ClassCode& code : all)
    if (code.samples > 0) found.push_back(std::move(code));
  return found;
}

}  // namespace

CodeOverlap code_overlap(const Tensor& h, std::span<const std::uint8_t> labels) {
  const auto units = static_cast<std::size_t>(h.shape()[-1]), numbers = static_cast<std::size_t>(h.count());
  if (units == 0 || numbers != labels.size() * units)
    throw Error(fmt::format("sparse codes: {} labels for outputs of shape {}", labels.size(), h.shape().to_string()));
  const std::vector<ClassCode> classes = codes_of(h.to_vector(), labels, units);
  // Two images of classes a and b both use unit u with probability p q, and at least one of them with p + q - p q.
  std::array<double, 2> both{}, any{};
  for (std::size_t a = 0; a < classes.size(); ++a) {
    for (std::size_t b = a; b < classes.size(); ++b) {
      for (std::size_t u = 0; u < units; ++u) {
        const double p = classes[a].active[u] / classes[a].samples, q = classes[b].active[u] / classes[b].samples;
        both[a != b] += p * q;
        any[a != b] += p + q - p * q;
      }
    }
  }
  const auto share = [&](std::size_t i) { return any[i] > 0 ? both[i] / any[i] : not_measured; };
  return {share(0), share(1)};
}

double SparseCodes::mean_zero_share() const {
  return std::accumulate(zero_share.begin(), zero_share.end(), 0.0) / static_cast<double>(zero_share.size());
}

SparseCodes sparse_codes(const LayerTrace& trace, std::span<const std::uint8_t> labels) {
  const std::vector<TracedLayer>& layers = trace.layers();
  if (layers.size() < 2) throw Error(fmt::format("sparse codes: {} linear maps were seen, hidden layers need 2 or more", layers.size()));
  SparseCodes codes;
  double products = 0, skipped = 0;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const std::vector<double> h = layers[l].h.to_vector();
    const auto zeros = static_cast<double>(std::count(h.begin(), h.end(), 0.0)), numbers = static_cast<double>(h.size());
    const auto fan_out = static_cast<double>(layers[l + 1].weight.shape()[0]);
    codes.zero_share.push_back(zeros / numbers);
    products += numbers * fan_out;
    skipped += zeros * fan_out;
  }
  codes.skipped_products = skipped / products;
  codes.overlap = code_overlap(layers[layers.size() - 2].h, labels);
  return codes;
}

}  // namespace seegrad::observe
