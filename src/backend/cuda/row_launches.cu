#include "backend/cuda/row_launches.hpp"

#include "backend/cuda/check.hpp"
#include "backend/cuda/site_of.hpp"
#include "kernels/reduce_launch.hpp"
#include "kernels/softmax_launch.hpp"

namespace seegrad::cuda {

void reduce(const Launch& launch, ReduceOp op, ConstArray x, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    const auto run = op == ReduceOp::sum ? kernels::launch_sum<T> : kernels::launch_max<T>;
    check(run(site_of(launch), x.as<T>(), y.as<T>(), x.shape[0], x.shape[1], x.shape[2]), "launch of reduce");
  });
}

void softmax(const Launch& launch, ConstArray x, bool logarithm, Array y) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_softmax(site_of(launch), x.as<T>(), logarithm, y.as<T>(), x.shape[0], x.shape[1]), "launch of softmax");
  });
}

void softmax_slope(const Launch& launch, ConstArray y, ConstArray g, bool logarithm, Array dx) {
  with_floating(y.dtype, [&]<class T>() {
    check(kernels::launch_softmax_slope(site_of(launch), y.as<T>(), g.as<T>(), logarithm, dx.as<T>(), y.shape[0], y.shape[1]),
          "launch of softmax_slope");
  });
}

void cross_entropy(const Launch& launch, ConstArray logits, ConstArray labels, Array loss, Array slope) {
  with_floating(logits.dtype, [&]<class T>() {
    check(kernels::launch_cross_entropy(site_of(launch), logits.as<T>(), labels.as<std::int32_t>(), loss.as<T>(), slope.as<T>(),
                                        logits.shape[0], logits.shape[1]),
          "launch of cross_entropy");
  });
}

void count_correct(const Launch& launch, ConstArray logits, ConstArray labels, Array count) {
  with_floating(logits.dtype, [&]<class T>() {
    check(kernels::launch_count_correct(site_of(launch), logits.as<T>(), labels.as<std::int32_t>(), count.as<double>(), logits.shape[0],
                                        logits.shape[1]),
          "launch of count_correct");
  });
}

}  // namespace seegrad::cuda
