// The report's page: what the run folder holds is in it, long runs are thinned without losing a peak, hostile folders are one clear line.
#include "seegrad/record/report.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "record/report/layer_grid.hpp"
#include "record/report/run_tables.hpp"
#include "record/run_on_disk.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::test;
using nlohmann::json;

namespace {

std::string page_of(const std::vector<fs::path>& runs) { return records::report_page(runs); }

/// The page's data, as a browser finds it: what stands between the tags, up to the first that ends a script.
std::string data_text(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t from = page.find(begin);
  REQUIRE(from != std::string::npos);
  const std::size_t inside = from + begin.size();
  return page.substr(inside, page.find("</script", inside) - inside);
}
json data_of(const std::vector<fs::path>& runs) { return json::parse(data_text(page_of(runs))); }
json only_run(const fs::path& folder) { return data_of({folder}).at("runs").at(0); }

std::string complaint(const std::vector<fs::path>& runs) {
  try {
    page_of(runs);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("the page shows what the run folder holds", "[record][report]") {
  const Scratch scratch;
  const json run = only_run(write_run(scratch.path / "run"));
  CHECK(run["name"] == "relu, depth 2");
  CHECK(run["command"] == "./run.sh train_mlp --depth 2");
  CHECK(run["config"]["init"] == "he");
  CHECK(run["about"]["data"] == "digits");
  CHECK(run["about"]["classes"] == json({"zero", "one", "two"}));
  CHECK(run["result"]["test_loss"] == 0.1235);
  CHECK(run["result"]["steps"] == 6);
  CHECK(run["diagnoses"][0]["layers"] == json({1, 2}));
  CHECK(run["diagnoses"][0]["evidence"]["delta_factor_a_layer"] == 0.1235);
  CHECK(run["diagnoses"][0]["command"] == "./run.sh train_mlp --init auto");
  CHECK(run["steps"]["step"] == json({0, 10, 20, 30, 40, 50}));
  CHECK(run["steps"]["train_loss"] == json({2, 2, 2, 1, 1, 1}));
  CHECK(run["epochs"]["step"] == json({50}));
  CHECK(run["layers"][0] == json({{"layer", 1}, {"name", "0"}, {"units", 4}, {"activation", "relu"}}));
  CHECK(run["layers"][2]["activation"] == "");
  CHECK(run["units"]["probes"] == json({0, 10, 50}));
  CHECK(run["units"]["layers"][0]["changes"] == json::parse(R"([[0,3,"dead"],[10,3,"alive"]])"));
  CHECK(run["units"]["layers"].size() == 2);
  CHECK(run["activation"]["formula"] == "max(0, x)");
  CHECK(run["activation"]["card"][0] == json({"range", "[0, inf)"}));
  CHECK(run["activation"]["x"].size() == run["activation"]["df"].size());
}

TEST_CASE("every metric of layers.csv is in the grid, in its own row", "[record][report]") {
  const Scratch scratch;
  const RunPlan plan;
  const json grid = only_run(write_run(scratch.path / "run", plan))["grid"];
  CHECK(grid["step"] == json({0, 10, 20, 30, 40, 50}));
  CHECK(grid["logged"] == 6);
  CHECK(grid["thinned"] == false);
  for (std::int64_t index = 0; index < plan.steps; ++index) {
    for (std::int64_t layer = 1; layer <= 3; ++layer) {
      const observe::LayerStatistics row = layer_row(plan, index, layer);
      observe::for_each_column(row, [&](const char* name, const auto& value) {
        if (!grid["metrics"].contains(name)) return;
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>) {
          INFO(name << " of layer " << layer << ", column " << index);
          const json& cell = grid["metrics"][name][static_cast<std::size_t>(layer - 1)][static_cast<std::size_t>(index)];
          CHECK(cell.get<double>() == Approx(static_cast<double>(value)).epsilon(5e-4));  // four digits
        }
      });
    }
  }
  CHECK(grid["metrics"].size() == 12);
}

TEST_CASE("pictures reach the page whole, and histograms bin by bin", "[record][report]") {
  const Scratch scratch;
  const json run = only_run(write_run(scratch.path / "run"));
  CHECK(run["histograms"]["steps"] == json({0, 30}));
  CHECK(run["histograms"]["layers"].size() == 8);
  CHECK(run["histograms"]["layers"][0]["at"][1] == json::parse("[100,[30,0,7],1]"));
  CHECK(run["histograms"]["layers"][0]["at"][0] == json::parse("[102,[7],1]"));
  CHECK(run["weights"]["tile"] == 2);
  CHECK(run["weights"]["shown"] == 4);
  CHECK(run["weights"]["image"].get<std::string>().starts_with("data:image/png;base64,iVBORw0KGgo"));
  CHECK(run["mistakes"]["wrong"] == 30);  // 15 % of 200
  CHECK(run["mistakes"]["of"] == 200);
  CHECK(run["mistakes"]["tile"] == 2);
  CHECK(run["mistakes"]["items"][0]["predicted"] == 2);
  CHECK(run["mistakes"]["items"][1]["scores"] == json({0.5, 0.25, 0.25}));
}

TEST_CASE("numbers have four significant digits, and null stands for what is not finite", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  write(run / "steps.csv",
        replaced(replaced(text_of(run / "steps.csv"), "0,1,2,0.5", "0,1,nan,0.123456789"), "10,1,2,0.5", "10,1,-inf,1.2345e-30"));
  const json data = only_run(run);
  CHECK(data["steps"]["train_loss"][0].is_null());
  CHECK(data["steps"]["train_loss"][1].is_null());
  CHECK(data["steps"]["train_accuracy"][0] == 0.1235);
  CHECK(data["steps"]["train_accuracy"][1].get<double>() == Approx(1.234e-30).epsilon(1e-3));
}

TEST_CASE("a long run is thinned: no peak is lost, and the page stays small", "[record][report]") {
  const Scratch scratch;
  RunPlan plan{.depth = 10, .steps = 3000, .log_every = 1};
  plan.histogram_steps = 100;
  const fs::path folder = write_run(scratch.path / "run", plan);
  // One step stands out in every way.
  std::string layers = text_of(folder / "layers.csv");
  const std::string row = "\n1234,1,4,6,4,";
  const std::size_t at = layers.find(row), end = layers.find('\n', at + 1);
  write(folder / "layers.csv", layers.replace(at, end - at, row + "0,0,777,0,0,0,0.9,0.9,0.9,1e-9,1,5000,1,1,1,4321,1"));
  std::string steps = text_of(folder / "steps.csv");
  write(folder / "steps.csv", replaced(steps, "\n1234,1,2,0.5,0.1,", "\n1234,1,99,0.01,0.7,"));

  const std::string page = page_of({folder});
  CHECK(page.size() < 2'000'000);
  const json run = json::parse(data_text(page))["runs"][0];
  const auto has = [](const json& list, double value) { return std::find(list.begin(), list.end(), json(value)) != list.end(); };
  const json& metrics = run["grid"]["metrics"];
  CHECK(run["grid"]["thinned"] == true);
  CHECK(run["grid"]["logged"] == 3000);
  CHECK(run["grid"]["step"].size() <= records::report::most_columns);
  CHECK(run["grid"]["step"].size() > 500);
  CHECK(std::is_sorted(run["grid"]["step"].begin(), run["grid"]["step"].end()));
  CHECK(run["grid"]["step"].front() == 0);
  CHECK(run["grid"]["step"].back() == 2999);
  CHECK(has(metrics["delta_rms"][3], 1e-9));
  CHECK(has(metrics["weight_grad_rms"][3], 5000));
  CHECK(has(metrics["h_mean"][3], 777));
  CHECK(has(metrics["z_std"][3], 0));
  CHECK(has(metrics["nan_count"][3], 4321));
  CHECK(metrics["z_std"][0].front() == 1);
  CHECK(metrics["z_std"][0].back() == 3.999);
  for (const auto& [name, rows] : metrics.items())
    for (const json& values : rows) CHECK(values.size() == run["grid"]["step"].size());
  CHECK(run["steps"]["step"].size() == 3000);  // fewer than 4000
  CHECK(run["histograms"]["steps"].size() == 64);
  CHECK(run["histograms"]["steps"].front() == 0);
  CHECK(run["histograms"]["steps"].back() == 2970);
}

TEST_CASE("a bucket keeps its lowest and highest value in the order in which they came", "[record][report]") {
  const Scratch scratch;
  const RunPlan plan{.depth = 1, .steps = 2000, .log_every = 1};
  const fs::path folder = write_run(scratch.path / "run", plan);
  const json grid = only_run(folder)["grid"];
  const json& rising = grid["metrics"]["z_std"][0];
  const json& falling = grid["metrics"]["h_mean"][0];  // its negative
  for (std::size_t i = 1; i < rising.size(); ++i) {
    CHECK(rising[i].get<double>() >= rising[i - 1].get<double>());
    CHECK(falling[i].get<double>() == -rising[i].get<double>());
  }
}

TEST_CASE("a run that goes on, or was killed, has a page: half a line at the end does not count", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run", {.finished = false});
  for (const char* file : {"steps.csv", "layers.csv", "epochs.csv", "units.csv", "histograms.jsonl"}) {
    const std::string whole = text_of(run / file);
    for (const std::size_t lost : {1U, 5U, 17U}) {
      INFO(file << " without its last " << lost << " bytes");
      write(run / file, whole.substr(0, whole.size() - lost));
      CHECK(complaint({run}).empty());
    }
    write(run / file, whole);
  }
  const json data = only_run(run);
  CHECK(data["result"].is_null());
  CHECK(data["layers"][0]["activation"] == "relu");
  CHECK(data["layers"][2]["activation"] == "");
  SECTION("the first moment: tables without a row, or without a header") {
    for (const char* file : {"steps.csv", "layers.csv", "epochs.csv", "units.csv", "histograms.jsonl"}) write(run / file, "");
    CHECK(only_run(run)["steps"]["step"].empty());
    CHECK(only_run(run)["grid"]["logged"] == 0);
  }
  SECTION("layers.csv that has grown since steps.csv was read") {
    std::string steps = text_of(run / "steps.csv");
    write(run / "steps.csv", steps.substr(0, steps.find("\n30,") + 1));
    CHECK(only_run(run)["grid"]["step"] == json({0, 10, 20}));
  }
}

TEST_CASE("a run that ended in NaN has one more step in layers.csv", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  std::string steps = text_of(run / "steps.csv");
  write(run / "steps.csv", steps.substr(0, steps.find("\n50,") + 1));
  CHECK(only_run(run)["grid"]["step"] == json({0, 10, 20, 30, 40, 50}));
  write(run / "steps.csv", steps.substr(0, steps.find("\n40,") + 1));
  CHECK(complaint({run}).find("layers.csv: line 17: step: expected no more steps, as in steps.csv, found 50") != std::string::npos);
}

TEST_CASE("what was written by older versions is enough", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  for (const char* file : {"units.csv", "histograms.jsonl", "mistakes.csv", "mistakes.png", "model.safetensors"}) fs::remove(run / file);
  write(run / "config.json", R"-({"flags":{"activation":"maxout(k=3)"}})-");
  write(run / "summary.json", R"({"test_accuracy":0.5,"diagnoses":[{"name":"dead","layer":2,"units":null}]})");
  const json data = only_run(run);
  CHECK(data["activation"].is_null());
  CHECK(data["theory"].is_null());
  CHECK(data["weights"].is_null());
  CHECK(data["mistakes"].is_null());
  CHECK(data["diagnoses"][0]["layers"] == json({2}));
  CHECK(data["diagnoses"][0]["units"].is_null());
  CHECK(data["result"]["train_loss"].is_null());
}

TEST_CASE("too many changes of units are cut, and the page is told where", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  std::string text = "step,layer,unit,state\n";
  const std::size_t most = records::report::most_unit_changes;
  for (std::size_t i = 0; i < most + 5; ++i) text += std::to_string(i) + (i % 2 == 0 ? ",1,0,dead\n" : ",1,0,alive\n");
  write(run / "units.csv", text);
  const std::string page = page_of({run});
  CHECK(page.size() < 5'000'000);
  const json units = json::parse(data_text(page))["runs"][0]["units"];
  CHECK(units["layers"][0]["changes"].size() == most);
  CHECK(units["cut"] == most);
}

TEST_CASE("texts from a run folder cannot leave their place in the page", "[record][report]") {
  const Scratch scratch;
  const fs::path run = write_run(scratch.path / "run");
  const std::string hostile = R"(</script><script>alert(1)</script><!-- <ScRiPt> &amp; ' )";
  std::string config = replaced(text_of(run / "config.json"), "drawn here", hostile + "\xff\xc3 caf\xc3\xa9");
  write(run / "config.json", replaced(config, "./run.sh train_mlp", hostile));
  const std::string page = page_of({run});
  const std::string data = data_text(page);
  CHECK(data.find('<') == std::string::npos);
  const json read = json::parse(data)["runs"][0];
  CHECK(read["command"].get<std::string>().starts_with(hostile));
  CHECK(read["about"]["data_note"] == hostile + "\xef\xbf\xbd\xef\xbf\xbd caf\xc3\xa9");
}

TEST_CASE("the page is written whole or not at all", "[record][report]") {
  const Scratch scratch;
  const std::vector<fs::path> runs{write_run(scratch.path / "run")};
  const fs::path file = scratch.path / "page.html";
  records::write_report(runs, file);
  CHECK(text_of(file) == page_of(runs));
  write(runs[0] / "steps.csv", "rubbish\n");
  CHECK_THROWS_AS(records::write_report(runs, file), Error);
  CHECK(text_of(file).size() > 1000);
  CHECK_THROWS_WITH(records::write_report({{write_run(scratch.path / "other")}}, scratch.path / "no/such/page.html"),
                    Catch::Contains("page.html"));
}

TEST_CASE("what is not the folder of a run is refused", "[record][report]") {
  const Scratch scratch;
  const auto refused = [](const std::vector<fs::path>& runs, const std::string& reason) {
    CHECK_THROWS_AS(page_of(runs), UsageError);
    CHECK(complaint(runs).find(reason) != std::string::npos);
  };
  write(scratch.path / "file", "x");
  refused({scratch.path / "none"}, "there is no such folder");
  refused({scratch.path / "file"}, "is not a folder");
  refused({scratch.path}, "there is no config.json in it");
  refused({}, "1 to 12 runs");
  refused(std::vector<fs::path>(13, scratch.path), "13 were given");
}
