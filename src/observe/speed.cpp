#include "seegrad/observe/speed.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numeric>
#include <string>

#include "seegrad/activation/name_list.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/math/random.hpp"

namespace seegrad::observe {

SpeedSubject SpeedSubject::parse(std::string_view text) {
  if (text == "softmax") return SpeedSubject(RowFunction::softmax);
  if (text == "log_softmax") return SpeedSubject(RowFunction::log_softmax);
  return SpeedSubject(Activation::parse(text));
}

std::vector<SpeedSubject> SpeedSubject::parse_list(std::string_view text) {
  std::vector<SpeedSubject> list;
  if (text == "all") {
    for (const Activation& activation : Activation::all()) list.emplace_back(activation);
    for (const char* name : {"softmax", "log_softmax"}) list.push_back(parse(name));
  } else {
    for (const std::string& name : names_in(text)) list.push_back(parse(name));
  }
  return list;
}

std::vector<SpeedSubject> SpeedSubject::usual() { return parse_list("sigmoid,tanh,relu,leaky_relu,elu,silu,gelu,mish,softmax"); }

std::string SpeedSubject::name() const {
  if (activation_) return activation_->to_string();
  return row_function_ == RowFunction::softmax ? "softmax" : "log_softmax";
}

double SpeedSettings::bytes() const {
  return 4.0 * static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(size_of(tensor.dtype));
}

Timing summarise(std::vector<double> milliseconds, double bytes) {
  Timing timing;
  const auto n = static_cast<double>(milliseconds.size());
  timing.mean = std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0) / n;
  double squares = 0;
  for (const double time : milliseconds) squares += (time - timing.mean) * (time - timing.mean);
  if (milliseconds.size() > 1) timing.deviation = std::sqrt(squares / (n - 1));
  std::sort(milliseconds.begin(), milliseconds.end());
  const std::size_t half = milliseconds.size() / 2;
  timing.median = milliseconds.size() % 2 ? milliseconds[half] : (milliseconds[half - 1] + milliseconds[half]) / 2;
  timing.gigabytes_per_second = bytes * 1e-6 / timing.median;
  return timing;
}

/// The four arrays, and what is done to them.
class SpeedRun {
 public:
  explicit SpeedRun(const SpeedSettings& settings) : settings_(settings) {
    // Backend::fill touches the pages first, on the threads that will work on them.
    for (Tensor* tensor : {&x_, &g_, &y_, &dx_}) *tensor = Tensor::zeros({settings.rows, settings.columns}, settings.tensor);
    with_floating(settings.tensor.dtype, [&]<class T>() {
      draw<T>(x_, 1);
      draw<T>(g_, 2);
    });
    bytes_ = settings.bytes() / 4;
    constexpr double enough = 8e9;  // bytes: some milliseconds of any GPU
    if (settings.tensor.device.kind != Device::Kind::cpu) launches_ = static_cast<int>(std::clamp(std::ceil(enough / bytes_), 1.0, 100.0));
  }

  /// Nothing when `goes_on` said no. Ends after `seconds`, when that is not 0 and enough runs have counted.
  std::optional<Speed> measure(const SpeedSubject& subject, double seconds, const GoesOn& goes_on) {
    constexpr int enough = 3;
    const std::string name = subject.name();
    const auto start = std::chrono::steady_clock::now();
    const auto late = [&] {
      return seconds > 0 && std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds;
    };
    std::vector<double> forward_times, backward_times, copy_times;
    for (int run = 0; run < settings_.warmup + settings_.runs && !(run >= settings_.warmup + enough && late()); ++run) {
      if (goes_on && !goes_on(name, run)) return std::nullopt;
      const double copy_time = milliseconds([&] { copy(); });
      const double forward_time = milliseconds([&] { forward(subject); });
      const double backward_time = milliseconds([&] { backward(subject); });
      if (run < settings_.warmup) continue;
      copy_times.push_back(copy_time);
      forward_times.push_back(forward_time);
      backward_times.push_back(backward_time);
    }
    const auto runs = static_cast<int>(copy_times.size());
    return Speed{name, summarise(forward_times, 2 * bytes_), summarise(backward_times, 3 * bytes_), summarise(copy_times, 2 * bytes_),
                 runs};
  }

 private:
  /// Of one run. A device works on after a call has returned, so it is waited for before and after; several runs in a row make what that
  /// costs (some hundredths of a millisecond) disappear beside them.
  template <class Work>
  double milliseconds(Work work) {
    backend().synchronize();
    const auto start = std::chrono::steady_clock::now();
    for (int launch = 0; launch < launches_; ++launch) work();
    backend().synchronize();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / launches_;
  }

