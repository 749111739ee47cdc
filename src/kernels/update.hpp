// One step of an optimiser for many parameters in one launch: the parameters' addresses and settings travel as a table in the kernel's
// arguments, and their elements, cut into chunks, are dealt to the blocks. Everything is read and written once.
#pragma once
#include "kernels/block_reduce.hpp"
#include "kernels/kernel_language.hpp"
#include "kernels/packet.hpp"
#include "seegrad/math/scalar.hpp"

namespace seegrad::kernels {

/// In the order of the backend's Update::Rule.
enum class UpdateRule : int { sgd, adam, rmsprop };

/// One parameter: what the backend's Update says.
template <class T>
struct UpdateEntry {
  T* parameter;
  const T* gradient;
  T* state[2];
  std::int64_t count;
  std::int64_t first_chunk;  ///< set by the launcher, as is `packets`
  double momentum, beta1, beta2, epsilon, weight_decay;
  int place;  ///< among all parameters of the step
  bool nesterov, decoupled_decay;
  bool packets;  ///< everything is aligned for packets
};

template <class T>
struct UpdateTable {
  static constexpr int most = 32;
  UpdateEntry<T> entry[most];
  int count;
  std::int64_t chunks, chunk_length;  ///< in elements, a multiple of a packet
};
static_assert(sizeof(UpdateTable<double>) < 3900, "4 KiB of arguments is what every device takes");

/// What is the same for all parameters.
struct UpdateControl {
  double number[4];         ///< learning rate, gradient scale, correction1, correction2
  const double* on_device;  ///< when present, the same four there
  const void* loss;         ///< when present: one that is not finite stops this step and all later ones
  bool loss_is_double;
  int* halted;             ///< remembers that
  double* sizes_of_chunk;  ///< when present, [chunks, 2]

  __device__ __forceinline__ double get(int i) const { return on_device ? on_device[i] : number[i]; }

  /// All blocks find the same: whoever reads `halted` before it is set sees the loss that sets it.
  __device__ __forceinline__ bool stopped() const {
    if (halted && *halted) return true;
    if (!loss) return false;
    if (loss_is_double ? is_finite(*static_cast<const double*>(loss)) : is_finite(*static_cast<const float*>(loss))) return false;
    if (halted && blockIdx.x == 0 && threadIdx.x == 0) *halted = 1;
    return true;
  }
};

/// The rules, an element at a time, in the arithmetic of the CPU backend. change() updates the states and returns what is subtracted.
template <class T, UpdateRule rule>
struct Rule {
  T scale, decay, keep, rate, momentum, beta1, rest1, beta2, rest2, epsilon, root;
  bool nesterov;

  __device__ __forceinline__ Rule(const UpdateEntry<T>& entry, const UpdateControl& control) {
    const double learning_rate = control.get(0);
    scale = static_cast<T>(control.get(1));
    decay = entry.decoupled_decay ? T(0) : static_cast<T>(entry.weight_decay);
    keep = entry.decoupled_decay ? static_cast<T>(1 - learning_rate * entry.weight_decay) : T(1);
    rate = static_cast<T>(rule == UpdateRule::adam ? learning_rate / control.get(2) : learning_rate);
    root = static_cast<T>(rule == UpdateRule::adam ? 1 / sqrt(control.get(3)) : 1);
    momentum = static_cast<T>(entry.momentum);
    beta1 = static_cast<T>(entry.beta1), rest1 = static_cast<T>(1 - entry.beta1);
    beta2 = static_cast<T>(entry.beta2), rest2 = static_cast<T>(1 - entry.beta2);
    epsilon = static_cast<T>(entry.epsilon);
    nesterov = entry.nesterov;
  }

