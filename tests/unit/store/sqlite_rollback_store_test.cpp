#include <doctest/doctest.h>

#include <retrain/clock.hpp>
#include <retrain/rollback_store.hpp>

#include "unit/store/state_fixture.hpp"

using namespace retrain;

namespace {

class Stores {
 public:
  std::shared_ptr<RollbackStore> open(const std::string& model = "lap-time") const {
    auto store = make_sqlite_rollback_store(folder_ / "state", model, clock_);
    REQUIRE_MESSAGE(store.ok(), store.status().message());
    return *store;
  }
  std::string state() const { return folder_ / "state"; }
  const std::shared_ptr<ManualClock>& clock() const { return clock_; }

 private:
  test::TemporaryFolder folder_;
  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>(Time(std::chrono::hours(24 * 365 * 43)));
};

ModelRef model(const std::string& sha256) {
  return {sha256, "run-" + sha256, "rr-" + sha256, "rm-" + sha256, "1"};
}

std::vector<std::string> hashes(RollbackStore& store, std::size_t limit = 100) {
  const auto history = store.history(limit);
  REQUIRE_MESSAGE(history.ok(), history.status().message());
  std::vector<std::string> found;
  for (const ModelRef& entry : *history) found.push_back(entry.sha256);
  return found;
}

using Hashes = std::vector<std::string>;

}  // namespace

TEST_CASE("a store without a stable model says so") {
  const Stores stores;
  const auto store = stores.open();

  const auto stable = store->stable();

  REQUIRE(stable.ok());
  CHECK_FALSE(stable->has_value());
  CHECK(hashes(*store).empty());
}

TEST_CASE("the newest stable model comes first, whole, and again after reopening") {
  const Stores stores;
  {
    const auto store = stores.open();
    for (const char* const sha256 : {"a", "b", "c"}) REQUIRE(store->register_stable(model(sha256)).ok());
  }

  const auto store = stores.open();

  CHECK(store->stable().value() == model("c"));
  CHECK(store->history(2).value() == std::vector<ModelRef>{model("c"), model("b")});
  CHECK(hashes(*store, 0).empty());
  CHECK(hashes(*store, SIZE_MAX) == Hashes{"c", "b", "a"});
}

TEST_CASE("order is the order of registration even when the clock goes back") {
  const Stores stores;
  const auto store = stores.open();

  REQUIRE(store->register_stable(model("a")).ok());
  stores.clock()->step_wall(-std::chrono::hours(24 * 400));
  REQUIRE(store->register_stable(model("b")).ok());

  CHECK(hashes(*store) == Hashes{"b", "a"});
}

TEST_CASE("registering a stable model again moves nothing") {
  const Stores stores;
  const auto store = stores.open();
  REQUIRE(store->register_stable(model("a")).ok());
  REQUIRE(store->register_stable(model("b")).ok());

  ModelRef again = model("a");
  again.registry_version = "9";

  CHECK(store->register_stable(again).ok());
  CHECK(hashes(*store) == Hashes{"b", "a"});
  CHECK(store->history(2).value()[1] == model("a"));
}

TEST_CASE("a quarantined model is no longer stable, and its fingerprint is known") {
  const Stores stores;
  const auto store = stores.open();
  for (const char* const sha256 : {"a", "b", "c"}) REQUIRE(store->register_stable(model(sha256)).ok());
  const Quarantine bad{{"data", "parameters", "code"}, "c", "harm: +0.8 s"};

  for (int time = 0; time < 2; ++time) CHECK(store->quarantine(bad).ok());

  CHECK(store->stable().value() == model("b"));
  CHECK(hashes(*store) == Hashes{"b", "a"});
  CHECK(hashes(*store, 1) == Hashes{"b"});
  CHECK(store->is_quarantined({"data", "parameters", "code"}).value());
  CHECK_FALSE(store->is_quarantined({"data", "parameters", "other"}).value());
  CHECK_FALSE(store->is_quarantined({"parameters", "data", "code"}).value());
  CHECK_FALSE(store->is_quarantined({}).value());
}

TEST_CASE("a model quarantined before it is registered does not become stable") {
  const Stores stores;
  const auto store = stores.open();
  REQUIRE(store->register_stable(model("a")).ok());
  REQUIRE(store->quarantine({{"d", "p", "c"}, "b", "harm"}).ok());

  REQUIRE(store->register_stable(model("b")).ok());

  CHECK(store->stable().value() == model("a"));
}

TEST_CASE("models of one state do not see each other") {
  const Stores stores;
  const auto one = stores.open("one"), two = stores.open("two");

  REQUIRE(one->register_stable(model("a")).ok());
  REQUIRE(two->register_stable(model("a")).ok());
  REQUIRE(one->quarantine({{"d", "p", "c"}, "a", "harm"}).ok());

  CHECK(hashes(*one).empty());
  CHECK(hashes(*two) == Hashes{"a"});
  CHECK_FALSE(two->is_quarantined({"d", "p", "c"}).value());
}

TEST_CASE("what the pipeline's writer puts into the tables is what the store tells") {
  const Stores stores;
  const auto store = stores.open();
  const auto writer = test::open_writer(stores.state());

  const Status status = writer->commit([](store::Connection& connection) {
    return connection.execute(
        "INSERT INTO stable_models (model, sha256, run_id, registry_run_id, registry_model_id, registry_version, time_us) "
        "VALUES ('lap-time', 'a', 'run-a', 'rr-a', 'rm-a', '1', 0), ('lap-time', 'b', 'run-b', 'rr-b', 'rm-b', '1', 0);"
        "INSERT INTO quarantine VALUES ('lap-time', 'd', 'p', 'c', 'b', 'harm', 0)");
  });

  CHECK(status.ok());
  CHECK(store->stable().value() == model("a"));
  CHECK(store->is_quarantined({"d", "p", "c"}).value());
}

TEST_CASE("a store without a model name, a clock or a hash is a mistake of the caller") {
  const Stores stores;
  const auto store = stores.open();

  CHECK(make_sqlite_rollback_store(stores.state(), "", stores.clock()).status().code() == StatusCode::invalid_argument);
  CHECK(make_sqlite_rollback_store(stores.state(), "m", nullptr).status().code() == StatusCode::invalid_argument);
  CHECK(store->register_stable({}).code() == StatusCode::invalid_argument);
  CHECK(hashes(*store).empty());
}
