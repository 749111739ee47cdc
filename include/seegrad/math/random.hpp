// Random numbers that are the same everywhere: with every compiler, on every machine, in every run of one seed.
//
// The standard library fixes its engines but not its distributions, so two compilers draw different normals from one seed.
// Here every step from bits to number is ours: Philox for the bits, exact arithmetic for uniforms, Wichura's rational
// functions for normals. A generator is a small value; copying it copies the position, `split` makes an unrelated one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "seegrad/math/philox.hpp"

namespace seegrad {

/// Everything a generator is: write these three numbers down and the sequence continues where it stood.
struct RandomState {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  std::uint64_t position = 0;  ///< how many 32-bit words have been drawn
  friend bool operator==(const RandomState&, const RandomState&) = default;
};

/// The inverse of the standard normal distribution function, relative error about 1e-16, bit-equal with every compiler.
/// 0 and 1 give -inf and +inf, values outside [0, 1] and NaN give NaN.
/// Source: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
double normal_quantile(double probability);

/// A generator of random numbers. Satisfies the standard's UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint32_t;

  explicit Random(std::uint64_t seed = 0, std::uint64_t stream = 0) : state_{seed, stream, 0} {}
  explicit Random(const RandomState& state);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFFu; }
  result_type operator()() { return bits(); }

  /// 32 random bits.
  std::uint32_t bits() {
    const auto lane = static_cast<std::uint32_t>(state_.position & 3);
    if (lane == 0) refill();
    ++state_.position;
    return block_.word[lane];
  }

  /// 64 random bits (two words, low one first).
  std::uint64_t bits64() {
    const std::uint64_t low = bits();
    return low | static_cast<std::uint64_t>(bits()) << 32;
  }

  /// A multiple of 2^-53 in [0, 1).
  double uniform() { return static_cast<double>(bits64() >> 11) * 0x1p-53; }

  /// low + (high - low) * uniform(); rounding can make it equal to `high`.
  double uniform(double low, double high);

  /// A standard normal number by inversion of one 53-bit uniform; |result| reaches 8.3.
  double normal();

  /// mean + deviation * normal().
  double normal(double mean, double deviation);

  /// An integer in [0, n), each exactly equally likely. Throws Error when n is 0.
  std::uint64_t below(std::uint64_t n);

  /// True with the given probability (0 never, 1 always).
  bool chance(double probability) { return uniform() < probability; }

  /// Puts the items into a random order, each order equally likely (Fisher and Yates).
  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[below(left)]);
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    shuffle(std::span<T>(items));
  }

  /// 0 .. n-1 in a random order. Throws Error when n does not fit 31 bits.
  std::vector<std::int32_t> permutation(std::size_t n);

  /// A generator unrelated to this one and to its other splits. Depends on this generator's seed and stream and on `stream`,
  /// not on how many numbers were drawn, so adding a draw somewhere leaves every split as it was.
  Random split(std::uint64_t stream) const;

  /// What to save for `Random(state)` to continue.
  const RandomState& state() const { return state_; }

  /// Steps over `words` 32-bit words in constant time.
  void skip(std::uint64_t words) { *this = Random(RandomState{state_.seed, state_.stream, state_.position + words}); }

  friend bool operator==(const Random& a, const Random& b) { return a.state_ == b.state_; }

 private:
  void refill() { block_ = philox(state_.seed, state_.stream, state_.position >> 2); }

  RandomState state_;
  PhiloxBlock block_{};  // the block that holds the next word, when that is not its first
};

}  // namespace seegrad
