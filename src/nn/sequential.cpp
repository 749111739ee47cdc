#include "seegrad/nn/sequential.hpp"

#include <fmt/format.h>

#include <iterator>

#include "seegrad/math/error.hpp"

namespace seegrad::nn {

Sequential& Sequential::add(std::unique_ptr<Module> module) {
  if (!module) throw Error(fmt::format("sequential {}: module {} is empty", path(), size()));
  module->set_path(path_of(size()));
  module->train(training());
  modules_.push_back(std::move(module));
  return *this;
}

Module& Sequential::operator[](std::size_t index) const {
  if (index >= size()) throw Error(fmt::format("sequential {}: there is no module {}, it has {}", path(), index, size()));
  return *modules_[index];
}

void Sequential::train(bool on) {
  Module::train(on);
  for (const auto& module : modules_) module->train(on);
}

void Sequential::set_path(std::string path) {
  Module::set_path(std::move(path));
  for (std::size_t i = 0; i < size(); ++i) modules_[i]->set_path(path_of(i));
}

std::string Sequential::path_of(std::size_t index) const { return full_name(std::to_string(index)); }

std::string Sequential::describe() const {
  std::string text;
  for (const auto& module : modules_) {
    const bool nested = module->kind() == kind();
    text += fmt::format("{}{}{}{}", text.empty() ? "" : ", ", nested ? "(" : "", module->describe(), nested ? ")" : "");
  }
  return text;
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const auto& module : modules_) {
    y = (*module)(y);
    if (!y.same_as(x)) y.node()->intermediate = true;  // nobody else has a handle on it
  }
  if (y && !y.same_as(x)) y.node()->intermediate = false;
  return y;
}

void Sequential::collect_parameters(std::vector<Parameter>& into) const {
  for (const auto& module : modules_) {
    auto own = module->parameters();
    into.insert(into.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  }
}

void Sequential::collect_buffers(std::vector<NamedTensor>& into) const {
  for (const auto& module : modules_) {
    auto own = module->buffers();
    into.insert(into.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  }
}

}  // namespace seegrad::nn
