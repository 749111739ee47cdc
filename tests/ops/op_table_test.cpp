#include "op_table.hpp"

#include <fmt/format.h>

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "seegrad/math/random.hpp"
#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/dropout.hpp"
#include "seegrad/ops/elementwise.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/ops/matmul.hpp"
#include "seegrad/ops/random.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/ops/row_activations.hpp"
#include "seegrad/ops/shape.hpp"
#include "seegrad/ops/softmax.hpp"

namespace seegrad::testing {
namespace {

using Inputs = std::span<const Tensor>;

std::vector<double> magnitudes(std::int64_t count, int seed) {
  Random random(static_cast<std::uint64_t>(seed) + 17);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = 0.2 + 1.8 * random.uniform();
  return values;
}

class Table {
 public:
  std::vector<OpCase> cases;

  OpCase& add(std::string op, std::string what, std::vector<Tensor> inputs, TensorFunction call) {
    cases.push_back({std::move(op), std::move(what), std::move(inputs), std::move(call)});
    return cases.back();
  }
};

template <class Operation>
void add_binary(Table& table, const std::string& sign, Operation apply) {
  const std::string op = "operator" + sign + "(Tensor, Tensor)";
  const std::vector<std::array<Shape, 2>> pairs = {
      {Shape{}, Shape{}},      {Shape{3}, Shape{3}},    {Shape{2, 3}, Shape{3}},          {Shape{3}, Shape{2, 3}},
      {Shape{2, 3}, Shape{}},  {Shape{}, Shape{4}},     {Shape{1}, Shape{2, 2}},          {Shape{2, 1, 2}, Shape{1, 2}},
      {Shape{1, 1}, Shape{3}}, {Shape{1, 1}, Shape{1}}, {Shape{2, 1, 2, 1}, Shape{2, 1}}, {Shape{1, 3}, Shape{3}}};
  for (const auto& [a, b] : pairs) {
    table.add(op, a.to_string() + " and " + b.to_string(), {numbers(a), numbers(b, 1)}, [apply](Inputs x) { return apply(x[0], x[1]); });
  }
  table.add("operator" + sign + "(Tensor, double)", "right", {numbers({2, 3})}, [apply](Inputs x) { return apply(x[0], 1.7); });
  table.add("operator" + sign + "(double, Tensor)", "left", {numbers({2, 1, 3})}, [apply](Inputs x) { return apply(-0.7, x[0]); });
}

void add_arithmetic(Table& table) {
  add_binary(table, "+", [](const auto& a, const auto& b) { return a + b; });
  add_binary(table, "-", [](const auto& a, const auto& b) { return a - b; });
  add_binary(table, "*", [](const auto& a, const auto& b) { return a * b; });
  add_binary(table, "/", [](const auto& a, const auto& b) { return a / b; });
  table.add("operator-(Tensor)", "[2, 3]", {numbers({2, 3})}, [](Inputs x) { return -x[0]; });
  table.add("equal(Tensor, Tensor)", "[2, 3] and [3]", {numbers({2, 3}), numbers({3}, 1)}, [](Inputs x) { return equal(x[0], x[1]); })
      .differentiable = false;
  for (const Shape& to : {Shape{}, Shape{1, 1}, Shape{3}, Shape{2, 3}, Shape{4, 2, 3}}) {
    table.add("sum_to(Tensor, Shape)", to.to_string(), {numbers({4, 2, 3})}, [to](Inputs x) { return sum_to(x[0], to); });
  }
}

void add_products(Table& table) {
  for (const Transposed t : {Transposed{false, false}, {false, true}, {true, false}, {true, true}}) {
    const auto call = [t](Inputs x) { return matmul(x[0], x[1], t); };
    const std::string flags = fmt::format("{}{}", t.a ? "T" : "N", t.b ? "T" : "N");
    const auto add = [&](std::int64_t rows, std::int64_t inner, std::int64_t columns) {
      const Shape a = t.a ? Shape{inner, rows} : Shape{rows, inner}, b = t.b ? Shape{columns, inner} : Shape{inner, columns};
      table.add("matmul(Tensor, Tensor, Transposed)", flags + a.to_string() + b.to_string(), {numbers(a), numbers(b, 1)}, call);
    };
    add(2, 3, 4);
    add(1, 2, 1);
    add(3, 1, 2);
    add(2, 2, 2);
    if (t.a) continue;
    for (const Shape& a : {Shape{3}, Shape{2, 1, 3}, Shape{2, 1, 2, 3}}) {
      table.add("matmul(Tensor, Tensor, Transposed)", flags + a.to_string(), {numbers(a), numbers(t.b ? Shape{2, 3} : Shape{3, 2}, 1)},
                call);
    }
  }
  for (const Shape& x : {Shape{3}, Shape{2, 3}, Shape{1, 3}, Shape{2, 1, 3}, Shape{1, 2, 2, 3}}) {
    table
        .add("linear(Tensor, Tensor, Tensor)", x.to_string(), {numbers(x), numbers({2, 3}, 1), numbers({2}, 2)},
             [](Inputs i) { return linear(i[0], i[1], i[2]); })
        .required = 2;
    table.add("linear(Tensor, Tensor, Tensor)", x.to_string() + " without bias", {numbers(x), numbers({2, 3}, 1)},
              [](Inputs i) { return linear(i[0], i[1]); });
  }
}

/// With its parameters constant, learned as one number, and learned for each column.
void add_activation(Table& table, const Activation& f) {
  const std::string op = "activate(Activation, Tensor, std::span<Tensor>)";
  for (const Shape& shape : {Shape{}, Shape{2, 3}}) {
    table.add(op, f.to_string() + " " + shape.to_string(), {numbers(shape)}, [f](Inputs x) { return activate(f, x[0]); });
  }
  if (!f.learnable()) return;
  const std::span<const Parameter> parameters = f.formula().parameters();
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{3}}) {
    std::vector<Tensor> inputs{numbers({2, 3})};
    for (const Parameter& parameter : parameters) {
      if (parameter.learnable) inputs.push_back(positive_numbers(shape, static_cast<int>(inputs.size()) + 4));
    }
    const auto call = [f, parameters](Inputs x) {
      std::vector<Tensor> learned;
      auto next = x.begin() + 1;
      for (const Parameter& parameter : parameters) learned.push_back(parameter.learnable ? *next++ : Tensor());
      return activate(f, x[0], learned);
    };
    table.add(op, f.to_string() + " learned " + shape.to_string(), inputs, call).required = 1;
  }
}

