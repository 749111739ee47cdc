// The loops of array_kernels.hpp. This file is compiled once for each instruction set (SEEGRAD_ISA). Elementwise loops are plain and
// left to the compiler; reductions keep several running values, so that no addition waits for the one before it.
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
  return (a > b) | (a != a) ? a : b;
}

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
  std::int32_t nans = 0;
  for (std::size_t i = 0; i < n; ++i) nans += x[i] != x[i];
  if (nans) return std::numeric_limits<T>::quiet_NaN();
  T running[lanes];
  for (std::size_t lane = 0; lane < lanes; ++lane) running[lane] = x[0];
  const std::size_t whole = n / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) running[lane] = x[i + lane] > running[lane] ? x[i + lane] : running[lane];
  }
  for (std::size_t i = whole; i < n; ++i) running[0] = x[i] > running[0] ? x[i] : running[0];
  T largest = running[0];
  for (std::size_t lane = 1; lane < lanes; ++lane) largest = running[lane] > largest ? running[lane] : largest;
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

// Sums in double, so a step takes as many elements as a register holds doubles: vectors of the compiler's own kind.
#if defined(__AVX512F__)
constexpr std::size_t wide_bytes = 64;
#elif defined(__AVX__)
constexpr std::size_t wide_bytes = 32;
#else
constexpr std::size_t wide_bytes = 16;
#endif
constexpr std::size_t wide_lanes = wide_bytes / sizeof(double);
typedef double Wide __attribute__((vector_size(wide_bytes)));

/// As many elements as Wide has (`Half`), and twice as many (`Full`).
template <class T>
struct Vectors;
template <>
struct Vectors<float> {
  typedef float Half __attribute__((vector_size(wide_bytes / 2)));
  typedef float Full __attribute__((vector_size(wide_bytes)));
};
template <>
struct Vectors<double> {
  typedef double Half __attribute__((vector_size(wide_bytes)));
  typedef double Full __attribute__((vector_size(wide_bytes * 2)));
};

/// For n a positive multiple of 2 * wide_lanes and finite values only; otherwise `squares` comes out as NaN or infinite, and nothing
/// here counts.
template <class T>
Sums sums_of_finite(const T* x, std::size_t n) {
  using Full = typename Vectors<T>::Full;
  Full low, high;
  __builtin_memcpy(&low, x, sizeof low);
  high = low;
  decltype(low == low) zeros{};
  Wide sum[2] = {}, squares[2] = {};
  for (std::size_t i = 0; i < n; i += 2 * wide_lanes) {
    Full values;
    __builtin_memcpy(&values, x + i, sizeof values);
    low = values < low ? values : low;
    high = values > high ? values : high;
    zeros -= values == T(0);
    for (std::size_t half = 0; half < 2; ++half) {  // two chains of additions, so that one need not wait for itself
      typename Vectors<T>::Half part;
      __builtin_memcpy(&part, x + i + half * wide_lanes, sizeof part);
      const Wide wide = __builtin_convertvector(part, Wide);
      sum[half] += wide;
      squares[half] += wide * wide;
    }
  }
  Sums result;
  result.min = static_cast<double>(x[0]);
  result.max = static_cast<double>(x[0]);
  for (std::size_t lane = 0; lane < 2 * wide_lanes; ++lane) {
    result.zeros += zeros[lane];
    result.min = smaller(result.min, static_cast<double>(low[lane]));
    result.max = -smaller(-result.max, -static_cast<double>(high[lane]));
  }
  for (std::size_t lane = 0; lane < wide_lanes; ++lane) {
    result.sum += sum[0][lane] + sum[1][lane];
    result.squares += squares[0][lane] + squares[1][lane];
  }
  return result;
}

/// One by one, with what is not finite counted and kept out of the sums.
template <class T>
Sums sums_of_any(const T* x, std::size_t n) {
  Sums result;
  result.min = std::numeric_limits<double>::infinity();
  result.max = -result.min;
  for (std::size_t i = 0; i < n; ++i) {
    const double value = static_cast<double>(x[i]);
    if (value != value) {
      ++result.nans;
    } else if (value - value != 0) {
      ++result.infinities;
    } else {
      result.sum += value;
      result.squares += value * value;
      result.min = smaller(result.min, value);
      result.max = -smaller(-result.max, -value);
      result.zeros += value == 0;
    }
  }
  return result;
}