  void copy() { backend().copy_columns(x_.array(), 0, dx_.array_to_fill(), 0, settings_.columns); }

  void forward(const SpeedSubject& subject) {
    if (!subject.activation_) return backend().softmax(x_.array(), logarithm(subject), y_.array_to_fill());
    backend().elementwise(arguments(*subject.activation_), {}, x_.array(), {}, y_.array_to_fill());
  }

  void backward(const SpeedSubject& subject) {
    if (!subject.activation_) return backend().softmax_slope(y_.array(), g_.array(), logarithm(subject), dx_.array_to_fill());
    backend().elementwise(arguments(*subject.activation_), {0, Derivative::none}, x_.array(), g_.array(), dx_.array_to_fill());
  }

  static bool logarithm(const SpeedSubject& subject) { return subject.row_function_ == SpeedSubject::RowFunction::log_softmax; }
  static FormulaArguments arguments(const Activation& activation) { return {&activation.formula(), activation.parameters(), {}}; }

  /// Standard normal numbers: some drawn ones, repeated until the tensor is full.
  template <class T>
  void draw(const Tensor& tensor, std::uint64_t seed) {
    Random random(seed);
    std::vector<T> drawn(std::min<std::size_t>(std::size_t{1} << 18, static_cast<std::size_t>(tensor.count())));
    for (T& value : drawn) value = static_cast<T>(random.normal());
    Tensor target = tensor;
    const Array array = target.array_to_fill();
    for (std::size_t from = 0; from < array.count(); from += drawn.size()) {
      const std::size_t count = std::min(drawn.size(), array.count() - from);
      backend().upload(array.as<T>() + from, drawn.data(), count * sizeof(T));
    }
  }

  Backend& backend() const { return backend_of(settings_.tensor.device); }

  SpeedSettings settings_;
  Tensor x_, g_, y_, dx_;
  double bytes_ = 0;
  int launches_ = 1;  // of a timed run
};

std::vector<Speed> measure_speed(const std::vector<SpeedSubject>& subjects, const SpeedSettings& settings, const GoesOn& goes_on) {
  if (settings.rows < 1 || settings.columns < 1 || settings.runs < 1 || settings.warmup < 0)
    throw Error("measure_speed: needs at least one row, one column and one run, and a warm-up that is not negative");
  SpeedRun run(settings);
  std::vector<Speed> speeds;
  for (const SpeedSubject& subject : subjects) {
    std::optional<Speed> speed = run.measure(subject, settings.seconds / static_cast<double>(subjects.size()), goes_on);
    if (!speed) break;
    speeds.push_back(std::move(*speed));
  }
  return speeds;
}

std::vector<ElementCost> element_costs(std::span<const Activation> activations, TensorOptions tensor) {
  const SpeedSettings settings{.rows = 64, .columns = std::int64_t{1} << 17, .runs = 5, .warmup = 1, .tensor = tensor};
  const double each = 1e6 / (static_cast<double>(settings.rows) * static_cast<double>(settings.columns));
  std::vector<SpeedSubject> subjects;
  for (const Activation& activation : activations) subjects.emplace_back(activation);
  std::vector<ElementCost> costs;
  for (const Speed& speed : measure_speed(subjects, settings)) {
    const double copy = speed.copy.median * each;
    costs.push_back({speed.forward.median * each, speed.backward.median * each, copy, copy * 3 / 2});
  }
  return costs;
}

ElementCost element_cost(const Activation& activation, TensorOptions tensor) {
  return element_costs(std::span(&activation, 1), tensor).front();
}

std::optional<double> available_memory(Device device) {
  if (device.kind != Device::Kind::cpu) return static_cast<double>(backend_of(device).memory().device_free);
  constexpr double kibibyte = 1024;
  std::optional<double> available;
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("MemAvailable:")) available = std::strtod(line.c_str() + std::strlen("MemAvailable:"), nullptr) * kibibyte;
  double limit = 0, used = 0;  // the first file holds "max" where there is no limit
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit && std::ifstream("/sys/fs/cgroup/memory.current") >> used)
    available = std::min(available.value_or(limit), std::max(0.0, limit - used));
  return available;
}

std::int64_t rows_that_fit(const SpeedSettings& wanted, double available) {
  SpeedSettings one_row = wanted;
  one_row.rows = 1;
  const double most = std::floor(0.8 * available / one_row.bytes());
  return most >= static_cast<double>(wanted.rows) ? wanted.rows : static_cast<std::int64_t>(std::max(0.0, most));
}

}  // namespace seegrad::observe
