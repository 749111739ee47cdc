#include "seegrad/nn/nonlinearity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "math/call_text.hpp"
#include "seegrad/activation/moments.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/nn/row_layers.hpp"
#include "seegrad/ops/row_activations.hpp"
#include "seegrad/ops/softmax.hpp"

namespace seegrad::nn {

using call_text::Form;

/// One kind of layer that works on rows: all that has to be written down to offer it.
struct RowKind {
  using Values = std::vector<double>;
  /// How many times as many numbers go in and come out as the layer has units.
  struct Widths {
    std::int64_t in = 1, out = 1;
  };

  std::string_view name;
  std::vector<std::string_view> aliases;
  std::string_view mathematics;
  std::string_view gate = {};                               ///< a gated layer's g, as Activation::parse() reads it
  bool gate_is_given = false;                               ///< the gate is a parameter: gated(tanh)
  std::vector<Form> forms = {};                             ///< numeric parameters
  Widths (*widths)(const Values&) = nullptr;                ///< nullptr: 1 and 1
  double gain = 1;                                          ///< unless gated
  std::string_view remark = {};                             ///< about the gain
  Tensor (*apply)(const Tensor&, const Values&) = nullptr;  ///< unless gated
};

namespace {

// The gains. D_l is the mean square of dLoss/dz over the inputs of layer l's nonlinearity, h its outputs. Weights are
// N(0, gain^2/fan_in) with fan_in the number of h, so dLoss/dh has the mean square (number of z / number of h) gain^2 D_(l+1).
//
//   gated    twice as many z as h: dLoss/dh has 2 gain^2 D. a hears g(b) of it, b hears a g'(b); the mean over both halves is
//            D_l = gain^2 (E g(b)^2 + E a^2 E g'(b)^2) D_(l+1).
//   maxout   k times as many z: k gain^2 D, and one input of k hears it: D_l = gain^2 D_(l+1).
//   crelu    half as many z: gain^2 D / 2, and of z's two outputs exactly one passes it on: D_l = gain^2 D_(l+1) / 2.
//   softmax  n of each: delta_i = y_i (dh_i - <dh, y>), and E y^2 = e/n^2 for large n: D_l = gain^2 (e/n^2) D_(l+1). The gain n/sqrt(e)
//            would keep the gradient, but the first layer's inputs are no shares that sum to 1: they would saturate it. So it is 1.
//   log_softmax  delta_i = dh_i - y_i sum(dh): D_l = gain^2 (1 - 2/n + e/n) D_(l+1), which is 1 for large n.
constexpr std::string_view softmax_remark =
    "init auto: softmax makes the gradient weaker by about width/1.65 a layer, and no gain would suit the first layer as well; weights "
    "start "
    "from N(0, 1/fan_in)";

constexpr std::string_view log_softmax_remark =
    "init auto: log_softmax gives numbers near -log(width), all of one sign, so that plain gradient steps overshoot; add --optimizer adam";

constexpr std::string_view gated_remark =
    "init auto: the product of two halves is of second degree, so without normalisation large samples explode and small ones vanish, at "
    "any gain; beyond one hidden layer add --normalisation layer";

RowKind gated_kind(std::string_view name, std::vector<std::string_view> aliases, std::string_view mathematics, std::string_view gate) {
  return {.name = name,
          .aliases = std::move(aliases),
          .mathematics = mathematics,
          .gate = gate,
          .widths = [](const RowKind::Values&) -> RowKind::Widths {
            return {2, 1};
          },
          .remark = gated_remark};
}

std::vector<RowKind> row_kinds() {
  using Values = RowKind::Values;
  std::vector<RowKind> kinds{
      gated_kind("glu", {}, "a*sigmoid(b) for the two halves a, b of a row", "sigmoid"),
      gated_kind("reglu", {}, "a*relu(b) for the two halves a, b of a row", "relu"),
      gated_kind("geglu", {}, "a*gelu(b) for the two halves a, b of a row", "gelu"),
      gated_kind("swiglu", {"siglu"}, "a*silu(b) for the two halves a, b of a row", "silu"),
      gated_kind("bilinear", {}, "a*b for the two halves a, b of a row", "identity"),
      gated_kind("gated", {}, "a*g(b) for the two halves a, b of a row and any activation g", "tanh"),
  };
  kinds.back().gate_is_given = true;
  kinds.push_back({.name = "maxout",
                   .aliases = {},
                   .mathematics = "the largest of k numbers that are a row's width apart",
                   .forms = {{"k", 2, {.lower = 1, .upper = 1024, .whole = true}}},
                   .widths = [](const Values& v) -> RowKind::Widths {
                     return {static_cast<std::int64_t>(v[0]), 1};
                   },
                   .apply = [](const Tensor& x, const Values& v) { return maxout(x, static_cast<std::int64_t>(v[0])); }});
  kinds.push_back({.name = "crelu",
                   .aliases = {},
                   .mathematics = "max(0, x) beside max(0, -x)",
                   .widths = [](const Values&) -> RowKind::Widths {
                     return {1, 2};
                   },
                   .gain = std::sqrt(2.0),
                   .apply = [](const Tensor& x, const Values&) { return crelu(x); }});
  kinds.push_back({.name = "softmax",
                   .aliases = {},
                   .mathematics = "e^x_i / sum_j e^x_j over a row",
                   .remark = softmax_remark,
                   .apply = [](const Tensor& x, const Values&) { return softmax(x); }});
  kinds.push_back({.name = "log_softmax",
                   .aliases = {},
                   .mathematics = "log(softmax(x)) over a row",
                   .remark = log_softmax_remark,
                   .apply = [](const Tensor& x, const Values&) { return log_softmax(x); }});
  kinds.push_back({.name = "softmin",
                   .aliases = {},
                   .mathematics = "softmax(-x) over a row",
                   .remark = softmax_remark,
                   .apply = [](const Tensor& x, const Values&) { return softmin(x); }});
  return kinds;
}

const std::vector<RowKind>& table() {
  static const std::vector<RowKind> kinds = row_kinds();
  return kinds;
}

constexpr std::size_t longest_name = 100;  // of one that is compared with others

/// "name" or "name(inside)", where the name holds nothing but what names are made of.
struct Head {
  std::string_view name, inside;
};

std::optional<Head> head_of(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n')) text.remove_suffix(1);
  const std::size_t open = text.find('(');
  const std::string_view name = text.substr(0, open);
  const auto in_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
  };
  if (!std::all_of(name.begin(), name.end(), in_name)) return std::nullopt;
  if (open == std::string_view::npos) return Head{name, {}};
  if (text.back() != ')') return std::nullopt;
  return Head{name, text.substr(open + 1, text.size() - open - 2)};
}

bool is_named(const RowKind& kind, std::string_view key) {
  const auto same = [&](std::string_view name) { return call_text::key(name) == key; };
  return same(kind.name) || std::any_of(kind.aliases.begin(), kind.aliases.end(), same);
}

const RowKind* kind_of(const std::optional<Head>& head) {
  if (!head || head->name.size() > longest_name) return nullptr;
  const std::string key = call_text::key(head->name);
  const auto found = std::find_if(table().begin(), table().end(), [&](const RowKind& kind) { return is_named(kind, key); });
  return found == table().end() ? nullptr : &*found;
}

/// Throws what Activation::parse() would say, but with the names of both kinds, for a word that neither knows.
void check_known(const Head& head) {
  std::vector<std::string> names, aliases;
  const auto add = [&](std::string_view name, const auto& other_names) {
    names.emplace_back(name);
    aliases.insert(aliases.end(), other_names.begin(), other_names.end());
  };
  for (const Activation& f : Activation::all()) add(f.name(), f.formula().aliases());
  for (const RowKind& kind : table()) add(kind.name, kind.aliases);
  const auto same = [key = call_text::key(head.name)](const std::string& name) { return call_text::key(name) == key; };
  const bool known = std::any_of(names.begin(), names.end(), same) || std::any_of(aliases.begin(), aliases.end(), same);
  if (!known && !head.name.empty() && head.name.size() <= longest_name) call_text::unknown("activation", head.name, names, aliases);
}

Activation parse_elementwise(std::string_view text, const std::optional<Head>& head) {
  try {
    return Activation::parse(text);
  } catch (const UsageError&) {
    // A formula may begin like a call, sin(x) + 1 or sinn(x), and then its own error says more than a list of names.
    if (head && head->inside.find('x') == std::string_view::npos) check_known(*head);
    throw;
  }
}

}  // namespace

