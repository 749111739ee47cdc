#include "seegrad/train/factor_grid.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/math/error.hpp"
#include "seegrad/record/csv_row.hpp"

namespace seegrad::train {
namespace {

double square(double x) { return x * x; }

}  // namespace

FactorGrid::FactorGrid(std::vector<Factor> factors, std::size_t repeats) : factors_(std::move(factors)), repeats_(repeats) {
  if (factors_.empty() || repeats_ == 0) throw Error("a grid of factors needs a factor, and a repetition of each setting");
  std::size_t count = repeats_;
  for (const Factor& factor : factors_) {
    if (factor.levels.empty()) throw Error(fmt::format("a grid of factors: {} has no level", factor.name));
    count *= factor.levels.size();
  }
  values_.assign(count, NAN);
}

FactorGrid::Setting FactorGrid::setting(std::size_t place) const {
  Setting setting(factors_.size());
  std::size_t cell = place / repeats_;
  for (std::size_t k = factors_.size(); k-- > 0; cell /= factors_[k].levels.size()) setting[k] = cell % factors_[k].levels.size();
  return setting;
}

std::size_t FactorGrid::missing() const {
  return static_cast<std::size_t>(std::count_if(values_.begin(), values_.end(), [](double v) { return !std::isfinite(v); }));
}

template <class Chosen>
double FactorGrid::mean_where(Chosen chosen) const {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (std::isfinite(values_[i]) && chosen(i)) sum += values_[i], ++count;
  return sum / count;
}

double FactorGrid::mean(std::size_t factor, std::size_t level) const {
  return mean_where([&](std::size_t i) { return setting(i)[factor] == level; });
}

FactorGrid::Cell FactorGrid::cell(std::size_t begin) const {
  Cell cell{.setting = setting(begin)};
  std::vector<double> there;
  for (std::size_t i = begin; i < begin + repeats_; ++i) {
    if (!std::isfinite(values_[i])) continue;
    if (there.empty()) cell.first = i;
    there.push_back(values_[i]);
  }
  const auto count = static_cast<double>(there.size());
  double sum = 0, squares = 0;
  for (const double v : there) sum += v;
  cell.mean = sum / count;
  for (const double v : there) squares += square(v - cell.mean);
  if (count > 1) cell.deviation = std::sqrt(squares / (count - 1));
  return cell;
}

std::vector<FactorGrid::Cell> FactorGrid::cells() const {
  std::vector<Cell> all;
  for (std::size_t begin = 0; begin < values_.size(); begin += repeats_)
    if (Cell one = cell(begin); std::isfinite(one.mean)) all.push_back(std::move(one));
  std::stable_sort(all.begin(), all.end(), [](const Cell& a, const Cell& b) { return a.mean > b.mean; });
  return all;
}

std::vector<FactorGrid::Share> FactorGrid::shares() const {
  const double middle = missing() > 0 ? NAN : mean_where([](std::size_t) { return true; });  // exact for a full grid only
  double total = 0, rest = 1;
  for (const double v : values_) total += square(v - middle);
  std::vector<Share> shares;
  const auto add = [&](const std::string& name, double squares) {
    shares.push_back({name, total > 0 ? squares / total : NAN});
    rest -= shares.back().share;
  };
  for (std::size_t k = 0; k < factors_.size(); ++k) {
    const auto levels = static_cast<double>(factors_[k].levels.size()), values = static_cast<double>(values_.size());
    double squares = 0;
    for (std::size_t level = 0; level < factors_[k].levels.size(); ++level) squares += square(mean(k, level) - middle);
    add(factors_[k].name, squares * values / levels);
  }
  double chance = 0;
  for (std::size_t begin = 0; begin < values_.size(); begin += repeats_) {
    const double centre = cell(begin).mean;
    for (std::size_t i = begin; i < begin + repeats_; ++i) chance += square(values_[i] - centre);
  }
  add("seed", chance);
  shares.push_back({"together", rest});
  return shares;
}

std::string FactorGrid::csv(std::string_view value) const {
  records::CsvRow rows;
  for (const Factor& factor : factors_) rows << std::string_view(factor.name);
  rows << value << std::string_view("sd");
  rows.end_line();
  for (const Cell& cell : cells()) {
    for (std::size_t k = 0; k < factors_.size(); ++k) rows << std::string_view(level(cell.setting, k));
    rows << cell.mean << cell.deviation;
    rows.end_line();
  }
  return rows.text();
}

std::size_t as_good_as_first(const std::vector<FactorGrid::Cell>& cells, std::size_t repeats) {
  if (cells.empty()) return 0;
  const FactorGrid::Cell& best = cells.front();
  return static_cast<std::size_t>(std::count_if(cells.begin() + 1, cells.end(), [&](const FactorGrid::Cell& c) {
    return best.mean - c.mean < 2 * std::hypot(best.deviation, c.deviation) / std::sqrt(static_cast<double>(repeats));
  }));
}

}  // namespace seegrad::train
