// DataSource: hands over a snapshot's rows, one session a frame. Implement it to read from your own store.
#pragma once

#include <memory>
#include <retrain/frame.hpp>
#include <retrain/part.hpp>
#include <retrain/session.hpp>
#include <stop_token>

namespace retrain {

/// Threads: one stream is used by one thread at a time.
class FrameStream {
 public:
  FrameStream() = default;
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;
  virtual ~FrameStream();

  /// The next session's frame, or null at the end. Fails with corrupt when the bytes are not the ones that were checked.
  virtual Result<std::shared_ptr<const Frame>> next() = 0;
  /// Back to the first session; every pass hashes again what it reads.
  virtual Status rewind() = 0;
};

/// Threads: called from any thread.
class DataSource {
 public:
  DataSource() = default;
  DataSource(const DataSource&) = delete;
  DataSource& operator=(const DataSource&) = delete;
  virtual ~DataSource();

  virtual PartId id() const = 0;
  /// Opens `snapshot` for reading in its order. Nothing is read yet.
  virtual Result<std::shared_ptr<FrameStream>> open(const Snapshot& snapshot, const RowSelection& selection,
                                                    std::stop_token stop) = 0;
};

/// The default: RFC 4180 CSV files, as `settings` describes them, each read by at most so many threads.
std::shared_ptr<DataSource> make_csv_data_source(const DataSettings& settings, unsigned threads = 1);

}  // namespace retrain
