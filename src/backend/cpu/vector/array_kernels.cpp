// The loops of array_kernels.hpp. This file is compiled once for each instruction set (SEEGRAD_ISA). Elementwise loops are plain and
// left to the compiler; reductions keep sixteen running values, so that their results do not depend on the instruction set's width.
// Everything lives in an unnamed namespace: a template shared with other files could be linked in from the wrong instruction set.
#include "array_kernels.hpp"

#include <cmath>
#include <limits>

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

constexpr std::size_t lanes = 16;

template <class T>
constexpr T smaller(T a, T b) {
  return b < a ? b : a;
}

template <class T>
void fill(T value, T* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) y[i] = value;
}

template <class T, class F>
void zip(const T* a, std::size_t a_step, const T* b, std::size_t b_step, T* y, std::size_t n, F f) {
  if (a_step && b_step) {
    for (std::size_t i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  } else if (a_step) {
    const T once = *b;
    for (std::size_t i = 0; i < n; ++i) y[i] = f(a[i], once);
  } else if (b_step) {
    const T once = *a;
    for (std::size_t i = 0; i < n; ++i) y[i] = f(once, b[i]);
  } else {
    fill(f(*a, *b), y, n);
  }
}

template <class T>
void binary(BinaryOp op, const T* a, std::size_t a_step, const T* b, std::size_t b_step, T* y, std::size_t n) {
  switch (op) {
    case BinaryOp::add: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u + v; });
    case BinaryOp::subtract: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u - v; });
    case BinaryOp::multiply: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u * v; });
    case BinaryOp::divide: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u / v; });
    case BinaryOp::equal: return zip(a, a_step, b, b_step, y, n, [](T u, T v) { return u == v ? T(1) : T(0); });
  }
}

// NaN wins, as it must: a maximum that hides a NaN would hide a broken network.
template <class T>
T larger_or_nan(T a, T b) {
  return (a > b || a != a) ? a : b;
}

/// Runs `step(lane values, pointer to sixteen elements)` over the whole pieces of 16, then folds lanes and the rest in order.
template <class T>
T row_sum(const T* x, std::size_t n) {
  // Blocks bound the rounding error of float: within a block 16 running sums, across blocks double.
  constexpr std::size_t block = 4096;
  double total = 0;
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t end = smaller(n, begin + block), whole = begin + (end - begin) / lanes * lanes;
    T running[lanes] = {};
    for (std::size_t i = begin; i < whole; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) running[lane] += x[i + lane];
    }
    for (std::size_t i = whole; i < end; ++i) running[i - whole] += x[i];
    for (std::size_t lane = 0; lane < lanes; ++lane) total += running[lane];
  }
  return static_cast<T>(total);
}

template <class T>
T row_max(const T* x, std::size_t n) {
  T largest = x[0];
  if (n >= lanes) {
    T running[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane) running[lane] = x[lane];
    const std::size_t whole = n / lanes * lanes;
    for (std::size_t i = lanes; i < whole; i += lanes) {
      for (std::size_t lane = 0; lane < lanes; ++lane) running[lane] = larger_or_nan(running[lane], x[i + lane]);
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) largest = larger_or_nan(largest, running[lane]);
    for (std::size_t i = whole; i < n; ++i) largest = larger_or_nan(largest, x[i]);
  } else {
    for (std::size_t i = 1; i < n; ++i) largest = larger_or_nan(largest, x[i]);
  }
  return largest;
}

template <class T>
void column_sums(const T* x, std::size_t rows, std::size_t step, T* y, std::size_t columns) {
  // A strip of columns at a time, in blocks of rows whose sums are added in double.
  constexpr std::size_t strip = 256, block = 256;
  for (std::size_t first = 0; first < columns; first += strip) {
    const std::size_t width = smaller(strip, columns - first);
    double total[strip] = {};
    for (std::size_t row = 0; row < rows; row += block) {
      T running[strip] = {};
      const std::size_t end = smaller(rows, row + block);
      for (std::size_t r = row; r < end; ++r) {
        const T* from = x + r * step + first;
        for (std::size_t c = 0; c < width; ++c) running[c] += from[c];
      }
      for (std::size_t c = 0; c < width; ++c) total[c] += running[c];
    }
    for (std::size_t c = 0; c < width; ++c) y[first + c] = static_cast<T>(total[c]);
  }
}

