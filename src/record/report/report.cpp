#include "seegrad/record/report.hpp"

#include <fmt/format.h>

#include <vector>

#include "record/report/comparison.hpp"
#include "record/report/page_json.hpp"
#include "record/report/page_pieces.hpp"
#include "record/report/run_reader.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/record/run_folder.hpp"

namespace seegrad::records {

std::string report_page(std::span<const std::filesystem::path> runs) {
  if (runs.empty() || runs.size() > most_runs_on_a_page)
    throw UsageError(fmt::format("a report shows 1 to {} runs; {} were given", most_runs_on_a_page, runs.size()));
  std::vector<report::Run> read;
  read.reserve(runs.size());
  for (const std::filesystem::path& folder : runs) read.push_back(report::read_run(folder));
  report::name_runs(read);
  std::string page;
  for (const std::string_view piece : report::page_before_data()) page += piece;
  page += report::page_json(read);
  for (const std::string_view piece : report::page_after_data()) page += piece;
  return page;
}

void write_report(std::span<const std::filesystem::path> runs, const std::filesystem::path& file) {
  write_whole_file(file, report_page(runs));
}

}  // namespace seegrad::records
