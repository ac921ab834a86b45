#include "spill.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>

#include "base/files.hpp"

namespace retrain::readiness {
namespace {

constexpr unsigned deepest = 8;  // by then parts hold few keys, unless somebody chose them

/// Never "not found", which would speak of the file that is checked.
Status spill_error(int error, std::string_view verb, const std::string& folder) {
  const Status status = base::file_error(error, verb, folder);
  if (status.code() != StatusCode::not_found) return status;
  return {StatusCode::io_error, std::string(status.message())};
}

std::size_t bytes_of(const SpillRecord& record) {
  // Lines come in pairs, so that the next record is aligned.
  return sizeof(SpillRecord) + sizeof(std::uint32_t) * ((record.line_count + 1U) & ~1U);
}

/// Rows before what was told of them; values by line, a row's own first.
auto order(const SpillRecord& record) {
  const bool rows = record.kind == SpillRecord::Kind::rows || record.kind == SpillRecord::Kind::told;
  const auto kind = std::int64_t(record.kind);
  return std::tuple(record.key, record.window, rows ? kind : record.line, rows ? record.line : kind);
}

/// Where a record begins in its part, behind what mostly decides its order.
struct Entry {
  std::uint64_t low = 0;
  std::uint32_t begin = 0;
};

void visit_sorted(const std::vector<std::uint64_t>& words, const std::vector<Entry>& entries, const Spill::Visit& visit) {
  std::vector<Spill::Found> found;
  for (const auto& [low, begin] : entries) {
    const auto* const record = reinterpret_cast<const SpillRecord*>(words.data() + begin);
    if (!found.empty() && !same_place(*record, *found.front().record)) {
      visit(found);
      found.clear();
    }
    found.push_back({record, record->line_count == 0 ? nullptr : reinterpret_cast<const std::uint32_t*>(record + 1)});
  }
  if (!found.empty()) visit(found);
}

}  // namespace

Spill::Descriptor::~Descriptor() {
  if (value >= 0) ::close(value);
}

std::size_t Spill::part_of(const SpillRecord& record) const {
  std::uint64_t mixed = (record.key.low ^ std::uint64_t{record.window} << 20U ^ record.key.high) * 0x9E3779B97F4A7C15U;
  mixed ^= mixed >> 32U;
  return std::size_t(mixed * 0xD6E8FEB86659FD93U >> (58U - 6U * depth_)) % part_count;
}

Status Spill::open() {
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  folder_ = error ? "/tmp" : folder.string();
#ifdef O_TMPFILE
  file_.value = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (file_.value >= 0) return {};
#endif
  std::string path = folder_ + "/retrain-check-XXXXXX";
  file_.value = ::mkostemp(path.data(), O_CLOEXEC);
  if (file_.value < 0) return spill_error(errno, "make a temporary file in", folder_);
  ::unlink(path.c_str());
  return {};
}

Status Spill::add(const SpillRecord& record, const std::uint32_t* lines) {
  Part& part = parts_[part_of(record)];
  const std::size_t size = bytes_of(record);
  if (!part.page) part.page = std::make_unique<Page>();
  if (part.page->size + size > sizeof(Page::bytes)) {
    if (Status status = write(part); !status) return status;
  }
  char* const at = part.page->bytes + part.page->size;
  std::memcpy(at, &record, sizeof record);
  if (record.line_count != 0) std::memcpy(at + sizeof record, lines, record.line_count * sizeof *lines);
  part.page->size += std::uint32_t(size);
  return {};
}

Status Spill::write(Part& part) {
  static_assert(sizeof(Page) == page_bytes);
  if (file_.value < 0) {
    if (Status status = open(); !status) return status;
  }
  const auto* bytes = reinterpret_cast<const char*>(part.page.get());
  for (std::size_t done = 0; done < page_bytes;) {
    const auto wrote = ::pwrite(file_.value, bytes + done, page_bytes - done, off_t(pages_ * page_bytes + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return spill_error(wrote < 0 ? errno : EIO, "write a temporary file in", folder_);
    done += std::size_t(wrote);
  }
  part.page->before = ++pages_;
  part.page->size = 0;
  ++part.pages;
  return {};
}

/// Hands over the part's pages, the newest first.
template <class Take>
Status Spill::read(Part& part, Take&& take) {
  for (;;) {
    if (Status status = take(*part.page); !status) return status;
    if (part.page->before == 0) return {};
    auto* const bytes = reinterpret_cast<char*>(part.page.get());
    const std::uint64_t begin = (part.page->before - 1) * page_bytes;
    for (std::size_t done = 0; done < page_bytes;) {
      const auto got = ::pread(file_.value, bytes + done, page_bytes - done, off_t(begin + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return spill_error(got < 0 ? errno : EIO, "read a temporary file in", folder_);
      done += std::size_t(got);
    }
  }
}

Status Spill::visit(std::size_t memory, const Visit& visit) {
  for (Part& part : parts_) {
    if (!part.page) continue;
    const bool fits = (part.pages + 1) * page_bytes <= memory || depth_ == deepest;
    if (Status status = fits ? visit_part(part, visit) : visit_split(part, memory, visit); !status) return status;
    part.page.reset();
  }
  return {};
}

Status Spill::visit_part(Part& part, const Visit& visit) {
  std::vector<std::uint64_t> words;
  std::vector<Entry> entries;
  words.reserve((part.pages + 1) * page_bytes / sizeof(std::uint64_t));
  const auto take = [&](const Page& page) -> Status {
    for (std::size_t at = 0; at < page.size;) {
      SpillRecord record;
      std::memcpy(&record, page.bytes + at, sizeof record);
      entries.push_back({record.key.low, std::uint32_t(words.size())});
      words.resize(words.size() + bytes_of(record) / sizeof(std::uint64_t));
      std::memcpy(words.data() + entries.back().begin, page.bytes + at, bytes_of(record));
      at += bytes_of(record);
    }
    return {};
  };
  if (Status status = read(part, take); !status) return status;
  const auto record = [&](const Entry& entry) -> const SpillRecord& {
    return *reinterpret_cast<const SpillRecord*>(words.data() + entry.begin);
  };
  std::sort(entries.begin(), entries.end(),
            [&](const Entry& a, const Entry& b) { return a.low != b.low ? a.low < b.low : order(record(a)) < order(record(b)); });
  visit_sorted(words, entries, visit);
  return {};
}

/// Spreads a part that is too large over parts of its own.
Status Spill::visit_split(Part& part, std::size_t memory, const Visit& visit) {
  Spill finer(depth_ + 1);
  const auto take = [&](const Page& page) -> Status {
    for (std::size_t at = 0; at < page.size;) {
      SpillRecord record;
      std::memcpy(&record, page.bytes + at, sizeof record);
      std::uint32_t lines[64];
      if (record.line_count != 0) std::memcpy(lines, page.bytes + at + sizeof record, record.line_count * sizeof *lines);
      if (Status status = finer.add(record, lines); !status) return status;
      at += bytes_of(record);
    }
    return {};
  };
  if (Status status = read(part, take); !status) return status;
  return finer.visit(memory, visit);
}

}  // namespace retrain::readiness