void add(Sums& total, const Sums& part) {
  total.sum += part.sum;
  total.squares += part.squares;
  total.min = smaller(total.min, part.min);
  total.max = -smaller(-total.max, -part.max);
  total.zeros += part.zeros;
  total.nans += part.nans;
  total.infinities += part.infinities;
}

/// A block whose squares add up to a finite number holds finite numbers only, so the fast way is tried first.
template <class T>
Sums sums(const T* x, std::size_t n) {
  constexpr std::size_t block = 1024;
  Sums total = sums_of_any(x, 0);
  for (std::size_t begin = 0; begin < n; begin += block) {
    const std::size_t count = smaller(block, n - begin), whole = count / (2 * wide_lanes) * (2 * wide_lanes);
    Sums part = whole ? sums_of_finite(x + begin, whole) : sums_of_any(x, 0);
    if (part.squares - part.squares != 0) part = sums_of_any(x + begin, whole);
    add(total, part);
    add(total, sums_of_any(x + begin + whole, count - whole));
  }
  return total;
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

/// The sum of squares in double, for n up to a block. No fast and slow way here: what is not finite shows in the sum.
template <class T>
double sum_of_squares(const T* x, std::size_t n) {
  Wide squares[2] = {};
  const std::size_t whole = n / (2 * wide_lanes) * (2 * wide_lanes);
  for (std::size_t i = 0; i < whole; i += 2 * wide_lanes) {
    for (std::size_t half = 0; half < 2; ++half) {
      typename Vectors<T>::Half values;
      __builtin_memcpy(&values, x + i + half * wide_lanes, sizeof values);
      const Wide wide = __builtin_convertvector(values, Wide);
      squares[half] += wide * wide;
    }
  }
  double total = 0;
  for (std::size_t lane = 0; lane < wide_lanes; ++lane) total += squares[0][lane] + squares[1][lane];
  for (std::size_t i = whole; i < n; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return total;
}

/// Subtracts `change_of(i, gradient)` from the elements, a block at a time, and measures before and after when asked.
template <class T, class ChangeOf>
UpdateSizes descend(const Update& call, std::size_t begin, std::size_t end, bool measure, ChangeOf change_of) {
  constexpr std::size_t block = 256;
  T* parameter = call.parameter.as<T>();
  const T* gradient = call.gradient.as<T>();
  const T scale = static_cast<T>(call.gradient_scale);
  const T decay = call.decoupled_decay ? T(0) : static_cast<T>(call.weight_decay);
  const T keep = call.decoupled_decay ? static_cast<T>(1 - call.learning_rate * call.weight_decay) : T(1);
  UpdateSizes sizes;
  T before[block];
  for (std::size_t first = begin; first < end; first += block) {
    const std::size_t last = smaller(end, first + block);
    if (measure) {
      for (std::size_t i = first; i < last; ++i) before[i - first] = parameter[i];
      sizes.before += sum_of_squares(before, last - first);
    }
    for (std::size_t i = first; i < last; ++i) {
      const T g = gradient[i] * scale + decay * parameter[i];
      parameter[i] = keep * parameter[i] - change_of(i, g);
    }
    if (measure) {
      for (std::size_t i = first; i < last; ++i) before[i - first] -= parameter[i];
      sizes.change += sum_of_squares(before, last - first);
    }
  }
  return sizes;
}

template <class T>
UpdateSizes sgd(const Update& call, std::size_t begin, std::size_t end, bool measure) {
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
UpdateSizes adam(const Update& call, std::size_t begin, std::size_t end, bool measure) {
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
UpdateSizes rmsprop(const Update& call, std::size_t begin, std::size_t end, bool measure) {
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
UpdateSizes update(const Update& call, std::size_t begin, std::size_t end, bool measure) {
  switch (call.rule) {
    case Update::Rule::sgd: return sgd<T>(call, begin, end, measure);
    case Update::Rule::adam: return adam<T>(call, begin, end, measure);
    case Update::Rule::rmsprop: return rmsprop<T>(call, begin, end, measure);
  }
  return {};
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
