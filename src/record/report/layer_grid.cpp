#include "record/report/layer_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "record/report/csv_reader.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records::report {
namespace {

using observe::LayerStatistics;
using Metrics = std::array<double, grid_metrics.size()>;

Metrics metrics_of(const LayerStatistics& s) {
  return {s.delta_rms,
          s.weight_grad_rms,
          s.update_ratio,
          s.zero_share,
          s.saturated_share,
          s.dead_share,
          s.sign_coherence,
          s.h_mean,
          s.h_std,
          s.z_std,
          static_cast<double>(s.nan_count),
          static_cast<double>(s.inf_count)};
}

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  const LayerStatistics any;
  observe::for_each_column(any, [&](const char* name, const auto&) { names.emplace_back(name); });
  return names;
}

/// Takes a row of the table apart, column by column.
class Take {
 public:
  explicit Take(const CsvReader& table) : table_(table) {}
  void operator()(const char*, std::int64_t& value) { value = table_.whole(column_++); }
  void operator()(const char*, double& value) { value = table_.number(column_++); }
  void operator()(const char*, std::string& value) { value = table_.text(column_++); }

 private:
  const CsvReader& table_;
  std::size_t column_ = 0;
};

/// The lowest and highest finite value of one cell, and when they came.
struct Extremes {
  double low = observe::not_measured, high = observe::not_measured;
  std::size_t low_at = 0, high_at = 0;

  void add(double value, std::size_t at) {
    if (!std::isfinite(value)) return;
    if (!(value >= low)) low = value, low_at = at;
    if (!(value <= high)) high = value, high_at = at;
  }
};

/// Makes columns of steps, of which `expected` will come, or one more.
class GridBuilder {
 public:
  GridBuilder(std::size_t layers, std::size_t expected)
      : layers_(layers),
        between_(std::max<std::size_t>(expected, 2) - 2),
        buckets_(columns_for(layers) / 2 - 1),
        cells_(layers * grid_metrics.size()) {
    grid_.thinned = expected + 1 > columns_for(layers);
    for (auto& metric : grid_.metrics) metric.resize(layers);
  }

  void add(const std::vector<LayerStatistics>& rows) {
    const auto index = static_cast<std::size_t>(grid_.logged++);
    if (!grid_.thinned || index == 0) return add_column(rows);
    const std::size_t bucket = std::min((index - 1) * buckets_ / std::max<std::size_t>(between_, 1), buckets_ - 1);
    if (bucket != bucket_) close_bucket();
    bucket_ = bucket;
    if (in_bucket_ == 0) first_step_ = rows[0].step;
    last_step_ = rows[0].step;
    for (std::size_t l = 0; l < layers_; ++l) {
      const Metrics values = metrics_of(rows[l]);
      for (std::size_t m = 0; m < values.size(); ++m) cells_[l * values.size() + m].add(values[m], in_bucket_);
    }
    ++in_bucket_;
  }

  /// The last step, which is not in a bucket.
  LayerGrid finish(const std::vector<LayerStatistics>& rows) {
    close_bucket();
    ++grid_.logged;
    add_column(rows);
    return std::move(grid_);
  }

 private:
  static std::size_t columns_for(std::size_t layers) { return std::clamp<std::size_t>(most_cells / layers, 4, most_columns) / 2 * 2; }

  void add_column(const std::vector<LayerStatistics>& rows) {
    grid_.step.push_back(rows[0].step);
    for (std::size_t l = 0; l < layers_; ++l) {
      const Metrics values = metrics_of(rows[l]);
      for (std::size_t m = 0; m < values.size(); ++m) grid_.metrics[m][l].push_back(values[m]);
    }
  }

