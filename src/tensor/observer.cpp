#include "seegrad/tensor/observer.hpp"

#include <algorithm>

namespace seegrad {
namespace {

std::vector<Observer*>& list() {
  thread_local std::vector<Observer*> observers;
  return observers;
}

}  // namespace

const std::vector<Observer*>& observers() { return list(); }

Listening::Listening(Observer& observer) : observer_(&observer) { list().push_back(observer_); }

Listening::~Listening() {
  const auto last = std::find(list().rbegin(), list().rend(), observer_);
  if (last != list().rend()) list().erase(std::next(last).base());
}

}  // namespace seegrad
