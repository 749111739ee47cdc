// The optimisers' launcher, for the laws: two steps for three parameters of different lengths, against the textbook's rules.
#pragma once
#include <cmath>

#include "kernels/kernel_cases.hpp"
#include "kernels/update_launch.hpp"

namespace seegrad::kernels::test {

/// A rule with its settings; the textbook's form of it, an element at a time.
struct TextbookRule {
  UpdateRule rule;
  double momentum = 0, weight_decay = 0;
  bool nesterov = false, decoupled = false;
  static constexpr double learning_rate = 0.05, gradient_scale = 0.5, beta1 = 0.9, beta2 = 0.95, epsilon = 1e-6;

  static Exact correction(Exact beta, int step) { return 1 - std::pow(beta, Exact(step)); }

  Exact next(Exact x, Exact g, Exact state[2], int step) const {
    g = g * gradient_scale + (decoupled ? 0 : weight_decay * x);
    if (decoupled) x -= learning_rate * weight_decay * x;
    if (rule == UpdateRule::adam) {
      state[0] = beta1 * state[0] + (1 - beta1) * g;
      state[1] = beta2 * state[1] + (1 - beta2) * g * g;
      return x - learning_rate * (state[0] / correction(beta1, step)) / (std::sqrt(state[1] / correction(beta2, step)) + epsilon);
    }
    if (rule == UpdateRule::rmsprop) {
      state[0] = beta2 * state[0] + (1 - beta2) * g * g;
      g /= std::sqrt(state[0]) + epsilon;
      state[1] = momentum * state[1] + g;
      return x - learning_rate * (momentum == 0 ? g : state[1]);
    }
    state[0] = momentum * state[0] + g;
    return x - learning_rate * (nesterov ? g + momentum * state[0] : momentum == 0 ? g : state[0]);
  }
};

template <class T>
UpdateEntry<T> entry_for(Room<T>& room, const TextbookRule& rule, std::int64_t n, int place) {
  UpdateEntry<T> entry{};
  const auto seed = 20 + static_cast<std::uint64_t>(place);
  entry.parameter = room.normal(n, seed);
  entry.gradient = room.normal(n, seed + 100);
  for (int k = 0; k < 2; ++k)
    if (uses_state(rule.rule, k, rule.momentum) && (k == 0 || rule.rule != UpdateRule::sgd))
      entry.state[k] = room.put(std::vector<T>(static_cast<std::size_t>(n)));
  entry.count = n;
  entry.momentum = rule.momentum, entry.weight_decay = rule.weight_decay;
  entry.beta1 = TextbookRule::beta1, entry.beta2 = TextbookRule::beta2, entry.epsilon = TextbookRule::epsilon;
  entry.nesterov = rule.nesterov, entry.decoupled_decay = rule.decoupled;
  entry.place = place;
  return entry;
}

inline UpdateControl control_for(int step) {
  using R = TextbookRule;
  UpdateControl control{};
  const double numbers[] = {R::learning_rate, R::gradient_scale, double(R::correction(R::beta1, step)),
                            double(R::correction(R::beta2, step))};
  std::copy_n(numbers, 4, control.number);
  return control;
}

/// The parameters after two steps, then the sizes of the second: before and change, parameter by parameter.
template <class T>
Found updated(const Site& site, Room<T>& room, const TextbookRule& rule, std::int64_t rows, std::int64_t columns) {
  std::vector<UpdateEntry<T>> entries;
  for (const std::int64_t n : {rows * columns, std::int64_t{0}, columns, rows})
    entries.push_back(entry_for(room, rule, n, int(entries.size())));
  Found result;
  std::vector<double> sizes(2 * entries.size(), NAN), expected_sizes;
  for (const UpdateEntry<T>& entry : entries) {
    Exact before = 0, change = 0;
    for (std::int64_t i = 0; i < entry.count; ++i) {
      Exact state[2] = {}, x = entry.parameter[i], g = entry.gradient[i];
      const Exact once = rule.next(x, g, state, 1), twice = rule.next(once, g, state, 2);
      before += once * once, change += (twice - once) * (twice - once);
      result.expected.push_back(double(twice));
    }
    expected_sizes.insert(expected_sizes.end(), {double(before), double(change)});
  }
  for (const int step : {1, 2}) CHECK(launch_update<T>(site, rule.rule, entries, control_for(step), sizes.data()) == success);
  for (const UpdateEntry<T>& entry : entries) result.found.insert(result.found.end(), entry.parameter, entry.parameter + entry.count);
  result.found.insert(result.found.end(), sizes.begin(), sizes.end());
  result.expected.insert(result.expected.end(), expected_sizes.begin(), expected_sizes.end());
  return result;
}

template <class T>
Cases<T> update_cases() {
  const std::pair<std::string, TextbookRule> rules[] = {
      {"sgd", {UpdateRule::sgd}},
      {"sgd with weight decay", {UpdateRule::sgd, 0, 0.1}},
      {"momentum", {UpdateRule::sgd, 0.9, 0.1}},
      {"nesterov", {UpdateRule::sgd, 0.9, 0, true}},
      {"adam", {UpdateRule::adam}},  // with decay in the gradient the two may cancel, and nothing is left but roundings
      {"adamw", {UpdateRule::adam, 0, 0.1, false, true}},
      {"rmsprop", {UpdateRule::rmsprop}},
      {"rmsprop with momentum", {UpdateRule::rmsprop, 0.9}},
  };
  Cases<T> cases;
  for (const auto& [name, rule] : rules) {
    // A few roundings of steps that are smaller than the parameter, twice, and one of the parameter each time.
    cases.push_back(
        {name, [rule = rule](auto& site, auto& room, auto rows, auto columns) { return updated<T>(site, room, rule, rows, columns); }, 4});
  }
  return cases;
}

}  // namespace seegrad::kernels::test
