// The alpha ledger: every level that was set aside for a test, and what came of it.
#pragma once

#include <retrain/alpha_levels.hpp>
#include <retrain/run.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

/// What is asked of the rows: two equal questions have one answer.
struct AlphaQuestion {
  std::string candidate_sha256, production_sha256;
  std::string holdout;   ///< fingerprint of the held-out files
  std::string settings;  ///< fingerprint of the gate and its settings
};

struct AlphaRow {
  std::int64_t sequence = 0;  ///< 1, 2, … per model
  RunId run;
  std::string actor;  ///< who asked for the run
  AlphaQuestion question;
  std::vector<std::string> sessions;  ///< ids, oldest first
  std::size_t fresh_sessions = 0;     ///< of these, how many stood in no earlier row
  std::size_t lag = 0;                ///< immediately preceding rows that share a session with this one
  std::string rule;                   ///< JSON: method and parameters
  std::optional<double> wealth_before;
  double level = 0;
  Time reserved{};
  std::optional<double> p;       ///< empty = not settled
  std::string verdict;           ///< of the gate
  std::optional<bool> promoted;  ///< empty = not decided yet
  std::optional<Time> settled{};

  AlphaRecord record() const;
  /// What the audit keeps of the reservation; and of what came of it.
  std::string reservation_json() const;
  std::string settlement_json() const;
};

/// In order. Fails with corrupt when a row's sessions are no list.
Result<std::vector<AlphaRow>> list_alpha_rows(Connection& db, const std::string& model);
/// Appends `row`, whose sequence must be the next one, with its audit line.
Status reserve_level(Connection& db, const std::string& model, const AlphaRow& row);
/// Says once what the test found, with its audit line. A row that is settled already stays as it is: another run repeated it.
Status settle_level(Connection& db, const std::string& model, std::int64_t sequence, double p, std::string_view verdict,
                    Time now);
/// Says once whether the run's candidate went into production; runs without a row of their own change nothing.
Status decide_level(Connection& db, const std::string& model, const RunId& run, bool promoted);

/// One message for each row that is not the one that was written, by the audit.
Result<std::vector<std::string>> check_alpha_rows(Connection& db, const std::string& model);

}  // namespace retrain::store
