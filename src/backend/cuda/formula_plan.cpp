#include "backend/cuda/formula_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "seegrad/activation/program.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::cuda {
namespace {

using kernels::PieceTotal;
static_assert(kernels::totals_of_piece == total_count);
static_assert(int(PieceTotal::sum) == int(Total::sum) && int(PieceTotal::squares) == int(Total::squares) &&
              int(PieceTotal::min) == int(Total::min) && int(PieceTotal::max) == int(Total::max) &&
              int(PieceTotal::zeros) == int(Total::zeros) && int(PieceTotal::nans) == int(Total::nans) &&
              int(PieceTotal::infinities) == int(Total::infinities) && int(PieceTotal::saturated) == int(Total::saturated) &&
              int(PieceTotal::coherence) == int(Total::coherence) && int(PieceTotal::coherent_rows) == int(Total::coherent_rows));

constexpr std::int64_t usual_piece = 8192;  // elements: four packets of floats or eight of doubles for each thread
constexpr std::int64_t most_pieces = 1024;  // of an array: blocks enough for every device

std::int64_t quotient_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

const ConstArray* learned(const FormulaArguments& f, std::size_t p) {
  return p < f.learned.size() && f.learned[p] ? &f.learned[p] : nullptr;
}

int parameters_of(const FormulaArguments& f) {
  if (f.constants.size() <= kernels::most_parameters) return static_cast<int>(f.constants.size());
  throw Error(fmt::format("formula {}: {} parameters, but kernels on a GPU take at most {}", f.formula->name(), f.constants.size(),
                          kernels::most_parameters));
}

/// Fills `sources`; says whether some parameter varies by column.
template <class T>
bool fill_sources(const FormulaArguments& f, const ConstArray& x, kernels::ParameterSource<T>* sources) {
  bool by_column = false;
  for (std::size_t p = 0; p < static_cast<std::size_t>(parameters_of(f)); ++p) {
    sources[p] = {nullptr, static_cast<T>(f.constants[p]), kernels::Spread::one};
    const ConstArray* values = learned(f, p);
    if (!values) continue;
    sources[p].values = values->as<T>();
    if (values->count() == 1) continue;
    const bool column = values->count() == static_cast<std::size_t>(x.shape[-1]);
    sources[p].spread = column ? kernels::Spread::columns : kernels::Spread::elements;
    by_column |= column;
  }
  return by_column;
}

/// Makes the batches one request after the other; starts another one when something is full.
template <class T>
class Planner {
 public:
  Planner(Array totals, void* workspace, std::size_t workspace_bytes)
      : totals_(totals),
        workspace_(workspace),
        room_(static_cast<std::int64_t>(workspace_bytes / (kernels::totals_of_piece * sizeof(double)))) {
    if (room_ < 1) throw Error("statistics: no workspace");
  }

  /// All those with one formula; `formula` may be null.
  void begin(const Formula* formula) {
    formula_ = formula;
    batches_.emplace_back().formula = formula;
    parameters_ = 0;
  }
  void add(const StatisticsRequest& request, int place) {
    const std::int64_t piece = piece_of(request), pieces = piece ? quotient_up(request.x.shape.count(), piece) : 0;
    const int parameters = request.f.formula ? parameters_of(request.f) : 0;
    if (is_full(pieces, parameters)) begin(formula_);
    StatisticsBatch<T>& batch = batches_.back();
    kernels::StatisticsEntry<T>& entry = batch.table.entry[batch.table.entries++];
    entry.x = request.x.as<T>();
    entry.count = request.x.shape.count();
    entry.piece = piece;
    entry.histogram = static_cast<std::int32_t*>(request.histogram.data);
    entry.first_piece = batch.pieces;
    entry.pieces = static_cast<int>(pieces);
    entry.place = place;
    entry.first_parameter = parameters_;
    entry.saturation = static_cast<T>(request.saturation);
    entry.formula = request.f.formula != nullptr;
    entry.signs = request.signs;
    if (entry.formula) entry.by_column = fill_sources<T>(request.f, request.x, batch.table.parameter + parameters_);
    entry.columns = entry.by_column || entry.signs ? request.x.shape[-1] : 1;
    batch.table.partial = static_cast<double*>(workspace_);
    batch.table.totals = totals_.as<double>();
    batch.pieces += entry.pieces;
    parameters_ += parameters;
  }
  std::vector<StatisticsBatch<T>> take() { return std::move(batches_); }

