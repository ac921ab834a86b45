// SessionReader: one data file, read once and bound to its hash, from which sessions are cut.
#pragma once

#include <map>
#include <memory>
#include <retrain/config.hpp>
#include <retrain/frame.hpp>
#include <retrain/session.hpp>
#include <string>

namespace retrain::data {

/// Threads: one at a time.
class SessionReader {
 public:
  /// Reads `session.path` in one pass, without holding it: all its sessions become frames. Fails with corrupt when its SHA-256 is
  /// not `session.sha256` (both named), data_not_ready when a column is missing or a record of several sessions is malformed, or
  /// as base::read_file does. `threads` are used at most.
  static Result<std::unique_ptr<SessionReader>> open(const Session& session, const DataSettings& settings,
                                                     const RowSelection& selection, unsigned threads = 1);

  const std::string& path() const { return path_; }
  const std::string& sha256() const { return sha256_; }
  /// The rows of `id`: those whose session column says so, or all when there is none. Fails with data_not_ready, naming the
  /// place.
  Result<std::shared_ptr<const Frame>> frame(const std::string& id) const;

 private:
  SessionReader() = default;

  std::string path_, sha256_;
  bool one_session_ = true;
  std::map<std::string, Result<std::shared_ptr<const Frame>>, std::less<>> frames_;
};

}  // namespace retrain::data
