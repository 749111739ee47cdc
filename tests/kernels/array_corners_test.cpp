// Corners of the array kernels: indices that are no rows, arrays without elements, huge arrays' grids, the CPU's random numbers.
#include <catch2/catch.hpp>

#include "backend/cpu/cpu_backend.hpp"
#include "kernels/array_cases.hpp"
#include "kernels/row_cases.hpp"
#include "kernels/update_cases.hpp"

namespace seegrad::kernels::test {
namespace {

template <class T>
Array view(std::vector<T>& values) {
  return {values.data(), dtype_of<T>(), Shape{static_cast<std::int64_t>(values.size())}};
}

}  // namespace

TEST_CASE("an index that is no row leaves a note, and zeros where the row should be", "[kernels]") {
  for (const std::int64_t columns : {1, 3, 4}) {
    for (const std::int32_t wrong : {-1, 5, 1 << 30}) {
      SmallDevice device;
      const std::vector<std::int32_t> indices{4, wrong, 0};
      std::vector<float> x(std::size_t(5 * columns), 2), y(std::size_t(3 * columns), 7);
      CHECK(launch_gather_rows(device.site, x.data(), 5, indices.data(), y.data(), 3, columns * 4) == success);
      for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == (std::int64_t(i) / columns == 1 ? 0 : 2));
      CHECK(FaultKind(device.fault.kind) == FaultKind::gather_index);
      CHECK(device.fault.index == wrong);
      CHECK(device.fault.place == 1);
      CHECK(device.fault.count == 5);
    }
  }
}

TEST_CASE("an index that is no row leaves a note and adds to nothing", "[kernels]") {
  for (const std::int32_t wrong : {-3, 2, 1 << 30}) {
    SmallDevice device;
    const std::vector<std::int32_t> indices{1, wrong, 1};
    std::vector<double> x{1, 2, 30, 40, 500, 600}, y(4);
    CHECK(launch_scatter_add_rows(device.site, x.data(), indices.data(), 3, y.data(), 2, 2) == success);
    CHECK(y == std::vector<double>{0, 0, 501, 602});
    CHECK(FaultKind(device.fault.kind) == FaultKind::scatter_index);
    CHECK(device.fault.index == wrong);
    CHECK(device.fault.place == 1);
  }
}

TEST_CASE("only the first fault is noted", "[kernels]") {
  SmallDevice device;
  const std::vector<std::int32_t> indices{7, 8};
  std::vector<float> x(2), y(2);
  CHECK(launch_gather_rows(device.site, x.data(), 2, indices.data(), y.data(), 2, 4) == success);
  CHECK(device.fault.index == 7);
  CHECK(launch_gather_rows(device.site, x.data(), 2, indices.data() + 1, y.data(), 1, 4) == success);
  CHECK(device.fault.index == 7);
}

TEST_CASE("rows without columns are gathered for their indices' sake", "[kernels]") {
  SmallDevice device;
  const std::vector<std::int32_t> indices{0, 3};
  CHECK(launch_gather_rows(device.site, nullptr, 3, indices.data(), nullptr, 2, 0) == success);
  CHECK(device.fault.index == 3);
}

TEMPLATE_TEST_CASE("a mask and uniform numbers are the CPU's, bit for bit", "[kernels]", float, double) {
  using T = TestType;
  const SmallDevice device;
  cpu::CpuBackend backend;
  for (const std::size_t n : {1U, 5U, 1000U, 4099U}) {
    for (const double keep : {1.0, 0.5, 0.123456789, 1e-9}) {
      std::vector<T> here(n), there(n);
      backend.dropout_mask(view(here), keep, 42 + n, std::uint64_t{1} << 40U);
      CHECK(launch_dropout_mask(device.site, there.data(), std::int64_t(n), keep, 42 + n, std::uint64_t{1} << 40U) == success);
      CHECK(here == there);
      const double lower = -3 * keep, upper = 1e-3 + keep;
      backend.fill_uniform(view(here), lower, upper, 7, n);
      CHECK(launch_fill_uniform(device.site, there.data(), std::int64_t(n), lower, upper, 7, n) == success);
      CHECK(here == there);
    }
  }
}

TEST_CASE("arrays without elements launch nothing", "[kernels]") {
  int steps = 0;
  const WithSettings counting({host::Order::forward, 1, [&](const host::Step&) { ++steps; }});
  const SmallDevice device;
  const Site& site = device.site;
  float *x = nullptr, *y = nullptr;
  const std::int32_t* no_indices = nullptr;
  for (const std::int64_t n : {0, 5}) {
    const Status all[] = {launch_fill(site, y, 1.0F, 0),
                          launch_binary(site, Arithmetic::add, x, 0, x, 0, y, 0),
                          launch_binary(site, Arithmetic::add, x, 0, x, n, y, 0),
                          launch_expand(site, x, y, n, 0, 3),
                          launch_copy_rows(site, x, 4 * n, y, 12, n, 0),
                          launch_copy_rows(site, x, 4, y, 4, 0, 4 * n),
                          launch_gather_rows(site, x, n, no_indices, y, 0, 12),
                          launch_scatter_add_rows(site, x, no_indices, 0, y, n, 3),
                          launch_transpose(site, x, y, 0, n, 3),
                          launch_dropout_mask(site, y, 0, 0.5, 1, 1),
                          launch_fill_uniform(site, y, 0, 0, 1, 1, 1),
                          launch_mark_alive(site, x, nullptr, 0, n),
                          launch_sum(site, x, y, n, 3, 0),
                          launch_max(site, x, y, 0, n, 3),
                          launch_softmax(site, x, true, y, 0, n),
                          launch_softmax(site, x, true, y, n, 0),
                          launch_softmax_slope(site, x, x, true, y, 0, n),
                          launch_update<float>(site, UpdateRule::adam, {}, {}, nullptr)};
    for (const Status status : all) CHECK(status == success);
  }
  CHECK(steps == 0);
}

TEST_CASE("grids for arrays of any size are such as devices take", "[kernels]") {
  const SmallDevice device(132);
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  for (const std::int64_t rows : {std::int64_t{1}, std::int64_t{100}, std::int64_t{70000}, huge}) {
    for (const std::int64_t columns : {std::int64_t{1}, std::int64_t{3}, std::int64_t{257}, huge}) {
      const RowGrid where = row_grid(device.site, rows, columns, 4);
      CHECK(where.block.count() == block_threads);
      CHECK(where.grid.y <= 65535);
      CHECK(where.grid.count() <= 132 * blocks_at_once);
      const LongRows how = long_rows<double>(device.site, rows, columns, 2);
      CHECK(how.shared_bytes <= std::size_t(device.site.most_shared));
      CHECK(how.block.count() <= most_threads<double>);
      CHECK(parts_for(device.site, 1, columns, 64, rows).count * rows * 8 <=
            std::max<std::int64_t>(std::int64_t(device.site.workspace_bytes), rows * 8));
    }
    CHECK(blocks_for(device.site, rows) <= 132 * blocks_at_once);
  }
}

}  // namespace seegrad::kernels::test
