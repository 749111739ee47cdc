#include "seegrad/record/event_log.hpp"

#include <catch2/catch.hpp>

#include "seegrad/math/error.hpp"
#include "seegrad/record/picture.hpp"
#include "support/event_reader.hpp"

using namespace seegrad;
using namespace seegrad::records;
using test::events_of;
using test::histogram_of;
using test::values_of;

TEST_CASE("a run is logged with layers side by side and without what was not measured", "[record][event]") {
  const test::TemporaryFolder folder;
  EventLog log{EventFile(folder / "events")};
  std::vector<observe::LayerStatistics> layers(2);
  layers[0].layer = 1, layers[0].delta_rms = 1e-3, layers[0].zero_share = 0.5;
  layers[1].layer = 12, layers[1].delta_rms = 1e-2, layers[1].weight_grad_rms = 0.25;
  log.step(5, 0.5);
  log.logged({5, 1, 0.5, 0.75, 0.01, 1.5}, layers);
  log.histograms(std::vector{histogram_of({1, 2})});
  log.step(6, 0.4);
  log.image("weights", Canvas(20, 10).png(1));
  log.epoch({1, 0.45, 0.6, 0.7, 2});

  const auto events = events_of(folder / "events");
  REQUIRE(events.size() == 5);
  const auto values = values_of(events[1]);
  CHECK(values.at("train/loss").float32(2) == 0.5F);
  CHECK(values.at("train/accuracy").float32(2) == 0.75F);
  CHECK(values.at("learning_rate").float32(2) == 0.01F);
  CHECK(values.at("delta_rms/layer_01").float32(2) == 1e-3F);
  CHECK(values.at("delta_rms/layer_12").float32(2) == 1e-2F);
  CHECK(values.at("zero_share/layer_01").float32(2) == 0.5F);
  CHECK(values.at("weight_grad_rms/layer_12").float32(2) == 0.25F);
  // 3, three shares and delta of two layers, the gradient of one.
  CHECK(values.size() == 3 + 2 * 4 + 1);
  CHECK(values_of(events[2]).contains("z/layer_03"));
  CHECK(events[3].integer(2) == 6);
  CHECK(events[4].integer(2) == 6);
  const auto results = values_of(events[4]);
  CHECK((results.size() == 2 && results.at("test/loss").float32(2) == 0.6F && results.at("test/accuracy").float32(2) == 0.7F));
}

TEST_CASE("an event log that goes on knows the last step", "[record][event]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events";
  observe::Memory memory;
  std::int64_t bytes = 0;
  {
    EventLog log{EventFile(path)};
    log.step(17, 1);
    log.save(memory);
    bytes = log.file().bytes();
  }
  EventLog log{EventFile(path, bytes)};
  log.restore(memory);
  log.epoch({});
  CHECK(events_of(path).back().integer(2) == 17);
  memory.begin()->second.clear();
  CHECK_THROWS_AS(log.restore(memory), Error);
  CHECK_NOTHROW(log.restore({}));
}
