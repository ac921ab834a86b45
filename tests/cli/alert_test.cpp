// Alerts of other systems from the command line: ingest, list, replay, and a run that a resolved alert cancels.
#include <doctest/doctest.h>

#include "cli/workplace.hpp"

using namespace retrain::test;

namespace {

struct Live : Workplace {
  explicit Live(const std::string& more = "") {
    configure(more);
    REQUIRE(retrain({"init"}).exit_code == 0);
  }
  ProcessResult ingest(const std::string& body, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"alert", "ingest", "-"});
    return retrain(more, {}, body);
  }
};

/// What Alertmanager sends: one alert for each feature, all with this status.
std::string group(const std::string& status, const std::vector<std::string>& features, const std::string& score = "0.8000") {
  nlohmann::json body = {{"version", "4"}, {"status", status}, {"groupKey", "{}:{}"}, {"truncatedAlerts", 0}};
  for (const auto& feature : features) {
    body["alerts"].push_back({{"status", status},
                              {"labels", {{"alertname", "ModelDrift"}, {"feature", feature}}},
                              {"annotations", {{"drift_score", score}, {"summary", feature + " moved"}}},
                              {"startsAt", "2026-11-24T08:30:32.523Z"},
                              {"endsAt", status == "firing" ? "0001-01-01T00:00:00Z" : "2026-11-24T08:31:42.523Z"},
                              {"fingerprint", "f-" + feature}});
  }
  return body.dump();
}

}  // namespace

TEST_CASE("alerts of a group are decided one by one, a repeat of the group changes nothing, and all exit with 0") {
  const Live place;

  const auto first = place.ingest(group("firing", {"x", "z"}));
  const auto repeated = place.ingest(group("firing", {"x", "z"}));

  CHECK(first.exit_code == 0);
  CHECK(has(first.out, "alertmanager:ModelDrift: accepted: severity 0.8 reaches the threshold 0.7 (run "));
  CHECK(has(first.out, "alertmanager:ModelDrift: merged: joins the waiting run"));
  CHECK(std::count(first.out.begin(), first.out.end(), '\n') == 2);
  CHECK(repeated.exit_code == 0);
  CHECK(std::count(repeated.out.begin(), repeated.out.end(), '\n') == 2);
  CHECK(has(repeated.out, "duplicate: "));
  CHECK(place.json({"runs"}).size() == 1);
  const auto alerts = place.json({"alert", "list"});
  CHECK(alerts[3]["alert"]["severity_rule"] == "alertmanager.drift_score");
  CHECK(alerts[3]["alert"]["detail"]["labels"]["feature"] == "x");
}

TEST_CASE("a run ends as cancelled when each of its alerts is resolved, and not before") {
  const Live place;
  REQUIRE(place.ingest(group("firing", {"x", "z"})).exit_code == 0);

  const auto one = place.ingest(group("resolved", {"x"}));
  const auto state_between = place.json({"runs"})[0]["state"];
  const auto both = place.ingest(group("resolved", {"x", "z"}));

  CHECK(has(one.out, "resolved: the source reports that the condition is over\n"));
  CHECK(state_between == "queued");
  CHECK(has(both.out, "is cancelled"));
  const auto run = place.json({"runs"})[0];
  CHECK(run["outcome"] == "cancelled");
  CHECK(has(run["reason"], "reports that the cause is over"));
  CHECK_FALSE(place.json({"tick"}).value("run", nlohmann::json()).is_object());
  CHECK(place.json({"doctor"})["ok"] == true);
}

