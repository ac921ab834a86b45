// A run and a status in words.
#include <doctest/doctest.h>

#include <retrain/report.hpp>

using namespace retrain;

namespace {

Time at(const char* text) {
  return parse_time(text).value();
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

RunReport rejected_run() {
  RunReport report;
  report.run = {.id = "0192-run",
                .model = "air-time",
                .state = RunState::finished,
                .outcome = Outcome::rejected,
                .reason = "guardrail",
                .asked_by = "alert 0192-alert",
                .severity = 0.83,
                .created = at("2013-05-03T00:00:00Z"),
                .finished = at("2013-05-03T00:03:00Z")};
  report.alerts = {"a", "b"};
  report.readiness = Readiness{.verdict = ReadinessVerdict::ready, .reason = "ready"};
  report.readiness->snapshot.sessions = {{.id = "2013-05-01"}, {.id = "2013-05-02"}};
  for (int i = 0; i < 8; ++i)
    report.readiness->findings.push_back({.level = FindingLevel::warning, .message = "finding " + std::to_string(i)});
  report.training = R"({"mode":"warm","mode_reason":"the stable champion fits","rounds":362})";
  report.gate =
      GateReport{.verdict = GateVerdict::fail, .reason = "guardrail", .message = "better, but the recent sessions got worse"};
  report.gate->guardrails = {{.name = "rmse"}, {.name = "recent", .passed = false, .message = "worse by 14 %, allowed are 10 %"}};
  report.steps = {{.step = Step::readiness, .done = true}, {.step = Step::gate, .done = true, .reason = "a | b"}};
  return report;
}

}  // namespace

TEST_CASE("a run's explanation says why it ran, what was judged, what was decided and what comes next") {
  const std::string text = explain(rejected_run());

  CHECK(has(text, "Run 0192-run of air-time: rejected\n"));
  CHECK(has(text, "why it ran  asked for by alert 0192-alert, severity 0.83, 2 alerts behind it"));
  CHECK(has(text, "data        ready; the newest session is 2013-05-02; 8 findings, 0 errors\n"));
  CHECK(has(text, "training    warm, 362 rounds; the stable champion fits\n"));
  CHECK(has(text, "gate        fail (guardrail): better, but the recent sessions got worse\n"));
  CHECK(has(text, "guardrail   recent: worse by 14 %, allowed are 10 %\n"));
  CHECK(has(text, "next        production stays as it was"));
  CHECK(has(text, "finding 4"));
  CHECK_FALSE(has(text, "finding 5"));
  CHECK(has(text, "and 3 more"));
}

TEST_CASE("each ending of a run names another next step") {
  std::vector<std::string> told;
  const auto next_of = [](const RunReport& report) {
    const std::string text = explain(report);
    const auto from = text.find("  next        ");
    return from == std::string::npos ? std::string() : text.substr(from + 14, text.find('\n', from) - from - 14);
  };
  RunReport queued;
  queued.run.not_before = at("2013-05-04T00:00:00Z");
  RunReport running;
  running.run.state = RunState::running;
  running.run.next_step = Step::gate;
  RunReport promoted;
  promoted.run.state = RunState::finished;
  promoted.run.outcome = Outcome::promoted;
  promoted.deployment = DeploymentState::provisional;

  CHECK(next_of(queued) == "starts at 2013-05-04T00:00:00Z or later");
  CHECK(next_of(running) == "the step gate");
  CHECK(has(next_of(promoted), "later confirm it"));
  promoted.deployment = DeploymentState::rolled_back;
  CHECK(has(next_of(promoted), "quarantined"));
  for (const Outcome outcome :
       {Outcome::rejected, Outcome::data_not_ready, Outcome::failed, Outcome::set_aside, Outcome::cancelled}) {
    RunReport report;
    report.run.state = RunState::finished;
    report.run.outcome = outcome;
    CHECK_FALSE(next_of(report).empty());
  }
}

TEST_CASE("a run under DVC tells which version of the data it saw") {
  RunReport report = rejected_run();
  report.readiness->dvc =
      DvcReport{DvcMode::native, "/r", {{"data", "data.dvc", DvcState::not_in_cache, "abcdef0123456789.dir", ""}}};

  CHECK(has(explain(report), "data not in cache (abcdef012345"));
  for (int i = 0; i < 4; ++i) report.readiness->dvc->outputs.push_back({"more", "more.dvc", DvcState::clean, "", ""});
  CHECK(has(explain(report), "more clean, more clean and 2 more"));
}

TEST_CASE("Markdown keeps texts in their cells and out of the markup") {
  RunReport report = rejected_run();
  report.run.reason = "<img> *bold* `code`\n# heading";

  const std::string text = render_markdown(report);

  CHECK(has(text, "| recent | **failed** |"));
  CHECK(has(text, "a \\| b"));
  CHECK(has(text, "&lt;img> \\*bold\\* \\`code\\` \\# heading"));
  CHECK_FALSE(has(text, "\n# heading"));
}

TEST_CASE("a run's page escapes what it tells and holds the record") {
  RunReport report = rejected_run();
  report.gate->message = "<script>alert(1)</script>";
  report.run.model = "\"><b>";

  const std::string page = render_html(report);

  CHECK_FALSE(has(page, "<script>alert"));
  CHECK_FALSE(has(page, "<b>"));
  CHECK(has(page, R"(<script type="application/json" id="report">{"schema":"retrain.run/1")"));
  CHECK(has(page, "badge rejected"));
}

TEST_CASE("a fresh status says what is not there yet") {
  PipelineStatus status;
  status.model = "air-time";
  status.state_directory = "state";

  const std::string text = render_text(status);

  CHECK(has(text, "air-time  (state)\n"));
  CHECK(has(text, "production    no model yet\n"));
  CHECK(has(text, "stable        none: there is nothing to roll back to\n"));
  CHECK(has(text, "hold          none\n"));
  CHECK(has(text, "queue         empty\n"));
  CHECK(has(text, "data          no session known yet\n"));
  CHECK(has(text, "events        all delivered\n"));
  CHECK_FALSE(has(text, "safe mode"));
}

TEST_CASE("a status in full names models, hold, runs and when alerts count again") {
  PipelineStatus status;
  status.now = at("2013-05-03T05:00:00Z");
  status.production = DeployedModel{
      .version = 3, .model = {.sha256 = "9a0c1f22e3b1ffff"}, .reason = "promoted", .since = at("2013-05-03T00:00:00Z")};
  status.hold = Hold{"alice", "looking into it", at("2013-05-04T00:00:00Z")};
  status.safe_mode = true;
  status.queued = 2;
  status.last_run = rejected_run().run;
  status.next_eligible_at = at("2013-05-03T09:00:00Z");
  status.sessions_known = 365;
  status.newest_session = "2013-05-02";
  status.events_pending = 1;

  const std::string text = render_text(status);

  CHECK(has(text, "9a0c1f22e3b1 (version 3, provisional since 2013-05-03T00:00:00Z), promoted"));
  CHECK(has(text, "by alice, until 2013-05-04T00:00:00Z: looking into it"));
  CHECK(has(text, "too many rollbacks"));
  CHECK(has(text, "2 runs waiting"));
  CHECK(has(text, "0192-run rejected 4h 57m ago: guardrail"));
  CHECK(has(text, "start a run from 2013-05-03T09:00:00Z on"));
  CHECK(has(text, "365 sessions, the newest 2013-05-02"));
  CHECK(has(text, "1 event to be delivered"));
  status.next_eligible_at = status.now;
  CHECK(has(render_text(status), "start a run when severe enough"));
}
