// The run-time compiler, without a GPU: every formula's kernels compile and keep their numbers in registers, what goes wrong is said in
// one line, and the cache on disk may be in any state.
#include "backend/cuda/compiler.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include "backend/cuda/kernel_source.hpp"
#include "data/temporary_folder.hpp"
#include "seegrad/activation/catalogue.hpp"
#include "seegrad/activation/struct_formula.hpp"
#include "seegrad/activation/text_formula.hpp"
#include "seegrad/math/error.hpp"
#include "support/formula_texts.hpp"

namespace seegrad::test {
namespace {

using cuda::KernelKind;
using cuda::KernelVariant;

const cuda::KernelCache no_cache{{}};

/// All that a network asks of a formula: f, f', f'' and the slopes along its parameters, a product's end, statistics. Statistics are the
/// longest kernel and say nothing new in a second type or for a second architecture.
std::vector<KernelVariant> variants_of(const Formula& formula, int architecture) {
  std::vector<KernelVariant> all;
  for (const DType type : {DType::float32, DType::float64}) {
    for (const Derivative derivative : {Derivative{}, Derivative{0}, Derivative{0, 0}})
      all.push_back({KernelKind::elementwise, type, derivative});
    all.push_back({KernelKind::bias_activation, type});
  }
  if (architecture == 90) all.push_back({KernelKind::statistics, DType::float32});
  const int parameters = static_cast<int>(formula.parameters().size());
  for (int p = 1; p <= parameters; ++p)
    if (formula.has({p})) all.push_back({KernelKind::elementwise, DType::float32, {p}, true});
  return all;
}

cuda::Compiled compiled(const Formula* formula, const std::vector<KernelVariant>& variants, int architecture) {
  const std::string subject = formula ? fmt::format("formula {}", formula->name()) : "statistics";
  return cuda::compile({cuda::kernel_source(formula, variants), subject, architecture, {"--ptxas-options=-v"}}, no_cache);
}

/// What ptxas says of our kernels (not of NVIDIA's own functions that they call): how many bytes each has stored in memory for want of a
/// register.
std::map<std::string, int> spills_in(const std::string& log) {
  const std::string name_follows = "Function properties for ", number_ends = " bytes spill stores";
  std::map<std::string, int> spills;
  for (std::size_t at = log.find(name_follows); at != std::string::npos; at = log.find(name_follows, at + 1)) {
    const std::size_t name = at + name_follows.size(), line_end = log.find('\n', name), number_end = log.find(number_ends, line_end);
    if (number_end == std::string::npos) continue;
    const std::size_t number = log.rfind(' ', number_end - 1) + 1;
    const std::string function = log.substr(name, line_end - name);
    if (function.starts_with("__")) continue;  // NVIDIA's own
    spills[function] = std::stoi(log.substr(number, number_end - number));
  }
  return spills;
}

/// Kernels keep their numbers in registers.
void check_spills(const std::string& log, std::size_t kernels) {
  const auto spills = spills_in(log);
  CHECK(spills.size() == kernels);
  for (const auto& [name, bytes] : spills) {
    INFO(name);
    CHECK(bytes == 0);
  }
}

[[maybe_unused]] void check_all_formulas(int architecture) {
  std::vector<std::shared_ptr<const Formula>> formulas;
  for (const Formula* formula : compiled_formulas()) formulas.emplace_back(formula, [](const Formula*) {});
  for (const std::string& text : formula_texts()) formulas.push_back(parse_formula(text));
  for (const auto& formula : formulas) {
    const std::vector<KernelVariant> variants = variants_of(*formula, architecture);
    INFO(formula->name());
    const cuda::Compiled result = compiled(formula.get(), variants, architecture);
    CHECK(result.image.size() > 1000);
    check_spills(result.log, variants.size());
  }
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all(folder);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : all) files.push_back(entry.path());
  return files;
}

/// One small kernel through the cache of a folder.
cuda::Compiled through_cache(const std::filesystem::path& folder, int architecture = 80) {
  const KernelVariant variant{};
  return cuda::compile({cuda::kernel_source(&formula_of<Relu>(), {&variant, 1}), "formula relu", architecture}, cuda::KernelCache(folder));
}

/// Sets an environment variable for as long as it lives; an empty value unsets it.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::string& value) { value.empty() ? unsetenv(name_) : setenv(name_, value.c_str(), 1); }
  const char* name_;
  std::string before_;
};

}  // namespace

