// Silences: alerts of one key, or of any, that start nothing for a while.
#pragma once

#include <retrain/pipeline_status.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

/// Returns the number of the silence.
Result<std::int64_t> insert_silence(Connection& db, const std::string& model, const Silence& silence, Time now);
/// Whether there was one in force with this number.
Result<bool> lift_silence(Connection& db, const std::string& model, std::int64_t id, const std::string& actor, Time now);
/// Those in force at `now`, the longest first.
Result<std::vector<Silence>> active_silences(Connection& db, const std::string& model, Time now);

}  // namespace retrain::store