template <class T>
void column_max(const T* x, std::size_t rows, std::size_t step, T* y, std::size_t columns) {
  for (std::size_t c = 0; c < columns; ++c) y[c] = x[c];
  for (std::size_t r = 1; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) y[c] = larger_or_nan(y[c], x[r * step + c]);
  }
}

template <class T>
void transpose(const T* x, std::size_t rows, std::size_t columns, std::size_t first_row, std::size_t last_row, T* y) {
  constexpr std::size_t tile = 32;
  for (std::size_t row = first_row; row < last_row; row += tile) {
    const std::size_t row_end = smaller(last_row, row + tile);
    for (std::size_t column = 0; column < columns; column += tile) {
      const std::size_t column_end = smaller(columns, column + tile);
      for (std::size_t c = column; c < column_end; ++c) {
        for (std::size_t r = row; r < row_end; ++r) y[c * rows + r] = x[r * columns + c];
      }
    }
  }
}

template <class T>
struct Accumulators {
  double sum[lanes] = {}, squares[lanes] = {};
  T min[lanes], max[lanes];
  std::int32_t zeros[lanes] = {}, nans[lanes] = {}, finite[lanes] = {};

  Accumulators() {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      min[lane] = std::numeric_limits<T>::infinity();
      max[lane] = -std::numeric_limits<T>::infinity();
    }
  }

  void add(std::size_t lane, T value) {
    // A number is finite when it minus itself is zero; what is not finite counts but enters no sum.
    const bool is_finite = value - value == T(0);
    const T kept = is_finite ? value : T(0);
    const double wide = kept;
    sum[lane] += wide;
    squares[lane] += wide * wide;
    const T low = is_finite ? value : min[lane], high = is_finite ? value : max[lane];
    min[lane] = low < min[lane] ? low : min[lane];
    max[lane] = high > max[lane] ? high : max[lane];
    zeros[lane] += value == T(0);
    nans[lane] += value != value;
    finite[lane] += is_finite;
  }
};

/// n must stay below 2^31; the backend hands over pieces of some thousand elements.
template <class T>
Sums sums(const T* x, std::size_t n) {
  Accumulators<T> all;
  const std::size_t whole = n / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) all.add(lane, x[i + lane]);
  }
  for (std::size_t i = whole; i < n; ++i) all.add(i - whole, x[i]);

  Sums result;
  T low = std::numeric_limits<T>::infinity(), high = -low;
  std::int64_t finite = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    result.sum += all.sum[lane];
    result.squares += all.squares[lane];
    low = smaller(low, all.min[lane]);
    high = all.max[lane] > high ? all.max[lane] : high;
    result.zeros += all.zeros[lane];
    result.nans += all.nans[lane];
    finite += all.finite[lane];
  }
  result.infinities = static_cast<std::int64_t>(n) - finite - result.nans;
  result.min = low;
  result.max = high;
  return result;
}

template <class T>
std::size_t count_below(const T* x, std::size_t n, T threshold) {
  std::int32_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += (x[i] < threshold) & (x[i] > -threshold);
  return static_cast<std::size_t>(count);
}

template <class T>
void count_signs(const T* x, std::size_t n, std::size_t& positive, std::size_t& negative) {
  std::int32_t above = 0, below = 0;
  for (std::size_t i = 0; i < n; ++i) {
    above += x[i] > T(0);
    below += x[i] < T(0);
  }
  positive = static_cast<std::size_t>(above);
  negative = static_cast<std::size_t>(below);
}

template <class T>
void mark_nonzero(const T* x, std::size_t n, std::uint8_t* marks) {
  for (std::size_t i = 0; i < n; ++i) marks[i] = static_cast<std::uint8_t>(marks[i] | (x[i] != T(0)));
}

