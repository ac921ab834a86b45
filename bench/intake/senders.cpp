#include "senders.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace retrain::bench {
namespace {

constexpr std::size_t sources = 50;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Config make_config(const std::string& folder) {
  std::filesystem::create_directories(folder + "/data");
  Config config;
  config.model.name = "laps";
  config.model.target = "lap_time";
  config.model.numeric = {"track_temp"};
  config.state.directory = folder + "/state";
  config.data.directory = folder + "/data";
  return config;
}

std::unique_ptr<Pipeline> open_pipeline(const Config& config, const PipelineParts& parts) {
  auto opened = Pipeline::open(config, parts);
  if (!opened) throw std::runtime_error(opened.status().message());
  return std::move(*opened);
}

void submit_or_throw(Pipeline& pipeline, const Alert& alert) {
  const auto decision = pipeline.submit_alert(alert);
  if (!decision) throw std::runtime_error(decision.status().message());
}

Alert make_alert(const std::string& sender, std::size_t number) {
  Alert alert;
  alert.id = sender + "-" + std::to_string(number);
  alert.source = "monitor:" + std::to_string(number % sources);
  alert.severity = 0.7 + 0.0001 * static_cast<double>(number % 1000);
  alert.summary = "session-mean residual is beyond its limit";
  alert.detail = R"({"method":"K-S p_value","features":[{"name":"track_temp","score":0.0003,"threshold":0.05,"drifted":true},)"
                 R"({"name":"tyre_age","score":0.21,"threshold":0.05,"drifted":false}],"window":{"start":)"
                 R"("2024-05-24T10:00:00Z","end":"2024-05-26T16:00:00Z"},"labels":{"circuit":"monza"}})";
  return alert;
}

std::string fill(const std::string& folder, std::size_t count) {
  const auto pipeline = open_pipeline(folder);
  constexpr std::size_t together = 1000;
  for (std::size_t first = 0; first < count; first += together) {
    std::vector<Alert> alerts;
    for (std::size_t i = first; i < std::min(count, first + together); ++i) alerts.push_back(make_alert("filler", i));
    const auto stored = pipeline->submit_alerts(alerts);
    if (!stored) throw std::runtime_error(stored.status().message());
  }
  return R"({"filled": )" + std::to_string(count) + "}";
}

std::string produce(const std::string& folder, const std::string& sender, double from, double until) {
  const auto pipeline = open_pipeline(folder);
  while (seconds_since_1970() < from) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::size_t count = 0;
  double longest = 0;
  for (double before = seconds_since_1970(); before < until; ++count) {
    const auto decision = pipeline->submit_alert(make_alert(sender, count));
    if (!decision) throw std::runtime_error(decision.status().message());
    const double after = seconds_since_1970();
    longest = std::max(longest, after - before);
    before = after;
  }
  return R"({"count": )" + std::to_string(count) + R"(, "longest": )" + std::to_string(longest) + "}";
}

std::string acknowledge(const std::string& folder, const std::string& sender, std::size_t first, std::size_t past) {
  const auto pipeline = open_pipeline(folder);
  for (std::size_t number = first; number < past; ++number) {
    const auto decision = pipeline->submit_alert(make_alert(sender, number));
    if (!decision) throw std::runtime_error(decision.status().message());
    std::printf("%zu\n", number);
    std::fflush(stdout);
  }
  return "done";
}

std::string list_stored(const std::string& folder) {
  const auto pipeline = open_pipeline(folder);
  constexpr std::size_t all = 1'000'000;
  const auto alerts = pipeline->alerts(all);
  const auto runs = pipeline->runs({.limit = all});
  const auto health = pipeline->verify_state();
  if (!alerts || !runs || !health) throw std::runtime_error("cannot read the state back");
  for (const StoredAlert& stored : *alerts) {
    std::printf("%s\t%s\t%s\t%s\t%s\n", stored.alert.id.c_str(), stored.alert.source.c_str(),
                std::string(to_string(stored.decision.verdict)).c_str(), stored.decision.run_id.c_str(),
                stored.decision.reason.empty() ? "" : "reason");
  }
  for (const RunSummary& run : *runs) std::printf("run\t%s\n", run.id.c_str());
  for (const HealthFinding& finding : health->findings) {
    if (!finding.ok) std::printf("broken\t%s: %s\n", finding.invariant.c_str(), finding.message.c_str());
  }
  return "done";
}

}  // namespace retrain::bench
