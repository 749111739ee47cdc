// What is wrong with a network: where, since when, seen by which numbers, why, and what to try.
//
// A rule follows a run as any RunObserver does and says at the end what it has found, mostly nothing. It speaks about the state in
// which the run is now and has been for a while: a bad start that was overcome is no finding. The Diagnostician owns the rules.
// docs/diagnosis.md explains each of them, with the numbers of healthy and of broken runs between which the thresholds lie.
//
// Judged from delta and h, never from the ratio of weight gradients: where signals decay forward and gradients decay backward, the
// two cancel in their product and all weight gradients look alike (Glorot and Bengio 2010, section 4.2.2).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "seegrad/observe/run_observer.hpp"

namespace seegrad::observe {

/// A number that shows it.
struct Evidence {
  std::string name;  ///< words_joined_like_this
  double value = 0;
  bool operator==(const Evidence&) const = default;
};

/// A flag to change, without its dashes: {"init", "auto"}.
struct Change {
  std::string flag, value;
  bool operator==(const Change&) const = default;
};

struct Diagnosis {
  enum class Severity { warning, failure };

  std::string name;  ///< the rule's
  Severity severity = Severity::warning;
  std::vector<std::int64_t> layers;  ///< those concerned, counted from 1, in order; none: the whole network
  std::int64_t units = 0;            ///< units concerned; 0 where it is not a matter of units
  std::int64_t since = -1;           ///< first step of the unbroken period that holds now; -1 where there is none
  std::vector<Evidence> evidence;    ///< finite numbers
  std::string what;                  ///< one sentence with the numbers
  std::string why;                   ///< one line: the mechanism
  std::string page;                  ///< where it is explained: "docs/diagnosis.md#vanishing"
  std::string remedy;                ///< one line
  std::vector<Change> changes;       ///< of the run's flags, for a run that tries the remedy; may be none

  /// The first layer concerned, 0 for the whole network.
  std::int64_t layer() const { return layers.empty() ? 0 : layers.front(); }
  bool operator==(const Diagnosis&) const = default;
};

/// "vanishing" -> "docs/diagnosis.md#vanishing".
std::string page_of(std::string_view rule);

/// What a rule may know of the run, to judge it and to give advice that fits. Texts as the flags print them.
struct RunFacts {
  std::int64_t classes = 0;  ///< 0: unknown, and guessing is not recognised
  std::int64_t depth = 0;    ///< hidden layers
  std::string activation, init, optimizer, normalisation;
  double learning_rate = 0;  ///< the largest of the schedule; 0: unknown
};

class Rule : public RunObserver {
 public:
  virtual std::string_view name() const = 0;
  /// None or one, mostly, about the run so far.
  virtual std::vector<Diagnosis> verdicts() const = 0;
  /// Whether `other`, another rule's, follows from this rule's `mine`, so that it need not be said as well.
  virtual bool explains(const Diagnosis& /*mine*/, const Diagnosis& /*other*/) const { return false; }

  /// Rows of a step in which something is not finite prove nothing any more; a rule sees only the others.
  void logged(const StepRecord& step, std::span<const LayerStatistics> layers) final;

 protected:
  virtual void look(const StepRecord& /*step*/, std::span<const LayerStatistics> /*layers*/) {}
};

/// One of each rule. A new rule is a class and a line here.
std::vector<std::unique_ptr<Rule>> all_rules(const RunFacts& facts);

class Diagnostician : public RunObserver {
 public:
  explicit Diagnostician(const RunFacts& facts) : Diagnostician(all_rules(facts)) {}
  explicit Diagnostician(std::vector<std::unique_ptr<Rule>> rules) : rules_(std::move(rules)) {}

  const std::vector<std::unique_ptr<Rule>>& rules() const { return rules_; }
  /// Failures before warnings, then by layer, the whole network last, then in the order of the rules.
  std::vector<Diagnosis> verdicts() const;

  void step(std::int64_t step, double loss) override;
  void logged(const StepRecord& step, std::span<const LayerStatistics> layers) override;
  void histograms(std::span<const LayerHistogram> histograms) override;
  void probed(const UnitLedger& ledger) override;
  void epoch(const EpochRecord& record) override;
  void not_finite(const NotFinite& found) override;
  void save(Memory& memory) const override;
  void restore(const Memory& memory) override;

 private:
  std::vector<std::unique_ptr<Rule>> rules_;
};

/// For a terminal: a line that names it and says what is the case, and below it, indented, why, and what to try with the command that
/// does it; "" leaves the command out. Ends in a line break.
std::string describe(const Diagnosis& diagnosis, std::string_view command = "");

}  // namespace seegrad::observe
