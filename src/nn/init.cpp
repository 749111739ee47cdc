#include "seegrad/nn/init.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "math/call_text.hpp"
#include "nn/orthogonal.hpp"

namespace seegrad::nn {

using call_text::Form;

/// What a recipe may look at. `parameter` is its only parameter, where it has one.
struct Request {
  LayerSize size;
  double parameter = 0, gain = 1;

  double in() const { return static_cast<double>(size.in); }
  double both() const { return static_cast<double>(size.in + size.out); }
};

/// One rule for starting weights: how to fill a row-major [out, in] matrix.
struct Recipe {
  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view mathematics;
  std::vector<Form> forms;
  void (*draw)(std::span<double> weights, const Request& request, Random& random);
  bool draws_biases = false, needs_batch = false;
};

namespace {

using Weights = std::span<double>;

void normal(Weights weights, double deviation, Random& random) {
  for (double& weight : weights) weight = deviation * random.normal();
}

void uniform(Weights weights, double bound, Random& random) {
  for (double& weight : weights) weight = random.uniform(-bound, bound);
}

/// torch.nn.Linear draws weights and biases alike.
double pytorch_bound(LayerSize size) { return 1 / std::sqrt(static_cast<double>(size.in)); }

constexpr Form std_form{"std", 0.01, call_text::positive}, bound_form{"bound", 0.05, call_text::positive},
    gain_form{"gain", 1, call_text::positive};

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> table{
      {"auto",
       {},
       "N(0, gain^2/fan_in), gain = 1/sqrt(E f'(z)^2) for the activation f that follows, z ~ N(0, 1)",
       {},
       [](Weights w, const Request& r, Random& random) { normal(w, r.gain / std::sqrt(r.in()), random); }},
      {"he",
       {"he_normal", "kaiming", "kaiming_normal"},
       "N(0, 2/fan_in): He et al. 2015, eq. 10",
       {},
       [](Weights w, const Request& r, Random& random) { normal(w, std::sqrt(2 / r.in()), random); }},
      {"he_uniform",
       {"kaiming_uniform"},
       "U(-b, b), b = sqrt(6/fan_in): the variance of he",
       {},
       [](Weights w, const Request& r, Random& random) { uniform(w, std::sqrt(6 / r.in()), random); }},
      {"xavier",
       {"xavier_normal", "glorot", "glorot_normal"},
       "N(0, 2/(fan_in + fan_out)): Glorot and Bengio 2010, eq. 12",
       {},
       [](Weights w, const Request& r, Random& random) { normal(w, std::sqrt(2 / r.both()), random); }},
      {"xavier_uniform",
       {"glorot_uniform"},
       "U(-b, b), b = sqrt(6/(fan_in + fan_out)): Glorot and Bengio 2010, eq. 16",
       {},
       [](Weights w, const Request& r, Random& random) { uniform(w, std::sqrt(6 / r.both()), random); }},
      {"lecun",
       {"lecun_normal"},
       "N(0, 1/fan_in): LeCun et al. 1998, eq. 16",
       {},
       [](Weights w, const Request& r, Random& random) { normal(w, 1 / std::sqrt(r.in()), random); }},
      {"lecun_uniform",
       {},
       "U(-b, b), b = sqrt(3/fan_in): the variance of lecun",
       {},
       [](Weights w, const Request& r, Random& random) { uniform(w, std::sqrt(3 / r.in()), random); }},
      {"normal",
       {"gaussian"},
       "N(0, std^2)",
       {std_form},
       [](Weights w, const Request& r, Random& random) { normal(w, r.parameter, random); }},
      {"uniform",
       {},
       "U(-bound, bound)",
       {bound_form},
       [](Weights w, const Request& r, Random& random) { uniform(w, r.parameter, random); }},
      {"orthogonal",
       {},
       "gain * Q, rows or columns orthonormal, uniform over all such Q: Saxe et al. 2014",
       {gain_form},
       [](Weights w, const Request& r, Random& random) { detail::fill_orthogonal(w, r.size, r.parameter, random); }},
      {"pytorch",
       {"torch", "torch_default"},
       "U(-b, b), b = 1/sqrt(fan_in), weights and biases: the default of torch.nn.Linear",
       {},
       [](Weights w, const Request& r, Random& random) { uniform(w, pytorch_bound(r.size), random); },
       true},
      {"lsuv",
       {},
       "orthogonal, then scaled layer by layer to outputs of variance 1 on a batch: Mishkin and Matas 2016",
       {},
       [](Weights w, const Request& r, Random& random) { detail::fill_orthogonal(w, r.size, 1, random); },
       false,
       true},
      {"zeros", {"zero"}, "0", {}, [](Weights w, const Request&, Random&) { std::fill(w.begin(), w.end(), 0.0); }},
  };
  return table;
}

/// Eight digits are more than an initialisation needs, and fewer than differ between two mathematics libraries: the weights stay the
/// same everywhere.
double rounded(double gain) {
  const double unit = std::pow(10.0, std::floor(std::log10(gain)) - 7);
  return std::round(gain / unit) * unit;
}

}  // namespace

Initializer::Initializer() : Initializer(recipes().front()) {}

Initializer::Initializer(const Recipe& recipe) : recipe_(&recipe) {
  for (const Form& form : recipe.forms) parameters_.push_back(form.value);
}

Initializer Initializer::parse(std::string_view text) {
  const call_text::Call call = call_text::split("init", text);
  Initializer init(call_text::find("init", call.name, recipes()));
  init.parameters_ = call_text::read_parameters(fmt::format("init {}", init.name()), call.inside, init.recipe_->forms);
  return init;
}

std::vector<Initializer> Initializer::all() {
  std::vector<Initializer> all;
  for (const Recipe& recipe : recipes()) all.push_back(Initializer(recipe));
  return all;
}

std::string Initializer::to_string() const { return call_text::print(name(), recipe_->forms, parameters_); }
std::string_view Initializer::name() const { return recipe_->name; }
std::string_view Initializer::mathematics() const { return recipe_->mathematics; }
bool Initializer::needs_batch() const { return recipe_->needs_batch; }

std::vector<double> Initializer::weights(LayerSize size, const std::optional<Nonlinearity>& following, Random& random) const {
  std::vector<double> weights(static_cast<std::size_t>(size.in * size.out));
  const bool wants_gain = recipe_ == &recipes().front() && following;
  recipe_->draw(weights, {size, parameters_.empty() ? 0 : parameters_.front(), wants_gain ? auto_gain(*following) : 1}, random);
  return weights;
}

std::vector<double> Initializer::biases(LayerSize size, Random& random) const {
  std::vector<double> biases(static_cast<std::size_t>(size.out));
  if (recipe_->draws_biases) uniform(biases, pytorch_bound(size), random);
  return biases;
}

std::string Initializer::remark(const Nonlinearity& following) const {
  if (name() == "zeros") return "init zeros: the units of a layer start equal, and nothing will ever tell them apart";
  if (name() != "auto") return {};
  if (!std::isfinite(following.gain())) {
    return fmt::format("init auto: {} has no slope, so no gain can keep the gradient; weights start from N(0, 1/fan_in)",
                       following.to_string());
  }
  return std::string(following.remark());
}

double auto_gain(const Nonlinearity& f) {
  const double gain = f.gain();
  return std::isfinite(gain) ? rounded(gain) : 1;
}

}  // namespace seegrad::nn
