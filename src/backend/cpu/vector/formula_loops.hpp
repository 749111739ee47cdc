// Loops over elements for a formula and its derivatives, compiled once for each instruction set. Each family of formulas has
// a source of its own, *_kernels.cpp, that instantiates them: the compiler needs long for these, and two can work at once.
//
// The same machine code handles whole vectors and what is left at the end (through a padded buffer), so that a result
// never depends on an element's place. Nothing in this file may leave a shared symbol behind: see simd_math.hpp.
#pragma once

#include "backend/cpu/vector/formula_kernels.hpp"
#include "backend/cpu/vector/lanes.hpp"
#include "seegrad/activation/catalogue.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

constexpr int most_parameters = 8;

// In turns, streaming goes along two pages in turns and asks for what lies two pages ahead: prefetching of the
// processor's own ends with the page there, and waiting for the next costs a third of the memory's speed.
template <class T>
constexpr std::size_t page = 4096 / sizeof(T);
template <class T>
constexpr std::size_t group = 2 * page<T>;

/// The place of the vector that comes when those before `element` would be done in order: one of the first page, one of the second ...
template <class T>
SEEGRAD_HD std::size_t in_turns(std::size_t element) {
  const std::size_t within = element % group<T>, place = within / lanes_of<T>;
  return element - within + place % 2 * page<T> + place / 2 * lanes_of<T>;
}

// Whole vectors only; whole groups of pages when it streams. A step of 0 reads the same vector again and again: how one
// value serves all elements.
template <class T>
struct Blocks {
  const T* x;
  const T* scale;
  T* y;
  std::size_t count, scale_step, parameter_step;
  const T* parameters[most_parameters];
  bool stream = false, turns = false;
};

template <class T, class F, int... Directions>
void run(const Blocks<T>& blocks) {
  constexpr int n = parameter_count<F>;
  static_assert(n <= most_parameters);
  const T* const x = blocks.x;
  const T* const scale = blocks.scale;
  T* const y = blocks.y;
  const std::size_t scale_step = blocks.scale_step, parameter_step = blocks.parameter_step;
  const bool stream = blocks.stream, turns = blocks.turns;
  for (std::size_t element = 0; element < blocks.count; element += lanes_of<T>) {
    const std::size_t i = turns ? in_turns<T>(element) : element;
    if (turns) {
      prefetch(x + i + group<T>);
      prefetch(scale + (i + group<T>)*scale_step);
    }
    Lanes<T> parameters[n + 1];
    for (int p = 0; p < n; ++p) parameters[p] = load(blocks.parameters[p] + i * parameter_step);
    const Lanes<T> result = evaluate<F, Directions...>(load(x + i), parameters) * load(scale + i * scale_step);
    stream ? store_around_cache(result, y + i) : store(result, y + i);
  }
  if (stream) finish_streaming();
}

// Cuts a call into blocks: one value becomes a vector of it, and the rest that fills no vector is padded.
template <class T>
void in_blocks(const ElementwiseCall<T>& call, int parameter_count, void (*loop)(const Blocks<T>&)) {
  constexpr std::size_t n = lanes_of<T>;
  alignas(64) T one[n], constants[most_parameters][n];
  const bool each = call.parameters_per_element;
  Blocks<T> blocks{call.x, call.scale, call.y, call.count, 1, each ? 1u : 0u, {}};
  for (std::size_t i = 0; i < n; ++i) one[i] = T(1);
  if (!call.scale) blocks.scale = one, blocks.scale_step = 0;
  for (int p = 0; p < parameter_count; ++p) {
    blocks.parameters[p] = each ? call.parameters[p] : constants[p];
    if (!each)
      for (std::size_t i = 0; i < n; ++i) constants[p][i] = *call.parameters[p];
  }
  std::size_t done = 0;
  const auto up_to = [&](std::size_t end, bool stream) {
    if (end == done) return;
    const auto past = [&](const T* array, std::size_t step) { return array + done * step; };
    Blocks<T> part{past(call.x, 1),
                   past(blocks.scale, blocks.scale_step),
                   call.y + done,
                   end - done,
                   blocks.scale_step,
                   blocks.parameter_step,
                   {},
                   stream,
                   stream && call.turns};
    for (int p = 0; p < parameter_count; ++p) part.parameters[p] = past(blocks.parameters[p], blocks.parameter_step);
    loop(part);
    done = end;
  };
  if (call.stream && can_store_around_cache(call.y)) up_to(call.count / group<T> * group<T>, true);
  up_to(call.count / n * n, false);
  const std::size_t rest = call.count - done;
  if (!rest) return;

  alignas(64) T x[n], scale[n], y[n];
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = done + (i < rest ? i : 0);
    x[i] = call.x[from];
    scale[i] = call.scale ? call.scale[from] : T(1);
    for (int p = 0; p < parameter_count && each; ++p) constants[p][i] = call.parameters[p][from];
  }
  Blocks<T> last{x, scale, y, n, 0, 0, {}};
  for (int p = 0; p < parameter_count; ++p) last.parameters[p] = constants[p];
  loop(last);
  for (std::size_t i = 0; i < rest; ++i) call.y[done + i] = y[i];
}

template <class T, class F>
void kernel(Derivative derivative, const ElementwiseCall<T>& call) {
  void (*loop)(const Blocks<T>&) = nullptr;
  visit_derivative<F>(
      derivative, [&]<int... Directions>() { loop = &run<T, F, Directions...>; });
  if (!loop) throw_missing_derivative(catalogue_index<F>, derivative);
  in_blocks(call, parameter_count<F>, loop);
}

template <class... F>
const FormulaKernels* table(FormulaList<F...>) {
  static constexpr FormulaKernels kernels[] = {{&kernel<float, F>, &kernel<double, F>}...};
  return kernels;
}

}  // namespace

/// The kernels of one family, in its order. Each source instantiates it for one.
template <class Family>
const FormulaKernels* family_kernels() {
  return table(Family{});
}

}  // namespace seegrad::cpu::SEEGRAD_ISA
