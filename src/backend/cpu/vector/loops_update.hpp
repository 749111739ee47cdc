// The optimisers' elementwise rules, each in one pass over a parameter.
#pragma once
#include <cmath>

#include "array_kernels.hpp"
#include "loops_common.hpp"
#include "loops_wide.hpp"
#include "seegrad/math/scalar.hpp"

namespace seegrad::cpu::SEEGRAD_ISA {
namespace {

/// Sums of squares over a parameter, before an update and of what the update took away; in double, lane by lane. No fast and slow way
/// here: what is not finite shows in the sums.
template <class T>
struct RunningSizes {
  using Half = typename Vectors<T>::Half;
  static constexpr std::size_t ways = 4;  // so that an addition need not wait for the one before it
  Wide before[ways] = {}, change[ways] = {};
  UpdateSizes rest;

  void add(const T* old, const T* updated, std::size_t n) {
    const std::size_t whole = n / (ways * wide_lanes) * (ways * wide_lanes);
    for (std::size_t i = 0; i < whole; i += ways * wide_lanes) {
      for (std::size_t way = 0; way < ways; ++way) {
        Half was, is;
        take(was, old + i + way * wide_lanes);
        take(is, updated + i + way * wide_lanes);
        const Wide wide = widened(was), difference = widened(was - is);
        before[way] += wide * wide;
        change[way] += difference * difference;
      }
    }
    for (std::size_t i = whole; i < n; ++i) {
      const double wide = static_cast<double>(old[i]), difference = static_cast<double>(old[i] - updated[i]);
      rest.before += wide * wide;
      rest.change += difference * difference;
    }
  }

  UpdateSizes total() const {
    UpdateSizes all = rest;
    for (std::size_t way = 0; way < ways; ++way) {
      all.before += sum_of_lanes(before[way]);
      all.change += sum_of_lanes(change[way]);
    }
    return all;
  }
};

/// What descend() subtracts from: every number that a loop over elements needs.
template <class T>
struct Descent {
  T* parameter;
  const T* gradient;
  T scale, decay, keep;

  template <class ChangeOf>
  SEEGRAD_HD void over(std::size_t begin, std::size_t end, const ChangeOf& change_of) const {
#pragma GCC ivdep  // parameter, gradient and states are arrays of their own
    for (std::size_t i = begin; i < end; ++i) {
      const T g = gradient[i] * scale + decay * parameter[i];
      parameter[i] = keep * parameter[i] - change_of(i, g);
    }
  }
};

/// Subtracts `change_of(i, gradient)` from the elements; to measure before and after, a block at a time.
template <class T, class ChangeOf>
UpdateSizes descend(const Update& call, const StepNumbers& numbers, std::size_t begin, std::size_t end, bool measure, ChangeOf change_of) {
  constexpr std::size_t block = 128;
  const Descent<T> descent{call.parameter.as<T>(), call.gradient.as<T>(), static_cast<T>(numbers.gradient_scale),
                           call.decoupled_decay ? T(0) : static_cast<T>(call.weight_decay),
                           call.decoupled_decay ? static_cast<T>(1 - numbers.learning_rate * call.weight_decay) : T(1)};
  if (!measure) {
    descent.over(begin, end, change_of);
    return {};
  }
  RunningSizes<T> sizes;
  alignas(wide_bytes) T before[block];
  const auto measured = [&](std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) before[i] = descent.parameter[first + i];
    descent.over(first, first + count, change_of);
    sizes.add(before, descent.parameter + first, count);
  };
  for (; begin + block <= end; begin += block) measured(begin, block);
  measured(begin, end - begin);
  return sizes.total();
}

template <class T>
UpdateSizes sgd(const Update& call, const StepNumbers& numbers, std::size_t begin, std::size_t end, bool measure) {
  const T rate = static_cast<T>(numbers.learning_rate), momentum = static_cast<T>(call.momentum);
  if (call.momentum == 0) return descend<T>(call, numbers, begin, end, measure, [=](std::size_t, T g) { return rate * g; });
  T* velocity = call.state[0].as<T>();
  if (call.nesterov) {
    return descend<T>(call, numbers, begin, end, measure, [=](std::size_t i, T g) {
      velocity[i] = momentum * velocity[i] + g;
      return rate * (g + momentum * velocity[i]);
    });
  }
  return descend<T>(call, numbers, begin, end, measure, [=](std::size_t i, T g) {
    velocity[i] = momentum * velocity[i] + g;
    return rate * velocity[i];
  });
}

template <class T>
UpdateSizes adam(const Update& call, const StepNumbers& numbers, std::size_t begin, std::size_t end, bool measure) {
  T *first = call.state[0].as<T>(), *second = call.state[1].as<T>();
  const T beta1 = static_cast<T>(call.beta1), beta2 = static_cast<T>(call.beta2), epsilon = static_cast<T>(call.epsilon);
  const T rest1 = static_cast<T>(1 - call.beta1), rest2 = static_cast<T>(1 - call.beta2);
  const T rate = static_cast<T>(numbers.learning_rate / numbers.correction1), root = static_cast<T>(1 / std::sqrt(numbers.correction2));
  return descend<T>(call, numbers, begin, end, measure, [=](std::size_t i, T g) {
    first[i] = beta1 * first[i] + rest1 * g;
    second[i] = beta2 * second[i] + rest2 * (g * g);
    return rate * first[i] / (std::sqrt(second[i]) * root + epsilon);
  });
}

template <class T>
UpdateSizes rmsprop(const Update& call, const StepNumbers& numbers, std::size_t begin, std::size_t end, bool measure) {
  T *square = call.state[0].as<T>(), *velocity = call.state[1].as<T>();
  const T alpha = static_cast<T>(call.beta2), rest = static_cast<T>(1 - call.beta2), epsilon = static_cast<T>(call.epsilon);
  const T rate = static_cast<T>(numbers.learning_rate), momentum = static_cast<T>(call.momentum);
  const auto scaled = [=](std::size_t i, T g) {
    square[i] = alpha * square[i] + rest * (g * g);
    return g / (std::sqrt(square[i]) + epsilon);
  };
  if (call.momentum == 0) return descend<T>(call, numbers, begin, end, measure, [=](std::size_t i, T g) { return rate * scaled(i, g); });
  return descend<T>(call, numbers, begin, end, measure, [=](std::size_t i, T g) {
    velocity[i] = momentum * velocity[i] + scaled(i, g);
    return rate * velocity[i];
  });
}

template <class T>
UpdateSizes update(const Update& call, const StepNumbers& numbers, std::size_t begin, std::size_t end, bool measure) {
  switch (call.rule) {
    case Update::Rule::sgd: return sgd<T>(call, numbers, begin, end, measure);
    case Update::Rule::adam: return adam<T>(call, numbers, begin, end, measure);
    case Update::Rule::rmsprop: return rmsprop<T>(call, numbers, begin, end, measure);
  }
  return {};
}

}  // namespace
}  // namespace seegrad::cpu::SEEGRAD_ISA
