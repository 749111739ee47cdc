#include "seegrad/train/tensor_export.hpp"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <vector>

#include "record/report/csv_reader.hpp"
#include "seegrad/math/error.hpp"
#include "seegrad/observe/step_trace.hpp"
#include "seegrad/ops/losses.hpp"
#include "seegrad/record/npy.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad::train {
namespace {

namespace fs = std::filesystem;

/// Writes arrays into a folder and counts them.
class Arrays {
 public:
  explicit Arrays(fs::path folder) : folder_(std::move(folder)) {
    std::error_code trouble;
    fs::create_directories(folder_, trouble);
    if (trouble) throw Error(fmt::format("{}: the folder cannot be made: {}", folder_.string(), trouble.message()));
  }

  void add(const std::string& name, const Tensor& tensor) {
    if (!tensor) return;
    records::write_npy(folder_ / (name + ".npy"), tensor);
    ++count_;
  }
  void add(const std::string& name, const Shape& shape, std::span<const double> values) {
    records::write_npy(folder_ / (name + ".npy"), shape, values);
    ++count_;
  }
  int count() const { return count_; }

 private:
  fs::path folder_;
  int count_ = 0;
};

/// The columns of a table that are numbers, in its order.
struct Table {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
  std::int64_t rows = 0;
  std::int64_t layers = 1;  ///< rows of one step
};

Table read_table(const fs::path& file, bool finished) {
  records::report::CsvReader reader(file, finished);
  Table table;
  std::vector<std::size_t> places;
  std::size_t layer = reader.columns().size();  // where that column is, if there is one
  for (std::size_t i = 0; i < reader.columns().size(); ++i) {
    if (reader.columns()[i] == "layer") layer = i;
    if (reader.columns()[i] == "name") continue;
    places.push_back(i);
    table.names.push_back(reader.columns()[i]);
  }
  table.columns.resize(places.size());
  std::int64_t before = 0;  // the layer of the row before
  for (; reader.next(); ++table.rows) {
    if (layer < reader.columns().size()) {
      const std::int64_t here = reader.whole(layer, {1});
      if (here == before + 1 && table.rows == before) table.layers = here;  // still in the first step
      if (here != table.rows % table.layers + 1) reader.fail(layer, fmt::format("layer {}", table.rows % table.layers + 1));
      before = here;
    }
    for (std::size_t i = 0; i < places.size(); ++i) table.columns[i].push_back(reader.number(places[i]));
  }
  return table;
}

}  // namespace

int export_step(nn::Module& network, const Tensor& images, const Tensor& labels, const fs::path& folder) {
  observe::StepTrace step;
  {
    const Listening listening(step);
    const Tensor loss = cross_entropy(network(images), labels);
    static_cast<void>(gradients(loss, network.parameter_tensors()));
  }
  Arrays arrays(folder);
  arrays.add("images", images);
  arrays.add("labels", labels);
  for (std::size_t i = 0; i < step.layers().size(); ++i) {
    const observe::TracedLayer& layer = step.layers()[i];
    const observe::LayerGradients& back = step.gradients()[i];
    const std::string prefix = fmt::format("layer_{:02}_", i + 1);
    arrays.add(prefix + "z", layer.z);
    arrays.add(prefix + "h", layer.h);
    arrays.add(prefix + "delta", back.delta);
    arrays.add(prefix + "weight", layer.weight);
    arrays.add(prefix + "weight_gradient", back.weight);
    arrays.add(prefix + "bias", layer.bias);
    arrays.add(prefix + "bias_gradient", back.bias);
  }
  return arrays.count();
}

int export_tables(const fs::path& run, const fs::path& folder) {
  const bool finished = fs::exists(run / "summary.json");
  Arrays arrays(folder);
  for (const std::string name : {"steps", "layers"}) {
    const Table table = read_table(run / (name + ".csv"), finished);
    const std::int64_t steps = table.rows / table.layers;
    const Shape shape = name == "layers" ? Shape{steps, table.layers} : Shape{steps};
    for (std::size_t i = 0; i < table.names.size(); ++i)
      arrays.add(fmt::format("{}_{}", name, table.names[i]), shape,
                 std::span(table.columns[i]).first(static_cast<std::size_t>(shape.count())));
  }
  return arrays.count();
}

}  // namespace seegrad::train
