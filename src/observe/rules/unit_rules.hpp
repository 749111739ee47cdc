// Rules about single units: those that are silent, those that are stuck, and those that are copies of each other.
#pragma once
#include "observe/rules/rule.hpp"

namespace seegrad::observe {

/// Units that are zero on every sample of the probe set.
class Dead : public RememberingRule<Dead> {
 public:
  static constexpr std::string_view rule_name = "dead";
  explicit Dead(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;
  /// Gradients that stopped arriving after the units had died.
  bool explains(const Diagnosis& mine, const Diagnosis& other) const override;
  void probed(const UnitLedger& ledger) override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.layers_);
  }

 private:
  struct Entry {
    std::int64_t layer = 0;
    Spell spell;
    std::int64_t units = 0, dead = 0, born_dead = 0, deaths = 0, revivals = 0;
    double share() const { return ratio_of(dead, units); }

    template <class Self, class Visit>
    static void for_each_memory(Self& self, Visit&& visit) {
      visit(self.layer), visit(self.spell), visit(self.units), visit(self.dead), visit(self.born_dead), visit(self.deaths);
      visit(self.revivals);
    }
  };
  RunFacts facts_;
  std::vector<Entry> layers_;
};

/// Values or whole units where the activation has next to no slope, exact zeros not among them: a rectifier is silent on half of its
/// samples by design.
class Saturated : public RememberingRule<Saturated> {
 public:
  static constexpr std::string_view rule_name = "saturated";
  explicit Saturated(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;
  void probed(const UnitLedger& ledger) override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.layers_), visit(self.largest_update_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  struct Entry {
    std::int64_t layer = 0;
    Spell of_values, of_units, spell;  // the last is the longer one of those that last, for a verdict
    std::int64_t units = 0, stuck = 0;
    double values = 0, values_at_start = 0;
    double unit_share() const { return ratio_of(stuck, units); }
    bool fails() const;

    template <class Self, class Visit>
    static void for_each_memory(Self& self, Visit&& visit) {
      visit(self.layer), visit(self.of_values), visit(self.of_units), visit(self.units), visit(self.stuck), visit(self.values);
      visit(self.values_at_start);
    }
  };
  RunFacts facts_;
  std::vector<Entry> layers_;
  double largest_update_ = 0;  // of all layers and logged steps
};

/// Units of a layer that began as copies of each other and still are.
class Symmetry : public RememberingRule<Symmetry> {
 public:
  static constexpr std::string_view rule_name = "symmetry";
  explicit Symmetry(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;
  /// All that goes wrong where weights are zero or equal.
  bool explains(const Diagnosis& mine, const Diagnosis& other) const override;
  void probed(const UnitLedger& ledger) override;

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
    std::int64_t units = 0;
    double spread = not_measured, weight_rms = not_measured;

    template <class Self, class Visit>
    static void for_each_memory(Self& self, Visit&& visit) {
      visit(self.layer), visit(self.spell), visit(self.units), visit(self.spread), visit(self.weight_rms);
    }
  };
  RunFacts facts_;
  std::vector<Entry> layers_;
};

}  // namespace seegrad::observe
