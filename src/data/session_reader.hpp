// SessionReader: one data file, read once and bound to its hash, from which sessions are cut.
#pragma once

#include <memory>
#include <retrain/config.hpp>
#include <retrain/frame.hpp>
#include <retrain/session.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/csv.hpp"
#include "frame_builder.hpp"

namespace retrain::data {

/// Threads: one at a time.
class SessionReader {
 public:
  /// Reads `session.path` whole. Fails with corrupt when its SHA-256 is not `session.sha256` (both named), data_not_ready when a
  /// column is missing, or as base::read_file does. `settings` and `selection` must outlive it.
  static Result<std::unique_ptr<SessionReader>> open(const Session& session, const DataSettings& settings,
                                                     const RowSelection& selection);

  const std::string& path() const { return path_; }
  const std::string& sha256() const { return sha256_; }
  /// The rows of `id`: those whose session column says so, or all when there is none. Fails with data_not_ready, naming the
  /// place.
  Result<std::shared_ptr<const Frame>> frame(const std::string& id) const;

 private:
  struct RecordStart {
    std::size_t byte = 0;
    std::int64_t line = 0;
  };

  SessionReader(const DataSettings& settings, const RowSelection& selection) : settings_(settings), selection_(selection) {}
  Status read_header();
  Status index_sessions(std::size_t session_field);
  Status check(const base::CsvReader& reader, const base::CsvRecord& record) const;

  const DataSettings& settings_;
  const RowSelection& selection_;
  std::string path_, sha256_, bytes_;
  ColumnMap map_;
  RecordStart first_;  // the record behind the header
  std::unordered_map<std::string, std::vector<RecordStart>> sessions_;
};

}  // namespace retrain::data