// --- optimisers ---

/// Applies `change_of(i, gradient)` to the elements, a block at a time, and adds up the squares of what was subtracted when asked.
template <class T, class ChangeOf>
double descend(const Update& call, std::size_t begin, std::size_t end, bool measure, ChangeOf change_of) {
  constexpr std::size_t block = 256;
  T* parameter = call.parameter.as<T>();
  const T* gradient = call.gradient.as<T>();
  const T scale = static_cast<T>(call.gradient_scale);
  const T decay = call.decoupled_decay ? T(0) : static_cast<T>(call.weight_decay);
  const T keep = call.decoupled_decay ? static_cast<T>(1 - call.learning_rate * call.weight_decay) : T(1);
  double squares = 0;
  T before[block];
  for (std::size_t first = begin; first < end; first += block) {
    const std::size_t last = smaller(end, first + block);
    if (measure) {
      for (std::size_t i = first; i < last; ++i) before[i - first] = parameter[i];
    }
    for (std::size_t i = first; i < last; ++i) {
      const T g = gradient[i] * scale + decay * parameter[i];
      parameter[i] = keep * parameter[i] - change_of(i, g);
    }
    if (measure) {
      for (std::size_t i = first; i < last; ++i) {
        const double change = static_cast<double>(parameter[i]) - static_cast<double>(before[i - first]);
        squares += change * change;
      }
    }
  }
  return squares;
}

template <class T>
double sgd(const Update& call, std::size_t begin, std::size_t end, bool measure) {
  const T rate = static_cast<T>(call.learning_rate), momentum = static_cast<T>(call.momentum);
  if (call.momentum == 0) return descend<T>(call, begin, end, measure, [=](std::size_t, T g) { return rate * g; });
  T* velocity = call.state[0].as<T>();
  if (call.first_step) {
    return descend<T>(call, begin, end, measure, [=, nesterov = call.nesterov](std::size_t i, T g) {
      velocity[i] = g;
      return rate * (nesterov ? g + momentum * g : g);
    });
  }
  if (call.nesterov) {
    return descend<T>(call, begin, end, measure, [=](std::size_t i, T g) {
      velocity[i] = momentum * velocity[i] + g;
      return rate * (g + momentum * velocity[i]);
    });
  }
  return descend<T>(call, begin, end, measure, [=](std::size_t i, T g) {
    velocity[i] = momentum * velocity[i] + g;
    return rate * velocity[i];
  });
}

template <class T>
double adam(const Update& call, std::size_t begin, std::size_t end, bool measure) {
  T *first = call.state[0].as<T>(), *second = call.state[1].as<T>();
  const T beta1 = static_cast<T>(call.beta1), beta2 = static_cast<T>(call.beta2), epsilon = static_cast<T>(call.epsilon);
  const T rest1 = static_cast<T>(1 - call.beta1), rest2 = static_cast<T>(1 - call.beta2);
  const T rate = static_cast<T>(call.learning_rate / call.correction1), root = static_cast<T>(1 / std::sqrt(call.correction2));
  return descend<T>(call, begin, end, measure, [=](std::size_t i, T g) {
    first[i] = beta1 * first[i] + rest1 * g;
    second[i] = beta2 * second[i] + rest2 * (g * g);
    return rate * first[i] / (std::sqrt(second[i]) * root + epsilon);
  });
}

template <class T>
double rmsprop(const Update& call, std::size_t begin, std::size_t end, bool measure) {
  T *square = call.state[0].as<T>(), *velocity = call.state[1].as<T>();
  const T alpha = static_cast<T>(call.beta2), rest = static_cast<T>(1 - call.beta2), epsilon = static_cast<T>(call.epsilon);
  const T rate = static_cast<T>(call.learning_rate), momentum = static_cast<T>(call.momentum);
  const auto scaled = [=](std::size_t i, T g) {
    square[i] = alpha * square[i] + rest * (g * g);
    return g / (std::sqrt(square[i]) + epsilon);
  };
  if (call.momentum == 0) return descend<T>(call, begin, end, measure, [=](std::size_t i, T g) { return rate * scaled(i, g); });
  return descend<T>(call, begin, end, measure, [=](std::size_t i, T g) {
    velocity[i] = momentum * velocity[i] + scaled(i, g);
    return rate * velocity[i];
  });
}

