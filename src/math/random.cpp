// From bits to uniform, normal and integer numbers, with additions, multiplications, divisions and square roots only:
// IEEE 754 fixes the result of each, the build forbids contraction into fused multiply-adds, so every compiler agrees.

#include "seegrad/math/random.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "seegrad/math/error.hpp"

namespace seegrad {
namespace {

// The natural logarithm of a positive, normal number; error below 1 ulp. The reduction and polynomial are those of
// Sun's fdlibm (e_log.c): x = 2^k (1 + f), s = f / (2 + f), log(1 + f) = f - (f^2/2 - s (f^2/2 + R(s^2))).
double portable_log(double x) {
  constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
  constexpr std::array<double, 7> polynomial{6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
                                             2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
                                             1.479819860511658591e-01};
  const auto representation = std::bit_cast<std::uint64_t>(x);
  int exponent = static_cast<int>(representation >> 52) - 1023;
  double mantissa = std::bit_cast<double>((representation & 0x000FFFFFFFFFFFFFull) | 0x3FF0000000000000ull);
  if (mantissa > 1.41421356237309504880) {
    mantissa *= 0.5;
    ++exponent;
  }
  const double f = mantissa - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double remainder = 0;
  for (std::size_t i = polynomial.size(); i-- > 0;) remainder = z * (polynomial[i] + remainder);
  const double half_square = 0.5 * f * f;
  const double k = exponent;
  return k * ln2_high - ((half_square - (s * (half_square + remainder) + k * ln2_low)) - f);
}

double horner(const std::array<double, 8>& coefficients, double x) {
  double sum = coefficients[7];
  for (std::size_t i = 7; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// Three pairs of polynomials: the middle, the tails, the far tails. Numerator first; denominators begin with 1.
constexpr std::array<double, 8> middle_above{3.3871328727963666080e+0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                             1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                             3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr std::array<double, 8> middle_below{1.0,
                                             4.2313330701600911252e+1,
                                             6.8718700749205790830e+2,
                                             5.3941960214247511077e+3,
                                             2.1213794301586595867e+4,
                                             3.9307895800092710610e+4,
                                             2.8729085735721942674e+4,
                                             5.2264952788528545610e+3};
constexpr std::array<double, 8> tail_above{1.42343711074968357734e+0, 4.63033784615654529590e+0, 5.76949722146069140550e+0,
                                           3.64784832476320460504e+0, 1.27045825245236838258e+0, 2.41780725177450611770e-1,
                                           2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr std::array<double, 8> tail_below{1.0,
                                           2.05319162663775882187e+0,
                                           1.67638483018380384940e+0,
                                           6.89767334985100004550e-1,
                                           1.48103976427480074590e-1,
                                           1.51986665636164571966e-2,
                                           5.47593808499534494600e-4,
                                           1.05075007164441684324e-9};
constexpr std::array<double, 8> far_above{6.65790464350110377720e+0, 5.46378491116411436990e+0, 1.78482653991729133580e+0,
                                          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr std::array<double, 8> far_below{1.0,
                                          5.99832206555887937690e-1,
                                          1.36929880922735805310e-1,
                                          1.48753612908506148525e-2,
                                          7.86869131145613259100e-4,
                                          1.84631831751005468180e-5,
                                          1.42151175831644588870e-7,
                                          2.04426310338993978564e-15};

// The quantile at `probability` = 1/2 + `offset`, where `tail` is the smaller of probability and 1 - probability.
double quantile(double offset, double tail) {
  if (std::fabs(offset) <= 0.425) {
    const double r = 0.180625 - offset * offset;
    return offset * horner(middle_above, r) / horner(middle_below, r);
  }
  const double r = std::sqrt(-portable_log(tail));
  const double size =
      r <= 5.0 ? horner(tail_above, r - 1.6) / horner(tail_below, r - 1.6) : horner(far_above, r - 5.0) / horner(far_below, r - 5.0);
  return offset < 0 ? -size : size;
}

}  // namespace

double normal_quantile(double probability) {
  if (!(probability >= 0.0 && probability <= 1.0)) return std::numeric_limits<double>::quiet_NaN();
  if (probability == 0.0) return -std::numeric_limits<double>::infinity();
  if (probability == 1.0) return std::numeric_limits<double>::infinity();
  const double tail = probability < 0.5 ? probability : 1.0 - probability;
  if (tail < std::numeric_limits<double>::min()) return normal_quantile(std::numeric_limits<double>::min());
  return quantile(probability - 0.5, tail);
}

Random::Random(const RandomState& state) : state_(state) {
  if (state_.position & 3) refill();
}

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

// One bit chooses the side, 52 bits the tail probability (2k + 1) / 2^54: never 0, exact, and symmetric around zero.
double Random::normal() {
  const std::uint64_t random = bits64();
  const double tail = static_cast<double>((random >> 12) * 2 + 1) * 0x1p-54;
  const double offset = 0.5 - tail;
  return quantile((random & 1) != 0 ? offset : -offset, tail);
}

double Random::normal(double mean, double deviation) { return mean + deviation * normal(); }

// Lemire's method: the high half of n * word is nearly uniform; words that would make it uneven are drawn again.
std::uint64_t Random::below(std::uint64_t n) {
  if (n == 0) throw Error("random number below 0: there is none; the limit must be at least 1");
  if (n <= 0xFFFFFFFFull) {
    const auto limit = static_cast<std::uint32_t>(n);
    std::uint64_t product = static_cast<std::uint64_t>(bits()) * limit;
    if (static_cast<std::uint32_t>(product) < limit) {
      const std::uint32_t uneven = (0u - limit) % limit;
      while (static_cast<std::uint32_t>(product) < uneven) product = static_cast<std::uint64_t>(bits()) * limit;
    }
    return product >> 32;
  }
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(n - 1);
  for (;;) {
    const std::uint64_t candidate = bits64() & mask;
    if (candidate < n) return candidate;
  }
}

std::vector<std::int32_t> Random::permutation(std::size_t n) {
  if (n > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    throw Error("permutation of " + std::to_string(n) + " items: at most 2147483647 are possible");
  std::vector<std::int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  shuffle(order);
  return order;
}

// The child's seed and stream are one Philox block under a key of its own, so that they are never words that were drawn.
Random Random::split(std::uint64_t stream) const {
  constexpr std::uint64_t apart = 0x5EED5EED5EED5EEDull;
  const PhiloxBlock child = philox(state_.seed ^ apart, state_.stream, stream);
  return Random(child.word[0] | static_cast<std::uint64_t>(child.word[1]) << 32, child.word[2] | static_cast<std::uint64_t>(child.word[3])
                                                                                                     << 32);
}

}  // namespace seegrad