  void close_bucket() {
    if (in_bucket_ == 0) return;
    const bool two = in_bucket_ > 1;
    grid_.step.push_back(first_step_);
    if (two) grid_.step.push_back(last_step_);
    for (std::size_t l = 0; l < layers_; ++l) {
      for (std::size_t m = 0; m < grid_metrics.size(); ++m) {
        Extremes& cell = cells_[l * grid_metrics.size() + m];
        const bool rising = cell.low_at <= cell.high_at;
        auto& row = grid_.metrics[m][l];
        row.push_back(rising ? cell.low : cell.high);
        if (two) row.push_back(rising ? cell.high : cell.low);
        cell = {};
      }
    }
    in_bucket_ = 0;
  }

  std::size_t layers_, between_, buckets_, bucket_ = 0, in_bucket_ = 0;
  std::int64_t first_step_ = 0, last_step_ = 0;
  std::vector<Extremes> cells_;
  LayerGrid grid_;
};

/// The rows of one step after the other, checked against each other and against steps.csv.
class StepBlocks {
 public:
  StepBlocks(const std::filesystem::path& file, std::span<const std::int64_t> logged, bool finished)
      : table_(file, finished), logged_(logged), finished_(finished) {
    table_.require(column_names());
    ahead_ = read_row();
  }

  /// Fills `rows` with the layers of the next step; false when there are no more.
  bool next(std::vector<LayerStatistics>& rows) {
    rows.clear();
    while (ahead_ && (rows.empty() || row_.step == rows[0].step)) {
      check_layer(rows);
      rows.push_back(row_);
      ahead_ = read_row();
    }
    if (rows.empty()) return finish();
    if (layers_ == 0) layers_ = rows.size();
    if (rows.size() == layers_) return ++blocks_, true;
    if (finished_ || ahead_) table_.fail(fmt::format("step {} has {} layers before it, expected {}", rows[0].step, rows.size(), layers_));
    return false;  // it was being written
  }

 private:
  bool read_row() {
    if (!table_.next()) return false;
    observe::for_each_column(row_, Take(table_));
    return true;
  }

  void check_layer(const std::vector<LayerStatistics>& rows) const {
    const auto expected = static_cast<std::int64_t>(rows.size()) + 1;
    if (layers_ > 0 && rows.size() == layers_) table_.fail(2, fmt::format("no more than {} layers", layers_));
    table_.whole(2, {expected, expected});
    if (expected > most_layers) table_.fail(2, fmt::format("at most {} layers", most_layers));
    if (rows.empty()) check_step();
  }

  void check_step() const {
    const bool listed = blocks_ < logged_.size();
    if (listed && row_.step != logged_[blocks_]) table_.fail(0, fmt::format("{}, as in steps.csv", logged_[blocks_]));
    if (!listed && !logged_.empty() && row_.step <= logged_.back()) table_.fail(0, fmt::format("a step after {}", logged_.back()));
    if (blocks_ > logged_.size() && finished_) table_.fail(0, "no more steps, as in steps.csv");
  }

  bool finish() const {
    if (finished_ && blocks_ < logged_.size())
      table_.fail(fmt::format("the table ends here, but steps.csv goes on with step {}", logged_[blocks_]));
    return false;
  }

  CsvReader table_;
  std::span<const std::int64_t> logged_;
  bool finished_, ahead_ = false;
  LayerStatistics row_;
  std::size_t layers_ = 0, blocks_ = 0;
};

}  // namespace

LayerTable read_layers(const std::filesystem::path& file, std::span<const std::int64_t> logged, bool finished) {
  StepBlocks blocks(file, logged, finished);
  LayerTable table;
  std::vector<LayerStatistics> next;
  if (!blocks.next(table.last)) return {};
  table.first = table.last;
  GridBuilder grid(table.first.size(), logged.size());
  for (std::size_t count = 1; finished || count < logged.size(); ++count) {
    if (!blocks.next(next)) break;
    grid.add(table.last);
    std::swap(table.last, next);
  }
  table.grid = grid.finish(table.last);
  return table;
}

}  // namespace seegrad::records::report
