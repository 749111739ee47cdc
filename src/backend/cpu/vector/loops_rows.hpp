// The maximum of a row, softmax, its logarithm and their slopes, a row at a time. A row comes from memory once and then stays in the
// second-level cache; while one is worked on, the next is asked for. Sums are kept by lane within a block and in double across blocks.
#pragma once
#include <math.h>

#include <cstddef>
#include <cstdint>
#include <limits>

#include "lanes.hpp"
#include "loops_common.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

/// The vector that begins here, or what the row still has of it and padding.
template <class T>
SEEGRAD_HD Lanes<T> load_up_to(const T* p, std::size_t left, T padding) {
  if (left >= lanes_of<T>) return load(p);
  alignas(64) T part[lanes_of<T>];
  for (std::size_t i = 0; i < lanes_of<T>; ++i) part[i] = i < left ? p[i] : padding;
  return load(part);
}
template <class T>
SEEGRAD_HD void store_up_to(Lanes<T> value, T* p, std::size_t left, bool stream) {
  if (left >= lanes_of<T>) return stream ? store_around_cache(value, p) : store(value, p);
  alignas(64) T part[lanes_of<T>];
  store(value, part);
  for (std::size_t i = 0; i < left; ++i) p[i] = part[i];
}

/// Calls body(i, left) for every vector of a row that is written to y: whole vectors where `left` is at least one, parts at the ends.
/// Stores around the cache need aligned vectors; rows begin anywhere, so that the first one may be a part.
template <class T, class Body>
SEEGRAD_HD void for_vectors(const T* y, std::size_t n, bool stream, Body body) {
  constexpr std::size_t width = lanes_of<T>;
  const std::size_t past = reinterpret_cast<std::uintptr_t>(y) / sizeof(T) % width;
  const std::size_t head = stream && past > 0 ? smaller(width - past, n) : 0;
  if (head > 0) body(0, head);
  for (std::size_t i = head; i < n; i += width) body(i, n - i);
}

/// Adds up what `term(i)` yields for the vectors that begin at i = 0, lanes, ... below n.
template <class T, class Term>
SEEGRAD_HD double sum_over(std::size_t n, Term term) {
  constexpr std::size_t block = 4096, width = lanes_of<T>;
  double total = 0;
  for (std::size_t start = 0; start < n; start += block) {
    const std::size_t end = smaller(n, start + block);
    Lanes<T> running(T(0));
    for (std::size_t i = start; i < end; i += width) running = running + term(i);
    alignas(64) T lane[width];
    store(running, lane);
    for (const T value : lane) total += static_cast<double>(value);
  }
  return total;
}

/// The larger one; NaN wins, as it must: a maximum that hides a NaN would hide a broken network.
template <class V>
SEEGRAD_HD V larger_or_nan(V running, V value) {
  return select(value > running, value, select(value == value, running, value));
}

/// The maximum of at least one element.
template <class T>
T row_max(const T* x, std::size_t n) {
  constexpr std::size_t width = lanes_of<T>, at_once = 4;
  Lanes<T> running[at_once];
  for (Lanes<T>& one : running) one = Lanes<T>(x[0]);
  std::size_t i = 0;
  for (; i + at_once * width <= n; i += at_once * width) {
    for (std::size_t k = 0; k < at_once; ++k) running[k] = larger_or_nan(running[k], load(x + i + k * width));
  }
  for (; i < n; i += width) running[0] = larger_or_nan(running[0], load_up_to(x + i, n - i, x[0]));
  alignas(64) T lane[at_once * width];
  for (std::size_t k = 0; k < at_once; ++k) store(running[k], lane + k * width);
  T largest = lane[0];
  for (const T value : lane) largest = larger_or_nan(largest, value);
  return largest;
}

// The first row of a column of rows has nobody who asked for it; those behind the last are asked for in vain, which does no harm.
template <class T>
void softmax_row(const T* x, T* powers, T* y, std::size_t n, bool logarithm, bool stream) {
  constexpr T below_all = -std::numeric_limits<T>::infinity();
  const T largest = row_max(x, n);
  const double total = sum_over<T>(n, [&](std::size_t i) {
    prefetch_to_level_2(x + n + i);
    const Lanes<T> power = exp(load_up_to(x + i, n - i, below_all) - Lanes<T>(largest));
    if (!logarithm) store_up_to(power, powers + i, n - i, false);
    return power;
  });
  if (logarithm) {
    const Lanes<T> rest(static_cast<T>(::log(total)));
    for_vectors(y, n, stream, [&](std::size_t i, std::size_t left) {
      store_up_to(load_up_to(x + i, left, T(0)) - Lanes<T>(largest) - rest, y + i, left, stream);
    });
  } else {
    const Lanes<T> scale(static_cast<T>(1 / total));
    for_vectors(y, n, stream,
                [&](std::size_t i, std::size_t left) { store_up_to(load_up_to(powers + i, left, T(0)) * scale, y + i, left, stream); });
  }
  if (stream) finish_streaming();
}

template <class T>
void softmax_slope_row(const T* y, const T* g, T* dx, std::size_t n, bool logarithm, bool stream) {
  const Lanes<T> sum(static_cast<T>(sum_over<T>(n, [&](std::size_t i) {
    const Lanes<T> slope = load_up_to(g + i, n - i, T(0));
    return logarithm ? slope : slope * load_up_to(y + i, n - i, T(0));
  })));
  for_vectors(dx, n, stream, [&](std::size_t i, std::size_t left) {
    prefetch_to_level_2(y + n + i);
    prefetch_to_level_2(g + n + i);
    const Lanes<T> value = load_up_to(y + i, left, T(0)), slope = load_up_to(g + i, left, T(0));
    store_up_to(logarithm ? slope - exp(value) * sum : value * (slope - sum), dx + i, left, stream);
  });
  if (stream) finish_streaming();
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
