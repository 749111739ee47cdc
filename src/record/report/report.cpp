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

std::string report_page(std::span<const std::filesystem::path> folders) {
  if (folders.empty() || folders.size() > most_runs_on_a_page)
    throw UsageError(fmt::format("a report shows 1 to {} runs; {} were given", most_runs_on_a_page, folders.size()));
  std::vector<report::Run> runs;
  for (const std::filesystem::path& folder : folders) runs.push_back(report::read_run(folder));
  report::name_runs(runs);
  std::string page;
  for (const std::string_view piece : report::page_before_data()) page += piece;
  page += report::page_json(runs);
  for (const std::string_view piece : report::page_after_data()) page += piece;
  return page;
}

void write_report(std::span<const std::filesystem::path> runs, const std::filesystem::path& file) {
  write_whole_file(file, report_page(runs));
}

}  // namespace seegrad::records