template <class T>
double update(const Update& call, std::size_t begin, std::size_t end, bool measure) {
  switch (call.rule) {
    case Update::Rule::sgd: return sgd<T>(call, begin, end, measure);
    case Update::Rule::adam: return adam<T>(call, begin, end, measure);
    case Update::Rule::rmsprop: return rmsprop<T>(call, begin, end, measure);
  }
  return 0;
}

// --- the plain matrix product ---

/// A panel of `width` columns of b, packed row after row and filled up with zeros to a full panel.
template <class T, std::size_t panel>
void pack(const Product<T>& call, std::size_t column, std::size_t from, std::size_t depth, T* to) {
  const std::size_t width = smaller(panel, call.columns - column);
  for (std::size_t k = 0; k < depth; ++k) {
    const T* row = call.b + (from + k) * call.b_row + column * call.b_column;
    for (std::size_t j = 0; j < panel; ++j) to[k * panel + j] = j < width ? row[j * call.b_column] : T(0);
  }
}

/// c[rows x panel] += a[rows x depth] packed[depth x panel], with the running sums in registers.
template <class T, std::size_t rows, std::size_t panel>
void tile(const T* a, std::size_t a_row, std::size_t a_column, const T* packed, std::size_t depth, T* sums) {
  T running[rows][panel] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    for (std::size_t i = 0; i < rows; ++i) {
      const T factor = a[i * a_row + k * a_column];
      for (std::size_t j = 0; j < panel; ++j) running[i][j] += factor * packed[k * panel + j];
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < panel; ++j) sums[i * panel + j] = running[i][j];
  }
}

template <class T>
void product(const Product<T>& call) {
  constexpr std::size_t panel = 128 / sizeof(T), most_depth = 256, most_rows = 4;
  alignas(64) T packed[most_depth * panel];
  alignas(64) T sums[most_rows * panel];
  for (std::size_t column = 0; column < call.columns; column += panel) {
    const std::size_t width = smaller(panel, call.columns - column);
    std::size_t from = 0;
    do {  // once even when there is nothing to add up, so that c becomes the bias or 0
      const std::size_t depth = smaller(most_depth, call.inner - from);
      pack<T, panel>(call, column, from, depth, packed);
      for (std::size_t row = 0; row < call.rows; row += most_rows) {
        const std::size_t height = smaller(most_rows, call.rows - row);
        const T* a = call.a + row * call.a_row + from * call.a_column;
        if (height == most_rows) {
          tile<T, most_rows, panel>(a, call.a_row, call.a_column, packed, depth, sums);
        } else {
          for (std::size_t i = 0; i < height; ++i) tile<T, 1, panel>(a + i * call.a_row, call.a_row, call.a_column, packed, depth, sums + i * panel);
        }
        for (std::size_t i = 0; i < height; ++i) {
          T* c = call.c + (row + i) * call.c_row + column;
          for (std::size_t j = 0; j < width; ++j) {
            const T start = from ? c[j] : call.bias ? call.bias[column + j] : T(0);
            c[j] = start + sums[i * panel + j];
          }
        }
      }
      from += depth;
    } while (from < call.inner);
  }
}

template <class T>
constexpr ArrayKernels<T> table = {fill<T>,      binary<T>,      row_sum<T>,     row_max<T>,    column_sums<T>, column_max<T>, transpose<T>,
                                   sums<T>,      count_below<T>, count_signs<T>, mark_nonzero<T>, update<T>,     product<T>};

}  // namespace

extern const ArrayKernels<float> array_kernels_f32;
extern const ArrayKernels<double> array_kernels_f64;
const ArrayKernels<float> array_kernels_f32 = table<float>;
const ArrayKernels<double> array_kernels_f64 = table<double>;

}  // namespace seegrad::cpu::SEEGRAD_ISA