void add_elementwise(Table& table) {
  for (const Activation& f : Activation::all()) add_activation(table, f);
  const Activation tanh = Activation::parse("tanh");
  const std::string op = "apply_formula(Activation, Tensor, std::span<Tensor>, Derivative, Tensor)";
  table.add(op, "scaled f", {numbers({2, 3}), numbers({2, 3}, 1)}, [tanh](Inputs x) { return apply_formula(tanh, x[0], {}, {}, x[1]); })
      .required = 1;
  table.add("exp(Tensor)", "[2, 3]", {numbers({2, 3})}, [](Inputs x) { return exp(x[0]); });
  table.add("log(Tensor)", "[2, 3]", {positive_numbers({2, 3})}, [](Inputs x) { return log(x[0]); });
  table.add("sqrt(Tensor)", "[]", {positive_numbers({})}, [](Inputs x) { return sqrt(x[0]); });
  table.add("abs(Tensor)", "[1, 4, 1]", {numbers({1, 4, 1})}, [](Inputs x) { return abs(x[0]); });
  table.add("pow(Tensor, double)", "1.5", {positive_numbers({2, 3})}, [](Inputs x) { return pow(x[0], 1.5); });
  table.add("pow(Tensor, double)", "3 of both signs", {numbers({2, 3})}, [](Inputs x) { return pow(x[0], 3); });
  table.add("pow(Tensor, double)", "-2", {numbers({2, 3})}, [](Inputs x) { return pow(x[0], -2); });
}

