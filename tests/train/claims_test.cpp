// Claims about numbers: what their sides mean, how seeds become a verdict, and how wrong ones are refused.
#include "seegrad/train/claims.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/nonlinearity.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/experiment.hpp"

using namespace seegrad;
using namespace seegrad::train;
using Catch::Matchers::Contains;

namespace {

const char* const summary = R"({"test_accuracy": 0.8, "interrupted": false, "data": "digits",
  "layers": [{"name": "0", "h_mean": 0.5}, {"name": "2", "h_mean": 1.5}, {"name": "4", "h_mean": -9}],
  "diagnoses": [{"name": "dead", "layer": 3}], "numbers": {"relu.delta_factor": 0.7, "relu_6.x": 6, "lost": null}})";

double value(std::string_view side) {
  return Side(side).value({{"a", numbers_of(summary)}, {"b", numbers_of(R"({"test_accuracy": 0.3})")}});
}

Claim claim(std::string_view left, std::string_view relation, Side right) {
  Claim c;
  c.left = Side(left);
  c.relation = parse_relation(relation);
  c.right = std::move(right);
  return c;
}

}  // namespace

TEST_CASE("the side of a claim is a number, a place in what a run printed, or two of them with a sign between", "[claims]") {
  CHECK(value("0.25") == 0.25);
  CHECK(value("a:test_accuracy") == 0.8);
  CHECK(value("a:test_accuracy - b:test_accuracy") == Approx(0.5));
  CHECK(value("a:layers.0.h_mean / 2") == 0.25);
  CHECK(value("1 + 2 * 3") == 9);  // from left to right
  CHECK(value("a:layers.-1.h_mean") == -9);
  CHECK(value("a:numbers.relu.delta_factor") == 0.7);
  CHECK(value("a:diagnoses.dead.layer") == 3);
  CHECK(value("a:interrupted") == 0);
  CHECK(std::isnan(value("a:numbers.lost")));
}

TEST_CASE("min, max and mean look at several layers, has at whether there is such a place", "[claims]") {
  CHECK(value("max(a:layers.0..-2.h_mean)") == 1.5);
  CHECK(value("min(a:layers.0..-1.h_mean)") == -9);
  CHECK(value("mean(a:layers.0..1.h_mean)") == 1);
  CHECK(value("has(a:diagnoses.dead)") == 1);
  CHECK(value("has(a:diagnoses.dea)") == 0);
  CHECK(value("has(b:diagnoses.dead)") == 0);
  CHECK_THROWS_WITH(value("a:layers.0..1.h_mean"), Contains("min(...)"));
}

TEST_CASE("a side that is none is refused with what was expected", "[claims]") {
  CHECK_THROWS_AS(Side(""), UsageError);
  CHECK_THROWS_WITH(Side("a:x -"), Contains("missing at the end"));
  CHECK_THROWS_WITH(Side("a:x ! 3"), Contains("'!'"));
  CHECK_THROWS_WITH(Side("accuracy"), Contains("RUN:PLACE"));
  CHECK_THROWS_WITH(Side("maks(a:x)"), Contains("did you mean 'max'?"));
  CHECK_THROWS_WITH(parse_relation("=="), Contains("must be <"));
  CHECK_THROWS_WITH(value("a:test_acuracy"), Contains("run a") && Contains("did you mean 'test_accuracy'?"));
  CHECK_THROWS_WITH(value("c:x"), Contains("run c gave no numbers"));
}

