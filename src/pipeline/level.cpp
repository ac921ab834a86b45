#include "level.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "base/json.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "judging_settings.hpp"

namespace retrain::pipeline {
namespace {

using base::Json;
using Rows = std::vector<store::AlphaRow>;

Result<AlphaRule> rule_of(const ValidationSettings& validation) {
  auto rule = alpha_rule(validation.lifetime, validation.p_value_threshold);
  if (rule) rule->rate_per_year = validation.alpha_per_year;
  return rule;
}

std::string write_rule(const std::string& name, const AlphaRule& rule) {
  return base::dump(Json{{"method", name},
                         {"alpha", rule.alpha},
                         {"initial_wealth", rule.initial_wealth},
                         {"lambda", rule.lambda},
                         {"tau", rule.tau},
                         {"weights", rule.weights == AlphaWeights::power ? "power" : "lord"},
                         {"rate_per_year", rule.rate_per_year},
                         {"share", rule.share},
                         {"least_level", rule.least_level}});
}

Result<AlphaRule> read_rule(const std::string& text) {
  const auto json = base::parse_json(text);
  if (!json) return Status{StatusCode::corrupt, "the rule of a level: " + json.status().message()};
  const auto fields = base::guarded("the rule of a level", [&] {
    AlphaRule rule;
    rule.alpha = json->at("alpha").get<double>();
    rule.initial_wealth = json->at("initial_wealth").get<double>();
    rule.lambda = json->at("lambda").get<double>();
    rule.tau = json->at("tau").get<double>();
    rule.weights = json->at("weights").get<std::string>() == "lord" ? AlphaWeights::lord : AlphaWeights::power;
    rule.rate_per_year = json->at("rate_per_year").get<double>();
    rule.share = json->at("share").get<double>();
    rule.least_level = json->at("least_level").get<double>();
    return std::pair(json->at("method").get<std::string>(), rule);
  });
  if (!fields) return fields.status();
  auto method = alpha_rule(fields->first);
  if (!method) return method.status();
  AlphaRule rule = fields->second;
  rule.method = method->method;
  return rule;
}

std::vector<AlphaRecord> records_of(const Rows& rows, std::size_t count) {
  std::vector<AlphaRecord> records;
  for (std::size_t i = 0; i < count; ++i) records.push_back(rows[i].record());
  return records;
}

/// Sessions of `row` that stood in none of the `count` rows before it.
std::size_t count_fresh(const Rows& rows, std::size_t count, const std::vector<std::string>& sessions) {
  std::set<std::string_view> used;
  for (std::size_t i = 0; i < count; ++i) used.insert(rows[i].sessions.begin(), rows[i].sessions.end());
  return static_cast<std::size_t>(
      std::count_if(sessions.begin(), sessions.end(), [&](const std::string& id) { return !used.contains(id); }));
}

/// Rows directly before number `count` that share a session with `sessions`.
std::size_t measure_lag(const Rows& rows, std::size_t count, const std::vector<std::string>& sessions) {
  const std::set<std::string_view> ours(sessions.begin(), sessions.end());
  std::size_t lag = 0;
  while (lag < count) {
    const auto& theirs = rows[count - 1 - lag].sessions;
    if (std::none_of(theirs.begin(), theirs.end(), [&](const std::string& id) { return ours.contains(id); })) break;
    ++lag;
  }
  return lag;
}

/// Another threshold or test is another question: it must not get an old answer.
std::string fingerprint_settings(const Core& core) {
  const PartId gate = core.parts().gate->id();
  return base::sha256(gate.name + " " + gate.version + "\n" + write_judging_settings(core.config()));
}

bool same(const store::AlphaQuestion& a, const store::AlphaQuestion& b) {
  return a.candidate_sha256 == b.candidate_sha256 && a.production_sha256 == b.production_sha256 && a.holdout == b.holdout &&
         a.settings == b.settings;
}

/// The newest row of this question, or null.
const store::AlphaRow* find_row(const Rows& rows, const store::AlphaQuestion& question) {
  const auto found = std::find_if(rows.rbegin(), rows.rend(), [&](const auto& row) { return same(row.question, question); });
  return found == rows.rend() ? nullptr : &*found;
}

Level take_over(const store::AlphaRow& row, const RunId& run, GateContext context) {
  context.level = row.level;
  context.wealth = row.wealth_before;
  if (row.run != run && row.settled) context.cached_from = row.run;
  return {context, row.sequence};
}

/// The row that a test now would reserve; its level is 0 when there is none left to test at.
Result<store::AlphaRow> next_row(Work& work, const Rows& rows, const std::vector<std::string>& sessions, Time now) {
  const ValidationSettings& validation = work.core.config().validation;
  const auto rule = rule_of(validation);
  if (!rule) return rule.status();
  store::AlphaRow row;
  row.sequence = static_cast<std::int64_t>(rows.size()) + 1;
  row.run = work.run.id;
  row.actor = work.run.asked_by;
  row.sessions = sessions;
  row.fresh_sessions = count_fresh(rows, rows.size(), sessions);
  row.lag = measure_lag(rows, rows.size(), sessions);
  row.rule = write_rule(validation.lifetime, *rule);
  row.reserved = now;
  const auto history = records_of(rows, rows.size());
  const AlphaRequest request{now, row.fresh_sessions > 0, row.lag};
  row.level = next_level(*rule, history, request);
  if (rule->method == AlphaMethod::budget) row.wealth_before = budget_wealth(*rule, history, request);
  return row;
}

}  // namespace

Result<Level> set_level_aside(Work& work, const Evaluation& evaluation, const std::string& holdout) {
  Core& core = work.core;
  const auto uses = core.fetch<int>([&](store::Connection& db) { return store::count_holdout_uses(db, core.model(), holdout); });
  if (!uses) return uses.status();
  GateContext context{.level = core.config().validation.p_value_threshold / 2, .level_rule = "unspent", .earlier_uses = *uses};
  if (!core.parts().gate->needs_level(evaluation)) return Level{context, 0};

  context.level_rule = core.config().validation.lifetime;
  const store::AlphaQuestion question{evaluation.candidate_sha256, evaluation.production_sha256, holdout,
                                      fingerprint_settings(core)};
  Level level;
  const Status written = core.write("level", [&](store::Connection& db, const store::Stamp& stamp) -> Status {
    if (Status status = store::check_lease(db, work.lease); !status) return status;
    const auto rows = store::list_alpha_rows(db, core.model());
    if (!rows) return rows.status();
    if (const store::AlphaRow* known = find_row(*rows, question)) {
      level = take_over(*known, work.run.id, context);
      return {};
    }
    auto row = next_row(work, *rows, evaluation.sessions, stamp.now.wall);
    if (!row) return row.status();
    row->question = question;
    level = take_over(*row, work.run.id, context);
    if (row->level > 0) return store::reserve_level(db, core.model(), *row);
    level.sequence = 0;
    return {};
  });
  if (!written) return written;
  return level;
}

std::vector<std::string> check_levels(const Rows& rows, std::size_t count) {
  std::vector<std::string> wrong;
  const auto records = records_of(rows, rows.size());
  for (std::size_t i = 0; i < std::min(count, rows.size()); ++i) {
    const store::AlphaRow& row = rows[i];
    const std::string name = "row " + std::to_string(row.sequence) + " of the alpha ledger";
    const auto report = [&](const std::string& what, const std::string& found, const std::string& expected) {
      wrong.push_back(name + " has " + what + " " + found + ", the rows before it give " + expected);
    };
    if (row.sequence != static_cast<std::int64_t>(i) + 1) report("number", std::to_string(row.sequence), std::to_string(i + 1));
    const auto rule = read_rule(row.rule);
    if (!rule) {
      wrong.push_back(name + ": " + rule.status().message());
      continue;
    }
    const std::size_t fresh = count_fresh(rows, i, row.sessions), lag = measure_lag(rows, i, row.sessions);
    if (fresh != row.fresh_sessions) report("fresh sessions", std::to_string(row.fresh_sessions), std::to_string(fresh));
    if (lag != row.lag) report("lag", std::to_string(row.lag), std::to_string(lag));
    const double level = next_level(*rule, std::span(records).first(i), {row.reserved, row.fresh_sessions > 0, row.lag});
    if (std::bit_cast<std::uint64_t>(level) != std::bit_cast<std::uint64_t>(row.level)) {
      report("level", base::format_double(row.level), base::format_double(level));
    }
  }
  return wrong;
}

AlphaStatus alpha_status(const Core& core, const Rows& rows) {
  const auto records = records_of(rows, rows.size());
  const AlphaSummary summary = summarize(records);
  AlphaStatus status{.method = core.config().validation.lifetime,
                     .spent = summary.spent,
                     .tests = rows.size(),
                     .promotions = summary.rejections,
                     .false_share = summary.false_share};
  if (const auto rule = rule_of(core.config().validation)) status.next_level = next_level(*rule, records, {core.now().wall});
  return status;
}

}  // namespace retrain::pipeline
