// Every op with inputs to try it on: what the laws run over. A new op of include/seegrad/ops must be entered here;
// op_table_test.cpp reads the headers and fails for one that is missing.
#pragma once
#include <string>
#include <vector>

#include "seegrad/ops/gradient_check.hpp"
#include "seegrad/tensor/tensor.hpp"

namespace seegrad::testing {

struct OpCase {
  std::string op;              ///< as declared: "operator+(Tensor, double)"
  std::string what;            ///< shapes and settings of this case
  std::vector<Tensor> inputs;  ///< float64; the call takes float32 too
  TensorFunction call;
  bool differentiable = true;
  std::size_t required = 99;  ///< inputs from this one on may be absent
  bool any_dtype = false;     ///< takes int32 as well
};

/// All cases of all ops; the same numbers every time.
const std::vector<OpCase>& op_table();

/// Reproducible numbers of both signs, 0.2 <= |x| <= 2, none twice.
Tensor numbers(const Shape& shape, int seed = 0, DType dtype = DType::float64);
/// The same without signs.
Tensor positive_numbers(const Shape& shape, int seed = 0, DType dtype = DType::float64);
Tensor row_numbers(std::initializer_list<std::int32_t> values, Device device = {});

}  // namespace seegrad::testing
