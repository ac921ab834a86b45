// Migration: which schema a state has, and bringing it to the one this version knows.
#pragma once

#include <cstdint>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace retrain::store {

inline constexpr std::int64_t application_id = 0x52545231;  ///< "RTR1"
inline constexpr std::int64_t schema_version = 2;

/// Looks at `path` without changing a byte of it or making a file beside it. Success for a state of this version, an older one,
/// or an absent or empty file; incompatible for a newer schema or another program's database, corrupt for what is no database.
/// What stands only in a write-ahead log is left to migrate().
Status inspect(const std::string& path);

/// Brings the schema up to date in one transaction: a fresh file gets WAL mode, application_id, user_version, the tables and the
/// meta rows state_id and created; an older one gets what later versions added, and keeps every row. A newer or foreign one is
/// refused with incompatible, untouched. Call it with the write gate held.
Status migrate(Connection& connection, const std::string& state_id, Time now);

/// SQLite's own checks (integrity_check, foreign_key_check), one line for each finding. Empty = clean.
std::vector<std::string> check_database(Connection& connection);

}  // namespace retrain::store
