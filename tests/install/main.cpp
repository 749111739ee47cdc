// A program of a user who has installed seegrad: the package must bring headers, library and everything that it needs.
#include <cstdio>

#include "seegrad/activation/activation.hpp"
#include "seegrad/version.hpp"

int main() {
  const auto relu = seegrad::Activation::parse("relu");
  std::printf("seegrad %s: relu(-1) = %g, relu(2) = %g\n", seegrad::version.data(), relu.at(-1), relu.at(2));
}
