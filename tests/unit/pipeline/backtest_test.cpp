#include <doctest/doctest.h>

#include <retrain/json.hpp>

#include "support/world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

Config backtest_config(const World& world) {
  Config config = world.config;
  config.backtest.first_sessions = 12;
  config.backtest.score_first = 18;
  config.backtest.retrain_every = 4;
  config.drift.detector.method = "e_detector";
  config.drift.debounce = std::chrono::seconds(0);
  return config;
}

}  // namespace

TEST_CASE("a backtest shows that the pipeline heals, that freezing does not, and counts every training") {
  const World world(100);

  const auto report = backtest(backtest_config(world));

  REQUIRE_MESSAGE(report.ok(), report.status().message());
  CHECK(report->sessions == 100);
  CHECK(report->series.front().number == 18);
  CHECK(report->series.size() == 83);
  CHECK(report->loss.pipeline < 0.7 * report->loss.frozen);
  CHECK(report->always_trained == 21);
  CHECK(report->runs.trained < report->always_trained);
  CHECK(report->runs.promoted >= 2);
  CHECK(report->leaked_rows == 0);
  CHECK(report->decisions.front().kind == "promoted");
}

TEST_CASE("a backtest run twice gives the same report, byte for byte") {
  const World world;

  const auto once = backtest(backtest_config(world));
  const auto twice = backtest(backtest_config(world));

  REQUIRE(once.ok());
  CHECK(to_json(*once) == to_json(*twice));
}

TEST_CASE("every decision of a backtest is told as it happens, on the calling thread") {
  const World world;
  std::vector<std::string> heard;
  BacktestOptions options;
  options.on_decision = [&](const BacktestDecision& decision) { heard.push_back(decision.kind); };

  const auto report = backtest(backtest_config(world), options);

  REQUIRE(report.ok());
  CHECK(heard.size() == report->decisions.size());
}

TEST_CASE("a backtest without enough sessions says how many it needs") {
  const World world(10);

  const auto report = backtest(backtest_config(world));

  CHECK(report.status().code() == StatusCode::data_not_ready);
  CHECK(report.status().message().find("10 sessions") != std::string::npos);
}

TEST_CASE("a backtest of data that names no time is refused") {
  const World world;
  Config config = backtest_config(world);
  config.data.time_column.clear();

  const auto report = backtest(config);

  CHECK(report.status().code() == StatusCode::data_not_ready);
  CHECK(report.status().message().find("data.time") != std::string::npos);
}
