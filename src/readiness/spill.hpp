// Spill: what a check remembers of rows and has no memory for, in a temporary file without a name, by keys.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <retrain/status.hpp>
#include <string>
#include <vector>

#include "row_keys.hpp"

namespace retrain::readiness {

/// What was seen of one key in one stretch of the file.
struct SpillRecord {
  enum class Kind : std::uint16_t {
    rows,   ///< of a window of counts: `bits` says which, `line` and `lines` where
    told,   ///< a duplicate that was told: `bits` = line of the earlier row * 64 + its count % 64
    first,  ///< the first value of a rising column, whose bits are `bits`
    last,
  };
  KeyPrint key;
  std::uint32_t window = 0;  ///< number of the CountWindow, or one of those below
  Kind kind = Kind::rows;
  std::uint16_t line_count = 0;  ///< lines that follow the record; 0 = the rows follow line by line
  std::uint64_t bits = 0;
  std::int64_t line = 0;  ///< what the lines count from

  /// Windows of rows whose whole key is the print, and of the rising column `index`.
  static constexpr std::uint32_t whole_key = UINT32_MAX;
  static std::uint32_t rising(std::size_t index) { return std::uint32_t{1} << 31U | std::uint32_t(index); }
  /// Kinds that are compared with each other.
  friend bool same_place(const SpillRecord& a, const SpillRecord& b) { return a.key == b.key && a.window == b.window; }
};
static_assert(sizeof(SpillRecord) == 40);

class Spill {
 public:
  /// The records of one key and window, in the order of their lines; valid during the call.
  struct Found {
    const SpillRecord* record = nullptr;
    const std::uint32_t* lines = nullptr;
  };
  using Visit = std::function<void(const std::vector<Found>&)>;

  /// Keys are told apart by other bits at each `depth`.
  explicit Spill(unsigned depth = 0) : depth_(depth) {}

  /// Fails with io_error when no file can be made in the folder for temporary files, or not written.
  Status add(const SpillRecord& record, const std::uint32_t* lines);
  /// Visits the records key by key, holding about `memory` bytes of them. Uses up what was added.
  Status visit(std::size_t memory, const Visit& visit);

 private:
  static constexpr std::size_t part_count = 64, page_bytes = 4096;

  /// One record after the other; none goes beyond its page.
  struct Page {
    std::uint64_t before = 0;  // number of the part's page before, + 1
    std::uint32_t size = 0;
    char bytes[page_bytes - 12];
  };
  struct Part {
    std::unique_ptr<Page> page;
    std::uint64_t pages = 0;  // written
  };
  struct Descriptor {
    int value = -1;
    Descriptor() = default;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
  };

  std::size_t part_of(const SpillRecord& record) const;
  Status open();
  Status write(Part& part);
  template <class Take>
  Status read(Part& part, Take&& take);
  Status visit_part(Part& part, const Visit& visit);
  Status visit_split(Part& part, std::size_t memory, const Visit& visit);

  const unsigned depth_;
  std::array<Part, part_count> parts_;
  Descriptor file_;
  std::string folder_;
  std::uint64_t pages_ = 0;
};

}  // namespace retrain::readiness