#if !defined(__SANITIZE_ADDRESS__)  // some minutes of NVIDIA's compiler, which is not instrumented
TEST_CASE("the kernels of every formula compile for sm_80 and keep their numbers in registers", "[cuda][slow]") { check_all_formulas(80); }
TEST_CASE("the kernels of every formula compile for sm_90 and keep their numbers in registers", "[cuda][slow]") { check_all_formulas(90); }
#endif

TEST_CASE("kernels for odd addresses, for learned parameters and for no formula compile and keep their numbers in registers", "[cuda]") {
  std::vector<KernelVariant> variants;
  for (const DType type : {DType::float32, DType::float64})
    for (const bool mixed : {false, true})
      for (const bool packets : {false, true}) {
        variants.push_back({KernelKind::elementwise, type, {0, 3}, mixed, packets});
        variants.push_back({KernelKind::bias_activation, type, {}, mixed, packets});
      }
  check_spills(compiled(&formula_of<AconC>(), variants, 90).log, variants.size());

  const std::vector<KernelVariant> without{{KernelKind::statistics, DType::float32},
                                           {KernelKind::statistics, DType::float64},
                                           {KernelKind::totals, DType::float32},
                                           {KernelKind::totals, DType::float64}};
  check_spills(compiled(nullptr, without, 90).log, without.size());
}

TEST_CASE("the longest formula that can be typed compiles", "[cuda]") {
  std::string text = "x";
  while (text.size() < 900) text += "*tanh(x)";
  const auto formula = parse_formula(text);
  const KernelVariant variant{KernelKind::elementwise, DType::float32, {0, 0}};
  CHECK(compiled(formula.get(), {variant}, 80).image.size() > 1000);
}

TEST_CASE("every variant of a kernel has a name of its own, and the order of two directions gives none", "[cuda]") {
  std::set<std::string> names;
  std::size_t count = 0;
  for (const DType type : {DType::float32, DType::float64}) {
    for (const bool mixed : {false, true})
      for (const bool packets : {false, true}) {
        for (const Derivative d :
             {Derivative{}, Derivative{0}, Derivative{0, 0}, Derivative{0, 1}, Derivative{1}, Derivative{11}, Derivative{1, 1}})
          names.insert(cuda::kernel_name({KernelKind::elementwise, type, d, mixed, packets})), ++count;
        names.insert(cuda::kernel_name({KernelKind::bias_activation, type, {}, mixed, packets})), ++count;
      }
    for (const KernelKind kind : {KernelKind::statistics, KernelKind::totals}) names.insert(cuda::kernel_name({kind, type})), ++count;
  }
  CHECK(names.size() == count);
  CHECK(cuda::canonical({KernelKind::elementwise, DType::float32, {1, 0}}) ==
        KernelVariant{KernelKind::elementwise, DType::float32, {0, 1}});
}

TEST_CASE("what does not compile is said in one line with its subject and the compiler's first complaint", "[cuda]") {
  const auto message = message_of<Error>([] { cuda::compile({"\nint f() { return nonsense; }", "formula x*nonsense", 90}, no_cache); });
  CHECK_THAT(message,
             Catch::StartsWith("formula x*nonsense: NVRTC ") && Catch::Contains("sm_90") && Catch::Contains("\"nonsense\" is undefined"));
}

TEST_CASE("headers come out of the library, not out of the folder that the program runs in", "[cuda]") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::ofstream(folder / "cmath") << "#error from the wrong place\n";
  std::ofstream(folder / "local.hpp") << "\n";
  std::filesystem::current_path(folder.path());
  CHECK(through_cache({}).image.size() > 1000);
  const auto message = message_of<Error>([] { cuda::compile({"#include \"local.hpp\"\n", "a test", 90}, no_cache); });
  std::filesystem::current_path(before);
  CHECK_THAT(message, Catch::Contains("local.hpp"));
}

