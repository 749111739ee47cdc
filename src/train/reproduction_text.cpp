// Verdicts for people: as text, and as a table in Markdown.
#include <fmt/format.h>

#include "seegrad/train/reproduction.hpp"

namespace seegrad::train {
namespace {

struct Measured {
  std::string left, right;
};

Measured measured(const JudgedClaim& claim) {
  std::vector<double> left, right;
  for (const Sample& s : claim.samples) {
    left.push_back(s.left);
    right.push_back(s.right);
  }
  const bool two_sided = claim.claim.relation != Claim::Relation::between && !claim.claim.right.is_number();
  return {spread_text(left), two_sided ? " " + spread_text(right) : ""};
}

/// In a cell of a Markdown table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  for (std::size_t at = 0; (at = text.find("+-", at)) != std::string::npos; at += 2) text.replace(at, 2, "±");
  return text;
}

std::string head(const ReproductionOptions& options) {
  std::string command = "./run.sh reproduce";
  for (const std::string& name : options.names) command += " " + name;
  const std::string seeds = options.seeds == 1 ? "seed 1" : fmt::format("seeds 1 to {}", options.seeds);
  return fmt::format(
      "`{} --seeds {}{}{} --markdown` printed this table ({}; mean ± standard deviation):\n\n"
      "| experiment | source | claim | expected | measured | to be | seeds | verdict |\n|---|---|---|---|---|---|---|---|\n",
      command, options.seeds, options.quick ? " --quick" : "",
      options.activation.empty() ? "" : fmt::format(" --activation '{}'", options.activation), seeds);
}

std::string row(const Experiment& experiment, const JudgedClaim& claim) {
  const Measured m = measured(claim);
  const std::string known = claim.claim.known_not_to_hold.empty() ? "" : fmt::format(" ({})", claim.claim.known_not_to_hold);
  return fmt::format("| {} | {} | {} | {} | {} | {}{} | {} of {} | {}{} |\n", experiment.name, cell(experiment.source),
                     cell(claim.claim.says), cell(claim.claim.expected), cell(m.left), cell(relation_text(claim.claim)), cell(m.right),
                     claim.held(), claim.samples.size(), name_of(claim.verdict()), cell(known));
}

}  // namespace

std::string to_text(const JudgedExperiment& found) {
  const Experiment& experiment = found.experiment;
  std::string text = fmt::format("\n{}: {}\n  {}: {}\n", experiment.name, experiment.title, experiment.source, experiment.says);
  for (const ExperimentRun& run : experiment.runs) text += fmt::format("    {:12} {}\n", run.name, line_of(run.words));
  for (const JudgedClaim& claim : found.claims) {
    const Measured m = measured(claim);
    text +=
        fmt::format("  {}\n    expected {}\n    measured {}, to be {}{}: on {} of {} seeds: {}\n", claim.claim.says, claim.claim.expected,
                    m.left, relation_text(claim.claim), m.right, claim.held(), claim.samples.size(), name_of(claim.verdict()));
    if (!claim.claim.known_not_to_hold.empty()) text += fmt::format("    known not to hold here: {}\n", claim.claim.known_not_to_hold);
    for (const std::string& line : claim.missing) text += fmt::format("    not judged: {}\n", line);
  }
  for (const std::string& line : found.troubles) text += fmt::format("  trouble: {}\n", line);
  return text + fmt::format("  {}: {}\n", experiment.name, name_of(found.verdict()));
}

std::string to_markdown(const ReproductionOptions& options, std::span<const JudgedExperiment> all) {
  std::string text = head(options);
  for (const JudgedExperiment& found : all)
    for (const JudgedClaim& claim : found.claims) text += row(found.experiment, claim);
  for (const JudgedExperiment& found : all)
    for (const std::string& line : found.troubles) text += fmt::format("\n{}: {}\n", found.experiment.name, cell(line));
  return text;
}

}  // namespace seegrad::train
