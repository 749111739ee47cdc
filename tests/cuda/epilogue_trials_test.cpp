// The trials notice a library whose activations are not the formulas'. Needs no GPU: the libraries are the host's.
#include "backend/cuda/epilogue_trials.hpp"

#include <catch2/catch.hpp>

#include "backend/cuda/products.hpp"
#include "host_products.hpp"

namespace seegrad::cuda::test {
namespace {

EpilogueTrials trials_of(Quirk quirk, DType dtype, std::set<unsigned> missing = {}) {
  auto library = std::make_unique<HostLibrary>();
  library->quirk = quirk;
  library->missing = std::move(missing);
  ProductRunner runner(std::move(library));
  return try_epilogues(runner, {}, host_memory, dtype, ProductPrecision::tf32);
}

/// relu, relu with mask, gelu, gelu's slope: a letter for what is used.
std::string used(const EpilogueTrials& trials) {
  return std::string(trials.relu() ? "r" : "-") + (trials.relu_with_mask() ? "m" : "-") + (trials.gelu() ? "g" : "-") +
         (trials.gelu_slope() ? "s" : "-");
}

}  // namespace

TEST_CASE("a library that keeps to the formulas passes its trials, one that does not loses what it does not keep to", "[cuda][products]") {
  const std::pair<Quirk, const char*> cases[] = {
      {Quirk::none, "rmgs"},
      {Quirk::relu_hides_nan, "--gs"},
      {Quirk::relu_of_zero_in_mask, "r-gs"},
      {Quirk::mask_of_other_leading, "r-gs"},
      {Quirk::gelu_by_error_function, "rm-s"},
      {Quirk::gelu_overflows, "rmg-"},
      {Quirk::no_argument, "rm--"},
  };
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const auto& [quirk, expected] : cases) {
      const EpilogueTrials trials = trials_of(quirk, dtype);
      INFO(name_of(dtype) << ", quirk " << static_cast<int>(quirk) << ": " << to_string(trials));
      CHECK(used(trials) == expected);
    }
  }
}

TEST_CASE("what the library does not offer is not used", "[cuda][products]") {
  const auto used_without = [](unsigned epilogue) { return used(trials_of(Quirk::none, DType::float32, {epilogue})); };
  CHECK(used_without(CUBLASLT_EPILOGUE_RELU_BIAS) == "-mgs");
  CHECK(used_without(CUBLASLT_EPILOGUE_RELU_AUX_BIAS) == "r-gs");
  CHECK(used_without(CUBLASLT_EPILOGUE_DRELU) == "r-gs");
  CHECK(used_without(CUBLASLT_EPILOGUE_GELU_AUX_BIAS) == "rm--");
  CHECK(used_without(CUBLASLT_EPILOGUE_DGELU) == "rmg-");
}

TEST_CASE("trials say in a line what is used and what was found", "[cuda][products]") {
  CHECK_THAT(to_string(trials_of(Quirk::relu_hides_nan, DType::float32)),
             Catch::StartsWith("ReLU not used (offered: yes, values right: yes, keeps NaN: no); ReLU with mask not used (offered: yes, "
                               "values and NaN right: no, slope right: yes); GELU used"));
}

TEST_CASE("trials are made once for each precision, and never while work is being recorded", "[cuda][products]") {
  auto owned = std::make_unique<HostLibrary>();
  HostLibrary& library = *owned;
  Products products(host_memory, std::move(owned));
  library.recording = true;
  products.prepare({});
  CHECK(library.epilogues.empty());
  CHECK(used(products.trials(DType::float32)) == "----");
  library.recording = false;
  products.prepare({});
  const std::size_t first = library.epilogues.size();
  CHECK(first == 10);  // five for each type
  CHECK(used(products.trials(DType::float32)) == "rmgs");
  CHECK(used(products.trials(DType::float64)) == "rmgs");
  products.prepare({});
  CHECK(library.epilogues.size() == first);
  products.set_precision(ProductPrecision::tf32);
  CHECK(used(products.trials(DType::float32)) == "----");
  CHECK(used(products.trials(DType::float64)) == "rmgs");
  products.prepare({});
  CHECK(library.epilogues.size() == first + 5);
  products.set_precision(ProductPrecision::fp32);
  CHECK(used(products.trials(DType::float32)) == "rmgs");
}

}  // namespace seegrad::cuda::test
