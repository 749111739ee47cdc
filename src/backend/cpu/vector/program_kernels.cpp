// Every word as a loop, for plain numbers, duals and duals of duals. The scalar of each is built from the same words as a
// compiled formula's, so a program gives what the compiled formula gives, but for roundings that the compiler contracts.
#include "backend/cpu/vector/program_kernels.hpp"

#include "activation/words.hpp"
#include "backend/cpu/vector/lanes.hpp"
#include "seegrad/math/dual.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

/// The i-th element as a number of the given order; what does not move has slopes that the compiler knows to be zero.
template <int Order, bool Moves, class T>
SEEGRAD_HD auto get(const Register<T>& r, std::size_t i) {
  using V = Lanes<T>;
  const auto part = [&](int k) { return load(r.part[k] + i * r.step[k]); };
  if constexpr (Order == 0) {
    return part(0);
  } else if constexpr (Order == 1) {
    if constexpr (Moves)
      return Dual<V>(part(0), part(1));
    else
      return Dual<V>(part(0), V(T(0)));
  } else {
    using D = Dual<V>;
    if constexpr (Moves)
      return Dual<D>(D(part(0), part(1)), D(part(2), part(3)));
    else
      return Dual<D>(D(part(0), V(T(0))), D(V(T(0)), V(T(0))));
  }
}

template <class T>
SEEGRAD_HD void put(Lanes<T> y, const Step<T>& s, std::size_t i) {
  store(y, s.result[0] + i);
}
template <class T>
SEEGRAD_HD void put(Dual<Lanes<T>> y, const Step<T>& s, std::size_t i) {
  store(y.value, s.result[0] + i);
  store(y.slope, s.result[1] + i);
}
template <class T>
SEEGRAD_HD void put(Dual<Dual<Lanes<T>>> y, const Step<T>& s, std::size_t i) {
  store(y.value.value, s.result[0] + i);
  store(y.value.slope, s.result[1] + i);
  store(y.slope.value, s.result[2] + i);
  store(y.slope.slope, s.result[3] + i);
}

template <class T, Word W, int Order, int Moving>
void run(const Step<T>& s) {
  constexpr bool first = (Moving & 1) != 0, second = (Moving & 2) != 0;
  const Register<T> a = *s.a, b = *s.b, c = *s.c;
  for (std::size_t i = 0; i < s.count; i += lanes_of<T>) {
    if constexpr (W == Word::select) {
      const auto condition = get<0, false>(a, i);
      put<T>(select(condition != Lanes<T>(T(0)), get<Order, first>(b, i), get<Order, second>(c, i)), s, i);
    } else if constexpr (W == Word::opposite) {
      const auto u = get<0, false>(a, i);
      put<T>(decide<W>(u, u), s, i);
    } else if constexpr (is_decision(W)) {
      put<T>(decide<W>(get<0, false>(a, i), get<0, false>(b, i)), s, i);
    } else if constexpr (word_table[std::size_t(W)].arguments == 1) {
      const auto u = get<Order, first>(a, i);
      put<T>(compute<W>(u, u), s, i);
    } else {
      put<T>(compute<W>(get<Order, first>(a, i), get<Order, second>(b, i)), s, i);
    }
  }
}

template <class T>
void finish(const T* x, const T* result, std::size_t result_step, const T* scale, std::size_t scale_step, T* y, std::size_t count,
            bool stream) {
  constexpr std::size_t ahead = 4096 / sizeof(T);
  stream = stream && can_store_around_cache(y);
  for (std::size_t i = 0; i < count; i += lanes_of<T>) {
    const auto at = load(x + i);
    const auto value = select(at == at, load(result + i * result_step), at) * load(scale + i * scale_step);
    if (!stream) {
      store(value, y + i);
      continue;
    }
    prefetch(x + i + ahead);
    prefetch(scale + (i + ahead) * scale_step);
    store_around_cache(value, y + i);
  }
}

/// Which combinations exist: conditions never move, and one argument cannot move as a second one.
constexpr bool exists(Word word, int order, int moving) {
  if (is_decision(word)) return moving == 0 && order == 0;
  if (word != Word::select && !is_computation(word)) return false;
  const int arguments = word == Word::select ? 2 : word_table[std::size_t(word)].arguments;
  return moving < (1 << arguments) && (moving == 0) == (order == 0);
}

template <class T>
using Loop = void (*)(const Step<T>&);

template <class T, int... I>
Loop<T> find(int index, std::integer_sequence<int, I...>) {
  // Twelve places a word: three orders, four values of `moving`. Those that cannot be are null.
  static constexpr Loop<T> table[] = {[]() -> Loop<T> {
    constexpr Word word = Word(I / 12);
    constexpr int order = I / 4 % 3, moving = I % 4;
    if constexpr (exists(word, order, moving))
      return &run<T, word, order, moving>;
    else
      return nullptr;
  }()...};
  return table[index];
}

template <class T>
Loop<T> step(Word word, int order, int moving) {
  return find<T>(int(word) * 12 + order * 4 + moving, std::make_integer_sequence<int, word_count * 12>{});
}

}  // namespace

const ProgramKernels<float>& program_kernels_f32() {
  static constexpr ProgramKernels<float> kernels{lanes_of<float>, &step<float>, &finish<float>};
  return kernels;
}
const ProgramKernels<double>& program_kernels_f64() {
  static constexpr ProgramKernels<double> kernels{lanes_of<double>, &step<double>, &finish<double>};
  return kernels;
}

}  // namespace seegrad::cpu::SEEGRAD_ISA
