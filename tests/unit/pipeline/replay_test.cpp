// Replay: a judgement made again from what is stored, and everything that was changed behind it noticed.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <retrain/json.hpp>

#include "support/scripted_judges.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// A first model and one gate of the default rule against it.
struct Judged {
  ScriptedWorld world;
  RunId run;

  Judged() {
    world.parts.gate = nullptr;
    world.parts.comparator = nullptr;
    const auto pipeline = world.open();
    world.run(*pipeline);
    world.add_sessions(7);
    run = world.run(*pipeline).run.id;
  }

  /// Runs SQL as another program would, while nobody has the state open.
  void change(const std::string& sql) const {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open((world.config.state.directory + "/state.db").c_str(), &database) == SQLITE_OK);
    const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
    CHECK_MESSAGE(code == SQLITE_OK, sqlite3_errmsg(database));
    CHECK(sqlite3_changes(database) > 0);
    sqlite3_close(database);
  }

  ReplayReport replay() {
    const auto pipeline = world.open();
    const auto report = pipeline->replay(run);
    REQUIRE_MESSAGE(report.ok(), report.status().message());
    return *report;
  }
};

}  // namespace

TEST_CASE("a replay of an untouched judgement agrees to the bit, its levels included") {
  Judged judged;

  const ReplayReport report = judged.replay();

  CHECK_MESSAGE(report.agrees, report.message);
  CHECK(report.levels == 1);
  CHECK(report.gate.level == 0.025);
}

TEST_CASE("a replay judges by the settings of that time, whatever the configuration says now") {
  Judged judged;
  judged.world.config.validation.rmse_margin = 0.5;
  judged.world.config.validation.test = "cr3";
  judged.world.config.comparison.improvement_threshold = 0.4;

  const ReplayReport report = judged.replay();

  CHECK_MESSAGE(report.agrees, report.message);
}

TEST_CASE("a replay notices a changed row, wherever it stands") {
  const std::map<std::string, std::string> changes = {
      {"UPDATE alpha_ledger SET level = 0.02", "alpha ledger"},
      {"UPDATE alpha_ledger SET p = p / 2", "alpha ledger"},
      {"UPDATE alpha_ledger SET reserved_us = reserved_us - 1", "alpha ledger"},
      {"UPDATE alpha_ledger SET holdout = 'another'", "alpha ledger"},
      {"UPDATE alpha_ledger SET settled_us = NULL, p = NULL, verdict = ''", "alpha ledger"},
      {"DELETE FROM alpha_ledger", "alpha ledger"},
      {"UPDATE evaluations SET context = replace(context, '0.025', '0.05') WHERE context LIKE '%budget%'", "the gate says now"},
      {"UPDATE evaluations SET session_sums = replace(session_sums, '\"rows\":8', '\"rows\":9')", "the means by session are now"},
      {"UPDATE evaluations SET settings = replace(settings, '\"validation.min_clusters\":\"5\"', "
       "'\"validation.min_clusters\":\"50\"')",
       "the gate says now"},
      {"UPDATE steps SET result = replace(result, '\"rows\":48', '\"rows\":47') WHERE step = 'gate'", "the gate says now"},
  };
  for (const auto& [sql, message] : changes) {
    CAPTURE(sql);
    Judged judged;
    judged.change(sql);

    const ReplayReport report = judged.replay();

    CHECK_FALSE(report.agrees);
    CHECK_MESSAGE(report.message.find(message) != std::string::npos, report.message);
  }
}

TEST_CASE("a replay notices one changed byte of the stored rows") {
  Judged judged;
  for (const auto& file : std::filesystem::directory_iterator(judged.world.config.state.directory + "/evaluations")) {
    std::fstream(file.path(), std::ios::in | std::ios::out | std::ios::binary).seekp(200).put('x');
  }

  const ReplayReport report = judged.replay();

  CHECK_FALSE(report.agrees);
  CHECK(report.message.find("has hash") != std::string::npos);
}

TEST_CASE("a doctor notices a changed row of the alpha ledger") {
  Judged judged;
  judged.change("UPDATE alpha_ledger SET level = 0.02");
  const auto pipeline = judged.world.open();

  const auto health = pipeline->verify_state();

  CHECK_FALSE(health->ok);
}

TEST_CASE("a verdict that was repeated is replayed from the run that it came from") {
  ScriptedWorld world;
  world.parts.gate = nullptr;
  const auto pipeline = world.open();
  world.run(*pipeline);
  world.add_sessions(7);
  world.trainer->repeat = true;
  const RunReport first = world.run(*pipeline);
  const RunReport second = world.run(*pipeline);

  const auto report = pipeline->replay(second.run.id);

  REQUIRE(report.ok());
  CHECK_MESSAGE(report->agrees, report->message);
  CHECK(second.gate_context->cached_from == first.run.id);
  CHECK(to_json(report->gate) == to_json(*first.gate));
}

TEST_CASE("a run that was not judged cannot be replayed, and the answer says why") {
  ScriptedWorld world;
  const auto pipeline = world.open();
  const auto asked = pipeline->request_run({"tester", "a test", std::nullopt});

  const auto report = pipeline->replay(*asked);

  CHECK(report.status().code() == StatusCode::not_found);
  CHECK(report.status().message().find("was not judged") != std::string::npos);
}
