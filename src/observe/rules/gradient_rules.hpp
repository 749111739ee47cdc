// Rules about what comes back: the size of delta from layer to layer, and of the updates that the weights get from it.
#pragma once
#include "observe/rules/rule.hpp"

namespace seegrad::observe {

/// How RMS delta changes over the hidden layers of one step.
struct DeltaProfile {
  double factor = not_measured;  ///< fitted, a layer on the way back
  double ratio = not_measured;   ///< first hidden layer / last hidden layer
  double first = not_measured, last = not_measured, output = not_measured;
  std::int64_t hidden = 0, first_layer = 0, last_layer = 0;

  static DeltaProfile of(Rows rows);
  bool vanishes() const;
  bool explodes() const;
  std::vector<Evidence> evidence() const;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.factor), visit(self.ratio), visit(self.first), visit(self.last), visit(self.output);
    visit(self.hidden), visit(self.first_layer), visit(self.last_layer);
  }
};

/// The gradient shrinks from layer to layer on its way back, or none arrives at all.
class Vanishing : public RememberingRule<Vanishing> {
 public:
  static constexpr std::string_view rule_name = "vanishing";
  explicit Vanishing(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.spell_), visit(self.profile_), visit(self.starved_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  RunFacts facts_;
  Spell spell_;
  DeltaProfile profile_;
  std::vector<std::int64_t> starved_;  // layers
};

/// The gradient grows from layer to layer on its way back.
class Exploding : public RememberingRule<Exploding> {
 public:
  static constexpr std::string_view rule_name = "exploding";
  explicit Exploding(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.spell_), visit(self.profile_), visit(self.flooded_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  RunFacts facts_;
  Spell spell_;
  DeltaProfile profile_;
  std::vector<std::int64_t> flooded_;  // layers
};

/// Updates that throw the weights about, on a good part of the run's steps. Not a matter of its end: a schedule that lowers the
/// learning rate ends every storm, and what it did stays.
class Unstable : public RememberingRule<Unstable> {
 public:
  static constexpr std::string_view rule_name = "unstable";
  explicit Unstable(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.rows_), visit(self.layers_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  struct Entry {
    std::int64_t layer = 0, violent = 0, first = -1;
    double largest = 0;

    template <class Self, class Visit>
    static void for_each_memory(Self& self, Visit&& visit) {
      visit(self.layer), visit(self.violent), visit(self.first), visit(self.largest);
    }
  };
  RunFacts facts_;
  std::int64_t rows_ = 0;
  std::vector<Entry> layers_;
};

/// A layer whose weights stand still while those of another layer move, in the same step.
class Stalled : public RememberingRule<Stalled> {
 public:
  static constexpr std::string_view rule_name = "stalled";
  explicit Stalled(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.layers_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  struct Entry {
    std::int64_t layer = 0;
    Spell spell;
    double update_ratio = not_measured, largest = not_measured;

    template <class Self, class Visit>
    static void for_each_memory(Self& self, Visit&& visit) {
      visit(self.layer), visit(self.spell), visit(self.update_ratio), visit(self.largest);
    }
  };
  RunFacts facts_;
  std::vector<Entry> layers_;
};

}  // namespace seegrad::observe
