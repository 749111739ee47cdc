#include "seegrad/optim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "math/call_text.hpp"

namespace seegrad::optim {

using call_text::Form;

/// One kind of schedule: what it takes, and its factor on the base rate.
struct ScheduleRule {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::vector<Form> forms;
  double (*factor)(std::span<const double> parameters, const Progress& progress);
};

namespace {

double constant_factor(std::span<const double>, const Progress&) { return 1; }

double step_factor(std::span<const double> parameters, const Progress& progress) {
  const std::int64_t epoch = progress.step / std::max<std::int64_t>(1, progress.steps_per_epoch);
  return std::pow(parameters[1], std::floor(static_cast<double>(epoch) / parameters[0]));
}

double cosine_factor(std::span<const double> parameters, const Progress& progress) {
  const auto total = static_cast<double>(std::max<std::int64_t>(1, progress.total_steps));
  const double done = std::clamp(static_cast<double>(progress.step) / total, 0.0, 1.0);
  return parameters[0] + (1 - parameters[0]) * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

const std::vector<ScheduleRule>& rules() {
  static const std::vector<ScheduleRule> table{
      {"constant", {"none"}, {}, constant_factor},
      {"step", {"step_lr"}, {{"every", 10, {.lower = 1, .whole = true}}, {"factor", 0.1, call_text::positive}}, step_factor},
      {"cosine", {"cosine_annealing"}, {{"floor", 0, {.lower = 0, .upper = 1}}}, cosine_factor},
  };
  return table;
}

constexpr Form warmup{"warmup", 0, {.lower = 0, .upper = 1e15, .whole = true}};

std::vector<Form> forms_with_warmup(const ScheduleRule& rule) {
  std::vector<Form> forms = rule.forms;
  forms.push_back(warmup);
  return forms;
}

}  // namespace

Schedule::Schedule() : Schedule(rules().front()) {}

Schedule::Schedule(const ScheduleRule& rule) : rule_(&rule) {
  for (const Form& form : rule.forms) parameters_.push_back(form.value);
}

Schedule Schedule::parse(std::string_view text) {
  const call_text::Call call = call_text::split("schedule", text);
  Schedule schedule(call_text::find("schedule", call.name, rules()));
  schedule.parameters_ =
      call_text::read_parameters("schedule " + std::string(schedule.name()), call.inside, forms_with_warmup(*schedule.rule_));
  schedule.warmup_steps_ = static_cast<std::int64_t>(schedule.parameters_.back());
  schedule.parameters_.pop_back();
  return schedule;
}

std::vector<Schedule> Schedule::all() {
  std::vector<Schedule> schedules;
  for (const ScheduleRule& rule : rules()) schedules.push_back(Schedule(rule));
  return schedules;
}

std::string Schedule::to_string() const {
  std::vector<double> values = parameters_;
  values.push_back(static_cast<double>(warmup_steps_));
  return call_text::print(name(), forms_with_warmup(*rule_), values);
}

std::string_view Schedule::name() const { return rule_->name; }

Schedule Schedule::with_warmup(std::int64_t steps) const {
  call_text::check("schedule, warmup", static_cast<double>(steps), warmup.range);
  Schedule schedule = *this;
  schedule.warmup_steps_ = steps;
  return schedule;
}

double Schedule::factor(const Progress& progress) const {
  if (progress.step < warmup_steps_) return static_cast<double>(progress.step + 1) / static_cast<double>(warmup_steps_);
  Progress after = progress;
  after.step -= warmup_steps_;
  after.total_steps -= warmup_steps_;
  return rule_->factor(parameters_, after);
}

}  // namespace seegrad::optim
