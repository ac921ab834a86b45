#include "simulated_parts.hpp"

#include <thread>

namespace retrain::backtest_room {
namespace {

class IdleMachine final : public ResourceManager {
 public:
  explicit IdleMachine(unsigned threads) : threads_(threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency())) {}

  PartId id() const override { return {"idle-machine", "1"}; }
  Footprint predict(const Workload& coming, const FootprintHistory&) override {
    Footprint footprint;
    footprint.data_bytes = coming.data_bytes;
    return footprint;
  }
  Result<Admission> admit(const Footprint&, std::span<const Footprint>) override {
    return Admission{AdmissionVerdict::start, "simulated", {}, threads_, 0};
  }

 private:
  unsigned threads_;
};

class PastChecker final : public ReadinessChecker {
 public:
  PastChecker(std::shared_ptr<ReadinessChecker> inner, std::vector<Session> all)
      : inner_(std::move(inner)), all_(std::move(all)) {}

  PartId id() const override { return inner_->id(); }

  Result<Readiness> check(const DataRequest& request, Observer& observer, std::stop_token stop) override {
    DataRequest informed = request;
    informed.known_sessions = all_;
    return inner_->check(informed, observer, std::move(stop));
  }

  Result<std::vector<Session>> list(const DataRequest& request, std::stop_token) override {
    std::vector<Session> known;
    for (const Session& session : all_) {
      if (session.time <= request.as_of) known.push_back(session);
    }
    return known;
  }

 private:
  std::shared_ptr<ReadinessChecker> inner_;
  std::vector<Session> all_;
};

}  // namespace

std::shared_ptr<ResourceManager> make_idle_machine(unsigned threads) {
  return std::make_shared<IdleMachine>(threads);
}

std::shared_ptr<ReadinessChecker> make_past_checker(std::shared_ptr<ReadinessChecker> inner, std::vector<Session> all) {
  return std::make_shared<PastChecker>(std::move(inner), std::move(all));
}

}  // namespace retrain::backtest_room
