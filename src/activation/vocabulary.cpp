#include "activation/vocabulary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seegrad::formula_text {
namespace {

std::vector<Function> make_vocabulary() {
  std::vector<Function> all{
      {"min", 2, [](auto a) { return min(a[0], a[1]); }},
      {"max", 2, [](auto a) { return max(a[0], a[1]); }},
      {"clamp", 3, [](auto a) { return clamp(a[0], a[1], a[2]); }},
      {"pow", 2, [](auto a) { return power(a[0], a[1]); }},
      {"Phi", 1, [](auto a) { return normal_cdf(a[0]); }},
      {"phi", 1, [](auto a) { return normal_pdf(a[0]); }},
      {"ln", 1, [](auto a) { return log(a[0]); }},
  };
  // Words from `gate` on go by their own names.
  for (int i = int(Word::gate); i < word_count; ++i) {
    const Word word = Word(i);
    if (word == Word::pow) continue;
    const int arguments = info(word).arguments;
    all.push_back({info(word).name, arguments, [word, arguments](auto a) {
                     return Symbol::of_index(Symbol::write(word, a[0].index(), arguments > 1 ? a[1].index() : -1));
                   }});
  }
  return all;
}

Symbol whole_power(Symbol base, int exponent) {
  if (exponent == 0) return 1;
  if (exponent == 1) return base;
  const Symbol half = whole_power(base, exponent / 2);
  return exponent % 2 == 0 ? half * half : half * half * base;
}

}  // namespace

const std::vector<Function>& vocabulary() {
  static const std::vector<Function> all = make_vocabulary();
  return all;
}

const Function* find_function(std::string_view name) {
  const auto found = std::find_if(vocabulary().begin(), vocabulary().end(), [&](const Function& f) { return f.name == name; });
  return found == vocabulary().end() ? nullptr : &*found;
}

bool is_reserved(std::string_view name) {
  return name == "x" || name == "pi" || name == "e" || name == "select" || find_function(name) != nullptr;
}

Symbol power(Symbol base, Symbol exponent) {
  constexpr double most = 16;
  if (base.constant() == std::numbers::e) return exp(exponent);
  const double n = exponent.constant().value_or(0.5);
  if (n != std::floor(n) || std::fabs(n) > most) return pow(base, exponent);
  const Symbol y = whole_power(base, int(std::fabs(n)));
  return n < 0 ? Symbol(1) / y : y;
}

Symbol inlined(const Formula& formula, Symbol x, std::span<const Symbol> parameters) {
  std::vector<int> place;
  const auto at = [&](int index) { return index < 0 ? -1 : place[std::size_t(index)]; };
  for (const Instruction& step : formula.program().instructions()) {
    if (step.word == Word::constant)
      place.push_back(Symbol(step.constant).index());
    else if (step.word == Word::x)
      place.push_back(x.index());
    else if (step.word == Word::parameter)
      place.push_back(parameters[std::size_t(step.parameter)].index());
    else
      place.push_back(Symbol::write(step.word, at(step.a), at(step.b), at(step.c)));
  }
  return Symbol::of_index(place.back());
}

}  // namespace seegrad::formula_text