 private:
  bool is_full(std::int64_t pieces, int parameters) const {
    const StatisticsBatch<T>& batch = batches_.back();
    return batch.table.entries == kernels::most_statistics || parameters_ + parameters > kernels::most_statistics_parameters ||
           batch.pieces + pieces > room_;
  }
  /// Elements of a piece; 0 when there is nothing to cut. Rows stay whole where their signs are asked for.
  std::int64_t piece_of(const StatisticsRequest& request) const {
    const std::int64_t count = request.x.shape.count(), most = std::min(most_pieces, room_);
    if (count == 0) return 0;
    const std::int64_t unit = request.signs ? request.x.shape[-1] : usual_piece, units = quotient_up(count, unit);
    return unit * std::max({quotient_up(units, most), usual_piece / unit, std::int64_t{1}});
  }

  Array totals_;
  void* workspace_;
  std::int64_t room_;  // for pieces
  const Formula* formula_ = nullptr;
  int parameters_ = 0;
  std::vector<StatisticsBatch<T>> batches_;
};

bool same(const Formula* a, const Formula* b) { return a == b || (a && b && a->program().id() == b->program().id()); }

}  // namespace

bool has_learned(const FormulaArguments& f) {
  return std::any_of(f.learned.begin(), f.learned.end(), [](const ConstArray& values) { return static_cast<bool>(values); });
}

template <class T>
kernels::ConstantParameters<T> constant_parameters(const FormulaArguments& f) {
  kernels::ConstantParameters<T> parameters{};
  for (std::size_t p = 0; p < static_cast<std::size_t>(parameters_of(f)); ++p) parameters.constant[p] = static_cast<T>(f.constants[p]);
  return parameters;
}

template <class T>
kernels::MixedParameters<T> mixed_parameters(const FormulaArguments& f, const ConstArray& x) {
  kernels::MixedParameters<T> parameters{};
  if (fill_sources<T>(f, x, parameters.source)) parameters.columns = x.shape[-1];
  return parameters;
}

template <class T>
std::vector<StatisticsBatch<T>> plan_statistics(std::span<const StatisticsRequest> requests, Array totals, void* workspace,
                                                std::size_t workspace_bytes) {
  const auto is_ours = [](const StatisticsRequest& request) { return request.x.dtype == dtype_of<T>(); };
  std::vector<const Formula*> formulas;
  for (const StatisticsRequest& request : requests) {
    const auto known = [&](const Formula* f) { return same(f, request.f.formula); };
    if (is_ours(request) && request.f.formula && std::none_of(formulas.begin(), formulas.end(), known))
      formulas.push_back(request.f.formula);
  }
  if (formulas.empty()) {
    if (std::none_of(requests.begin(), requests.end(), is_ours)) return {};
    formulas.push_back(nullptr);
  }
  Planner<T> planner(totals, workspace, workspace_bytes);
  for (const Formula* formula : formulas) {
    planner.begin(formula);
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const Formula* own = requests[i].f.formula ? requests[i].f.formula : formulas.front();
      if (is_ours(requests[i]) && same(own, formula)) planner.add(requests[i], static_cast<int>(i));
    }
  }
  return planner.take();
}

template kernels::ConstantParameters<float> constant_parameters(const FormulaArguments&);
template kernels::ConstantParameters<double> constant_parameters(const FormulaArguments&);
template kernels::MixedParameters<float> mixed_parameters(const FormulaArguments&, const ConstArray&);
template kernels::MixedParameters<double> mixed_parameters(const FormulaArguments&, const ConstArray&);
template std::vector<StatisticsBatch<float>> plan_statistics(std::span<const StatisticsRequest>, Array, void*, std::size_t);
template std::vector<StatisticsBatch<double>> plan_statistics(std::span<const StatisticsRequest>, Array, void*, std::size_t);

}  // namespace seegrad::cuda
