// Session, snapshot and row selection: which data a run looks at, bound to exact bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

struct DataSettings;
struct ModelSettings;
struct TrainingSettings;
struct ValidationSettings;

/// One session as it was checked: the unit in which labelled data arrives, the cluster of every test.
struct Session {
  std::string id;
  std::string path;                ///< the file it lies in
  std::string sha256;              ///< of the whole file, lower-case hex
  std::uint64_t size = 0;          ///< bytes of the file
  std::int64_t rows = 0;           ///< data rows of this session, before row selection
  std::int64_t used_rows = 0;      ///< rows that pass `where` and have a target
  std::optional<Time> time;        ///< when its last row is known; empty = the data names no time
  std::int64_t selected_rows = 0;  ///< rows that pass `where`; counted by a check, not stored
};

/// An exact set of sessions, oldest first. What one run trains and judges on, and nothing else.
struct Snapshot {
  std::vector<Session> sessions;
  /// SHA-256 over ids and file hashes, in order.
  std::string fingerprint() const;
};

/// Keeps rows whose `column` equals one of `values` (text compared after CSV unquoting, numbers by value). In YAML:
/// `{column: is_accurate, equals: 1}` or `{column: compound, in: [SOFT, MEDIUM, HARD]}`.
struct RowCondition {
  std::string column;
  std::vector<std::string> values;
};

/// Which columns and rows of a session become a Frame.
struct RowSelection {
  std::string target;
  std::vector<std::string> numeric;
  std::vector<std::string> categorical;
  std::vector<std::string> extra;  ///< further category columns, for segments and second clusters
  std::vector<RowCondition> where;
  std::string weight;    ///< column of row weights; empty = none
  unsigned threads = 0;  ///< how many may read; 0 = as many as the source was made for
};

/// Which sessions serve what. Ids are in time order and no id stands in two of fit, stop and holdout.
struct Split {
  std::vector<Session> fit;         ///< trained on
  std::vector<Session> stop;        ///< the later slice that decides when to stop
  std::vector<Session> holdout;     ///< judged on, never trained on
  std::vector<std::string> recent;  ///< the newest of the holdout
};

/// Cuts a snapshot: holdout = newest `holdout_sessions`, recent = newest `recent_sessions` of those, stop = the newest fifth
/// (at least one) of the training window when early stopping is on. Fails with data_not_ready when too few sessions are left.
Result<Split> split_sessions(const Snapshot& snapshot, const TrainingSettings& training, const ValidationSettings& validation);

/// The row selection that a configuration asks for.
RowSelection row_selection(const ModelSettings& model, const DataSettings& data, const ValidationSettings& validation);

}  // namespace retrain
