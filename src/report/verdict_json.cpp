// What gate, comparator and verifier found, as JSON, and back.
#include "fields.hpp"
#include "records.hpp"

namespace retrain {
namespace report {

Json as_json(const PairedTest& record) {
  return {{"test", record.test},
          {"rows", record.rows},
          {"clusters", record.clusters},
          {"estimate", base::number(record.estimate)},
          {"standard_error", base::number(record.standard_error)},
          {"t", base::number(record.t)},
          {"df", base::number(record.df)},
          {"p_less", base::number(record.p_less)},
          {"p_greater", base::number(record.p_greater)},
          {"p_two_sided", base::number(record.p_two_sided)},
          {"log10_p_two_sided", base::number(record.log10_p_two_sided)},
          {"lower", base::number(record.lower)},
          {"upper", base::number(record.upper)},
          {"upper_one_sided", base::number(record.upper_one_sided)},
          {"p_hall_less", record.p_hall_less ? base::number(*record.p_hall_less) : Json(nullptr)},
          {"flags", record.flags}};
}

Json as_json(const Guardrail& record) {
  return {{"name", record.name},
          {"passed", record.passed},
          {"candidate", base::number(record.candidate)},
          {"production", base::number(record.production)},
          {"limit", base::number(record.limit)},
          {"p", record.p ? base::number(*record.p) : Json(nullptr)},
          {"message", record.message}};
}

Json as_json(const GateReport& record) {
  return {{"verdict", to_string(record.verdict)},
          {"reason", record.reason},
          {"message", record.message},
          {"test", as_json(record.test)},
          {"level", base::number(record.level)},
          {"p", base::number(record.p)},
          {"candidate_loss", base::number(record.candidate_loss)},
          {"production_loss", base::number(record.production_loss)},
          {"candidate_rmse", base::number(record.candidate_rmse)},
          {"production_rmse", base::number(record.production_rmse)},
          {"relative_improvement", base::number(record.relative_improvement)},
          {"smallest_detectable_effect", base::number(record.smallest_detectable_effect)},
          {"sessions_needed", record.sessions_needed},
          {"guardrails", as_json(record.guardrails)},
          {"flags", record.flags}};
}

Json as_json(const GateContext& record) {
  return {{"level", base::number(record.level)},
          {"level_rule", record.level_rule},
          {"earlier_uses", record.earlier_uses},
          {"wealth", record.wealth ? base::number(*record.wealth) : Json(nullptr)},
          {"cached_from", record.cached_from}};
}

Json as_json(const Comparison& record) {
  return {{"verdict", to_string(record.verdict)},
          {"reason", record.reason},
          {"message", record.message},
          {"candidate_loss", base::number(record.candidate_loss)},
          {"production_loss", base::number(record.production_loss)},
          {"improvement", base::number(record.improvement)},
          {"threshold", base::number(record.threshold)},
          {"mode", record.mode}};
}

Json as_json(const Verification& record) {
  return {{"verdict", to_string(record.verdict)},
          {"reason", record.reason},
          {"message", record.message},
          {"sessions", record.sessions},
          {"mean_difference", base::number(record.mean_difference)},
          {"log_e_harm", base::number(record.log_e_harm)},
          {"log_e_better", base::number(record.log_e_better)}};
}

namespace {

PairedTest read_test(const Fields& fields) {
  return {.test = fields.text("test"),
          .rows = fields.integer<std::size_t>("rows"),
          .clusters = fields.integer<std::size_t>("clusters"),
          .estimate = fields.number("estimate"),
          .standard_error = fields.number("standard_error"),
          .t = fields.number("t"),
          .df = fields.number("df"),
          .p_less = fields.number("p_less"),
          .p_greater = fields.number("p_greater"),
          .p_two_sided = fields.number("p_two_sided"),
          .log10_p_two_sided = fields.number("log10_p_two_sided"),
          .lower = fields.number("lower"),
          .upper = fields.number("upper"),
          .upper_one_sided = fields.number("upper_one_sided"),
          .p_hall_less = fields.optional_number("p_hall_less"),
          .flags = fields.texts("flags")};
}

Guardrail read_guardrail(const Fields& fields) {
  return {.name = fields.text("name"),
          .passed = fields.flag("passed"),
          .candidate = fields.number("candidate"),
          .production = fields.number("production"),
          .limit = fields.number("limit"),
          .p = fields.optional_number("p"),
          .message = fields.text("message")};
}

GateReport read_gate_report(const Fields& fields) {
  GateReport record;
  record.verdict = fields.choice("verdict", {GateVerdict::pass, GateVerdict::fail, GateVerdict::inconclusive});
  record.reason = fields.text("reason");
  record.message = fields.text("message");
  record.test = read_test(fields.object("test"));
  record.level = fields.number("level");
  record.p = fields.number("p");
  record.candidate_loss = fields.number("candidate_loss");
  record.production_loss = fields.number("production_loss");
  record.candidate_rmse = fields.number("candidate_rmse");
  record.production_rmse = fields.number("production_rmse");
  record.relative_improvement = fields.number("relative_improvement");
  record.smallest_detectable_effect = fields.number("smallest_detectable_effect");
  record.sessions_needed = fields.integer<std::int64_t>("sessions_needed");
  for (const Fields& entry : fields.objects("guardrails")) record.guardrails.push_back(read_guardrail(entry));
  record.flags = fields.texts("flags");
  return record;
}

GateContext read_gate_context(const Fields& fields) {
  return {.level = fields.number("level"),
          .level_rule = fields.text("level_rule"),
          .earlier_uses = fields.integer<int>("earlier_uses"),
          .wealth = fields.has("wealth") ? fields.optional_number("wealth") : std::nullopt,
          .cached_from = fields.has("cached_from") ? fields.text("cached_from") : ""};
}

Comparison read_comparison(const Fields& fields) {
  return {
      .verdict = fields.choice("verdict", {ComparisonVerdict::promote, ComparisonVerdict::challenger, ComparisonVerdict::keep}),
      .reason = fields.text("reason"),
      .message = fields.text("message"),
      .candidate_loss = fields.number("candidate_loss"),
      .production_loss = fields.number("production_loss"),
      .improvement = fields.number("improvement"),
      .threshold = fields.number("threshold"),
      .mode = fields.text("mode")};
}

Verification read_verification(const Fields& fields) {
  return {
      .verdict = fields.choice("verdict", {VerificationVerdict::confirm, VerificationVerdict::harm, VerificationVerdict::go_on}),
      .reason = fields.text("reason"),
      .message = fields.text("message"),
      .sessions = fields.integer<std::size_t>("sessions"),
      .mean_difference = fields.number("mean_difference"),
      .log_e_harm = fields.number("log_e_harm"),
      .log_e_better = fields.number("log_e_better")};
}

}  // namespace
}  // namespace report

Result<GateReport> parse_gate_report(std::string_view json) {
  return report::read_record("gate report", json, report::read_gate_report);
}
Result<GateContext> parse_gate_context(std::string_view json) {
  return report::read_record("gate context", json, report::read_gate_context);
}
Result<Comparison> parse_comparison(std::string_view json) {
  return report::read_record("comparison", json, report::read_comparison);
}
Result<Verification> parse_verification(std::string_view json) {
  return report::read_record("verification", json, report::read_verification);
}

}  // namespace retrain
