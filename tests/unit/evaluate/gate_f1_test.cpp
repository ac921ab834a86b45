#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <retrain/gate.hpp>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "evaluations.hpp"

namespace retrain {
namespace {

const std::filesystem::path laps_folder = std::filesystem::path(RETRAIN_SOURCE_DIR) / ".." / "shared" / "f1";

// Lap times against the driver's best of qualifying times a race factor: what a naive model in production would miss.
std::vector<double> production_errors(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::vector<std::string> header;
  for (const auto name : base::split(line, ',')) header.emplace_back(base::trim(name));
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
  };
  const auto lap_time = column("lap_time");
  const auto quali_best = column("quali_best");
  std::vector<double> errors;
  while (std::getline(in, line)) {
    const auto cells = base::split(line, ',');
    if (cells.size() != header.size()) continue;
    const auto lap = base::parse_double(cells[lap_time]);
    const auto best = base::parse_double(cells[quali_best]);
    if (lap && best && *lap < 2 * *best) errors.push_back(1.06 * *best - *lap);
  }
  return errors;
}

std::vector<std::filesystem::path> races_of(const char* season) {
  std::vector<std::filesystem::path> races;
  for (const auto& entry : std::filesystem::directory_iterator(laps_folder / season)) {
    if (entry.path().stem().string().ends_with("-R")) races.push_back(entry.path());
  }
  std::sort(races.begin(), races.end());
  return races;
}

TEST_CASE("the shipped defaults pass a candidate that halves every error on real races of unequal length") {
  if (!std::filesystem::exists(laps_folder)) {
    MESSAGE("skipped: ../shared/f1 is absent");
    return;
  }
  const auto gate = *make_gate({});
  for (const char* season : {"2019", "2021", "2022"}) {
    std::vector<reference::ErrorRow> rows;
    std::uint32_t session = 0;
    for (const auto& race : races_of(season)) {
      const auto errors = production_errors(race);
      if (errors.empty()) continue;
      for (const double error : errors) rows.push_back({session, error / 2, error});
      if (++session == ValidationSettings{}.holdout_sessions) break;
    }
    auto evaluation = reference::evaluation_of(rows);
    evaluation.recent = {evaluation.sessions.rbegin(), evaluation.sessions.rbegin() + 2};

    const auto report = gate->judge(evaluation, {});

    CAPTURE(season);
    REQUIRE(report.ok());
    CAPTURE(report->message);
    CHECK(report->verdict == GateVerdict::pass);
    CHECK(report->reason == "better");
    CHECK(report->test.clusters == 12);
    CHECK(report->relative_improvement == doctest::Approx(0.5));
  }
}

TEST_CASE("two models that differ only in noise do not pass on real races, whatever the rows say") {
  if (!std::filesystem::exists(laps_folder)) {
    MESSAGE("skipped: ../shared/f1 is absent");
    return;
  }
  std::vector<reference::ErrorRow> rows;
  reference::Noise noise(3);
  std::uint32_t session = 0;
  for (const auto& race : races_of("2021")) {
    const double shift = 0.3 * noise();  // both models miss the race's level by a little, each in its own way
    for (const double error : production_errors(race)) rows.push_back({session, error + shift, error});
    ++session;
  }
  const auto evaluation = reference::evaluation_of(rows);
  ValidationSettings naive;
  naive.test = "paired_t";

  const auto by_session = *(*make_gate({}))->judge(evaluation, {});
  const auto by_row = *(*make_gate(naive))->judge(evaluation, {});

  CHECK(by_session.verdict != GateVerdict::pass);
  CHECK(by_row.test.p_two_sided < 1e-4);
  CHECK(by_session.test.p_two_sided > 0.05);
}

}  // namespace
}  // namespace retrain
