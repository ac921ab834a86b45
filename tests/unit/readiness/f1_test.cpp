#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <retrain/data_source.hpp>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "bench.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

const std::string folder = std::string(RETRAIN_SOURCE_DIR) + "/../shared/f1";

bool present() {
  if (std::filesystem::exists(folder + "/MANIFEST.csv")) return true;
  MESSAGE("skipped: no race data in " << folder);
  return false;
}

DataSettings race_data() {
  DataSettings data;
  data.directory = folder;
  data.pattern = "*/*.csv";
  data.time_column = "date";
  data.where = {{"is_accurate", {"1"}}};
  data.unique = {"driver", "lap"};
  data.rising = {{"lap", {"driver"}}};
  data.columns = {
      {"lap", ColumnType::integer, 1.0, 100.0, 0.0}, {"date", ColumnType::date}, {"lap_time", ColumnType::number, 40.0, 3000.0}};
  return data;
}

ModelSettings race_model() {
  ModelSettings model;
  model.target = "lap_time";
  model.numeric = {"lap", "tyre_life", "course_length_km", "quali_best"};
  model.categorical = {"circuit", "driver", "compound"};
  return model;
}

struct Race {
  std::string path, sha256;
  std::int64_t rows = 0;
};

/// By session id, as the manifest beside the files lists them.
std::map<std::string, Race> read_manifest() {
  const std::string bytes = base::read_file(folder + "/MANIFEST.csv").value();
  base::CsvReader reader(bytes, false);
  base::CsvRecord record;
  reader.next(record);
  std::map<std::string, Race> races;
  while (reader.next(record)) {
    races[std::string(record.fields[1].text)] = {folder + "/" + std::string(record.fields[0].text),
                                                 std::string(record.fields.back().text),
                                                 *base::parse_integer(record.fields[8].text)};
  }
  return races;
}

}  // namespace

TEST_CASE("six seasons of real races are ready without one error, and agree with their manifest") {
  if (!present()) return;
  const auto manifest = read_manifest();
  DataRequest request;
  request.as_of = parse_time("2024-01-01T00:00:00Z").value();

  const Readiness readiness =
      make_session_readiness_checker(race_data(), race_model())->check(request, quiet_observer(), {}).value();

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(readiness.sessions.size() == manifest.size());
  for (const auto& session : readiness.sessions) {
    CAPTURE(session.id);
    REQUIRE(manifest.contains(session.id));
    CHECK(session.path == manifest.at(session.id).path);
    CHECK(session.sha256 == manifest.at(session.id).sha256);
    CHECK(session.rows == manifest.at(session.id).rows);
  }
  for (const auto& finding : readiness.findings) CHECK(finding.rule == "no_used_rows");
}

TEST_CASE("the frames of real races hold exactly the accurate laps that were counted") {
  if (!present()) return;
  DataRequest request;
  request.as_of = parse_time("2024-01-01T00:00:00Z").value();
  const auto readiness = make_session_readiness_checker(race_data(), race_model())->check(request, quiet_observer(), {}).value();
  const RowSelection selection = row_selection(race_model(), race_data(), {});
  const auto stream = make_csv_data_source(race_data())->open(readiness.snapshot, selection, {}).value();

  for (const auto& session : readiness.snapshot.sessions) {
    CAPTURE(session.id);
    const auto frame = stream->next().value();

    REQUIRE(frame != nullptr);
    CHECK(frame->session == session.id);
    CHECK(std::int64_t(frame->rows) == session.used_rows);
    for (const float lap_time : frame->target.values) REQUIRE((lap_time > 40 && lap_time < 3000));
  }
  CHECK(stream->next().value() == nullptr);
}
