// SourceFile: a regular file read in chunks, so that neither a link, a pipe nor another process that cuts it does harm.
#pragma once

#include <cstdint>
#include <memory>
#include <retrain/status.hpp>
#include <string>

namespace retrain::csv {

/// Threads: read() by many at once.
class SourceFile {
 public:
  /// Fails as base::read_file does: not_found, invalid_argument (a link, no regular file), io_error.
  static Result<std::unique_ptr<SourceFile>> open(const std::string& path);
  SourceFile(const SourceFile&) = delete;
  SourceFile& operator=(const SourceFile&) = delete;
  ~SourceFile();

  std::uint64_t size() const { return size_; }
  /// Fills `size` bytes from `offset`, all below size(). Fails with unavailable when the file ends before: it is being written.
  Status read(std::uint64_t offset, char* bytes, std::size_t size) const;
  /// Fails with unavailable when size or time of change are not those at opening, or more can be read than the size says.
  Status unchanged() const;

 private:
  SourceFile(std::string path, int file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  int file_;
  std::uint64_t size_ = 0;
  std::int64_t modified_ns_ = 0;
};

}  // namespace retrain::csv
