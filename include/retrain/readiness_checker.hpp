// ReadinessChecker: is the data complete and valid, and exactly which bytes are meant? Implement it for your own store.
#pragma once

#include <memory>
#include <optional>
#include <retrain/dvc.hpp>
#include <retrain/observer.hpp>
#include <retrain/part.hpp>
#include <retrain/session.hpp>
#include <stop_token>

namespace retrain {

enum class FindingLevel { warning, error };

/// One thing that is wrong, with the place.
struct Finding {
  FindingLevel level = FindingLevel::error;
  std::string rule;     ///< "type", "min", "missing", "ragged_row", "no_sessions", …
  std::string message;  ///< one line, with the value and the place
  std::string session;
  std::string file;
  std::int64_t row = 0;  ///< line in the file, header = 1; 0 = the file as a whole
  std::string column;
  std::int64_t byte = -1;  ///< offset of the field; -1 = not known
  std::int64_t count = 1;  ///< how often in this file; only the first places are kept as findings
  std::string value;       ///< what stands there, printable and shortened; empty = nothing, or not one cell
};

struct DataRequest {
  Time as_of{};                         ///< sessions later than this do not exist yet
  std::vector<Session> known_sessions;  ///< as recorded by earlier checks: what is unchanged need not be read again
  std::string previous_fingerprint;     ///< of the last snapshot that was trained on; empty = none
  std::string previous_run;             ///< the run that trained on it, for messages
  std::vector<std::string> arrived;     ///< ids of those known sessions that were first seen since the last run
  bool asked_by_person = false;         ///< then sessions that lost rows are taken as meant
  std::vector<FileDigest> digests;      ///< as returned by earlier checks
  unsigned threads = 0;                 ///< how many may read; 0 = as many as the checker was made for
};

enum class ReadinessVerdict { ready, not_yet, broken };
std::string_view to_string(ReadinessVerdict verdict);

struct Readiness {
  ReadinessVerdict verdict = ReadinessVerdict::broken;
  std::string reason;
  std::optional<Time> retry_at;  ///< for not_yet
  std::vector<Finding> findings;
  Snapshot snapshot;              ///< the sessions that may be used
  std::vector<Session> sessions;  ///< every session seen, to be remembered
  std::uint64_t data_bytes = 0;
  std::optional<DvcReport> dvc;     ///< empty = DVC was not asked
  std::vector<FileDigest> digests;  ///< all that hold now, to be remembered; no part of the record
};

/// Threads: called by the thread that does the pipeline's work, one call at a time.
class ReadinessChecker {
 public:
  ReadinessChecker() = default;
  ReadinessChecker(const ReadinessChecker&) = delete;
  ReadinessChecker& operator=(const ReadinessChecker&) = delete;
  virtual ~ReadinessChecker();

  virtual PartId id() const = 0;
  /// Checks everything and gathers every finding. Fails only when it could not check (an unreadable folder, a stop).
  virtual Result<Readiness> check(const DataRequest& request, Observer& observer, std::stop_token stop) = 0;
  /// Which sessions exist at `request.as_of`, without judging their content: cheap, for detection and verification.
  virtual Result<std::vector<Session>> list(const DataRequest& request, std::stop_token stop) = 0;
  /// Changes when the data may have changed, without reading any of it: a run that waits for data is then tried at once. The
  /// default answers with the empty text, which says nothing.
  virtual Result<std::string> marks();
};

/// The default: session files in a folder, checked against the schema of `data` and the columns that `model` needs, each by at
/// most so many threads.
std::shared_ptr<ReadinessChecker> make_session_readiness_checker(const DataSettings& data, const ModelSettings& model,
                                                                 unsigned threads = 1);

}  // namespace retrain
