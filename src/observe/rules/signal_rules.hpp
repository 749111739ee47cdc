// Rules about what goes forward: whether the activations still tell samples apart, and where they are centred.
#pragma once
#include "observe/rules/rule.hpp"

namespace seegrad::observe {

/// What the first hidden layer still tells apart, the last one no longer does.
class CollapsedForward : public RememberingRule<CollapsedForward> {
 public:
  static constexpr std::string_view rule_name = "collapsed_forward";
  explicit CollapsedForward(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.spell_), visit(self.first_), visit(self.last_), visit(self.collapsed_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  RunFacts facts_;
  Spell spell_;
  double first_ = not_measured, last_ = not_measured;  // standard deviations of h
  std::vector<std::int64_t> collapsed_;                // layers
};

/// Activations of one sign, which push all incoming weights of the next layer's units the same way at once.
class NotCentred : public RememberingRule<NotCentred> {
 public:
  static constexpr std::string_view rule_name = "not_centred";
  explicit NotCentred(const RunFacts& facts) : facts_(facts) {}
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
    double mean_over_deviation = not_measured, coherence = not_measured;

    template <class Self, class Visit>
    static void for_each_memory(Self& self, Visit&& visit) {
      visit(self.layer), visit(self.spell), visit(self.mean_over_deviation), visit(self.coherence);
    }
  };
  RunFacts facts_;
  std::vector<Entry> layers_;
};

}  // namespace seegrad::observe
