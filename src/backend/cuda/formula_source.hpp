// A formula as C++ text: what the run-time compiler of a device reads in place of a struct that was compiled with the library.
//
//     silu, x*sigmoid(x):   %0 = x   %1 = sigmoid %0   %2 = gate %0 %1
//
//     struct Silu {
//       static constexpr int parameters = 0;
//       template <class T>
//       SEEGRAD_HD T operator()(T x) const {
//         const T v1 = sigmoid(x);
//         return gate(x, v1);
//       }
//     };
//
// Catalogue, typed formulas and a user's own structs all are Programs, so all of them take this one road. Nothing here needs a
// CUDA header: any C++ compiler reads the text as well, and the tests have the host's do so.
#pragma once
#include <string>
#include <string_view>

#include "seegrad/activation/program.hpp"

namespace seegrad::cuda {

/// A struct called `name` whose operator()(x, parameters...) computes the program in the words of math/scalar.hpp, in the program's
/// order, with the program's constants bit for bit. It belongs into the namespace seegrad, below math/dual.hpp.
/// Equal programs give equal texts, so the text (with the name) is also what identifies a formula from one run to the next.
std::string formula_source(const Program& program, int parameters, std::string_view name);

}  // namespace seegrad::cuda