Nonlinearity::Nonlinearity(Activation f) : function_(std::move(f)) {}

Nonlinearity::Nonlinearity(const RowKind& kind, std::optional<Activation> gate, std::vector<double> parameters)
    : kind_(&kind), function_(std::move(gate)), parameters_(std::move(parameters)) {}

Nonlinearity Nonlinearity::parse(std::string_view text) {
  const std::optional<Head> head = head_of(text);
  const RowKind* kind = kind_of(head);
  if (!kind) return parse_elementwise(text, head);
  const std::string where = fmt::format("activation {}", kind->name);
  if (!kind->gate_is_given) {
    std::optional<Activation> gate;
    if (!kind->gate.empty()) gate = Activation::parse(kind->gate);
    return {*kind, gate, call_text::read_parameters(where, head->inside, kind->forms)};
  }
  if (call_text::key(head->inside).empty())
    throw UsageError(fmt::format("{}: the gate is missing; write for example {}({})", where, kind->name, kind->gate));
  if (const RowKind* inner = kind_of(head_of(head->inside)))
    throw UsageError(fmt::format("{}: the gate must work element by element, and {} does not", where, inner->name));
  const Activation gate = Activation::parse(head->inside);
  const auto usual = std::find_if(table().begin(), table().end(), [&](const RowKind& k) {
    return !k.gate.empty() && !k.gate_is_given && Activation::parse(k.gate) == gate;
  });
  return {usual == table().end() ? *kind : *usual, gate, {}};
}

