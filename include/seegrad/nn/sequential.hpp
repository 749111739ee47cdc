// Layers one after the other.
#pragma once
#include <concepts>
#include <memory>
#include <utility>

#include "seegrad/nn/module.hpp"

namespace seegrad::nn {

/// Applies its modules in order. The i-th is called "i" in names and paths, one inside another Sequential "2.1".
class Sequential final : public Module {
 public:
  Sequential() = default;

  /// Takes a module in; calls can be chained, and then draw random numbers in the order in which they are written.
  template <std::derived_from<Module> M>
  Sequential& add(M module) {
    return add(std::make_unique<M>(std::move(module)));
  }
  Sequential& add(std::unique_ptr<Module> module);

  std::size_t size() const { return modules_.size(); }
  /// Throws Error for an index that does not exist.
  Module& operator[](std::size_t index) const;

  void train(bool on) override;
  void set_path(std::string path) override;
  std::string_view kind() const override { return "sequential"; }
  /// "linear 784 -> 256, relu, linear 256 -> 10"
  std::string describe() const override;

 protected:
  Tensor forward(const Tensor& x) override;
  void collect_parameters(std::vector<Parameter>& into) const override;
  void collect_buffers(std::vector<NamedTensor>& into) const override;

 private:
  std::string path_of(std::size_t index) const;
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace seegrad::nn
