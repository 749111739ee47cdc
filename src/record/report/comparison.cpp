#include "record/report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "record/utf8.hpp"

namespace seegrad::records::report {
namespace {

constexpr std::array<std::string_view, 8> beside_the_point{"out",      "quiet", "json", "threads", "live", "resume", "checkpoint-every",
                                                           "log-every"};
constexpr double large_factor = 10, apart = 0.1, window_share = 0.02;

std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result;
  for (std::size_t i = 0; !text.empty() && i < longest; ++i) append_utf8(result, next_character(text));
  return text.empty() ? result : result + "\u2026";
}

const Setting* flag(const Run& run, std::string_view name) {
  const Settings& flags = flags_of(run);
  const auto at = std::find_if(flags.begin(), flags.end(), [&](const Setting& s) { return s.name == name; });
  return at == flags.end() ? nullptr : &*at;
}

/// As they are written: NaN, which is written as null, is the same as NaN.
bool same(const Setting* a, const Setting* b) { return a && b ? to_json(Settings{*a}) == to_json(Settings{*b}) : a == b; }

/// "relu", "depth 10", "shuffle-labels"; empty for a switch that is off, or a flag that is not there.
std::string words_of(const Setting* setting) {
  if (!setting) return "";
  return std::visit(
      [&](const auto& value) -> std::string {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>)
          return value ? setting->name : "";
        else if constexpr (std::is_same_v<Value, std::string>)
          return setting->name == "activation" ? shortened(value) : value.empty() ? "" : setting->name + " " + shortened(value);
        else if constexpr (std::is_arithmetic_v<Value>)
          return fmt::format("{} {:.6g}", setting->name, static_cast<double>(value));
        else
          return "";
      },
      setting->value);
}

std::string name_of(const Run& run, const std::vector<std::string>& telling) {
  constexpr std::size_t most_words = 4;
  std::string name;
  std::size_t words = 0;
  for (const std::string& flag_name : telling) {
    const std::string text = words_of(flag(run, flag_name));
    if (text.empty() || words++ == most_words) continue;
    name += (name.empty() ? "" : ", ") + text;
  }
  if (name.empty()) name = words_of(flag(run, "activation"));
  return name.empty() ? "run" : name;
}

/// What of a run is compared with another.
struct Pair {
  const Run *a = nullptr, *b = nullptr;
};

std::vector<Pair> pairs_of(std::span<const Run> runs) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (std::size_t k = i + 1; k < runs.size(); ++k) pairs.push_back({&runs[i], &runs[k]});
  return pairs;
}

Parting parting_between(Pair pair, double a, double b) {
  Parting parting;
  if (b < a) std::swap(pair.a, pair.b), std::swap(a, b);
  parting.runs = {pair.a->name, pair.b->name};
  parting.values = {a, b};
  return parting;
}

/// 12, 3400, 1.4 million, 2.1e+11
std::string in_words(double factor) {
  if (factor < 1e5) return fmt::format("{:.0f}", factor);
  if (factor < 1e6) return fmt::format("{:.0f} thousand", factor / 1e3);
  if (factor < 1e9) return fmt::format("{:.3g} million", factor / 1e6);
  return fmt::format("{:.1e}", factor);
}

std::string gradient_sentence(const Parting& p) {
  const double factor = p.values[1] / p.values[0];
  if (p.values[0] == 0)
    return fmt::format("They part before the first update: in layer {} no gradient arrives with {}, but one of {:.2e} (RMS delta) with {}.",
                       *p.layer, p.runs[0], p.values[1], p.runs[1]);
  return fmt::format("They part before the first update: in layer {} the gradient (RMS delta) is {} times smaller with {} than with {}.",
                     *p.layer, in_words(factor), p.runs[0], p.runs[1]);
}

std::string loss_sentence(const Parting& p) {
  return fmt::format(
      "They part at step {}: from there on the training losses stay more than 10 % apart, {:.3g} with {} and {:.3g} with {}.", p.step,
      p.values[0], p.runs[0], p.values[1], p.runs[1]);
}

