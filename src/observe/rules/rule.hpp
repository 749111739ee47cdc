// What the rules have in common: how long something lasts, a memory that writes itself down, and advice.
#pragma once
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/observe/diagnosis.hpp"

namespace seegrad::observe {

using Rows = std::span<const LayerStatistics>;
using Severity = Diagnosis::Severity;

/// How long something has held without a break, counted in the announcements at which it was looked at.
struct Spell {
  std::int64_t looks = 0;   ///< in all
  std::int64_t held = 0;    ///< up to the last one, without a break
  std::int64_t since = -1;  ///< step of the first of these

  void look(std::int64_t step, bool holds);
  /// Holds now, and did at the last three looks and over the last tenth of all; at all looks while there are fewer than three.
  bool lasts() const;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.looks), visit(self.held), visit(self.since);
  }
};

/// Writes fields down as a list of numbers.
class NumberWriter {
 public:
  std::vector<double> numbers;

  void operator()(double value) { numbers.push_back(value); }
  void operator()(std::integral auto value) { numbers.push_back(static_cast<double>(value)); }
  template <class T>
  void operator()(const T& object) requires requires {
    T::for_each_memory(object, *this);
  }
  { T::for_each_memory(object, *this); }
  template <class List>
  void operator()(const List& list) requires requires {
    typename List::value_type;
  }
  {
    (*this)(list.size());
    for (const auto& item : list) (*this)(item);
  }
};

/// Reads the same fields back, in the same order. What a list that is too short does not hold becomes 0.
class NumberReader {
 public:
  explicit NumberReader(std::span<const double> numbers) : rest_(numbers) {}

  void operator()(double& value) { value = next(); }
  template <std::integral T>
  void operator()(T& value) {
    const double number = next();
    value = std::abs(number) <= 0x1p53 ? static_cast<T>(number) : T{};
  }
  template <class T>
  void operator()(T& object) requires requires {
    T::for_each_memory(object, *this);
  }
  { T::for_each_memory(object, *this); }
  template <class List>
  void operator()(List& list) requires requires {
    typename List::value_type;
  }
  {
    std::size_t size = 0;
    (*this)(size);
    list.clear();
    for (std::size_t i = 0; i < size && !rest_.empty(); ++i) {
      typename List::value_type item{};
      (*this)(item);
      list.push_back(item);
    }
  }

 private:
  double next();
  std::span<const double> rest_;
};

/// A rule that names its fields once, in for_each_memory(self, visit), and thereby saves and restores them.
template <class Derived>
class RememberingRule : public Rule {
 public:
  std::string_view name() const override { return Derived::rule_name; }
  void save(Memory& memory) const override {
    NumberWriter writer;
    Derived::for_each_memory(static_cast<const Derived&>(*this), writer);
    memory[key()] = writer.numbers;
  }
  void restore(const Memory& memory) override {
    const auto found = memory.find(key());
    if (found == memory.end()) return;
    NumberReader reader(found->second);
    Derived::for_each_memory(static_cast<Derived&>(*this), reader);
  }

 private:
  static std::string key() { return "diagnosis of " + std::string(Derived::rule_name); }
};

/// The layers with an activation, first to last.
std::vector<LayerStatistics> hidden_layers(Rows rows);

/// The entry of a layer in a list of entries with a member `layer`; a new one is added at the end.
template <class Entry>
Entry& entry_of(std::vector<Entry>& entries, std::int64_t layer) {
  for (Entry& entry : entries)
    if (entry.layer == layer) return entry;
  entries.emplace_back().layer = layer;
  return entries.back();
}

/// The layers of these entries, as a list of numbers.
template <class Entry>
std::vector<std::int64_t> layers_of(const std::vector<Entry>& entries) {
  std::vector<std::int64_t> layers;
  layers.reserve(entries.size());
  for (const Entry& entry : entries) layers.push_back(entry.layer);
  return layers;
}

/// The first step at which one of these entries' spells began.
template <class Entry>
std::int64_t since_of(const std::vector<Entry>& entries) {
  std::int64_t since = entries.empty() ? -1 : entries.front().spell.since;
  for (const Entry& entry : entries) since = std::min(since, entry.spell.since);
  return since;
}

/// "layer 3", "layers 1-4", "layers 1, 3 and 5".
std::string layer_words(const std::vector<std::int64_t>& layers);

/// part / whole, and 0 of nothing.
double ratio_of(std::int64_t part, std::int64_t whole);

// ---- advice ------------------------------------------------------------------------------------------------------------------

/// "relu6(2)" -> "relu6"
std::string_view name_part(std::string_view text);
/// A tenth of the learning rate, or less where the updates were more than half of the weights; none when the rate is unknown.
std::vector<Change> smaller_learning_rate(const RunFacts& facts, double update_ratio = 0);

struct Advice {
  std::string remedy;
  std::vector<Change> changes;
};
/// What keeps a gradient's size from layer to layer in a run like this.
Advice keep_the_gradient(const RunFacts& facts);

}  // namespace seegrad::observe
