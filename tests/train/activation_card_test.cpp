// The program activation_card as a user meets it: what it prints, writes and refuses.
#ifdef SEEGRAD_EXAMPLES
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "seegrad/activation/activation.hpp"
#include "support/run_program.hpp"

namespace fs = std::filesystem;
using seegrad::Activation;
using seegrad::testing::Outcome;

namespace {

/// An empty folder to run in.
class Desk {
 public:
  Desk() : path_(fs::temp_directory_path() / ("seegrad-card-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Desk() { fs::remove_all(path_); }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  Outcome run(const std::vector<std::string>& flags, std::uint64_t file_size_limit = 0) const {
    seegrad::testing::RunOptions options;
    options.folder = path_;
    options.environment = {"LC_ALL=C.UTF-8"};
    options.file_size_limit = file_size_limit;
    return seegrad::testing::run_program(SEEGRAD_EXAMPLES "/activation_card", flags, options);
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::size_t lines_in(const std::string& text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

}  // namespace

TEST_CASE("the JSON of a card has the keys that other programs rely on", "[properties]") {
  const Desk desk;
  const Outcome outcome = desk.run({"--activation", "gelu", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto card = nlohmann::json::parse(outcome.out);
  for (const char* key : {"name", "formula", "parameters", "range", "monotone", "smoothness", "kinks", "sup_derivative", "zero_centred",
                          "odd", "even", "mean", "second_moment", "derivative_second_moment", "gain", "zero_share", "saturation"}) {
    INFO(key);
    CHECK(card.contains(key));
  }
  CHECK(card["name"] == "gelu");
  CHECK(card["range"][0].get<double>() == Approx(-0.17).margin(5e-4));
  CHECK(card["range"][1] == "Infinity");
  CHECK(card["monotone"] == "no");
  CHECK(card["zero_centred"] == false);
  CHECK(card["gain"].get<double>() == Approx(1 / std::sqrt(card["derivative_second_moment"].get<double>())));
}

TEST_CASE("without an activation the table has all of them, each with nine marks", "[properties]") {
  const Desk desk;
  const auto cards = nlohmann::json::parse(desk.run({"--json"}).out);
  // The program knows the catalogue; this process may have registered more.
  auto all = Activation::all();
  std::erase_if(all, [](const Activation& a) { return a.formula().catalogue_index() < 0; });
  REQUIRE(cards.size() == all.size());
  for (const auto& card : cards) {
    CHECK(card["nine_properties"].size() == 9);
    for (const auto& verdict : card["nine_properties"]) CHECK(verdict["mark"] != "unknown");
  }
  const Outcome text = desk.run({});
  for (const Activation& f : all) CHECK_THAT(text.out, Catch::Contains("\n" + f.to_string() + " "));
  CHECK_THAT(text.out, Catch::Contains("\u2713") && Catch::Contains("\u2717") && Catch::Contains("at least 25 %"));
  const Outcome csv = desk.run({"--csv"}), markdown = desk.run({"--markdown"});
  CHECK(lines_in(csv.out) == all.size() + 1);
  CHECK_THAT(markdown.out, Catch::Contains("| `relu` |"));
}

TEST_CASE("--at evaluates f, f' and f'' with the kernels, and keeps NaN and Inf", "[properties]") {
  const Desk desk;
  for (const char* type : {"float32", "float64"}) {
    const Outcome outcome = desk.run({"--activation", "elu(alpha=0.5)", "--at", "-2,-0.5,0,3,inf,-inf,nan", "--type", type, "--json"});
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    const auto points = nlohmann::json::parse(outcome.out);
    const Activation f = Activation::parse("elu(0.5)");
    const double tolerance = std::string(type) == "float32" ? 1e-6 : 1e-13;
    for (const char* key : {"x", "f", "df", "d2f"}) REQUIRE(points[key].size() == 7);
    for (std::size_t i = 0; i < 4; ++i) {
      const double x = points["x"][i].get<double>();
      CHECK(points["f"][i].get<double>() == Approx(f.at(x)).margin(tolerance));
      CHECK(points["df"][i].get<double>() == Approx(f.derivative(x)).margin(tolerance));
      CHECK(points["d2f"][i].get<double>() == Approx(f.second_derivative(x)).margin(tolerance));
    }
    CHECK(points["f"][4] == "Infinity");
    CHECK(points["f"][5].get<double>() == -0.5);
    CHECK(points["df"][6] == "NaN");
    CHECK(points["type"] == type);
  }
  CHECK(lines_in(desk.run({"--activation", "relu", "--at", "-1,1"}).out) == 3);
  CHECK(desk.run({"--activation", "relu", "--at", "-1,1", "--csv"}).out == "x,f,df,d2f\n-1,0,0,0\n1,1,1,0\n");
}

TEST_CASE("--out writes card and picture of an activation, each file whole", "[properties]") {
  const Desk desk;
  const Outcome outcome = desk.run({"--activation", "leaky_relu(0.2)", "--out", "cards/here"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  std::size_t files = 0;
  std::stringstream json;
  for (const auto& entry : fs::directory_iterator(desk / "cards/here")) {
    ++files;
    CHECK(entry.file_size() > 100);
    if (entry.path().extension() == ".json") json << std::ifstream(entry.path()).rdbuf();
  }
  CHECK(files == 7);  // txt md json csv svg png, and the row of the table
  CHECK(nlohmann::json::parse(json.str())["kinks"][0]["jump_df"].get<double>() == Approx(0.8));

  std::ofstream(desk / "file") << "in the way";
  const Outcome blocked = desk.run({"--activation", "relu", "--out", "file"});
  CHECK(blocked.code == 1);
  CHECK(lines_in(blocked.err) == 1);
  const Outcome full = desk.run({"--activation", "relu", "--out", "full"}, 200);
  CHECK(full.code == 1);
  CHECK(lines_in(full.err) == 1);
  CHECK(fs::is_empty(desk / "full"));
}

TEST_CASE("wrong flags of activation_card get one line that says what is wrong", "[properties]") {
  const Desk desk;
  const auto [flags, expected] = GENERATE(table<std::vector<std::string>, std::string>({
      {{"--activation", "gleu"}, "did you mean 'gelu'?"},
      {{"--activation", "elu(alpha=one)"}, "--activation elu(alpha=one): "},
      {{"--at", "1"}, "--at needs an --activation"},
      {{"--activation", "relu", "--at", "1,,2"}, "--at 1,,2: '' is not a number"},
      {{"--activation", "relu", "--at", "1,two"}, "two is not a number"},
      {{"--activation", "relu", "--at"}, "--at: a value is missing"},
      {{"--activation", "relu", "--at", "1", "--markdown"}, "--at goes with"},
      {{"--json", "--csv"}, "one of them at a time"},
      {{"--type", "float16"}, "must be one of float32, float64"},
      {{"--device", "gpu"}, "--device gpu: "},
      {{"--out", ""}, "--out ''"},
      {{"--jsn"}, "did you mean '--json'?"},
      {{"relu"}, "relu: is not a flag"},
      {{"--json", "--json"}, "given 2 times"},
  }));
  const Outcome outcome = desk.run(flags);
  INFO(outcome.err);
  CHECK(outcome.code == 2);
  CHECK(lines_in(outcome.err) == 1);
  CHECK_THAT(outcome.err, Catch::Contains(expected));
  CHECK(outcome.out.empty());
}
#endif
