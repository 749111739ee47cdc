// What a formula is, and how the rest of the program holds one.
//
// A formula is a struct with a name, a line of mathematics and one templated operator():
//
//     struct LeakyRelu {
//       static constexpr std::string_view name = "leaky_relu", mathematics = "x if x > 0 else slope*x";
//       static constexpr std::array aliases{std::string_view("lrelu")};       // optional
//       static constexpr std::array parameters{Parameter{"slope", 0.01}};     // optional
//       template <class T> SEEGRAD_HD T operator()(T x, T slope) const { return select(x > T(0), x, slope * x); }
//     };
//
// `static constexpr bool slope_from_value = true;` (optional) promises f'(f(x)) = f'(x): the way back may then look at the activation
// and forget what went into it. A law of the tests holds a formula to its promise.
//
// Parameters are arguments of the call, so that they can carry a slope of their own. From the struct follow f, f', f''
// and the derivatives with respect to learnable parameters (dual.hpp); `Formula` is the same thing with its type
// forgotten: what names, prints, tables and backends pass around.
#pragma once

#include "seegrad/math/dual.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace seegrad {

/// One parameter of a formula: its name, its default value, whether training may change it (then it has derivatives),
/// and the closed interval of values that a user may give it. A `drawn` one is random while a network is trained: a layer
/// draws it from that interval for each element, uniformly; otherwise it has its value.
struct Parameter {
  std::string_view name;
  double value = 0;
  bool learnable = false;
  double lower = std::numeric_limits<double>::lowest();
  double upper = std::numeric_limits<double>::max();
  bool drawn = false;
};

/// Which derivative: with respect to `first`, then `second`. 0 means x, i > 0 the i-th parameter; {} is f itself.
struct Derivative {
  static constexpr int none = -1;
  int first = none, second = none;

  bool operator==(const Derivative&) const = default;
  int order() const { return int(first != none) + int(second != none); }
};

/// A loop over elements: y[i] = scale[i] * D f(x[i]; parameters). y may be x or scale itself (not a shifted overlap).
/// scale may be null (1). parameters[p] points to one value, or to `count` values when parameters_per_element is set.
/// `stream` is a hint: nobody will find y in the cache, so write around it (then y overlaps neither x nor scale); with `turns` in an order
/// that goes along several pages at a time.
template <class T>
struct ElementwiseCall {
  const T* x = nullptr;
  const T* scale = nullptr;
  T* y = nullptr;
  std::size_t count = 0;
  const T* const* parameters = nullptr;
  bool parameters_per_element = false;
  bool stream = false, turns = false;
};

/// Formulas in a row: what a family file ends with.
template <class... F>
struct FormulaList {
  static constexpr int size = int(sizeof...(F));
};

namespace detail {

template <class... Lists>
struct Join;
template <class... F>
struct Join<FormulaList<F...>> {
  using type = FormulaList<F...>;
};
template <class... F, class... G, class... Rest>
struct Join<FormulaList<F...>, FormulaList<G...>, Rest...> : Join<FormulaList<F..., G...>, Rest...> {};

}  // namespace detail

/// Several lists as one.
template <class... Lists>
using Joined = typename detail::Join<Lists...>::type;

/// The parameters of F as a span; empty when it declares none.
template <class F>
constexpr std::span<const Parameter> parameters_of() {
  if constexpr (requires { F::parameters; })
    return F::parameters;
  else
    return {};
}
/// The aliases of F as a span; empty when it declares none.
template <class F>
constexpr std::span<const std::string_view> aliases_of() {
  if constexpr (requires { F::aliases; })
    return F::aliases;
  else
    return {};
}
/// How many parameters F takes after x.
template <class F>
inline constexpr int parameter_count = int(parameters_of<F>().size());

/// Whether F is differentiated in this direction: x always, a parameter when it is learnable.
template <class F>
constexpr bool is_direction(int direction) {
  if (direction <= 0) return direction == 0;
  return direction <= parameter_count<F> && parameters_of<F>()[std::size_t(direction) - 1].learnable;
}

namespace detail {

// A function with a pack, not a lambda: it must be inlined whatever the compiler thinks of it (SEEGRAD_HD).
template <class F, int... Directions, class T, std::size_t... I>
SEEGRAD_HD T evaluate(T x, const T* parameters, std::index_sequence<I...>) {
  (void)parameters;
  return partial<Directions...>(F{}, x, parameters[I]...);
}

}  // namespace detail

