#include "cpu_backend.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "kernels.hpp"
#include "products.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/math/philox.hpp"
#include "thread_pool.hpp"

namespace seegrad::cpu {
namespace {

constexpr std::size_t line = 16;  // elements: pieces of an array begin at whole cache lines

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

std::size_t checked_row(std::string_view op, const std::int32_t* indices, std::size_t i, std::int64_t rows) {
  const std::int32_t index = indices[i];
  if (index < 0 || index >= rows) throw Error(fmt::format("{}: index {} at place {} is not in 0..{}", op, index, i, rows - 1));
  return size(index);
}

/// y = a op b where one of them repeats over the other's leading dimensions.
template <class T>
void repeat_rows(BinaryOp op, ConstArray a, ConstArray b, Array y) {
  const auto& kernels = array_kernels<T>();
  const std::size_t columns = std::min(a.count(), b.count());
  const bool a_is_full = a.count() == y.count(), b_is_full = b.count() == y.count();
  parallel_for(y.count() / columns, 1, y.count(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      const std::size_t from = row * columns;
      kernels.binary(op, a.as<T>() + (a_is_full ? from : 0), 1, b.as<T>() + (b_is_full ? from : 0), 1, y.as<T>() + from, columns);
    }
  });
}

/// y[i] = number(word i of the stream).
template <class T, class Number>
void fill_from_words(Array y, std::uint64_t seed, std::uint64_t stream, Number number) {
  constexpr std::size_t words = 4;
  parallel_for(y.count(), line, y.count() * 4, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i += words) {
      const PhiloxBlock block = philox(seed, stream, i / words);
      for (std::size_t word = 0; word < words && i + word < end; ++word) y.as<T>()[i + word] = number(block.word[word]);
    }
  });
}

/// The arguments for a part of x that begins with element `first`: parameters with a value for each element of x begin there too.
template <class T>
class ArgumentsFrom {
 public:
  ArgumentsFrom(const FormulaArguments& f, std::size_t columns, std::size_t first) : f_(f) {
    if (first == 0 || !has_value_for_each_element(f, columns)) return;
    learned_.assign(f.learned.begin(), f.learned.end());
    for (ConstArray& parameter : learned_)
      if (parameter && parameter.count() > columns) parameter.data = parameter.as<T>() + first;
    f_.learned = learned_;
  }
  const FormulaArguments& get() const { return f_; }

 private:
  FormulaArguments f_;
  std::vector<ConstArray> learned_;
};

/// Contiguous arrays of elements of four or eight bytes, by all threads.
void copy_bytes(const char* from, char* to, std::size_t bytes) {
  const std::size_t n = bytes / sizeof(float);
  parallel_for(n, line, n, [&](std::size_t begin, std::size_t end) {
    const char* source = from + begin * sizeof(float);
    char* target = to + begin * sizeof(float);
    if (bytes < streaming_bytes)
      std::memcpy(target, source, (end - begin) * sizeof(float));
    else
      array_kernels<float>().copy_around_cache(reinterpret_cast<const float*>(source), reinterpret_cast<float*>(target), end - begin,
                                               pages_in_turns());
  });
}

/// Here numbers need no travelling, only a copy, since they may change.
class Copy final : public Transfer {
 public:
  Copy(const std::byte* from, std::size_t bytes) : bytes_(from, from + bytes) {}
  bool arrived() const override { return true; }
  std::span<const std::byte> wait() override { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

void CpuBackend::upload(void* to, const void* host, std::size_t bytes) { std::memcpy(to, host, bytes); }
void CpuBackend::download(void* host, const void* from, std::size_t bytes) { std::memcpy(host, from, bytes); }
std::unique_ptr<Transfer> CpuBackend::download_later(const void* from, std::size_t bytes) {
  return std::make_unique<Copy>(static_cast<const std::byte*>(from), bytes);
}

std::string CpuBackend::description() const {
  return fmt::format("cpu with {} instructions, products by {}", name(best_instruction_set()), product_library());
}

void CpuBackend::set_product_precision(ProductPrecision precision) {
  if (precision == ProductPrecision::fp32) return;
  throw UsageError(fmt::format("the CPU multiplies in fp32 and fp64; {} needs a GPU (--device cuda)",
                               precision == ProductPrecision::tf32 ? "tf32" : "bf16"));
}

void CpuBackend::fill(Array y, double value) {
  with_floating(y.dtype, [&]<class T>() {
    parallel_for(y.count(), line, y.count(), [&](std::size_t begin, std::size_t end) {
      array_kernels<T>().fill(static_cast<T>(value), y.as<T>() + begin, end - begin);
    });
  });
}

void CpuBackend::binary(BinaryOp op, ConstArray a, ConstArray b, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    const std::size_t n = y.count(), a_step = a.count() == n ? 1 : 0, b_step = b.count() == n ? 1 : 0;
    if (n == 0) return;
    if ((!a_step && a.count() != 1) || (!b_step && b.count() != 1)) return repeat_rows<T>(op, a, b, y);
    parallel_for(n, line, n, [&](std::size_t begin, std::size_t end) {
      array_kernels<T>().binary(op, a.as<T>() + begin * a_step, a_step, b.as<T>() + begin * b_step, b_step, y.as<T>() + begin, end - begin);
    });
  });
}

