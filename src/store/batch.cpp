#include "batch.hpp"

#include <exception>
#include <utility>

#include "base/crash_point.hpp"

namespace retrain::store {
namespace {

void fail_all(std::vector<Work>& batch, const Status& status) {
  for (Work& work : batch) work.result = status;
}

/// Also the failures of those whose own result was one are kept: only what would have been committed learns of the common
/// failure.
void fail_succeeded(std::vector<Work>& batch, const Status& status) {
  for (Work& work : batch) {
    if (work.result) work.result = status;
  }
}

Status run_guarded(Connection& connection, const Transaction& transaction) {
  try {
    return transaction(connection);
  } catch (const std::exception& error) {
    return {StatusCode::internal, std::string("a transaction threw: ") + error.what()};
  } catch (...) {
    return {StatusCode::internal, "a transaction threw"};
  }
}

/// Runs one transaction in its savepoint. Success means that the batch may go on, whatever work.result is.
Status run_one(Connection& connection, Work& work) {
  if (Status status = connection.execute("SAVEPOINT work"); !status) return status;
  work.result = run_guarded(connection, work.transaction);
  // SQLite itself rolls back everything after a full disk, an I/O error or lack of memory.
  if (!connection.in_transaction()) {
    return work.result ? Status{StatusCode::internal, "a transaction ended its batch"} : work.result;
  }
  if (!work.result) {
    if (Status status = connection.execute("ROLLBACK TO work"); !status) return status;
  }
  return connection.execute("RELEASE work");
}

void cross(const std::vector<Work>& batch, const char* moment, const char* labelled_moment) {
  base::crash_point("commit", moment);
  for (const Work& work : batch) {
    if (work.label != nullptr && work.result) base::crash_point(work.label, labelled_moment);
  }
}

void roll_back(Connection& connection) {
  // Its own failure adds nothing: the connection rolls back when it is closed, at the latest.
  if (connection.in_transaction()) static_cast<void>(connection.execute("ROLLBACK"));
}

}  // namespace

FileIdentity::FileIdentity(std::string path) : database_(look(path)), log_(look(path + "-wal")) {}

FileIdentity::File FileIdentity::look(std::string path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return {std::move(path), 0, 0};
  return {std::move(path), info.st_dev, info.st_ino};
}

Status FileIdentity::check() const {
  for (const File& file : {database_, log_}) {
    const File now = look(file.path);
    if (now.inode != file.inode || now.device != file.device) {
      return {StatusCode::io_error, file.path + " was replaced while open: what was written since may be lost"};
    }
  }
  return {};
}

BatchOutcome run_batch(Connection& connection, const FileIdentity& files, std::vector<Work>& batch) {
  if (Status status = connection.execute("BEGIN IMMEDIATE"); !status) {
    fail_all(batch, status);
    return {};
  }
  bool any = false;
  for (Work& work : batch) {
    if (Status status = run_one(connection, work); !status) {
      roll_back(connection);
      fail_all(batch, status);
      return {};
    }
    any = any || work.result;
  }
  if (!any) {
    roll_back(connection);
    return {};
  }

  cross(batch, "before", "before_commit");
  if (Status status = connection.execute("COMMIT"); !status) {
    roll_back(connection);
    fail_succeeded(batch, status);
    return {false, status.code() == StatusCode::no_space ? Status{} : status};
  }
  if (Status status = files.check(); !status) {
    fail_succeeded(batch, status);
    return {true, status};
  }
  cross(batch, "after", "after_commit");
  return {true, {}};
}

}  // namespace retrain::store
