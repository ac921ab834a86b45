// Audit: an append-only, hash-chained line per decision.
#pragma once

#include <retrain/time.hpp>
#include <string>
#include <string_view>

#include "connection.hpp"

namespace retrain::store {

/// Appends one entry; call it inside the transaction of the decision. hash = SHA-256 of (previous hash, sequence, time, model,
/// kind, data) as docs/formats/state.md says; the row `audit_head` of meta follows, so that a cut-off end shows too.
Status append_audit(Connection& connection, const std::string& model, std::string_view kind, std::string_view data_json,
                    Time now);
/// Success, or corrupt naming the first entry that was changed, moved, put in or taken out.
Status check_audit(Connection& connection);

}  // namespace retrain::store
