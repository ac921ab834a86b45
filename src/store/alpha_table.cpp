#include "alpha_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "audit.hpp"
#include "base/json.hpp"

namespace retrain::store {
namespace {

using base::Json;

constexpr Sql select_rows =
    "SELECT sequence, run_id, actor, candidate_sha256, production_sha256, holdout, settings, sessions, fresh_sessions, lag, "
    "rule, "
    "wealth_before, level, reserved_us, p, verdict, promoted, settled_us FROM alpha_ledger WHERE model = $1 ORDER BY sequence";

Result<std::vector<std::string>> read_sessions(const std::string& text, std::int64_t sequence) {
  const std::string what = "sessions of row " + std::to_string(sequence) + " of the alpha ledger";
  const auto parsed = base::parse_json(text);
  if (!parsed) return Status{StatusCode::corrupt, what + ": " + parsed.status().message()};
  return base::guarded(what.c_str(), [&] { return parsed->get<std::vector<std::string>>(); });
}

Result<AlphaRow> read_row(const Statement& found) {
  AlphaRow row;
  row.sequence = found.integer(0);
  row.run = found.text(1);
  row.actor = found.text(2);
  row.question = {found.text(3), found.text(4), found.text(5), found.text(6)};
  auto sessions = read_sessions(found.text(7), row.sequence);
  if (!sessions) return sessions.status();
  row.sessions = std::move(*sessions);
  row.fresh_sessions = static_cast<std::size_t>(found.integer(8));
  row.lag = static_cast<std::size_t>(found.integer(9));
  row.rule = found.text(10);
  row.wealth_before = found.maybe_real(11);
  row.level = found.real(12);
  row.reserved = found.time(13);
  row.p = found.maybe_real(14);
  row.verdict = found.text(15);
  if (const auto promoted = found.maybe_integer(16)) row.promoted = *promoted != 0;
  row.settled = found.maybe_time(17);
  return row;
}

/// What the audit keeps of one kind.
Result<std::set<std::string>> audited(Connection& db, const std::string& model, std::string_view kind) {
  auto row = db.prepare("SELECT data FROM audit WHERE model = $1 AND kind = $2");
  row.with(model, kind);
  std::set<std::string> found;
  for (;;) {
    const auto more = row.next();
    if (!more) return more.status();
    if (!*more) return found;
    found.insert(row.text(0));
  }
}

}  // namespace

AlphaRecord AlphaRow::record() const {
  return {.at = reserved,
          .fresh = fresh_sessions > 0,
          .lag = lag,
          .level = level,
          .p = p.value_or(std::numeric_limits<double>::quiet_NaN()),
          .rejected = promoted.value_or(false)};
}

std::string AlphaRow::reservation_json() const {
  return base::dump(Json{{"sequence", sequence},
                         {"run", run},
                         {"actor", actor},
                         {"candidate", question.candidate_sha256},
                         {"production", question.production_sha256},
                         {"holdout", question.holdout},
                         {"settings", question.settings},
                         {"sessions", sessions},
                         {"fresh_sessions", fresh_sessions},
                         {"lag", lag},
                         {"rule", rule},
                         {"wealth_before", wealth_before ? base::number(*wealth_before) : Json(nullptr)},
                         {"level", base::number(level)},
                         {"reserved", format_time(reserved)}});
}

std::string AlphaRow::settlement_json() const {
  return base::dump(Json{{"sequence", sequence},
                         {"p", p ? base::number(*p) : Json(nullptr)},
                         {"verdict", verdict},
                         {"settled", settled ? Json(format_time(*settled)) : Json(nullptr)}});
}

Result<std::vector<AlphaRow>> list_alpha_rows(Connection& db, const std::string& model) {
  auto found = db.prepare(select_rows);
  found.with(model);
  std::vector<AlphaRow> rows;
  for (;;) {
    const auto more = found.next();
    if (!more) return more.status();
    if (!*more) return rows;
    auto row = read_row(found);
    if (!row) return row.status();
    rows.push_back(std::move(*row));
  }
}

Status reserve_level(Connection& db, const std::string& model, const AlphaRow& row) {
  const Status inserted =
      db.prepare(
            "INSERT INTO alpha_ledger (model, sequence, run_id, actor, candidate_sha256, production_sha256, holdout, settings, "
            "sessions, fresh_sessions, lag, rule, wealth_before, level, reserved_us, verdict) VALUES ($1, $2, $3, $4, $5, $6, "
            "$7, "
            "$8, $9, $10, $11, $12, $13, $14, $15, '')")
          .with(model, row.sequence, row.run, row.actor, row.question.candidate_sha256, row.question.production_sha256,
                row.question.holdout, row.question.settings, base::dump(Json(row.sessions)), row.fresh_sessions, row.lag,
                row.rule, row.wealth_before, row.level, row.reserved)
          .run();
  if (!inserted) return inserted;
  return append_audit(db, model, "alpha.reserved", row.reservation_json(), row.reserved);
}

Status settle_level(Connection& db, const std::string& model, std::int64_t sequence, double p, std::string_view verdict,
                    Time now) {
  auto update = db.prepare(
      "UPDATE alpha_ledger SET p = $3, verdict = $4, settled_us = $5 WHERE model = $1 AND sequence = $2 AND settled_us IS NULL");
  update.with(model, sequence, p, verdict, now);
  if (Status status = update.run(); !status) return status;
  if (update.changes() == 0) return {};
  AlphaRow row;
  row.sequence = sequence;
  if (!std::isnan(p)) row.p = p;
  row.verdict = verdict;
  row.settled = now;
  return append_audit(db, model, "alpha.settled", row.settlement_json(), now);
}

Status decide_level(Connection& db, const std::string& model, const RunId& run, bool promoted) {
  return db.prepare("UPDATE alpha_ledger SET promoted = $3 WHERE model = $1 AND run_id = $2 AND promoted IS NULL")
      .with(model, run, promoted)
      .run();
}

Result<std::vector<std::string>> check_alpha_rows(Connection& db, const std::string& model) {
  const auto rows = list_alpha_rows(db, model);
  if (!rows) return rows.status();
  const auto reservations = audited(db, model, "alpha.reserved");
  if (!reservations) return reservations.status();
  const auto settlements = audited(db, model, "alpha.settled");
  if (!settlements) return settlements.status();
  std::vector<std::string> wrong;
  for (const AlphaRow& row : *rows) {
    const std::string name = "row " + std::to_string(row.sequence) + " of the alpha ledger";
    if (!reservations->contains(row.reservation_json())) wrong.push_back(name + " is not the reservation that was written");
    if (row.settled && !settlements->contains(row.settlement_json())) {
      wrong.push_back(name + " is not settled as it was written");
    }
  }
  const auto settled = static_cast<std::size_t>(
      std::count_if(rows->begin(), rows->end(), [](const AlphaRow& row) { return row.settled.has_value(); }));
  if (settlements->size() != settled) {
    wrong.push_back("the alpha ledger has " + std::to_string(settled) + " settled rows, " + std::to_string(settlements->size()) +
                    " were settled");
  }
  if (reservations->size() != rows->size()) {
    wrong.push_back("the alpha ledger has " + std::to_string(rows->size()) + " rows, " + std::to_string(reservations->size()) +
                    " were written");
  }
  auto promoted = db.prepare(
      "SELECT 'row ' || a.sequence || ' of the alpha ledger says promoted = ' || a.promoted FROM alpha_ledger a JOIN runs r ON "
      "r.id = a.run_id WHERE a.model = $1 AND r.state = 'finished' AND coalesce(a.promoted, 2) <> (r.outcome = 'promoted')");
  promoted.with(model);
  for (;;) {
    const auto more = promoted.next();
    if (!more) return more.status();
    if (!*more) return wrong;
    wrong.push_back(promoted.text(0));
  }
}

}  // namespace retrain::store
