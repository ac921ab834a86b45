// The policy without a disk, and the order in which runs start.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <retrain/config.hpp>
#include <stdexcept>

#include "senders.hpp"

namespace retrain::bench {
namespace {

using namespace std::chrono_literals;

DriftContext context_at(const Instant& now, std::size_t number) {
  DriftContext context{.now = now};
  const auto ago = [&](Duration time) { return Instant{now.wall - time, now.boot - time, now.boot_id}; };
  if (number % 2 == 0) context.group = DriftContext::Group{ago(30min * static_cast<int>(number % 5)), 0.8, 3};
  if (number % 3 == 0) context.last_trained = ago(6h * static_cast<int>(number % 7));
  context.last_severity = 0.75;
  for (int week = 0; week < 10; ++week) context.window_counts["weekend " + format_time(now.wall - 24h * 7 * week)] = 1;
  for (int run = 10; run > 0; --run) context.recent_runs.push_back(ago(20h * run));
  context.run_waiting = number % 11 == 0;
  return context;
}

/// A run ends as soon as its data is looked at, so that only the order of the runs is left.
class NoData final : public ReadinessChecker {
 public:
  NoData(std::shared_ptr<ManualClock> clock, Duration length) : clock_(std::move(clock)), length_(length) {}
  PartId id() const override { return {"no-data", "bench"}; }
  Result<Readiness> check(const DataRequest&, Observer&, std::stop_token) override {
    clock_->advance(length_);
    Readiness readiness;
    readiness.verdict = ReadinessVerdict::broken;
    readiness.reason = "there is none";
    return readiness;
  }
  Result<std::vector<Session>> list(const DataRequest&, std::stop_token) override { return std::vector<Session>{}; }

 private:
  std::shared_ptr<ManualClock> clock_;
  Duration length_;
};

class OneAtATime final : public ResourceManager {
 public:
  PartId id() const override { return {"one-at-a-time", "bench"}; }
  Footprint predict(const Workload&, const FootprintHistory&) override { return {.memory_bytes = 1, .threads = 1}; }
  Result<Admission> admit(const Footprint&, std::span<const Footprint> running) override {
    if (!running.empty()) return Admission{AdmissionVerdict::wait, "another runs", 30s};
    return Admission{AdmissionVerdict::start, "room", {}, 1, 1};
  }
};

}  // namespace

std::string measure_decisions(int rounds) {
  DriftSettings drift;
  drift.escalation_step = 0.2;
  drift.alert_ttl = 24h;
  ScheduleSettings schedule;
  schedule.zone = "Europe/Berlin";
  schedule.rate_burst = 5;
  const auto policy = make_drift_policy(drift, schedule);
  if (!policy) throw std::runtime_error(policy.status().message());
  const Time start = std::chrono::sys_days(std::chrono::year(2024) / 3 / 29);
  constexpr std::size_t cases = 1000;
  std::vector<std::pair<Alert, DriftContext>> questions;
  for (std::size_t i = 0; i < cases; ++i) {
    Alert alert = make_alert("policy", i);
    const Time now = start + 17min * static_cast<int>(i);
    alert.raised_at = now - 1min;
    questions.emplace_back(std::move(alert), context_at({now, 2000h + 17min * static_cast<int>(i), "boot"}, i));
  }
  std::vector<double> times;
  std::size_t letters = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& [alert, context] : questions) letters += (*policy)->decide(alert, context).reason.size();
    times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / cases);
  }
  std::sort(times.begin(), times.end());
  char text[96];
  std::snprintf(text, sizeof text, R"({"seconds": %.9g, "letters": %zu})", times[times.size() / 2], letters);
  return text;
}

std::string measure_ageing(const std::string& folder) {
  constexpr Duration length = 20min, ageing = 4h;
  const auto clock = std::make_shared<ManualClock>(Time(std::chrono::sys_days(std::chrono::year(2024) / 3 / 4)));
  PipelineParts parts;
  parts.clock = clock;
  parts.resource_manager = std::make_shared<OneAtATime>();
  parts.readiness_checker = std::make_shared<NoData>(clock, length);
  parts.scratch = true;
  const auto open = [&](const std::string& model) {
    Config config = make_config(folder);
    config.model.name = model;
    config.drift.debounce = config.drift.cooldown = Duration{};
    config.drift.severity_threshold = 0.1;
    config.schedule.max_weekend_retrains = 1'000'000;
    config.queue.ageing = ageing;
    return open_pipeline(config, parts);
  };
  const auto patient = open("patient");
  std::vector<std::unique_ptr<Pipeline>> urgent;
  for (const char* model : {"urgent-1", "urgent-2", "urgent-3"}) urgent.push_back(open(model));
  Observer observer;
  std::size_t sent = 0;
  const auto keep_asking = [&] {
    for (const auto& pipeline : urgent) {
      const auto runs = pipeline->runs({.limit = 1});
      if (!runs || (!runs->empty() && runs->front().state != RunState::finished)) continue;
      Alert alert = make_alert("urgent", sent++);
      alert.severity = 1;
      submit_or_throw(*pipeline, alert);
    }
  };
  keep_asking();
  Alert calm = make_alert("calm", 0);
  calm.severity = 0.2;
  submit_or_throw(*patient, calm);
  const Time asked = clock->now().wall;
  std::size_t finished_before = 0;
  for (int turn = 0; turn < 1000; ++turn) {
    for (const auto& pipeline : urgent) {
      keep_asking();
      const auto done = pipeline->tick(observer);
      if (!done) throw std::runtime_error(done.status().message());
    }
    finished_before = sent - urgent.size();
    const Time before = clock->now().wall;
    if (const auto done = patient->tick(observer); !done) throw std::runtime_error(done.status().message());
    const auto runs = patient->runs({.limit = 1});
    if (runs && runs->front().state == RunState::finished) {
      char text[160];
      std::snprintf(text, sizeof text, R"({"waited": %.0f, "bound": %.0f, "severity": %g, "before": %zu})",
                    std::chrono::duration<double>(before - asked).count(),
                    std::chrono::duration<double>(ageing + length * static_cast<int>(urgent.size())).count(), calm.severity,
                    finished_before);
      return text;
    }
    clock->advance(1s);
  }
  throw std::runtime_error("the patient run never started");
}

}  // namespace retrain::bench
