// The background mode, under the simulated clock.
#include <doctest/doctest.h>

#include <condition_variable>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// Lets a test wait for an event instead of sleeping.
class SignallingNotifier final : public Notifier {
 public:
  PartId id() const override { return {"signalling", "1"}; }
  Status notify(const Event& event) override {
    const std::lock_guard lock(mutex_);
    types_.push_back(event.type);
    changed_.notify_all();
    return {};
  }
  bool wait_for(const std::string& type) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return std::find(types_.begin(), types_.end(), type) != types_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> types_;
};

}  // namespace

TEST_CASE("the background mode takes up an alert by itself, and stop ends it") {
  World world;
  const auto notifier = std::make_shared<SignallingNotifier>();
  world.parts.notifier = notifier;
  const auto pipeline = world.open();
  REQUIRE(pipeline->submit_alert(World::alert("a1"))->verdict == AlertVerdict::accepted);

  REQUIRE(pipeline->start(std::chrono::minutes(1), quiet_observer()).ok());
  CHECK(pipeline->start(std::chrono::minutes(1), quiet_observer()).code() == StatusCode::conflict);
  const bool promoted = notifier->wait_for("run.promoted");
  CHECK(pipeline->stop().ok());

  CHECK(promoted);
  CHECK(pipeline->production() != nullptr);
  CHECK(pipeline->stop().ok());
}

TEST_CASE("an interval that is not positive is refused") {
  World world;
  const auto pipeline = world.open();

  CHECK(pipeline->start(Duration{}, quiet_observer()).code() == StatusCode::invalid_argument);
}
