// f and f' of every activation that PyTorch has, against PyTorch's own values in float64 (pytorch_reference.csv, written by
// make_pytorch_reference.py). Where PyTorch is wrong the row says why, and there the textbook is the judge.
#include "activation/reference.hpp"

#include "seegrad/activation/activation.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>

namespace seegrad::test {
namespace {

struct Row {
  std::string activation, torch, reason;
  double x = 0, f = 0, df = 0;
};

// The first column is in quotes, for it may hold commas.
Row row_of(const std::string& line) {
  const std::size_t close = line.find('"', 1);
  std::vector<std::string> cells(1);
  for (const char c : line.substr(close + 2))
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  REQUIRE(cells.size() == 5);
  const auto number = [](const std::string& cell) { return std::strtod(cell.c_str(), nullptr); };  // stod refuses subnormals
  return {line.substr(1, close - 1), cells[0], cells[4], number(cells[1]), number(cells[2]), number(cells[3])};
}

const std::vector<Row>& table() {
  static const std::vector<Row> rows = [] {
    std::ifstream file(SEEGRAD_SOURCE_DIR "/tests/activation/pytorch_reference.csv");
    std::vector<Row> read;
    for (std::string line; std::getline(file, line);)
      if (!line.empty() && line.front() == '"') read.push_back(row_of(line));
    return read;
  }();
  return rows;
}

// Equal, both NaN, or within 1e-12: relative above 1, absolute below.
bool close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= 1e-12 * std::fmax(1, std::fabs(b));
}

// The textbook's value; at infinity its value at 1e4000, where every limit has long been reached.
double textbook(const Curve& curve, const Activation& a, double x) {
  const long double at = std::isinf(x) ? std::copysign(1e4000L, static_cast<long double>(x)) : x;
  const long double y = curve(at, Values(a.parameters().begin(), a.parameters().end()));
  return std::fabs(y) > std::numeric_limits<double>::max() ? std::copysign(std::numeric_limits<double>::infinity(), double(y)) : double(y);
}

}  // namespace

TEST_CASE("f and f' agree with PyTorch to 1e-12, and with the textbook where PyTorch is wrong", "[activation][pytorch]") {
  REQUIRE(table().size() > 2000);
  for (const Row& row : table()) {
    const Activation a = Activation::parse(row.activation);
    double f = row.f, df = row.df;
    if (!row.reason.empty()) {
      const Reference& reference = references().at(std::string(a.name()));
      f = textbook(reference.f, a, row.x), df = textbook(reference.df, a, row.x);
    }
    if (close(a.at(row.x), f) && close(a.derivative(row.x), df)) continue;
    INFO(row.activation << " at " << row.x << " (" << row.reason << "): " << a.at(row.x) << ", " << a.derivative(row.x) << " instead of "
                        << f << ", " << df);
    FAIL_CHECK("differs");
  }
}

TEST_CASE("where a row says that PyTorch is wrong, it is, for one of the known reasons", "[activation][pytorch]") {
  const std::set<std::string> known{"nan_at_infinity", "overflow", "threshold", "float32_constant"};
  int marked = 0;
  for (const Row& row : table()) {
    if (row.reason.empty()) continue;
    ++marked;
    const Activation a = Activation::parse(row.activation);
    INFO(row.activation << " at " << row.x << ": " << row.reason);
    CHECK(known.count(row.reason) == 1);
    CHECK_FALSE((close(row.f, a.at(row.x)) && close(row.df, a.derivative(row.x))));
    CHECK(std::isinf(row.x) == (row.reason == "nan_at_infinity"));
  }
  CHECK(marked > 0);
  CHECK(marked < int(table().size()) / 20);
}

// The page "torch.nn", section "Non-linear Activations (weighted sum, nonlinearity)", PyTorch 2.15, without MultiheadAttention
// and GLU, which are no functions of one number; Softmin and the like of the next section are layers as well.
TEST_CASE("every elementwise activation of torch.nn is in the table", "[activation][pytorch]") {
  std::set<std::string> present;
  for (const Row& row : table()) present.insert(row.torch);
  for (const char* name : {"ELU",  "Hardshrink", "Hardsigmoid", "Hardtanh", "Hardswish", "LeakyReLU",  "LogSigmoid", "PReLU",
                           "ReLU", "ReLU6",      "RReLU",       "SELU",     "CELU",      "GELU",       "Sigmoid",    "SiLU",
                           "Mish", "Softplus",   "Softshrink",  "Softsign", "Tanh",      "Tanhshrink", "Threshold"}) {
    INFO(name);
    CHECK(present.count(name) == 1);
  }
}

}  // namespace seegrad::test
