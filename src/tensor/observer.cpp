#include "seegrad/tensor/observer.hpp"

#include <algorithm>
#include <cmath>

namespace seegrad {
namespace {

std::vector<Observer*>& list() {
  thread_local std::vector<Observer*> observers;
  return observers;
}

}  // namespace

double UpdateEvent::rms(std::int64_t column) const {
  const auto count = static_cast<double>(std::max<std::int64_t>(1, parameter.count()));
  return std::sqrt(sizes.to_vector()[static_cast<std::size_t>(2 * row + column)] / count);
}

const std::vector<Observer*>& observers() { return list(); }

Listening::Listening(Observer& observer) : observer_(&observer) { list().push_back(observer_); }

Listening::~Listening() {
  const auto last = std::find(list().rbegin(), list().rend(), observer_);
  if (last != list().rend()) list().erase(std::next(last).base());
}

}  // namespace seegrad