TEST_CASE("garbage is stored as invalid for an operator to see, and exits with 0 so that nobody sends it again") {
  const Live place;

  const auto html = place.ingest("<html>\xff\x1b[2J</html>");
  const auto other = place.ingest(R"({"hello": "world"})");
  const auto mixed = place.ingest(R"([{"severity": 0.1, "source": "a"}, {"severity": 7, "source": "b"}])");
  const auto foreign = place.ingest(R"({"severity": 0.9, "model": "somebody-else"})");

  for (const auto* result : {&html, &other, &mixed, &foreign}) {
    CHECK(result->exit_code == 0);
    CHECK(has(result->out, "invalid: "));
    CHECK_FALSE(has(result->out, "\x1b"));
  }
  CHECK(has(mixed.out, "a: below_threshold: "));
  CHECK(has(mixed.out, "invalid: severity 7 is outside 0 to 1"));
  CHECK(has(foreign.out, "the alert is about model somebody-else"));
  const auto list = place.retrain({"alert", "list"});
  CHECK(has(list.out, "alert is of no known format"));
  CHECK(place.json({"alert", "list"}).size() == 5);
  CHECK(place.json({"runs"}).empty());
}

TEST_CASE("a format can be named, and an unknown one or an absent file is exit code 2 with nothing stored") {
  const Live place;
  place.folder.write("rows.csv", "chunk_key,chunk_index,chunk_period,x_ks_alert\n[0:9],0,analysis,True\n");

  const auto named = place.retrain({"alert", "ingest", "rows.csv", "--format", "nannyml", "--json"});
  const auto unknown = place.retrain({"alert", "ingest", "rows.csv", "--format", "grafana"});
  const auto absent = place.retrain({"alert", "ingest", "absent.json"});

  CHECK(named.exit_code == 0);
  const auto decisions = nlohmann::json::parse(named.out);
  REQUIRE(decisions.size() == 1);
  CHECK(decisions[0]["verdict"] == "below_threshold");
  CHECK(unknown.exit_code == 2);
  CHECK(has(unknown.err, "alertmanager"));
  CHECK(absent.exit_code == 2);
  CHECK(has(absent.err, "absent.json"));
  CHECK(place.json({"alert", "list"}).size() == 1);
}

TEST_CASE("a replay says what the present settings would decide, and stores nothing") {
  const Live place;
  REQUIRE(place.ingest(group("firing", {"x"}, "0.6")).exit_code == 0);
  REQUIRE(place.ingest("garbage").exit_code == 0);
  const std::string id = place.json({"alert", "list"})[1]["decision"]["alert_id"];

  const auto same = place.retrain({"alert", "replay", id});
  const auto lower = place.retrain({"alert", "replay", id, "--set", "drift.severity_threshold=0.5"});
  const auto all = place.json({"alert", "replay", "--since", "1h", "--set", "drift.severity_threshold=0.5"});

  CHECK(same.exit_code == 0);
  CHECK(has(same.out, id + " from alertmanager:ModelDrift\n  was below_threshold: "));
  CHECK(has(same.out, "  now below_threshold: "));
  CHECK(has(lower.out, "  now accepted: severity 0.6 reaches the threshold 0.5"));
  REQUIRE(all.size() == 2);
  CHECK(all[0]["was"]["verdict"] == "invalid");
  CHECK(all[0]["now"]["verdict"] == "invalid");
  CHECK(all[1]["alert_id"] == id);
  CHECK(all[1]["now"]["verdict"] == "accepted");
  CHECK(place.json({"alert", "list"}).size() == 2);
  CHECK(place.json({"runs"}).empty());
  CHECK(place.retrain({"alert", "replay", "last"}).exit_code == 0);
  CHECK(place.retrain({"alert", "replay"}).exit_code == 2);
  CHECK(place.retrain({"alert", "replay", "0", "--since", "1h"}).exit_code == 2);
  CHECK(place.retrain({"alert", "replay", "zz"}).exit_code == 2);
}

TEST_CASE("headers given with a body make it an event of CloudEvents") {
  const Live place;
  const std::vector<std::string> headers = {"--header", "ce-specversion: 1.0", "--header", "ce-id: a1",
                                            "--header", "ce-source: monitor",  "--header", "ce-type: drift"};

  const auto first = place.ingest(R"({"severity": 0.9})", headers);
  const auto again = place.ingest(R"({"severity": 0.9})", headers);

  CHECK(first.exit_code == 0);
  CHECK(has(first.out, "monitor: accepted: "));
  CHECK(has(again.out, "monitor: duplicate: alert 'a1' from 'monitor' is stored already"));
}
