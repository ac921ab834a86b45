// Sessions, snapshots and the answer of a readiness check as JSON, and back.
#include "fields.hpp"
#include "records.hpp"

namespace retrain {
namespace report {

const char* name_of(FindingLevel level) {
  return level == FindingLevel::warning ? "warning" : "error";
}

Json as_json(const Session& record) {
  return {{"id", record.id},     {"path", record.path},           {"sha256", record.sha256},     {"size", record.size},
          {"rows", record.rows}, {"used_rows", record.used_rows}, {"time", as_json(record.time)}};
}

Json as_json(const Snapshot& record) {
  return {{"sessions", as_json(record.sessions)}};
}

Json as_json(const Finding& record) {
  return {{"level", name_of(record.level)}, {"rule", record.rule}, {"message", record.message},
          {"session", record.session},      {"file", record.file}, {"row", record.row},
          {"column", record.column},        {"byte", record.byte}, {"count", record.count},
          {"value", record.value}};
}

Json as_json(const DvcOutput& record) {
  return {{"path", record.path},
          {"file", record.file},
          {"state", to_string(record.state)},
          {"expected", record.expected},
          {"actual", record.actual}};
}

Json as_json(const DvcReport& record) {
  return {{"mode", to_string(record.mode)}, {"root", record.root}, {"outputs", as_json(record.outputs)}};
}

Json as_json(const Readiness& record) {
  return {{"verdict", to_string(record.verdict)}, {"reason", record.reason},
          {"retry_at", as_json(record.retry_at)}, {"findings", as_json(record.findings)},
          {"snapshot", as_json(record.snapshot)}, {"sessions", as_json(record.sessions)},
          {"data_bytes", record.data_bytes},      {"dvc", as_json(record.dvc)}};
}

namespace {

std::vector<Session> read_sessions(const Fields& fields, const char* key) {
  std::vector<Session> sessions;
  for (const Fields& entry : fields.objects(key)) {
    sessions.push_back({.id = entry.text("id"),
                        .path = entry.text("path"),
                        .sha256 = entry.text("sha256"),
                        .size = entry.integer<std::uint64_t>("size"),
                        .rows = entry.integer<std::int64_t>("rows"),
                        .used_rows = entry.integer<std::int64_t>("used_rows"),
                        .time = entry.optional_time("time")});
  }
  return sessions;
}

Finding read_finding(const Fields& fields) {
  const std::string level = fields.text("level");
  if (level != "warning" && level != "error") fields.unknown_name("level", level);
  return {.level = level == "warning" ? FindingLevel::warning : FindingLevel::error,
          .rule = fields.text("rule"),
          .message = fields.text("message"),
          .session = fields.text("session"),
          .file = fields.text("file"),
          .row = fields.integer<std::int64_t>("row"),
          .column = fields.text("column"),
          .byte = fields.integer<std::int64_t>("byte"),
          .count = fields.integer<std::int64_t>("count"),
          .value = fields.has("value") ? fields.text("value") : std::string()};
}

DvcReport read_dvc(const Fields& fields) {
  DvcReport report{fields.choice("mode", {DvcMode::off, DvcMode::native, DvcMode::cli, DvcMode::both}), fields.text("root"), {}};
  for (const Fields& entry : fields.objects("outputs")) {
    report.outputs.push_back({.path = entry.text("path"),
                              .file = entry.text("file"),
                              .state = entry.choice("state", {DvcState::clean, DvcState::modified, DvcState::missing,
                                                              DvcState::extra, DvcState::not_in_cache, DvcState::unsupported}),
                              .expected = entry.text("expected"),
                              .actual = entry.text("actual")});
  }
  return report;
}

Readiness read_readiness(const Fields& fields) {
  Readiness record;
  record.verdict = fields.choice("verdict", {ReadinessVerdict::ready, ReadinessVerdict::not_yet, ReadinessVerdict::broken});
  record.reason = fields.text("reason");
  record.retry_at = fields.optional_time("retry_at");
  for (const Fields& entry : fields.objects("findings")) record.findings.push_back(read_finding(entry));
  record.snapshot.sessions = read_sessions(fields.object("snapshot"), "sessions");
  record.sessions = read_sessions(fields, "sessions");
  record.data_bytes = fields.integer<std::uint64_t>("data_bytes");
  // Records of earlier versions say nothing of DVC.
  if (fields.has("dvc") && !fields.at("dvc").is_null()) record.dvc = read_dvc(fields.object("dvc"));
  return record;
}

}  // namespace
}  // namespace report

Result<Readiness> parse_readiness(std::string_view json) {
  return report::read_record("readiness", json, report::read_readiness);
}

}  // namespace retrain