template <class Reduce>
void add_reduction(Table& table, const std::string& name, Reduce reduce) {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{5}, Shape{2, 3}, Shape{2, 1, 2, 2}}) {
    table.add(name + "(Tensor)", shape.to_string(), {numbers(shape)}, [reduce](Inputs x) { return reduce(x[0]); });
    for (int axis = -shape.rank(); axis < shape.rank(); ++axis) {
      table.add(name + "(Tensor, int)", fmt::format("{} axis {}", shape.to_string(), axis), {numbers(shape)},
                [=](Inputs x) { return reduce(x[0], axis); });
    }
  }
}

void add_rows(Table& table) {
  add_reduction(table, "sum", [](const Tensor& x, auto... axis) { return sum(x, axis...); });
  add_reduction(table, "mean", [](const Tensor& x, auto... axis) { return mean(x, axis...); });
  add_reduction(table, "max", [](const Tensor& x, auto... axis) { return max(x, axis...); });
  for (const Shape& shape : {Shape{4}, Shape{3, 1}, Shape{2, 3}, Shape{1, 2, 1, 3}}) {
    table.add("softmax(Tensor)", shape.to_string(), {numbers(shape)}, [](Inputs x) { return softmax(x[0]); });
    table.add("log_softmax(Tensor)", shape.to_string(), {numbers(shape)}, [](Inputs x) { return log_softmax(x[0]); });
    table.add("softmin(Tensor)", shape.to_string(), {numbers(shape)}, [](Inputs x) { return softmin(x[0]); });
    table.add("crelu(Tensor)", shape.to_string(), {numbers(shape)}, [](Inputs x) { return crelu(x[0]); });
    for (const std::int64_t k : {1, 2, 3}) {
      if (shape[-1] % k != 0) continue;
      table.add("maxout(Tensor, std::int64_t)", fmt::format("{} by {}", shape.to_string(), k), {numbers(shape)},
                [k](Inputs x) { return maxout(x[0], k); });
    }
  }
}

void add_gated(Table& table) {
  const std::string op = "gated(Activation, Tensor, std::span<Tensor>)";
  for (const char* name : {"sigmoid", "relu", "gelu", "silu", "identity"}) {
    for (const Shape& shape : {Shape{4}, Shape{3, 2}, Shape{1, 2, 1, 6}}) {
      table.add(op, name + shape.to_string(), {numbers(shape)}, [g = Activation::parse(name)](Inputs x) { return gated(g, x[0]); });
    }
  }
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{2}}) {
    table
        .add(op, "swish learned " + shape.to_string(), {numbers({3, 4}), positive_numbers(shape, 1)},
             [g = Activation::parse("swish")](Inputs x) { return gated(g, x[0], x.subspan(1)); })
        .required = 1;
  }
}

