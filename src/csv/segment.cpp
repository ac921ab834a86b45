#include "segment.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace retrain::csv {
namespace {

constexpr std::size_t slack = 2048;  // read behind a segment, so that its last record is mostly there

/// Offset of the first byte from `from` on that no valid sequence holds, within the bytes over 127 there; npos when they are
/// valid. `end` gets where they end.
std::size_t invalid_in_run(std::string_view text, std::size_t from, std::size_t& end) {
  end = from;
  while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) ++end;
  return base::valid_utf8(text.substr(from, end - from)) ? std::string_view::npos : from;
}

}  // namespace

void Segment::layout(const Kernels& kernels, Dialect dialect, std::size_t width) {
  kernels_ = &kernels;
  dialect_ = dialect;
  width_ = width;
  reader_ = base::CsvReader({}, dialect.allow_embedded_newlines, dialect.delimiter);
}

Status Segment::read(const SourceFile& source, std::uint64_t begin, std::uint64_t end) {
  begin_ = begin;
  end_ = end;
  // One byte more would do, to see whether a line ends before the segment; this many keep the kernel's copy aligned.
  base_ = begin - std::min<std::uint64_t>(begin, scan_padding);
  size_ = 0;
  row_count_ = 0;
  if (rows_) rows_[0] = {0, 0};
  return extend(source, std::size_t(std::min(end + std::min<std::uint64_t>(slack, end - begin), source.size()) - base_));
}

/// Makes the text `size` bytes long, or as long as the file goes.
Status Segment::extend(const SourceFile& source, std::size_t size) {
  size = std::size_t(std::min<std::uint64_t>(size, source.size() - base_));
  reserve(size);
  char* const text = text_.get() + scan_padding;
  if (Status status = source.read(base_ + size_, text + size_, size - size_); !status) return status;
  size_ = size;
  std::memset(text + size_, 0, scan_padding);
  return {};
}

void Segment::reserve(std::size_t size) {
  if (size <= capacity_) return;
  const std::size_t room = size + size / 8;
  std::unique_ptr<char[], AlignedDelete> text(new (std::align_val_t(scan_padding)) char[room + 2 * scan_padding]);
  auto ends = std::make_unique_for_overwrite<std::uint32_t[]>(room + scan_padding + 2);
  auto high = std::make_unique_for_overwrite<std::uint32_t[]>(room / 64 + 2);
  auto rows = std::make_unique_for_overwrite<Row[]>(room + 2);
  if (text_) {
    std::memcpy(text.get(), text_.get(), scan_padding + size_);
    std::memcpy(rows.get(), rows_.get(), (row_count_ + 1) * sizeof(Row));
    std::memcpy(ends.get(), ends_.get(), rows_[row_count_].first * sizeof(std::uint32_t));
  } else {
    std::memset(text.get(), 0, scan_padding);
    rows[0] = {0, 0};
  }
  text_ = std::move(text);
  ends_ = std::move(ends);
  high_blocks_ = std::move(high);
  rows_ = std::move(rows);
  capacity_ = room;
}

Status Segment::index(const SourceFile& source, std::optional<std::uint64_t> start) {
  parts_.clear();
  row_count_ = 0;
  lines_ = 0;
  start_ = start;
  if (!start_) {
    const std::size_t first = begin_ == 0 ? 0 : std::size_t(begin_ - base_) - 1;
    const std::size_t limit = std::min<std::size_t>(size_, std::size_t(end_ - base_));
    const void* line_end = std::memchr(text() + first, '\n', limit - first);
    if (line_end == nullptr) return {};
    start_ = offset(static_cast<const char*>(line_end)) + 1;
  }
  next_ = *start_;
  rows_[0] = {std::uint32_t(next_ - base_), 0};
  while (next_ < end_ && next_ < source.size()) {
    const auto at = std::uint32_t(next_ - base_);
    const BlockScan scan = scan_rows(at);
    // Rows that start behind the segment belong to the next one.
    const std::uint64_t limit = end_ - base_;
    std::uint32_t last = scan.row_count;
    while (last > row_count_ && rows_[last - 1].begin >= limit) --last;
    const bool whole = last < scan.row_count;
    if (Status status = take_rows(source, last, scan.high_count > 0 ? faulty_rows(scan) : std::vector<std::uint32_t>());
        !status) {
      return status;
    }
    const bool all = row_count_ == last && next_ == base_ + rows_[last].begin;
    if (!all || whole || next_ >= end_ || next_ >= source.size()) continue;
    if (scan.stop == scan.limit && base_ + size_ < source.size() && size_ - (next_ - base_) <= base::csv_max_field_bytes) {
      if (Status status = extend(source, 2 * size_ + 64); !status) return status;
    } else if (Status status = careful(source, std::uint32_t(next_ - base_)); !status) {
      return status;
    }
  }
  return {};
}

/// Indexes what follows from `at` on, behind the rows that there are.
BlockScan Segment::scan_rows(std::uint32_t at) {
  rows_[row_count_].begin = at;
  BlockScan scan;
  scan.text = text();
  scan.begin = at;
  scan.limit = std::uint32_t(size_);
  scan.delimiter = dialect_.delimiter;
  scan.ends = ends_.get();
  scan.rows = rows_.get();
  scan.row_count = row_count_;
  scan.high_blocks = high_blocks_.get();
  kernels_->scan(scan);
  return scan;
}

