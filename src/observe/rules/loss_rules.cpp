#include "observe/rules/loss_rules.hpp"

#include <fmt/format.h>

namespace seegrad::observe {
namespace {

// Where a symptom becomes a finding.
constexpr std::int64_t window = 50;  // steps, of the running mean
constexpr double chance_distance = 0.02;
constexpr std::int64_t chance_updates = 500, fewest_updates = 100;
constexpr double chance_margin = 0.1;  // of the way from the accuracy of guessing to 1
constexpr double test_chance_distance = 0.05;
constexpr std::int64_t memorising_epochs = 2, accuracy_window = 20;
constexpr double moving_update = 1e-5, thrown_about = 0.1;  // between these, steps are neither too small nor too large
constexpr double wild_start = 10;                           // times the loss of guessing, with which a sound network begins

}  // namespace

// ---- chance_level --------------------------------------------------------------------------------------------------------------

ChanceLevel::ChanceLevel(const RunFacts& facts) : facts_(facts) {
  if (facts.classes > 1) chance_ = std::log(static_cast<double>(facts.classes));
}

bool ChanceLevel::is_chance(double accuracy) const {
  const double guessing = 1 / static_cast<double>(facts_.classes);
  return accuracy < guessing + chance_margin * (1 - guessing);
}

void ChanceLevel::step(std::int64_t step, double loss) {
  if (chance_ == 0 || !std::isfinite(loss)) return;
  last_step_ = step;
  mean_ += (loss - mean_) / static_cast<double>(std::min(spell_.looks + 1, window));
  spell_.look(step, mean_ >= chance_ - chance_distance);
}

void ChanceLevel::epoch(const EpochRecord& record) {
  if (chance_ == 0) return;
  train_loss_ = record.train_loss;
  test_loss_ = record.test_loss;
  test_accuracy_ = record.test_accuracy;
  memorising_.look(last_step_, is_chance(record.test_accuracy) && record.test_loss >= chance_ - test_chance_distance);
}

void ChanceLevel::look(const StepRecord& step, Rows rows) {
  ++accuracies_;
  train_accuracy_ += (step.train_accuracy - train_accuracy_) / static_cast<double>(std::min(accuracies_, accuracy_window));
  profile_ = DeltaProfile::of(rows);
  if (step.step == 0) return;
  for (const LayerStatistics& row : rows)
    if (std::isfinite(row.update_ratio)) largest_update_ = std::max(largest_update_, row.update_ratio);
}

bool ChanceLevel::guesses() const {
  // A loss can be large because of a few answers that are wrong beyond measure, while most are right.
  if (accuracies_ > 0 && !is_chance(train_accuracy_)) return false;
  return spell_.held >= chance_updates || (spell_.held >= fewest_updates && 2 * spell_.held >= spell_.looks);
}

bool ChanceLevel::gradients_arrive() const { return profile_.hidden == 0 || (std::isfinite(profile_.ratio) && !profile_.vanishes()); }

/// Why, and what to do: by how far the gradient comes and what it moves.
void ChanceLevel::explain(Diagnosis& found) const {
  if (!gradients_arrive()) {
    found.why = "the gradient does not arrive in the first layers, so what they make of the data stays as random as it began";
    Advice advice = keep_the_gradient(facts_);
    found.remedy = std::move(advice.remedy);
    found.changes = std::move(advice.changes);
  } else if (largest_update_ > thrown_about) {
    found.why = "gradients arrive in every layer, but the steps are so large that the network is thrown about";
    found.remedy = "take smaller steps";
    found.changes = smaller_learning_rate(facts_, largest_update_);
  } else if (largest_update_ > 0 && largest_update_ < moving_update) {
    found.why = "gradients arrive in every layer, but the steps are so small that nothing moves";
    found.remedy = "take larger steps: the optimiser's usual rate, or 10 times this one";
    if (facts_.learning_rate > 0) found.changes = {{"lr", fmt::format("{:.6g}", 10 * facts_.learning_rate)}};
  } else {
    found.why =
        "gradients arrive in every layer and move the weights, so it is the data that have nothing to teach: are the labels right, and do "
        "they belong to these samples?";
    found.remedy =
        "look at some samples beside their labels; train on 100 of them: a network that learns these by heart is sound, and it is the data";
    found.changes = {{"train-samples", "100"}, {"batch", "10"}, {"epochs", "100"}};
  }
}

Diagnosis ChanceLevel::of_guessing() const {
  Diagnosis found;
  found.severity = Severity::failure;
  found.since = spell_.since;
  found.evidence = {{"train_loss", mean_}, {"loss_of_guessing", chance_}, {"updates", static_cast<double>(spell_.held)}};
  if (std::isfinite(profile_.ratio)) found.evidence.push_back({"delta_first_to_last", profile_.ratio});
  found.evidence.push_back({"largest_update_ratio", largest_update_});
  found.what = fmt::format(
      "for {} updates the loss has been no better than that of guessing: {:.3f}, where guessing among {} classes costs "
      "{:.3f}",
      spell_.held, mean_, facts_.classes, chance_);
  explain(found);
  return found;
}

Diagnosis ChanceLevel::of_memorising() const {
  Diagnosis found;
  found.severity = Severity::failure;
  found.since = memorising_.since;
  found.evidence = {{"test_accuracy", test_accuracy_},
                    {"accuracy_of_guessing", 1 / static_cast<double>(facts_.classes)},
                    {"train_loss", train_loss_},
                    {"test_loss", test_loss_},
                    {"epochs", static_cast<double>(memorising_.held)}};
  if (std::isfinite(profile_.ratio)) found.evidence.push_back({"delta_first_to_last", profile_.ratio});
  const std::string_view heart = train_loss_ < chance_ / 2                 ? ": it has learned its samples by heart"
                                 : train_loss_ < chance_ - chance_distance ? ": it begins to learn its samples by heart"
                                                                           : "";
  found.what = fmt::format(
      "on the test set the network guesses ({:.1f} % right of {} classes, loss {:.3f}; guessing costs {:.3f}), and its training "
      "loss is {:.3f}{}",
      100 * test_accuracy_, facts_.classes, test_loss_, chance_, train_loss_, heart);
  if (!gradients_arrive()) {
    explain(found);
    return found;
  }
  found.why =
      "gradients arrive in every layer, but the network finds nothing in its samples that holds for others: are the labels right, and do "
      "they belong to these samples?";
  found.remedy = "look at some samples beside their labels, of the training set and of the test set";
  return found;
}

std::vector<Diagnosis> ChanceLevel::verdicts() const {
  if (chance_ == 0) return {};
  if (guesses()) return {of_guessing()};
  if (memorising_.held >= memorising_epochs) return {of_memorising()};
  return {};
}

// ---- not_finite ----------------------------------------------------------------------------------------------------------------

void NotFiniteRule::look(const StepRecord& step, Rows rows) {
  if (step.step != 0) return;
  for (const LayerStatistics& row : rows)
    if (std::isfinite(row.update_ratio)) first_update_ = std::max(first_update_, row.update_ratio);
}

void NotFiniteRule::step(std::int64_t step, double loss) {
  if (step == 0) first_loss_ = loss;
}

bool NotFiniteRule::starts_wild() const {
  return facts_.classes > 1 && first_loss_ > wild_start * std::log(static_cast<double>(facts_.classes));
}

void NotFiniteRule::not_finite(const NotFinite& found) {
  if (happened_) return;
  happened_ = true;
  found_ = found;
}

std::vector<Diagnosis> NotFiniteRule::verdicts() const {
  if (!happened_) return {};
  Diagnosis found;
  found.severity = Severity::failure;
  if (found_.layer > 0) found.layers = {found_.layer};
  found.since = found_.step;
  found.evidence = {{"step", static_cast<double>(found_.step)}};
  if (first_update_ > 0) found.evidence.push_back({"first_update_ratio", first_update_});
  if (std::isfinite(first_loss_)) found.evidence.push_back({"first_loss", first_loss_});
  const std::string where = found_.layer == 0
                                ? ""
                                : fmt::format("; going forward and back, the first number that is not finite lies in {} of layer {}",
                                              found_.tensor.empty() ? "a tensor" : found_.tensor, found_.layer);
  const std::string size = first_update_ > 0 ? fmt::format(", after a first update of {:.3g} of the weights' size", first_update_) : "";
  found.what = fmt::format("at step {} the loss became {}{}{}", found_.step,
                           std::isnan(found_.loss)   ? "NaN"
                           : std::isinf(found_.loss) ? "infinite"
                                                     : fmt::format("{:.3g}", found_.loss),
                           size, where);
  if (found_.step == 0) {
    found.why = "before any update: the numbers overflow with the weights that the network starts from";
    found.remedy = "start from smaller weights";
    if (facts_.init != "auto") found.changes = {{"init", "auto"}};
  } else if (starts_wild() && facts_.init != "auto") {
    found.why = fmt::format(
        "the weights that the network starts from are far too large: the first loss was {:.3g}, where guessing costs {:.3g}, and such "
        "errors make steps as large",
        first_loss_, std::log(static_cast<double>(facts_.classes)));
    found.remedy = "start from smaller weights";
    found.changes = {{"init", "auto"}};
  } else {
    found.why = "each step overshot further than the one before, until a product was too large for the number format";
    found.remedy = "take smaller steps, or cut off gradients that are too long (--clip 1)";
    found.changes = smaller_learning_rate(facts_, first_update_);
  }
  return {found};
}

}  // namespace seegrad::observe
