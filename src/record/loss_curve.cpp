#include "seegrad/record/loss_curve.hpp"

#include "record/report/run_tables.hpp"
#include "seegrad/math/error.hpp"

namespace seegrad::records {

std::vector<Point> loss_curve(const std::filesystem::path& run, std::size_t together) {
  if (together == 0) throw UsageError("loss curve: a mean of 0 losses; expected 1 or more");
  const report::StepTable table = report::read_steps(run / "steps.csv", std::filesystem::exists(run / "summary.json"));
  std::vector<Point> curve;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::size_t from = i + 1 < together ? 0 : i + 1 - together;
    double sum = 0;
    for (std::size_t k = from; k <= i; ++k) sum += table.train_loss[k];
    curve.push_back({static_cast<double>(table.step[i]), sum / static_cast<double>(i + 1 - from)});
  }
  return curve;
}

}  // namespace seegrad::records
