#include "products.hpp"

#include <cstdlib>
#include <cstring>

#include "kernels.hpp"

#if defined(SEEGRAD_HAS_ONEDNN)
#include <array>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

// oneDNN is usually built on OpenMP, and would use all threads for each of our shares. Weak: absent when oneDNN has another runtime.
extern "C" __attribute__((weak)) void omp_set_num_threads(int);
extern "C" __attribute__((weak)) int omp_get_max_threads();
#endif

namespace seegrad::cpu {
namespace {

bool plain_is_forced() {
  const char* wanted = std::getenv("SEEGRAD_MATMUL");
  return wanted && std::strcmp(wanted, "plain") == 0;
}

#if defined(SEEGRAD_HAS_ONEDNN)

using Memory = dnnl::memory;
constexpr auto f32 = Memory::data_type::f32;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

Memory::dim dim(std::size_t n) { return static_cast<Memory::dim>(n); }

/// A product of one shape, prepared for one thread: oneDNN generates its machine code once, then only pointers change.
class PreparedProduct {
 public:
  explicit PreparedProduct(const Product<float>& call) : stream_(engine()) {
    const Memory::desc a({dim(call.rows), dim(call.inner)}, f32, {dim(call.a_row), dim(call.a_column)});
    const Memory::desc b({dim(call.inner), dim(call.columns)}, f32, {dim(call.b_row), dim(call.b_column)});
    const Memory::desc c({dim(call.rows), dim(call.columns)}, f32, {dim(call.c_row), 1});
    const Memory::desc bias = call.bias ? Memory::desc({1, dim(call.columns)}, f32, Memory::format_tag::ab) : Memory::desc();
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc description(engine(), a, b, bias, c, attributes);
#else
    const dnnl::matmul::primitive_desc description({a, b, bias, c}, attributes, engine());
#endif
    product_ = dnnl::matmul(description);
    add(DNNL_ARG_SRC, a);
    add(DNNL_ARG_WEIGHTS, b);
    add(DNNL_ARG_DST, c);
    if (call.bias) add(DNNL_ARG_BIAS, bias);
    arguments_.emplace(DNNL_ARG_SCRATCHPAD, Memory(description.scratchpad_desc(), engine()));
  }

  void run(const Product<float>& call) {
    set(DNNL_ARG_SRC, call.a);
    set(DNNL_ARG_WEIGHTS, call.b);
    set(DNNL_ARG_DST, call.c);
    if (call.bias) set(DNNL_ARG_BIAS, call.bias);
    product_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  void add(int argument, const Memory::desc& description) { arguments_.emplace(argument, Memory(description, engine(), nullptr)); }
  void set(int argument, const float* data) { arguments_.at(argument).set_data_handle(const_cast<float*>(data)); }

  dnnl::stream stream_;
  dnnl::matmul product_;
  std::unordered_map<int, Memory> arguments_;
};

PreparedProduct& prepared(const Product<float>& call) {
  using Key = std::array<std::size_t, 9>;
  thread_local std::map<Key, PreparedProduct> products;
  const Key key{call.rows,  call.columns,  call.inner, call.a_row,          call.a_column,
                call.b_row, call.b_column, call.c_row, call.bias != nullptr};
  auto found = products.find(key);
  if (found == products.end()) {
    constexpr std::size_t most = 512;  // shapes of a training run are few; a program that makes ever new ones must not grow for ever
    if (products.size() >= most) products.clear();
    found = products.try_emplace(key, call).first;
  }
  return found->second;
}

/// While this lives, oneDNN works on the calling thread alone: the threads are ours.
class LibrarySingleThreaded {
 public:
  LibrarySingleThreaded() {
    if (omp_set_num_threads) omp_set_num_threads(1);
  }
  ~LibrarySingleThreaded() {
    if (omp_set_num_threads) omp_set_num_threads(before_);
  }
  LibrarySingleThreaded(const LibrarySingleThreaded&) = delete;
  LibrarySingleThreaded& operator=(const LibrarySingleThreaded&) = delete;

 private:
  int before_ = omp_get_max_threads ? omp_get_max_threads() : 1;
};

#endif

}  // namespace

void multiply(const Product<double>& call) { array_kernels<double>().product(call); }

void multiply(const Product<float>& call) {
#if defined(SEEGRAD_HAS_ONEDNN)
  static const bool plain = plain_is_forced();
  const bool nothing_to_add = call.inner == 0 || call.rows == 0 || call.columns == 0;
  if (!plain && !nothing_to_add) {
    const LibrarySingleThreaded here;
    prepared(call).run(call);
    return;
  }
#endif
  array_kernels<float>().product(call);
}

const char* product_library() {
#if defined(SEEGRAD_HAS_ONEDNN)
#define SEEGRAD_TEXT(x) #x
#define SEEGRAD_VERSION_TEXT(a, b, c) "oneDNN " SEEGRAD_TEXT(a) "." SEEGRAD_TEXT(b) "." SEEGRAD_TEXT(c)
  return plain_is_forced() ? "plain" : SEEGRAD_VERSION_TEXT(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, DNNL_VERSION_PATCH);
#undef SEEGRAD_VERSION_TEXT
#undef SEEGRAD_TEXT
#else
  static_cast<void>(plain_is_forced);
  return "plain";
#endif
}

}  // namespace seegrad::cpu
