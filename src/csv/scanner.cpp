#include "scanner.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/sha256.hpp"

namespace retrain::csv {
namespace {

constexpr std::size_t head_bytes = std::size_t{16} << 10U;

class Scan {
 public:
  Scan(const SourceFile& source, const ScanOptions& options, RowSink& sink)
      : source_(source),
        options_(options),
        sink_(sink),
        chunk_(std::max<std::uint32_t>(options.chunk, 1)),
        segments_((source.size() + chunk_ - 1) / chunk_) {}

  Result<std::string> run() {
    if (Status status = read_header(); !status) return status;
    if (!wants_rows_ && !options_.hash) return finish();
    const auto threads = unsigned(std::clamp<std::uint64_t>(segments_, 1, std::max(options_.threads, 1U)));
    slots_.resize(slots_of(threads));
    for (auto& slot : slots_) slot.segment.layout(kernels(options_.instructions), options_.dialect, width_);
    if (threads == 1) {
      for (std::uint64_t i = 0; i < segments_ && status_.ok(); ++i) one_after_another(i);
    } else {
      work_together(threads);
    }
    if (error_) std::rethrow_exception(error_);
    if (!status_) return status_;
    return finish();
  }

 private:
  struct Slot {
    Segment segment;
    bool ready = false, hashed = false, taken = false;
  };

  Result<std::string> finish() {
    if (Status status = source_.unchanged(); !status) return status;
    return options_.hash ? hash_.hex() : std::string();
  }

  Status read_header() {
    std::string head;
    for (std::size_t size = head_bytes;; size *= 2) {
      const auto have = head.size();
      head.resize(std::size_t(std::min<std::uint64_t>(size, source_.size())));
      if (Status status = source_.read(have, head.data() + have, head.size() - have); !status) return status;
      base::CsvReader reader(head, options_.dialect.allow_embedded_newlines, options_.dialect.delimiter);
      base::CsvRecord record;
      const bool there = reader.next(record);
      if (head.size() < source_.size() && head.size() < record_window && (!there || reader.at_edge())) continue;
      wants_rows_ = sink_.take_header(head, reader, there ? &record : nullptr);
      width_ = record.fields.size();
      next_byte_ = reader.byte();
      next_line_ = reader.line();
      return {};
    }
  }

  void one_after_another(std::uint64_t i) {
    Slot& slot = slots_[0];
    fill(slot, i, next_byte_);
    if (status_.ok() && options_.hash) hash_.update(slot.segment.bytes());
    if (status_.ok()) take(slot, false);
  }

  /// Reads segment i and, unless it lies before the first row, indexes and prepares it.
  void fill(Slot& slot, std::uint64_t i, std::optional<std::uint64_t> start) {
    Segment& segment = slot.segment;
    const std::uint64_t begin = i * chunk_, end = std::min(begin + chunk_, source_.size());
    Status status = segment.read(source_, begin, end);
    const bool rows_here = wants_rows_ && (!start || *start < end);
    if (status && rows_here) status = prepare(slot, start);
    if (!status) keep(status);
  }

  Status prepare(Slot& slot, std::optional<std::uint64_t> start) {
    if (Status status = slot.segment.index(source_, start); !status) return status;
    sink_.prepare(slot.segment, std::size_t(&slot - slots_.data()));
    return {};
  }

  /// Takes a segment whose turn it is. What was assumed to start a record may stand in quotes: then it is indexed again.
  void take(Slot& slot, bool assumed) {
    Segment& segment = slot.segment;
    if (!wants_rows_ || next_byte_ >= segment.end()) return;
    if (assumed && segment.start() != next_byte_) {
      if (Status status = prepare(slot, next_byte_); !status) return keep(status);
    }
    sink_.take(segment, std::size_t(&slot - slots_.data()), next_line_);
    next_byte_ = segment.next();
    next_line_ += segment.lines();
  }

  void keep(Status status) {
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = std::move(status);
  }

  void work_together(unsigned threads) {
    const std::uint64_t first_row = next_byte_;
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([this, first_row] { work(first_row); });
    work(first_row);
  }

  void work(std::uint64_t first_row) {
    std::unique_lock lock(mutex_);
    while (!error_ && status_.ok() && (next_take_ < segments_ || next_hash_ < segments_)) {
      try {
        if (!step(lock, first_row)) changed_.wait(lock);
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        error_ = std::current_exception();
      }
    }
    changed_.notify_all();
  }

  /// Does one thing that can be done now: the chain of hashes first, it is the longest.
  bool step(std::unique_lock<std::mutex>& lock, std::uint64_t first_row) {
    const auto slot_of = [&](std::uint64_t i) -> Slot& { return slots_[i % slots_.size()]; };
    if (next_hash_ < next_fill_ && !hashing_ && slot_of(next_hash_).ready) {
      Slot& slot = slot_of(next_hash_);
      hashing_ = true;
      lock.unlock();
      if (options_.hash) hash_.update(slot.segment.bytes());
      lock.lock();
      hashing_ = false;
      ++next_hash_;
      release(slot, slot.hashed);
      return true;
    }
    if (next_take_ < next_fill_ && !taking_ && slot_of(next_take_).ready) {
      Slot& slot = slot_of(next_take_);
      taking_ = true;
      lock.unlock();
      take(slot, true);
      lock.lock();
      taking_ = false;
      ++next_take_;
      release(slot, slot.taken);
      return true;
    }
    const std::uint64_t oldest = std::min(next_take_, next_hash_);
    if (next_fill_ < segments_ && next_fill_ - oldest < slots_.size()) {
      const std::uint64_t i = next_fill_++;
      Slot& slot = slot_of(i);
      slot.ready = slot.hashed = slot.taken = false;
      lock.unlock();
      const bool first = i * chunk_ <= first_row && first_row < (i + 1) * chunk_;
      fill(slot, i, first || (i + 1) * chunk_ <= first_row ? std::optional(first_row) : std::nullopt);
      lock.lock();
      slot.ready = true;
      changed_.notify_all();
      return true;
    }
    return false;
  }

  void release(Slot& slot, bool& done) {
    done = true;
    if (slot.hashed && slot.taken) slot.ready = false;
    changed_.notify_all();
  }

  const SourceFile& source_;
  const ScanOptions& options_;
  RowSink& sink_;
  const std::uint64_t chunk_, segments_;
  bool wants_rows_ = false;
  std::size_t width_ = 0;
  std::uint64_t next_byte_ = 0;  // where the next row starts
  std::int64_t next_line_ = 1;
  base::Sha256 hash_;
  std::vector<Slot> slots_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_fill_ = 0, next_hash_ = 0, next_take_ = 0;
  bool hashing_ = false, taking_ = false;
  Status status_;
  std::exception_ptr error_;
};

}  // namespace

std::size_t slots_of(unsigned threads) {
  return threads <= 1 ? 1 : threads + 2;
}

Result<std::string> scan_file(const SourceFile& source, const ScanOptions& options, RowSink& sink) {
  return Scan(source, options, sink).run();
}

}  // namespace retrain::csv
