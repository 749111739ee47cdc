// The check that users run on a formula of their own: nothing to say against the catalogue, and every planted fault found.
#include "seegrad/activation/check.hpp"

#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace seegrad::test {
namespace {

// A seam: at 0 both pieces take the side on which their slope is 0.
struct Seam {
  static constexpr std::string_view name = "test_seam", mathematics = "max(x, 0) + log1p(exp(-|x|))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return max(x, T(0)) + log1p(exp(-abs(x)));
  }
};
struct Overflow {
  static constexpr std::string_view name = "test_overflow", mathematics = "log(1 + exp(x))";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return log(T(1) + exp(x));
  }
};
struct Ungated {
  static constexpr std::string_view name = "test_ungated", mathematics = "x*sigmoid(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return x * sigmoid(x);
  }
};
struct Learned {
  static constexpr std::string_view name = "test_learned", mathematics = "a*x + straight_through(a, 3*a)";
  static constexpr std::array parameters{Parameter{"a", 1, true}};
  template <class T>
  SEEGRAD_HD T operator()(T x, T a) const {
    return a * x + straight_through(a, T(3) * a);
  }
};
struct Root {
  static constexpr std::string_view name = "test_root", mathematics = "sqrt(x)";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return sqrt(x);
  }
};
// Meant to disagree with its differences.
struct Surrogate {
  static constexpr std::string_view name = "test_surrogate", mathematics = "step with the slope of x";
  template <class T>
  SEEGRAD_HD T operator()(T x) const {
    return straight_through(select(x > T(0), T(1), T(0)), x);
  }
};

template <class F>
std::string faults() {
  return fmt::format("{}", fmt::join(check(Activation(formula_of<F>())), "\n"));
}

}  // namespace

TEST_CASE("the check finds nothing wrong with any activation of the catalogue", "[activation][check]") {
  for (const Activation& activation : Activation::all()) {
    if (activation.formula().catalogue_index() < 0) continue;
    INFO(activation.to_string() << ": " << fmt::format("{}", fmt::join(check(activation), "\n")));
    CHECK(check(activation).empty());
  }
}

TEST_CASE("the check finds planted faults, and says where", "[activation][check]") {
  using Catch::Matchers::Contains;
  CHECK_THAT(faults<Seam>(), Contains("f' at 0 is ") && Contains("pieces of the formula meet"));
  CHECK_THAT(faults<Overflow>(), Contains("in float, but") && Contains("overflows on the way"));
  CHECK_THAT(faults<Ungated>(), Contains("f(-inf) is NaN instead of a limit"));
  CHECK_THAT(faults<Learned>(), Contains("with respect to a at x = "));
  CHECK_THAT(faults<Root>(), Contains("f at -4.94066e-324 is NaN"));
  CHECK(faults<Surrogate>().empty());
}

}  // namespace seegrad::test