TEST_CASE("a claim holds on a seed or not, and what is no number holds nothing", "[claims]") {
  const auto holds = [](const Claim& c) {
    return judge(c, 1, {{"a", {{"x", 0.5}, {"nan", std::numeric_limits<double>::quiet_NaN()}}}}).holds;
  };
  CHECK(holds(claim("a:x", "<", Side(0.6))));
  CHECK_FALSE(holds(claim("a:x", "<", Side(0.5))));
  CHECK(holds(claim("a:x", "<=", Side(0.5))));
  CHECK(holds(claim("a:x", ">=", Side(0.5))));
  CHECK(holds(claim("a:x", "equals", Side("1 / 2"))));
  CHECK_FALSE(holds(claim("a:x", ">", Side("a:x"))));
  for (const char* relation : {"<", ">", "<=", ">=", "equals", "between"}) CHECK_FALSE(holds(claim("a:nan", relation, Side(1.0))));
  Claim between = claim("a:x", "between", Side());
  between.low = 0.5, between.high = 0.6;
  CHECK(holds(between));
  between.low = 0.51;
  CHECK_FALSE(holds(between));
}

TEST_CASE("the verdict counts seeds: all, most, few, none, or none that could be judged", "[claims]") {
  CHECK(verdict_of(5, 5) == Verdict::holds);
  CHECK(verdict_of(3, 5) == Verdict::mostly);
  CHECK(verdict_of(2, 4) == Verdict::rarely);
  CHECK(verdict_of(0, 5) == Verdict::does_not_hold);
  CHECK(verdict_of(0, 0) == Verdict::not_judged);
}

TEST_CASE("a spread over seeds is a mean and the sample's deviation, printed to the digits that count", "[claims]") {
  const Spread spread = spread_of({1, 2, 3});
  CHECK(spread.mean == 2);
  CHECK(spread.deviation == 1);
  CHECK(spread_of({7}).deviation == 0);
  CHECK(spread_text({0.2301, 0.2323, 0.2289}) == "0.2304 +- 0.0017");
  CHECK(spread_text({0.1, 0.1}) == "0.1");
  CHECK(spread_text({1e-9, 3e-9}) == "2e-09 +- 1.4e-09");
  CHECK(spread_text({1, std::numeric_limits<double>::quiet_NaN()}) == "nan");
  CHECK(spread_text({}) == "nan");
}

TEST_CASE("a line of words knows quotes, and flags replace flags", "[claims]") {
  const std::vector<std::string> words = words_of("train_mlp  --activation 'x * tanh(x)' --epochs 3 --quiet");
  CHECK(words == std::vector<std::string>{"train_mlp", "--activation", "x * tanh(x)", "--epochs", "3", "--quiet"});
  CHECK(line_of(words) == "./run.sh train_mlp --activation 'x * tanh(x)' --epochs 3 --quiet");
  CHECK(words_of(line_of(words).substr(9)) == words);
  CHECK_THROWS_AS(words_of("a 'b"), UsageError);
  const std::vector<std::string> quick = words_of("--epochs 1 --quick --train-samples 10");
  CHECK(line_of(with_flags(words, quick)) == "./run.sh train_mlp --activation 'x * tanh(x)' --epochs 1 --quiet --quick --train-samples 10");
}

TEST_CASE("another activation is studied where the first run's was, in flags and in the names of numbers", "[claims]") {
  Experiment experiment;
  experiment.runs = {{.name = "lesson", .words = words_of("sparsity --activation relu"), .quick = {}},
                     {.name = "tanh", .words = words_of("train_mlp --activation tanh"), .quick = {}}};
  experiment.claims = {claim("lesson:numbers.relu.zero_share / lesson:numbers.relu_6.x", "<", Side("tanh:relu.x"))};
  study(experiment, "leaky_relu(0.2)");
  CHECK(line_of(experiment.runs[0].words) == "./run.sh sparsity --activation 'leaky_relu(0.2)'");
  CHECK(line_of(experiment.runs[1].words) == "./run.sh train_mlp --activation tanh");
  const std::string key = records::file_name_of(nn::Nonlinearity::parse("leaky_relu(0.2)").to_string());
  const RunNumbers runs{{"lesson", {{"numbers." + key + ".zero_share", 6}, {"numbers.relu_6.x", 2}}}, {"tanh", {{"relu.x", 4}}}};
  CHECK(judge(experiment.claims[0], 1, runs).holds);
}
