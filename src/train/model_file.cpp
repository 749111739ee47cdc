#include "seegrad/train/model_file.hpp"

#include <fmt/format.h>

#include <limits>
#include <system_error>
#include <utility>

#include "seegrad/math/error.hpp"
#include "seegrad/nn/mlp.hpp"
#include "seegrad/version.hpp"
#include "train/named_tensors.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view class_prefix = "class_";

/// Reads the facts of a file; what is missing or no number is an Error that names it.
class FactReader {
 public:
  FactReader(const fs::path& file, const Facts& facts) : file_(file), facts_(facts) {}

  const std::string& text(const std::string& name) const {
    const auto found = facts_.find(name);
    if (found == facts_.end())
      throw Error(fmt::format("{}: does not say '{}' of the network; a model that seegrad trained was expected", file_.string(), name));
    return found->second;
  }
  /// What `read` makes of a text; its complaint becomes one about the file.
  template <class Read>
  auto checked(const std::string& name, Read read) const {
    try {
      return read();
    } catch (const UsageError& error) {
      throw Error(fmt::format("{}: '{}' of the network: {}", file_.string(), name, error.what()));
    }
  }
  std::int64_t whole(const std::string& name, WholeRange<std::int64_t> range) const {
    return checked(name, [&] { return whole_number_in<std::int64_t>(name, text(name), range); });
  }
  float number(const std::string& name) const {
    return checked(name, [&] {
      return static_cast<float>(number_in(name, text(name), {.lowest = std::numeric_limits<float>::lowest(), .words = "a number"}));
    });
  }

 private:
  const fs::path& file_;
  const Facts& facts_;
};

/// A name that may be printed: from a stranger's file it could hold what moves a terminal's cursor.
std::string without_controls(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
  return text;
}

fs::path file_of(const fs::path& run_or_file) {
  std::error_code ignored;
  if (fs::is_regular_file(run_or_file, ignored)) return run_or_file;
  for (const char* name : {"model.safetensors", "checkpoint.safetensors"})
    if (fs::is_regular_file(run_or_file / name, ignored)) return run_or_file / name;
  throw UsageError(
      fmt::format("{}: is neither a model file nor the folder of a run that holds one (model.safetensors)", run_or_file.string()));
}

/// A network of the shape that the facts describe, its weights yet to be read.
nn::Sequential network_of(const FactReader& facts, std::int64_t inputs, std::int64_t outputs, TensorOptions tensor) {
  constexpr std::int64_t most = 1 << 24;
  nn::MlpOptions options{
      .inputs = inputs,
      .outputs = outputs,
      .depth = facts.whole("depth", {0, 1000}),
      .width = facts.whole("width", {1, 65536}),
      .activation = facts.checked("activation", [&] { return nn::Nonlinearity::parse(facts.text("activation")); }),
      .init = nn::Initializer::parse("zeros"),
      .normalisation = facts.checked("normalisation", [&] { return nn::parse_normalisation(facts.text("normalisation")); }),
      .activation_per_channel = facts.text("activation_per_channel") == "true",
      .tensor = tensor};
  if (inputs > most) throw Error(fmt::format("the network takes {} numbers; at most {} are read", inputs, most));
  options.dropout = facts.text("dropout") == "0" ? 0 : 0.5;  // the layer counts in the names of those after it; in use it does nothing
  Random random(0);
  return nn::mlp(options, random);
}

}  // namespace

Facts about_model(const TrainOptions& options, const Samples& samples) {
  const Dataset& data = samples.dataset();
  Facts facts{{"format", "pt"},  // names and layout are PyTorch's
              {"seegrad_version", std::string(version)},
              {"activation", options.activation.to_string()},
              {"activation_per_channel", options.activation_per_channel ? "true" : "false"},
              {"depth", fmt::format("{}", options.depth)},
              {"width", fmt::format("{}", options.width)},
              {"normalisation", std::string(nn::name_of(options.normalisation))},
              {"dropout", fmt::format("{}", options.dropout)},
              {"rows", fmt::format("{}", data.train.rows)},
              {"columns", fmt::format("{}", data.train.columns)},
              {"pixel_scale", fmt::format("{}", samples.scaling().scale)},
              {"pixel_shift", fmt::format("{}", samples.scaling().shift)},
              {"data", data.name},
              {"classes", fmt::format("{}", data.classes.size())}};
  for (std::size_t i = 0; i < data.classes.size(); ++i) facts[fmt::format("{}{}", class_prefix, i)] = data.classes[i];
  return facts;
}

void save_model(const fs::path& file, const nn::Module& network, const Facts& about) {
  records::write_safetensors(file, records::safe_tensors(state_of(network)), about);
}

SavedModel load_model(const fs::path& run_or_file, TensorOptions tensor) {
  const fs::path file = file_of(run_or_file);
  const records::SafeTensorsFile saved = records::read_safetensors(file);
  const FactReader facts(file, saved.metadata);
  SavedModel model;
  constexpr std::int64_t longest_side = 4096, most_classes = 65536;
  model.rows = facts.whole("rows", {1, longest_side});
  model.columns = facts.whole("columns", {1, longest_side});
  model.scaling = {facts.number("pixel_scale"), facts.number("pixel_shift")};
  model.data = facts.text("data");
  model.activation = facts.text("activation");
  const std::int64_t classes = facts.whole("classes", {1, most_classes});
  for (std::int64_t i = 0; i < classes; ++i) model.classes.push_back(without_controls(facts.text(fmt::format("{}{}", class_prefix, i))));
  model.network = network_of(facts, model.rows * model.columns, classes, tensor);
  put_state(file, saved, "", state_of(model.network));
  model.network.train(false);
  return model;
}

}  // namespace seegrad::train