void add_moves(Table& table) {
  for (const Shape& to : {Shape{2, 6}, Shape{12}, Shape{3, 1, 2, 2}}) {
    table.add("reshape(Tensor, Shape)", to.to_string(), {numbers({2, 3, 2})}, [to](Inputs x) { return reshape(x[0], to); }).any_dtype =
        true;
  }
  for (const Shape& shape : {Shape{2, 3}, Shape{1, 3}, Shape{2, 3, 2}, Shape{2, 1, 2, 3}}) {
    table.add("transpose(Tensor)", shape.to_string(), {numbers(shape)}, [](Inputs x) { return transpose(x[0]); });
  }
  for (int axis = -3; axis <= 2; ++axis) {
    table.add("expand(Tensor, int, std::int64_t)", fmt::format("axis {}", axis), {numbers({2, 3})},
              [=](Inputs x) { return expand(x[0], axis, 4); });
  }
  table.add("expand(Tensor, int, std::int64_t)", "scalar", {numbers({})}, [](Inputs x) { return expand(x[0], 0, 3); });
  for (int axis = -3; axis < 3; ++axis) {
    table.add("slice(Tensor, int, std::int64_t, std::int64_t)", fmt::format("axis {}", axis), {numbers({3, 4, 2})},
              [=](Inputs x) { return slice(x[0], axis, 1, 1); });
    table.add("place(Tensor, int, std::int64_t, std::int64_t)", fmt::format("axis {}", axis), {numbers({2, 1, 2})},
              [=](Inputs x) { return place(x[0], axis, 2, 5); });
    table.add("concatenate(std::span<Tensor>, int)", fmt::format("axis {}", axis), {numbers({2, 1, 2}), numbers({2, 1, 2}, 1)},
              [=](Inputs x) { return concatenate(x, axis); });
  }
  table.add("concatenate(std::span<Tensor>, int)", "ragged", {numbers({2, 1}), numbers({2, 3}, 1), numbers({2, 2}, 2)},
            [](Inputs x) { return concatenate(x, 1); });
  table.add("concatenate(std::initializer_list<Tensor>, int)", "one part", {numbers({3})}, [](Inputs x) { return concatenate({x[0]}, 0); });
  table.add("gather_rows(Tensor, Tensor)", "with duplicates", {numbers({3, 2})}, [](Inputs x) {
    return gather_rows(x[0], row_numbers({2, 0, 2, 2}, x[0].device()));
  });
  table.add("gather_rows(Tensor, Tensor)", "of a vector", {numbers({3})}, [](Inputs x) {
    return gather_rows(x[0], row_numbers({1, 1}, x[0].device()));
  });
  table.add("gather_rows(Tensor, Tensor)", "of rank 3", {numbers({2, 2, 2})},
            [](Inputs x) { return gather_rows(x[0], row_numbers({1}, x[0].device())); });
  table.add("scatter_rows(Tensor, Tensor, std::int64_t)", "with duplicates", {numbers({3, 2})}, [](Inputs x) {
    return scatter_rows(x[0], row_numbers({3, 0, 3}, x[0].device()), 5);
  });
  table.add("one_hot(Tensor, std::int64_t, DType)", "labels", {},
            [](Inputs) {
              return one_hot(row_numbers({2, 0}), 3, DType::float64);
            })
      .differentiable = false;
}

void add_losses(Table& table) {
  table
      .add("uniform(Shape, double, double, std::uint64_t, std::uint64_t, TensorOptions)", "[3, 4]", {},
           [](Inputs) {
             return uniform({3, 4}, -1, 2, 7, 1, {DType::float64});
           })
      .differentiable = false;
  table.add("dropout(Tensor, double, std::uint64_t, std::uint64_t)", "a third", {numbers({3, 4})},
            [](Inputs x) { return dropout(x[0], 1.0 / 3, 7, 1); });
  table.add("dropout(Tensor, double, std::uint64_t, std::uint64_t)", "none", {numbers({2})},
            [](Inputs x) { return dropout(x[0] * 2.0, 0, 7, 1); });
  for (const Shape& shape : {Shape{3, 4}, Shape{3, 1}}) {
    const bool one = shape[1] == 1;
    table.add("cross_entropy(Tensor, Tensor)", shape.to_string(), {numbers(shape)}, [one](Inputs x) {
      return cross_entropy(x[0], one ? row_numbers({0, 0, 0}, x[0].device()) : row_numbers({3, 0, 3}, x[0].device()));
    });
  }
  table
      .add("count_correct(Tensor, Tensor)", "[3, 4]", {numbers({3, 4})},
           [](Inputs x) {
             return count_correct(x[0], row_numbers({3, 0, 3}, x[0].device()));
           })
      .differentiable = false;
  for (const Shape& shape : {Shape{}, Shape{2, 3}}) {
    table.add("bce_with_logits(Tensor, Tensor)", shape.to_string(), {numbers(shape), positive_numbers(shape, 1)},
              [](Inputs x) { return bce_with_logits(x[0], 0.5 * x[1]); });
    table.add("mse(Tensor, Tensor)", shape.to_string(), {numbers(shape), numbers(shape, 1)}, [](Inputs x) { return mse(x[0], x[1]); });
  }
  table.add("l1_penalty(std::span<Tensor>, double)", "two", {numbers({2, 3}), numbers({2}, 1)},
            [](Inputs x) { return l1_penalty(x, 0.3); });
  table.add("l2_penalty(std::span<Tensor>, double)", "two", {numbers({2, 3}), numbers({}, 1)}, [](Inputs x) { return l2_penalty(x, 0.3); });
}

