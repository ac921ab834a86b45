// The whole loop on real races, where they lie beside the project.
#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include <retrain/backtest.hpp>
#include <retrain/config_file.hpp>

using namespace retrain;

TEST_CASE("two seasons of real races are played back with the first model of 2018 to 2020") {
  auto loaded = load_config(RETRAIN_SOURCE_DIR "/examples/f1/retrain.yaml", {{"resources.threads", "1"}});
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  if (!std::filesystem::exists(loaded->config.data.directory)) {
    MESSAGE("skipped: " << loaded->config.data.directory << " is not there");
    return;
  }

  const auto report = backtest(loaded->config);

  REQUIRE_MESSAGE(report.ok(), report.status().message());
  CHECK(report->series.front().id.starts_with("2021-01"));
  CHECK(report->series.back().id.starts_with("2022-22"));
  CHECK(report->leaked_rows == 0);
  CHECK(report->runs.trained == report->runs.promoted + report->runs.rejected);
  CHECK(report->loss.pipeline <= 1.01 * report->loss.frozen);
  std::set<std::string> kinds;
  for (const auto& decision : report->decisions) kinds.insert(decision.kind);
  CHECK(kinds.contains("alert"));
  CHECK(kinds.contains("rejected"));
}
