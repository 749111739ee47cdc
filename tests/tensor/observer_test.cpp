#include "seegrad/tensor/observer.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "seegrad/ops/arithmetic.hpp"
#include "seegrad/ops/reduce.hpp"
#include "seegrad/tensor/gradients.hpp"

namespace seegrad {
namespace {

struct Heard {
  Tensor watched, gradient;
};

class Ear : public Observer {
 public:
  void gradient(const Tensor& watched, const Tensor& gradient) override { heard.push_back({watched, gradient}); }
  std::vector<Heard> heard;
};

Tensor parameter(double value) {
  Tensor x = Tensor::scalar(value, {DType::float64});
  return x.requires_grad(true);
}

}  // namespace

TEST_CASE("the gradient of each watched tensor is announced once, when all of it has arrived", "[tensor][observer]") {
  const Tensor x = parameter(3), a = x * x, b = a * 2.0, loss = a * b;  // 2 x^4
  for (const Tensor& t : {x, a, loss}) t.watch();
  Ear ear;
  const Listening listening(ear);
  gradients(loss, {x});
  REQUIRE(ear.heard.size() == 3);  // from the loss back
  CHECK(ear.heard[0].watched.same_as(loss));
  CHECK(ear.heard[0].gradient.item() == 1);
  CHECK(ear.heard[1].watched.same_as(a));
  CHECK(ear.heard[1].gradient.item() == 4 * 9);
  CHECK(ear.heard[2].watched.same_as(x));
  CHECK(ear.heard[2].gradient.item() == 8 * 27);
  gradients(loss, {});
  CHECK(ear.heard.size() == 6);
}

TEST_CASE("nobody hears of tensors that are not watched, not reached or detached", "[tensor][observer]") {
  const Tensor x = parameter(3), aside = x * 5.0;
  aside.watch();
  x.watch();
  CHECK(x.watched());
  CHECK_FALSE(x.detach().watched());
  Ear ear;
  const Listening listening(ear);
  gradients(x * x.detach(), {x});
  REQUIRE(ear.heard.size() == 1);
  CHECK(ear.heard[0].watched.same_as(x));
}

TEST_CASE("observers listen as long as their Listening lives, in the order in which they began, on their own thread",
          "[tensor][observer]") {
  const Tensor x = parameter(3);
  x.watch();
  Ear first, second;
  {
    const Listening one(first);
    {
      const Listening two(second);
      CHECK(observers() == std::vector<Observer*>{&first, &second});
      gradients(x * x, {x});
    }
    gradients(x * x, {x});
    std::thread([] { CHECK(observers().empty()); }).join();
  }
  gradients(x * x, {x});
  CHECK(first.heard.size() == 2);
  CHECK(second.heard.size() == 1);
  CHECK(observers().empty());
}

TEST_CASE("an observer may stop listening and make others listen when it hears something", "[tensor][observer]") {
  class Once : public Ear {
   public:
    void gradient(const Tensor& watched, const Tensor& gradient) override {
      Ear::gradient(watched, gradient);
      listening.reset();
      for (auto& next : successors) next = std::make_unique<Listening>(successor);
    }
    Ear successor;
    std::unique_ptr<Listening> listening = std::make_unique<Listening>(*this), successors[8];
  };
  const Tensor x = parameter(3), y = x * x;
  x.watch();
  y.watch();
  Once once;
  Ear other;
  const Listening listening(other);
  gradients(y, {x});
  CHECK(once.heard.size() == 1);
  CHECK(other.heard.size() == 2);
  CHECK(once.successor.heard.size() == 8);
}

}  // namespace seegrad
