// A trained network for other programs: as ONNX for other runtimes and viewers, and as NumPy arrays, number by number.
//
//   ./run.sh train_mlp --data digits --out runs/digits
//   ./run.sh export_model runs/digits                          runs/digits/model.onnx; look at it with Netron
//   ./run.sh export_model runs/digits --npy arrays             what one step computes: z, h, delta, weights and gradients of each layer
//
// In Python the two must agree, for the last layer's h are the logits:
//
//   session = onnxruntime.InferenceSession("runs/digits/model.onnx")
//   session.run(None, {"images": numpy.load("arrays/images.npy")})[0] - numpy.load("arrays/layer_04_h.npy")
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "seegrad/data/dataset.hpp"
#include "seegrad/record/run_folder.hpp"
#include "seegrad/train/model_file.hpp"
#include "seegrad/train/onnx_export.hpp"
#include "seegrad/train/program.hpp"
#include "seegrad/train/tensor_export.hpp"

using namespace seegrad;
namespace fs = std::filesystem;

const train::Example program{"export_model", "Writes a trained network as ONNX, and what it computes as NumPy arrays."};

struct Wishes {
  fs::path run;
  std::string onnx, npy, data;
  std::int64_t samples = 256;
  bool bytes = false;
};

bool read(int argc, char** argv, Wishes& wishes) {
  std::vector<std::string> runs;
  train::Flags flags(program);
  flags.group("What");
  flags.rest(runs, "RUN", "The folder of a run, or its model.safetensors");
  flags.group("As ONNX");
  flags.text("--onnx", "FILE", wishes.onnx, "a file", "model.onnx in the run's folder, unless --npy is given", "Write the network there");
  flags.toggle("--bytes", wishes.bytes, "The model takes pixels from 0 to 255; else as the network saw them, with mean 0 and deviation 1");
  flags.group("As NumPy arrays");
  flags.text("--npy", "FOLDER", wishes.npy, "a folder", "none",
             "Write there each layer's z, h, delta, weights and gradients of one step, and the columns of steps.csv and layers.csv");
  flags.whole("--samples", wishes.samples, {1, 1000000}, "The step goes over so many of the first training samples");
  flags.text("--data", "NAME|FOLDER", wishes.data, "a data set", "the one of the run", "Where these samples come from");
  if (!flags.parse(argc, argv)) return false;
  if (runs.size() != 1)
    throw UsageError(fmt::format("{} runs are given; name one folder, such as ./run.sh --out runs/mine leaves", runs.size()));
  wishes.run = runs[0];
  if (wishes.onnx.empty() && wishes.npy.empty())
    wishes.onnx = (fs::is_directory(wishes.run) ? wishes.run / "model.onnx" : fs::path(wishes.run).replace_extension(".onnx")).string();
  return true;
}

void export_onnx(const train::SavedModel& model, const Wishes& wishes) {
  train::OnnxOptions options{.metadata = {{"activation", model.activation}, {"data", model.data}}};
  if (wishes.bytes) options.scaling = model.scaling;
  for (std::size_t i = 0; i < model.classes.size(); ++i) options.metadata.emplace_back(fmt::format("class_{}", i), model.classes[i]);
  const std::string bytes = train::onnx_model(model.network, model.rows * model.columns, options);
  records::write_whole_file(wishes.onnx, bytes);
  fmt::print("{}: {}, images [N, {}] to logits [N, {}], {} bytes\n", wishes.onnx, model.activation, model.rows * model.columns,
             model.classes.size(), bytes.size());
}

/// The first training samples, as the network took them in training.
int export_samples(train::SavedModel& model, const Wishes& wishes) {
  const std::string name = wishes.data.empty() ? model.data : wishes.data;
  const Images images = load_dataset(name).train;
  const auto rows = static_cast<std::size_t>(model.rows), columns = static_cast<std::size_t>(model.columns);
  if (images.rows != rows || images.columns != columns)
    throw UsageError(fmt::format("--data {}: its pictures have {} x {} pixels; the network takes {} x {}", name, images.rows,
                                 images.columns, rows, columns));
  std::vector<std::int32_t> indices;
  for (std::int32_t i = 0; i < wishes.samples && static_cast<std::size_t>(i) < images.count; ++i) indices.push_back(i);
  Tensor pixels({static_cast<std::int64_t>(indices.size()), model.rows * model.columns});
  to_float(images, indices, pixels.array_to_fill().as<float>(), model.scaling);
  std::vector<std::int32_t> labels(indices.size());
  gather_labels(images, indices, labels.data());
  return train::export_step(model.network, pixels, Tensor::indices(labels), wishes.npy);
}

int main(int argc, char** argv) {
  return train::guarded_main(program, [&] {
    Wishes wishes;
    if (!read(argc, argv, wishes)) return 0;
    train::SavedModel model = train::load_model(wishes.run);
    if (!wishes.onnx.empty()) export_onnx(model, wishes);
    if (!wishes.npy.empty()) {
      int arrays = export_samples(model, wishes);
      if (fs::exists(wishes.run / "layers.csv")) arrays += train::export_tables(wishes.run, wishes.npy);
      fmt::print("{}: {} arrays\n", wishes.npy, arrays);
    }
    return 0;
  });
}
