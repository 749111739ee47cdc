// Rules about the loss: no better than guessing, or no number at all.
#pragma once
#include "observe/rules/gradient_rules.hpp"

namespace seegrad::observe {

/// A loss that stays at what guessing costs, or a test accuracy that stays there while the training loss falls.
class ChanceLevel : public RememberingRule<ChanceLevel> {
 public:
  static constexpr std::string_view rule_name = "chance_level";
  explicit ChanceLevel(const RunFacts& facts);
  std::vector<Diagnosis> verdicts() const override;
  void step(std::int64_t step, double loss) override;
  void epoch(const EpochRecord& record) override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.mean_), visit(self.spell_), visit(self.memorising_), visit(self.last_step_), visit(self.train_loss_);
    visit(self.test_loss_), visit(self.test_accuracy_), visit(self.profile_), visit(self.largest_update_), visit(self.accuracies_);
    visit(self.train_accuracy_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  bool is_chance(double accuracy) const;
  bool guesses() const;
  bool gradients_arrive() const;
  void explain(Diagnosis& found) const;
  Diagnosis of_guessing() const;
  Diagnosis of_memorising() const;

  RunFacts facts_;
  double chance_ = 0;  // ln(classes)
  double mean_ = 0;    // running mean of the loss
  Spell spell_;        // the running mean is no better than chance
  Spell memorising_;   // by epochs
  std::int64_t last_step_ = 0;
  double train_loss_ = not_measured, test_loss_ = not_measured, test_accuracy_ = not_measured;  // of the last epoch
  DeltaProfile profile_;                                                                        // of the last logged step
  double largest_update_ = 0;  // of all layers and logged steps but the first
  std::int64_t accuracies_ = 0;
  double train_accuracy_ = 0;  // running mean over the logged steps
};

/// The first number that was not finite.
class NotFiniteRule : public RememberingRule<NotFiniteRule> {
 public:
  static constexpr std::string_view rule_name = "not_finite";
  explicit NotFiniteRule(const RunFacts& facts) : facts_(facts) {}
  std::vector<Diagnosis> verdicts() const override;
  void step(std::int64_t step, double loss) override;
  void not_finite(const NotFinite& found) override;

  template <class Self, class Visit>
  static void for_each_memory(Self& self, Visit&& visit) {
    visit(self.happened_), visit(self.found_.step), visit(self.found_.loss), visit(self.found_.layer), visit(self.found_.tensor);
    visit(self.first_update_), visit(self.first_loss_);
  }

 protected:
  void look(const StepRecord& step, Rows rows) override;

 private:
  bool starts_wild() const;

  RunFacts facts_;
  bool happened_ = false;
  NotFinite found_;
  double first_update_ = 0;           // largest update ratio of the first logged step
  double first_loss_ = not_measured;  // of step 0
};

}  // namespace seegrad::observe