void CpuBackend::elementwise(FormulaArguments f, Derivative derivative, ConstArray x, ConstArray scale, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    if (y.count() == 0) return;
    const std::size_t columns = row_length(f, x);
    const bool in_place = y.data == x.data || y.data == scale.data;  // then the lines of y have been read already
    const bool stream = !in_place && y.count() * sizeof(T) >= streaming_bytes;
    // Formulas are worth a second thread earlier than copies are: an element costs some nanoseconds.
    parallel_for(y.count() / columns, columns == 1 ? line : 1, y.count() * 4, [&](std::size_t begin, std::size_t end) {
      const std::size_t from = begin * columns;
      const ArgumentsFrom<T> here(f, columns, from);
      run_formula_rows<T>(here.get(), derivative, x.as<T>() + from, scale ? scale.as<T>() + from : nullptr, y.as<T>() + from, end - begin,
                          columns, stream);
    });
  });
}

void CpuBackend::reduce(ReduceOp op, ConstArray x, Array y) {
  const std::size_t outer = size(x.shape[0]), n = size(x.shape[1]), inner = size(x.shape[2]);
  with_floating(y.dtype, [&]<class T>() {
    const auto& kernels = array_kernels<T>();
    const bool is_sum = op == ReduceOp::sum;
    if (inner == 1) {
      const auto row = is_sum ? kernels.row_sum : kernels.row_max;
      return parallel_for(outer, 1, x.count(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t o = begin; o < end; ++o) y.as<T>()[o] = row(x.as<T>() + o * n, n);
      });
    }
    const auto columns = is_sum ? kernels.column_sums : kernels.column_max;
    for (std::size_t o = 0; o < outer; ++o) {
      parallel_for(inner, line, n * inner, [&](std::size_t begin, std::size_t end) {
        columns(x.as<T>() + o * n * inner + begin, n, inner, y.as<T>() + o * inner + begin, end - begin);
      });
    }
  });
}

void CpuBackend::expand(ConstArray x, Array y) {
  const std::size_t outer = size(y.shape[0]), n = size(y.shape[1]), inner = size(y.shape[2]);
  with_floating(y.dtype, [&]<class T>() {
    parallel_for(outer * n, 1, y.count(), [&](std::size_t begin, std::size_t end) {
      for (std::size_t row = begin; row < end; ++row) {
        const T* from = x.as<T>() + row / n * inner;
        std::copy(from, from + inner, y.as<T>() + row * inner);
      }
    });
  });
}

void CpuBackend::transpose(ConstArray x, Array y) {
  const std::size_t batch = size(x.shape[0]), rows = size(x.shape[1]), columns = size(x.shape[2]);
  with_floating(y.dtype, [&]<class T>() {
    for (std::size_t b = 0; b < batch; ++b) {
      const std::size_t from = b * rows * columns;
      parallel_for(rows, line, rows * columns, [&](std::size_t begin, std::size_t end) {
        array_kernels<T>().transpose(x.as<T>() + from, rows, columns, begin, end, y.as<T>() + from);
      });
    }
  });
}

void CpuBackend::copy_columns(ConstArray x, std::int64_t from, Array y, std::int64_t to, std::int64_t count) {
  const std::size_t bytes = size_of(x.dtype), rows = size(x.shape[0]);
  const std::size_t x_row = size(x.shape[1]) * bytes, y_row = size(y.shape[1]) * bytes, run = size(count) * bytes;
  const char* source = x.as<char>() + size(from) * bytes;
  char* target = y.as<char>() + size(to) * bytes;
  if (run == 0) return;
  if (x_row == run && y_row == run) return copy_bytes(source, target, rows * run);
  parallel_for(rows, 1, rows * size(count), [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) std::memcpy(target + row * y_row, source + row * x_row, run);
  });
}

void CpuBackend::gather_rows(ConstArray x, ConstArray indices, Array y) {
  const std::size_t columns = size(x.shape[1]), bytes = columns * size_of(x.dtype);
  parallel_for(indices.count(), 1, y.count(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t row = checked_row("gather_rows", indices.as<std::int32_t>(), i, x.shape[0]);
      if (bytes > 0) std::memcpy(y.as<char>() + i * bytes, x.as<char>() + row * bytes, bytes);
    }
  });
}

void CpuBackend::scatter_add_rows(ConstArray x, ConstArray indices, Array y) {
  const std::size_t columns = size(x.shape[1]);
  with_floating(y.dtype, [&]<class T>() {
    for (std::size_t i = 0; i < indices.count(); ++i) {  // in order: two rows may go to the same place
      T* to = y.as<T>() + checked_row("scatter_rows", indices.as<std::int32_t>(), i, y.shape[0]) * columns;
      array_kernels<T>().binary(BinaryOp::add, to, 1, x.as<T>() + i * columns, 1, to, columns);
    }
  });
}

void CpuBackend::dropout_mask(Array y, double keep, std::uint64_t seed, std::uint64_t stream) {
  // A word below the threshold keeps its element; 2^32 would keep all, so it needs 64 bits.
  const auto threshold = static_cast<std::uint64_t>(std::llround(keep * 4294967296.0));
  with_floating(y.dtype, [&]<class T>() {
    const T kept = static_cast<T>(1 / keep);
    fill_from_words<T>(y, seed, stream, [&](std::uint32_t word) { return word < threshold ? kept : T(0); });
  });
}

void CpuBackend::fill_uniform(Array y, double lower, double upper, std::uint64_t seed, std::uint64_t stream) {
  const double step = (upper - lower) * 0x1p-32;
  with_floating(y.dtype, [&]<class T>() {
    fill_from_words<T>(y, seed, stream, [&](std::uint32_t word) { return static_cast<T>(lower + (word + 0.5) * step); });
  });
}

}  // namespace seegrad::cpu