/// Whether a row is as wide as the header, not blank, and within the limits.
bool Segment::regular(std::uint32_t row) const {
  return rows_[row + 1].first - rows_[row].first == width_ &&
         rows_[row + 1].begin - rows_[row].begin <= base::csv_max_field_bytes &&
         (width_ > 1 || ends_[rows_[row].first] > rows_[row].begin);
}

/// Cuts the indexed rows up to `end` into parts; those in `faulty` need care. Stops early where the slow reader does not agree on
/// where a row ends.
Status Segment::take_rows(const SourceFile& source, std::uint32_t end, const std::vector<std::uint32_t>& faulty) {
  auto next_faulty = faulty.begin();
  while (row_count_ < end) {
    while (next_faulty != faulty.end() && *next_faulty < row_count_) ++next_faulty;
    const std::uint32_t first = row_count_;
    std::uint32_t limit = std::min(end, first + batch_rows);
    if (next_faulty != faulty.end()) limit = std::min(limit, *next_faulty);
    while (row_count_ < limit && regular(row_count_)) ++row_count_;
    if (row_count_ > first) {
      parts_.push_back({false, false, first, row_count_ - first, 0, lines_});
      lines_ += row_count_ - first;
    }
    next_ = base_ + rows_[row_count_].begin;
    const bool needs_care =
        row_count_ < end && (row_count_ < limit || (next_faulty != faulty.end() && *next_faulty == row_count_));
    if (!needs_care) continue;
    if (Status status = careful(source, rows_[row_count_].begin); !status) return status;
    if (next_ != base_ + rows_[++row_count_].begin) return {};
  }
  return {};
}

/// Rows that hold bytes which are not UTF-8, in order.
std::vector<std::uint32_t> Segment::faulty_rows(const BlockScan& scan) const {
  std::vector<std::uint32_t> faulty;
  const std::string_view whole(text(), scan.rows[scan.row_count].begin);
  std::size_t checked = 0;
  for (std::uint32_t i = 0; i < scan.high_count; ++i) {
    std::size_t at = std::max<std::size_t>(scan.high_blocks[i], checked);
    const std::size_t end = std::min<std::size_t>(scan.high_blocks[i] + 64, whole.size());
    while (at < end) {
      if (static_cast<unsigned char>(whole[at]) < 0x80) {
        ++at;
      } else if (const std::size_t bad = invalid_in_run(whole, at, at); bad != std::string_view::npos) {
        const auto behind = std::upper_bound(scan.rows + row_count_, scan.rows + scan.row_count, bad,
                                             [](std::size_t byte, const Row& row) { return byte < row.begin; });
        const auto row = std::uint32_t(behind - scan.rows) - 1;
        if (faulty.empty() || faulty.back() != row) faulty.push_back(row);
      }
    }
    checked = at;
  }
  return faulty;
}

/// Lets the slow reader say where the record at `at` ends.
Status Segment::careful(const SourceFile& source, std::uint32_t at) {
  Part part;
  part.careful = true;
  part.begin = at;
  part.line = lines_;
  for (;;) {
    const std::string_view view = window(part);
    reader_.reset(view, 0);
    reader_.next(record_);
    const bool at_end = base_ + at + view.size() == source.size();
    if (at_end || !reader_.at_edge()) break;
    if (view.size() == record_window) {
      part.cut = true;
      break;
    }
    if (Status status = extend(source, 2 * size_ + 64); !status) return status;
  }
  if (part.cut) {
    if (Status status = skip_line(source, part); !status) return status;
  } else {
    next_ = base_ + at + reader_.byte();
    lines_ += reader_.line();
  }
  parts_.push_back(part);
  return {};
}

/// Goes on behind the line on which the window ends, without holding what lies between.
Status Segment::skip_line(const SourceFile& source, Part& part) {
  const std::string_view view = window(part);
  lines_ += std::count(view.begin(), view.end(), '\n');
  std::uint64_t at = base_ + part.begin + view.size();
  std::string chunk(std::size_t{64} << 10U, '\0');
  for (;;) {
    const auto size = std::size_t(std::min<std::uint64_t>(chunk.size(), source.size() - at));
    if (size == 0) break;
    if (Status status = source.read(at, chunk.data(), size); !status) return status;
    const void* end = std::memchr(chunk.data(), '\n', size);
    if (end != nullptr) {
      at += std::uint64_t(static_cast<const char*>(end) - chunk.data()) + 1;
      ++lines_;
      break;
    }
    at += size;
  }
  next_ = at;
  return {};
}

std::string_view Segment::window(const Part& part) const {
  return {text() + part.begin, std::min<std::size_t>(size_ - part.begin, record_window)};
}

TextCells Segment::cells(const Part& part, std::size_t field) const {
  const Row* const rows = rows_.get() + part.first_row;
  const std::uint32_t* const ends = ends_.get() + rows->first + field;
  const auto width = std::uint32_t(width_);
  if (field == 0) return {text(), &rows->begin, ends, sizeof(Row) / sizeof(std::uint32_t), 0, width, part.rows};
  return {text(), ends - 1, ends, width, 1, width, part.rows};
}

std::string_view unquote(std::string_view raw, std::string& buffer) {
  if (raw.empty() || raw.front() != '"') return raw;
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  if (inside.find('"') == std::string_view::npos) return inside;
  buffer.clear();
  for (std::size_t at = 0; at < inside.size(); ++at) {
    buffer += inside[at];
    if (inside[at] == '"') ++at;
  }
  return buffer;
}

}  // namespace retrain::csv
