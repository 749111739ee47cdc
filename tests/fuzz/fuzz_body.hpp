// What must hold for any bytes at all. The fuzzers feed it with what they invent, a test with what they once found.
#pragma once

#include "seegrad/activation/activation.hpp"
#include "seegrad/activation/program.hpp"
#include "seegrad/activation/text_formula.hpp"
#include "seegrad/math/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace seegrad::fuzz {

inline void demand(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

/// f, f', f'' and the derivatives along parameters, at ordinary and extreme points, in both precisions.
template <class T>
void evaluate(const Activation& f) {
  using Limits = std::numeric_limits<T>;
  const std::vector<T> x{0,
                         T(-0.0),
                         T(0.5),
                         -1,
                         3,
                         -20,
                         100,
                         Limits::min(),
                         Limits::max(),
                         Limits::lowest(),
                         Limits::infinity(),
                         -Limits::infinity(),
                         Limits::quiet_NaN()};
  const std::vector<T> values(f.parameters().begin(), f.parameters().end());
  std::vector<const T*> pointers;
  for (const T& v : values) pointers.push_back(&v);
  std::vector<T> y(x.size());
  for (int first = -1; first <= int(values.size()); ++first)
    for (int second = -1; second <= first; ++second) {
      const Derivative derivative{first, second};
      if (!f.formula().has(derivative)) continue;
      f.formula().apply(ElementwiseCall<T>{x.data(), nullptr, y.data(), x.size(), pointers.data(), false}, derivative);
      demand(std::isnan(y.back()), "NaN in must give NaN out");
    }
}

/// An accepted activation prints to a text that reads back as the same activation.
inline void examine(const Activation& f) {
  const std::string printed = f.to_string();
  demand(printed.size() <= TextFormulaLimits::characters, "a printed activation is too long to be read back");
  const Activation again = Activation::parse(printed);
  demand(again == f, "an activation does not read back equal");
  demand(again.to_string() == printed, "the printed text changes when it is read and printed");
  const auto code = f.formula().program().instructions(), same = again.formula().program().instructions();
  demand(std::equal(code.begin(), code.end(), same.begin(), same.end()), "the text that was read back has another program");
  evaluate<float>(f);
  evaluate<double>(f);
}

/// A message is fit for a terminal.
inline void examine(const UsageError& error) {
  const std::string_view message = error.what();
  demand(!message.empty() && message.size() < 4000, "a message is empty or endless");
  const auto printable = [](char c) { return (c >= ' ' && c <= '~') || c == '\n'; };
  demand(std::all_of(message.begin(), message.end(), printable), "a message has foreign bytes");
}

inline void formula(std::string_view bytes) {
  try {
    examine(Activation(parse_formula(bytes)));
  } catch (const UsageError& error) {
    examine(error);
  }
}

inline void activation(std::string_view bytes) {
  try {
    examine(Activation::parse(bytes));
  } catch (const UsageError& error) {
    examine(error);
  }
}

}  // namespace seegrad::fuzz