/// D f(x; parameters[0], parameters[1], ...): `partial` with the parameters taken from an array.
template <class F, int... Directions, class T>
SEEGRAD_HD T evaluate(T x, const T* parameters) {
  return detail::evaluate<F, Directions...>(x, parameters, std::make_index_sequence<std::size_t(parameter_count<F>)>{});
}

/// Calls visit.template operator()<Directions...>() for the derivative asked for; false when F does not have it.
/// The order of two directions does not matter (f is smooth enough where it is smooth at all): first <= second here.
template <class F, class Visit>
bool visit_derivative(Derivative derivative, Visit&& visit) {
  const bool swapped = derivative.first > derivative.second && derivative.second != Derivative::none;
  const int low = swapped ? derivative.second : derivative.first;
  const int high = swapped ? derivative.first : derivative.second;
  if (low == Derivative::none && high == Derivative::none) {
    visit.template operator()<>();
    return true;
  }
  return [&]<int... I>(std::integer_sequence<int, I...>) {
    const auto with_first = [&]<int First>(std::integral_constant<int, First>) {
      if constexpr (is_direction<F>(First)) {
        if (low != First) return false;
        if (high == Derivative::none) {
          visit.template operator()<First>();
          return true;
        }
        const auto with_second = [&]<int Second>(std::integral_constant<int, Second>) {
          if constexpr (Second >= First && is_direction<F>(Second)) {
            if (high != Second) return false;
            visit.template operator()<First, Second>();
            return true;
          } else {
            return false;
          }
        };
        return (with_second(std::integral_constant<int, I>{}) || ...);
      } else {
        return false;
      }
    };
    return (with_first(std::integral_constant<int, I>{}) || ...);
  }
  (std::make_integer_sequence<int, 1 + parameter_count<F>>{});
}

class Program;

/// A formula whose type is forgotten. There is exactly one object for each struct and one for each text that was read.
class Formula {
 public:
  virtual ~Formula() = default;
  Formula(const Formula&) = delete;
  Formula& operator=(const Formula&) = delete;

  std::string_view name() const { return about_.name; }
  std::span<const std::string_view> aliases() const { return about_.aliases; }
  std::string_view mathematics() const { return about_.mathematics; }
  std::span<const Parameter> parameters() const { return about_.parameters; }
  /// Place in the catalogue, by which compiled kernels are found; -1 for a formula that the library does not know.
  int catalogue_index() const { return about_.catalogue_index; }
  /// Whether it was read from a text (text_formula.hpp); then the text is its name.
  bool is_text() const { return about_.is_text; }
  /// Whether f'(f(x)) = f'(x) for every x, whatever the parameters.
  bool slope_from_value() const { return about_.slope_from_value; }

  /// Whether D f can be computed: x and learnable parameters are directions, the second order is the highest.
  bool has(Derivative derivative) const;
  /// The formula as data.
  virtual const Program& program() const = 0;

  /// D f(x; parameters): the scalar reference, one element at a time. `parameters` holds parameters().size() values.
  /// Throws Error when the derivative is not available (third order, or a parameter that is not learnable).
  double at(double x, std::span<const double> parameters, Derivative derivative = {}) const;
  float at(float x, std::span<const float> parameters, Derivative derivative = {}) const;

  /// The portable loop; backends have faster ones. Throws like at().
  void apply(const ElementwiseCall<float>& call, Derivative derivative = {}) const;
  void apply(const ElementwiseCall<double>& call, Derivative derivative = {}) const;

 protected:
  struct About {
    std::string_view name, mathematics;
    std::span<const std::string_view> aliases;
    std::span<const Parameter> parameters;
    int catalogue_index = -1;
    bool is_text = false, slope_from_value = false;
  };
  explicit Formula(const About& about) : about_(about) {}
  /// Where the views of About point to may only be known after construction.
  void set_about(const About& about) { about_ = about; }

 private:
  virtual void run(const ElementwiseCall<float>& call, Derivative derivative) const = 0;
  virtual void run(const ElementwiseCall<double>& call, Derivative derivative) const = 0;
  void check(Derivative derivative) const;

  About about_;
};

}  // namespace seegrad
