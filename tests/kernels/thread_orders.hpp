// The same work in every order of threads; afterwards the host machine is as it was.
#pragma once
#include "kernels/kernel_language.hpp"

namespace seegrad::test {

struct Orders {
  Orders() { kernels::host::Machine::instance().settings = {}; }
  ~Orders() { kernels::host::Machine::instance().settings = {}; }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  template <class Body>
  void each(Body&& body) {
    using kernels::host::Order;
    for (const Order order : {Order::forward, Order::reverse, Order::random}) {
      kernels::host::Machine::instance().settings.order = order;
      body();
    }
  }
};

}  // namespace seegrad::test