  __device__ __forceinline__ T change(T g, [[maybe_unused]] T& first, [[maybe_unused]] T& second) const {
    if constexpr (rule == UpdateRule::sgd) {
      if (momentum == T(0)) return rate * g;
      first = momentum * first + g;
      return rate * (nesterov ? g + momentum * first : first);
    } else if constexpr (rule == UpdateRule::adam) {
      first = beta1 * first + rest1 * g;
      second = beta2 * second + rest2 * (g * g);
      return rate * first / (sqrt(second) * root + epsilon);
    } else {
      first = beta2 * first + rest2 * (g * g);
      const T scaled = g / (sqrt(first) + epsilon);
      if (momentum == T(0)) return rate * scaled;
      second = momentum * second + scaled;
      return rate * second;
    }
  }
};

/// Which states a rule touches; the others need not exist.
__device__ __host__ __forceinline__ bool uses_state(UpdateRule rule, int which, double momentum) {
  if (rule == UpdateRule::adam) return true;
  return momentum != 0 || (rule == UpdateRule::rmsprop && which == 0);
}

/// Sums of squares: of a parameter before the step, and of what was added to it.
struct UpdateSizes {
  double before = 0, change = 0;
};

/// One portion of a parameter.
template <int width, UpdateRule rule, class T>
__device__ __forceinline__ void update_portion(const Rule<T, rule>& with, const UpdateEntry<T>& entry, std::int64_t i, bool measures,
                                               UpdateSizes& sizes) {
  const bool first_used = uses_state(rule, 0, entry.momentum), second_used = uses_state(rule, 1, entry.momentum);
  Portion<T, width> parameter = load<width>(entry.parameter + i), first{}, second{};
  const Portion<T, width> gradient = load<width>(entry.gradient + i);
  if (first_used) first = load<width>(entry.state[0] + i);
  if (rule != UpdateRule::sgd && second_used) second = load<width>(entry.state[1] + i);
  SEEGRAD_UNROLL
  for (int k = 0; k < width; ++k) {
    const T before = parameter.value[k], g = gradient.value[k] * with.scale + with.decay * before;
    parameter.value[k] = with.keep * before - with.change(g, first.value[k], second.value[k]);
    if (!measures) continue;
    const auto was = static_cast<double>(before), moved = static_cast<double>(before - parameter.value[k]);
    sizes.before += was * was;
    sizes.change += moved * moved;
  }
  store(entry.parameter + i, parameter);
  if (first_used) store(entry.state[0] + i, first);
  if (rule != UpdateRule::sgd && second_used) store(entry.state[1] + i, second);
}

template <int width, UpdateRule rule, class T>
__device__ __forceinline__ UpdateSizes update_chunk(const UpdateEntry<T>& entry, const UpdateControl& control, std::int64_t begin,
                                                    std::int64_t end) {
  const Rule<T, rule> with(entry, control);
  const bool measures = control.sizes_of_chunk != nullptr;
  const std::int64_t whole = begin + (end - begin) / width * width;
  UpdateSizes sizes;
  for (std::int64_t i = begin + static_cast<std::int64_t>(threadIdx.x) * width; i < whole;
       i += static_cast<std::int64_t>(blockDim.x) * width)
    update_portion<width>(with, entry, i, measures, sizes);
  if (width > 1)
    for (std::int64_t i = whole + threadIdx.x; i < end; i += blockDim.x) update_portion<1>(with, entry, i, measures, sizes);
  return sizes;
}

template <class T, UpdateRule rule>
__global__ void __launch_bounds__(256, 2)
    update(const __grid_constant__ UpdateTable<T> table, const __grid_constant__ UpdateControl control) {
  if (control.stopped()) return;
  int which = 0;
  for (std::int64_t chunk = blockIdx.x; chunk < table.chunks; chunk += gridDim.x) {
    while (which + 1 < table.count && table.entry[which + 1].first_chunk <= chunk) ++which;
    const UpdateEntry<T>& entry = table.entry[which];
    const std::int64_t begin = (chunk - entry.first_chunk) * table.chunk_length;
    const std::int64_t end = begin + table.chunk_length < entry.count ? begin + table.chunk_length : entry.count;
    const UpdateSizes share =
        entry.packets ? update_chunk<packet_width<T>, rule>(entry, control, begin, end) : update_chunk<1, rule>(entry, control, begin, end);
    if (!control.sizes_of_chunk) continue;
    const double before = block_sum(share.before), change = block_sum(share.change);
    if (threadIdx.x == 0) control.sizes_of_chunk[2 * chunk] = before, control.sizes_of_chunk[2 * chunk + 1] = change;
  }
}

/// sizes [parameters, 2] from those of the chunks, a block to a parameter; zeros when the step was stopped.
template <class T>
__global__ void __launch_bounds__(256)
    sum_update_sizes(const __grid_constant__ UpdateTable<T> table, const __grid_constant__ UpdateControl control,
                     double* sizes) {  // NOLINT(readability-non-const-parameter): written
  const int which = static_cast<int>(blockIdx.x);
  const std::int64_t begin = table.entry[which].first_chunk;
  const std::int64_t end = which + 1 < table.count ? table.entry[which + 1].first_chunk : table.chunks;
  UpdateSizes share;
  if (!control.stopped()) {
    for (std::int64_t chunk = begin + threadIdx.x; chunk < end; chunk += blockDim.x) {
      share.before += control.sizes_of_chunk[2 * chunk];
      share.change += control.sizes_of_chunk[2 * chunk + 1];
    }
  }
  const double before = block_sum(share.before), change = block_sum(share.change);
  if (threadIdx.x != 0) return;
  sizes[2 * table.entry[which].place] = before;
  sizes[2 * table.entry[which].place + 1] = change;
}

}  // namespace seegrad::kernels
