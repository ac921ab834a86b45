// SessionFrames: gathers the frames of all sessions of a file while its rows are scanned.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <retrain/config.hpp>
#include <string>
#include <vector>

#include "csv/scanner.hpp"
#include "frame_builder.hpp"

namespace retrain::data {

class SessionFrames final : public csv::BatchSink {
 public:
  using Frames = std::map<std::string, Result<std::shared_ptr<const Frame>>, std::less<>>;

  /// `first` is a session of the file: the only one when there is no session column. All must outlive it.
  SessionFrames(const Session& first, const DataSettings& settings, const RowSelection& selection, std::size_t slots);

  bool take_header(std::string_view head, const base::CsvReader& reader, const base::CsvRecord* record) override;
  void prepare(const csv::Segment& segment, std::size_t slot) override;
  void begin(const csv::Segment& segment, std::size_t slot) override;
  void prepare_batch(csv::BatchColumns& columns, std::size_t slot) override;
  void take(const csv::Segment& segment, std::size_t slot, std::int64_t line) override;

  /// What is wrong with the header or, where sessions share the file, with a record; whose session that is cannot be known.
  const Status& status() const { return status_; }
  /// The frames or what is wrong with them, by session; used up.
  Frames finish();

 private:
  struct Slot {
    std::optional<BatchReader> reader;
    std::vector<BatchValues> batches;       // as many as were ever needed
    std::vector<csv::RowBits> new_session;  // of each batch
    std::size_t used = 0;                   // batches of the segment at hand
    std::uint32_t rows = 0;                 // of them
    SegmentNumbers numbers;
  };
  struct Building {
    FrameBuilder builder;
    Status status;
  };

  Status read_header(const base::CsvRecord* record);
  void take_record(const csv::Segment& segment, const csv::Segment::Part& part, std::int64_t line);
  void take_batch(const csv::Segment& segment, const csv::Segment::Part& part, const Slot& slot, std::size_t batch,
                  std::int64_t line);
  std::size_t take_whole(const csv::Segment& segment, std::size_t part, const Slot& slot, std::size_t batch, std::int64_t line);
  Building& building(std::string_view id);

  const Session& first_;
  const DataSettings& settings_;
  const RowSelection& selection_;
  const base::MissingValues missing_;
  ColumnMap map_;
  std::optional<std::size_t> session_field_;
  Status status_;
  std::vector<Slot> slots_;
  std::map<std::string, Building, std::less<>> sessions_;
  base::CsvReader reader_;
  base::CsvRecord record_;
};

}  // namespace retrain::data