/// "const Tensor& a = {}" -> "Tensor". (Without std::regex, which g++ 12 warns about under sanitizers.)
std::string type_of(std::string parameter) {
  parameter.erase(std::min(parameter.find('='), parameter.size()));
  for (std::size_t at = parameter.find("const "); at != std::string::npos; at = parameter.find("const ")) parameter.erase(at, 6);
  std::erase(parameter, '&');
  parameter.erase(0, parameter.find_first_not_of(" \n"));
  return parameter.substr(0, parameter.find(' '));
}

/// "(const Tensor& x, int axis)" -> "(Tensor, int)"
std::string types_of(std::string parameters) {
  std::string types;
  while (!parameters.empty()) {
    const std::size_t cut = std::min(parameters.find(','), parameters.size());
    types += (types.empty() ? "" : ", ") + type_of(parameters.substr(0, cut));
    parameters.erase(0, cut + 1);
  }
  return "(" + types + ")";
}

/// Every function returning a Tensor that a header declares, in the form in which the table names it.
std::set<std::string> declared_ops(const std::filesystem::path& header) {
  std::ifstream file(header);
  const std::string text{std::istreambuf_iterator<char>(file), {}}, start = "\nTensor ";
  std::set<std::string> ops;
  for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const std::size_t name = at + start.size(), open = text.find('(', name), close = text.find(");", open);
    ops.insert(text.substr(name, open - name) + types_of(text.substr(open + 1, close - open - 1)));
  }
  return ops;
}

}  // namespace

Tensor positive_numbers(const Shape& shape, int seed, DType dtype) { return Tensor::from(magnitudes(shape.count(), seed), shape, {dtype}); }

Tensor numbers(const Shape& shape, int seed, DType dtype) {
  std::vector<double> values = magnitudes(shape.count(), seed);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= std::sin(1.0 + 2.3 * static_cast<double>(i) + seed) < 0 ? -1 : 1;
  return Tensor::from(values, shape, {dtype});
}

Tensor row_numbers(std::initializer_list<std::int32_t> values, Device device) {
  return Tensor::indices(std::span(values.begin(), values.size()), device);
}

const std::vector<OpCase>& op_table() {
  static const std::vector<OpCase> cases = [] {
    Table table;
    add_arithmetic(table);
    add_products(table);
    add_elementwise(table);
    add_rows(table);
    add_gated(table);
    add_moves(table);
    add_losses(table);
    return table.cases;
  }();
  return cases;
}

TEST_CASE("every op that the public headers declare is in the table that the laws run over", "[ops]") {
  std::set<std::string> declared, tabled;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(SEEGRAD_SOURCE_DIR) / "include/seegrad/ops")) {
    declared.merge(declared_ops(entry.path()));
  }
  for (const OpCase& c : op_table()) tabled.insert(c.op);
  REQUIRE(declared.size() > 30);
  for (const std::string& op : declared) {
    INFO(op << " is declared and has no case in the table");
    CHECK(tabled.count(op) == 1);
  }
  for (const std::string& op : tabled) {
    INFO(op << " is in the table and declared nowhere");
    CHECK(declared.count(op) == 1);
  }
}

}  // namespace seegrad::testing
