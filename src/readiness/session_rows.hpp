// Session rows: a session's rows read once more, for rules that few configurations ask for and that look at more than one cell.
#pragma once

#include <cstdint>
#include <retrain/config.hpp>
#include <string>
#include <vector>

namespace retrain::readiness {

/// What names each row of a session: a hash over its unique columns, its time and its target, sorted. Empty when the file is not
/// as it was checked any more, or lacks one of the columns.
std::vector<std::uint64_t> row_identities(const Session& session, const DataSettings& data, const ModelSettings& model);
/// The same of its first row alone; 0 = none.
std::uint64_t first_identity(const Session& session, const DataSettings& data, const ModelSettings& model);

}  // namespace retrain::readiness