TEST_CASE("a device newer than the compiler gets PTX, an older one is told so", "[cuda]") {
  CHECK(cuda::target_of(90) == "sm_90");
  CHECK_THAT(cuda::target_of(999), Catch::StartsWith("compute_"));
  const std::vector<char> image = through_cache({}, 999).image;
  CHECK_THAT(std::string(image.begin(), image.end()), Catch::Contains(".version") && Catch::Contains("elementwise_float"));
  CHECK(image.back() == '\0');  // the driver reads PTX up to there
  CHECK_THAT(message_of<Error>([] { cuda::target_of(20); }), Catch::Contains("this device has 2.0"));
}

TEST_CASE("what was compiled once is read from the cache, until something differs", "[cuda]") {
  const TemporaryFolder folder;
  const auto cache = folder / "deep" / "cache";  // made when needed
  const cuda::Compiled first = through_cache(cache), second = through_cache(cache);
  CHECK_FALSE(first.from_cache);
  CHECK(second.from_cache);
  CHECK(first.image == second.image);
  CHECK_FALSE(through_cache(cache, 90).from_cache);
  CHECK(files_in(cache).size() == 2);
}

TEST_CASE("a damaged cache is noticed and mended", "[cuda]") {
  const TemporaryFolder folder;
  const std::vector<char> right = through_cache(folder.path()).image;
  const auto file = files_in(folder.path()).at(0);
  const std::vector<std::uint8_t> whole = read_bytes(file);
  const auto damage = [&](const char* how, std::vector<std::uint8_t> bytes) {
    INFO(how);
    write_bytes(file, bytes);
    const cuda::Compiled again = through_cache(folder.path());
    CHECK_FALSE(again.from_cache);
    CHECK(again.image == right);
    CHECK(through_cache(folder.path()).from_cache);
  };
  std::vector<std::uint8_t> flipped = whole, longer = whole;
  flipped[whole.size() / 2] ^= 1;
  longer.push_back(0);
  damage("one bit", flipped);
  damage("cut off", {whole.begin(), whole.begin() + 1000});
  damage("longer", longer);
  damage("empty", {});
  damage("something else", std::vector<std::uint8_t>(5000, 'x'));
  // Another kernel's file under this one's name.
  const TemporaryFolder other;
  through_cache(other.path(), 90);
  damage("another kernel's", read_bytes(files_in(other.path()).at(0)));
}

TEST_CASE("a cache that cannot be written is no error", "[cuda]") {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "in the way";
  CHECK_FALSE(through_cache(folder / "file").from_cache);  // no folder can be made of a file, not even by root
  CHECK_FALSE(through_cache(folder / "file" / "below").from_cache);
  std::filesystem::create_directories(folder / "read_only");
  std::filesystem::permissions(folder / "read_only", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  CHECK(through_cache(folder / "read_only").image.size() > 1000);
  std::filesystem::permissions(folder / "read_only", std::filesystem::perms::owner_all);
}

TEST_CASE("programs that fill the cache at once do not disturb each other", "[cuda]") {
  const TemporaryFolder folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      bool good = true;
      for (int round = 0; round < 3 && good; ++round) {
        good = through_cache(folder.path()).image.size() > 1000;
        std::error_code ignored;
        for (const auto& file : round < 2 ? files_in(folder.path()) : std::vector<std::filesystem::path>{})  // and again
          if (file.extension() == ".bin") std::filesystem::remove(file, ignored);
      }
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  }
  CHECK(through_cache(folder.path()).from_cache);
  CHECK(files_in(folder.path()).size() == 1);
}

TEST_CASE("the cache lies where the user says, else where caches lie", "[cuda]") {
  const Variable home("HOME", "/home/somebody");
  {
    const Variable own("SEEGRAD_CACHE_DIR", "/a/b"), caches("XDG_CACHE_HOME", "/c");
    CHECK(cuda::KernelCache::of_user().folder() == "/a/b");
  }
  {
    const Variable own("SEEGRAD_CACHE_DIR", ""), caches("XDG_CACHE_HOME", "/c");
    CHECK(cuda::KernelCache::of_user().folder() == "/c/seegrad");
  }
  const Variable own("SEEGRAD_CACHE_DIR", ""), caches("XDG_CACHE_HOME", "");
  CHECK(cuda::KernelCache::of_user().folder() == "/home/somebody/.cache/seegrad");
  const Variable homeless("HOME", "");
  CHECK(cuda::KernelCache::of_user().folder().empty());
}

}  // namespace seegrad::test