std::optional<Parting> parting_at_start(std::span<const Run> runs) {
  std::optional<Parting> found;
  double largest = large_factor;
  for (const Pair& pair : pairs_of(runs)) {
    const auto &a = pair.a->layers.first, &b = pair.b->layers.first;
    if (a.empty() || a.size() != b.size() || a[0].step != 0 || b[0].step != 0) continue;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double low = std::min(a[i].delta_rms, b[i].delta_rms), high = std::max(a[i].delta_rms, b[i].delta_rms);
      if (!(low >= 0) || !std::isfinite(high) || high == 0 || !(high / low > largest)) continue;
      largest = high / low;
      found = parting_between(pair, a[i].delta_rms, b[i].delta_rms);
      found->layer = a[i].layer;
      found->metric = "delta_rms";
      found->sentence = gradient_sentence(*found);
    }
  }
  return found;
}

/// The losses of two runs at the steps that both logged.
struct CommonSteps {
  std::vector<std::int64_t> step;
  std::vector<double> a, b;
};

CommonSteps common_steps(const StepTable& a, const StepTable& b) {
  CommonSteps common;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a.step[i] == b.step[k]) {
      common.step.push_back(a.step[i]);
      common.a.push_back(a.train_loss[i++]);
      common.b.push_back(b.train_loss[k++]);
    } else {
      a.step[i] < b.step[k] ? ++i : ++k;
    }
  }
  return common;
}

/// The mean of each entry and those before it, at most `window` together. Sums from both ends of blocks of that length make up every
/// window without subtracting: a loss that was huge once leaves no trace in later means.
std::vector<double> running_mean(const std::vector<double>& values, std::size_t window) {
  const std::size_t count = values.size();
  std::vector<double> to_here = values, from_here = values;
  for (std::size_t i = 1; i < count; ++i)
    if (i % window != 0) to_here[i] += to_here[i - 1];
  for (std::size_t i = count; i-- > 1;)
    if (i % window != 0) from_here[i - 1] += from_here[i];
  std::vector<double> means;
  for (std::size_t i = 0; i < count; ++i) {
    const bool inside_block = i < window || (i + 1) % window == 0;
    const double sum = inside_block ? to_here[i] : from_here[i + 1 - window] + to_here[i];
    means.push_back(sum / static_cast<double>(std::min(i + 1, window)));
  }
  return means;
}

std::optional<Parting> parting_of_losses(const Pair& pair) {
  const CommonSteps common = common_steps(pair.a->steps, pair.b->steps);
  const std::size_t count = common.step.size();
  const auto window = std::max<std::size_t>(1, static_cast<std::size_t>(window_share * static_cast<double>(count)));
  const std::vector<double> a = running_mean(common.a, window), b = running_mean(common.b, window);
  std::size_t from = count;
  while (from > 0 && std::abs(a[from - 1] - b[from - 1]) > apart * std::min(a[from - 1], b[from - 1])) --from;
  if (from == count) return std::nullopt;
  Parting parting = parting_between(pair, a[from], b[from]);
  parting.step = common.step[from];
  parting.metric = "train_loss";
  parting.sentence = loss_sentence(parting);
  return parting;
}

}  // namespace

std::vector<std::string> differing_flags(std::span<const Run> runs) {
  std::vector<std::string> names;
  for (const Run& run : runs) {
    for (const Setting& setting : flags_of(run)) {
      const bool seen = std::find(names.begin(), names.end(), setting.name) != names.end();
      const bool mute = std::find(beside_the_point.begin(), beside_the_point.end(), setting.name) != beside_the_point.end();
      const auto differs = [&](const Run& other) { return !same(flag(other, setting.name), &setting); };
      if (!seen && !mute && std::any_of(runs.begin(), runs.end(), differs)) names.push_back(setting.name);
    }
  }
  return names;
}

void name_runs(std::span<Run> runs) {
  const std::vector<std::string> telling = runs.size() == 1 ? std::vector<std::string>{"activation", "depth"} : differing_flags(runs);
  std::set<std::string> taken;
  for (Run& run : runs) {
    const std::string name = name_of(run, telling);
    run.name = name;
    for (int number = 2; !taken.insert(run.name).second; ++number) run.name = fmt::format("{} ({})", name, number);
  }
}

std::optional<Parting> parting_of(std::span<const Run> runs) {
  if (std::optional<Parting> start = parting_at_start(runs)) return start;
  std::optional<Parting> first;
  for (const Pair& pair : pairs_of(runs)) {
    const std::optional<Parting> parting = parting_of_losses(pair);
    if (parting && (!first || parting->step < first->step)) first = parting;
  }
  return first;
}

}  // namespace seegrad::records::report