std::vector<Nonlinearity> Nonlinearity::all() {
  std::vector<Nonlinearity> all;
  for (Activation& f : Activation::all()) all.emplace_back(std::move(f));
  for (const RowKind& kind : table())
    all.push_back(parse(kind.gate_is_given ? fmt::format("{}({})", kind.name, kind.gate) : std::string(kind.name)));
  return all;
}

std::string Nonlinearity::to_string() const {
  if (!kind_) return function_->to_string();
  if (kind_->gate_is_given) return fmt::format("{}({})", kind_->name, function_->to_string());
  return call_text::print(kind_->name, kind_->forms, parameters_);
}

std::string_view Nonlinearity::name() const { return kind_ ? kind_->name : function_->name(); }
std::string_view Nonlinearity::mathematics() const { return kind_ ? kind_->mathematics : function_->formula().mathematics(); }
std::string_view Nonlinearity::remark() const { return kind_ ? kind_->remark : std::string_view(); }

std::int64_t Nonlinearity::width_in(std::int64_t width) const {
  return kind_ && kind_->widths ? kind_->widths(parameters_).in * width : width;
}

std::int64_t Nonlinearity::width_out(std::int64_t width) const {
  return kind_ && kind_->widths ? kind_->widths(parameters_).out * width : width;
}

double Nonlinearity::gain() const {
  if (!function_) return kind_->gain;
  const Moments m = moments(*function_);
  return kind_ ? 1 / std::sqrt(m.second_moment + m.derivative_second_moment) : m.gain;
}

std::unique_ptr<Module> Nonlinearity::make(std::int64_t width, Random& random, const NonlinearityOptions& options) const {
  if (!function_)
    return std::make_unique<FunctionLayer>(to_string(),
                                           [kind = kind_, values = parameters_](const Tensor& x) { return kind->apply(x, values); });
  ActivationLayer layer = options.per_channel ? ActivationLayer::per_channel(*function_, width, options.tensor, &random)
                                              : ActivationLayer(*function_, options.tensor, &random);
  if (kind_) return std::make_unique<GatedLayer>(std::move(layer), to_string());
  return std::make_unique<ActivationLayer>(std::move(layer));
}

}  // namespace seegrad::nn
