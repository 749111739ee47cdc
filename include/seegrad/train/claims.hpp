// What a paper says about numbers, put so that a program can check it: "RMS delta falls to between 0.2 and 0.27 a layer" is a claim, and
// whether it holds is asked once for each seed. Where the numbers come from (programs that print JSON) is told in experiment.hpp.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::train {

/// The numbers of a JSON text by their place in it: "test_accuracy", "numbers.relu.delta_factor", "layers.0.h_mean", and counted from the
/// end "layers.-1.h_mean". Elements with a name are found by it too: "diagnoses.dead.layer".
using Numbers = std::map<std::string, double>;
/// Of the runs of one seed, by the run's name.
using RunNumbers = std::map<std::string, Numbers>;

/// One side of a claim: a number, or what runs measured. "relu:test_accuracy - tanh:test_accuracy" is two terms and one of + - * / with
/// spaces around it, taken from left to right; "max(relu:layers.0..-2.h_mean)" looks at several layers; min, max, mean, and has, which is
/// 1 where there is such a place ("has(deep:diagnoses.vanishing)") and else 0.
class Side {
 public:
  Side() = default;
  /// Throws UsageError, saying what was expected, when the text is none.
  explicit Side(std::string_view text);
  Side(double number);

  /// Throws Error, with the nearest name, when a run has no such number.
  double value(const RunNumbers& runs) const;
  /// The names of the runs that it asks.
  std::vector<std::string> runs() const;
  /// Where it asks this run for a place with the part `from`, it asks for `to` instead.
  void rename(std::string_view run, std::string_view from, std::string_view to);
  bool is_number() const { return terms_.size() == 1 && terms_.front().run.empty(); }

 private:
  struct Term {
    char combine = '+';
    std::string function{}, run{}, path{};
    double number = 0;
  };
  static Term term_of(std::string_view word);
  static double value_of(const Term& term, const RunNumbers& runs);
  std::vector<Term> terms_;
};

struct Claim {
  enum class Relation { less, more, at_most, at_least, between, equals };
  std::string says;      ///< by the source, in our own words
  std::string expected;  ///< its numbers, for the reader
  Side left, right;
  Relation relation = Relation::less;
  double low = 0, high = 0;       ///< of between
  std::string known_not_to_hold;  ///< why, where we found that it does not; it is judged all the same
};

/// "<", ..., "between", "equals"; throws UsageError for anything else.
Claim::Relation parse_relation(std::string_view word);
/// "< 0.5", "between 0.2 and 0.27", "> the right side"
std::string relation_text(const Claim& claim);

/// What one seed says.
struct Sample {
  std::uint64_t seed = 0;
  double left = 0, right = 0;
  bool holds = false;
};
/// A number that is none (NaN) makes no claim hold.
Sample judge(const Claim& claim, std::uint64_t seed, const RunNumbers& runs);

struct Spread {
  double mean = 0, deviation = 0;  ///< the sample's standard deviation; 0 of fewer than two numbers
};
Spread spread_of(const std::vector<double>& numbers);
/// "0.231 +- 0.004", to as many digits as the deviation leaves.
std::string spread_text(const std::vector<double>& numbers);

/// mostly: on more than half of the seeds; not_judged: no seed gave the numbers.
enum class Verdict { holds, mostly, rarely, does_not_hold, not_judged };
std::string_view name_of(Verdict verdict);
Verdict verdict_of(std::size_t held, std::size_t judged);

struct JudgedClaim {
  Claim claim;
  std::vector<Sample> samples;       ///< of the seeds that could be judged
  std::vector<std::string> missing;  ///< why others could not
  std::size_t held() const;
  Verdict verdict() const { return verdict_of(held(), samples.size()); }
};

/// Of all claims together: holds when all do, does_not_hold when none does on any seed.
Verdict verdict_of(const std::vector<JudgedClaim>& claims);

}  // namespace seegrad::train
