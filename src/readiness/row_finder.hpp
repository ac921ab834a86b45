// Row finder: reads single rows of a file again that was read once, by their lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "csv/segment.hpp"

namespace retrain::readiness {

class RowFinder {
 public:
  struct Row {
    std::int64_t line = 0;
    std::vector<std::string> texts;     ///< by field
    std::vector<std::int64_t> offsets;  ///< in the file
  };

  /// A row starts at `byte`, on `line`; told in order. Some such places are kept, few of a long file.
  void pass(std::uint64_t byte, std::int64_t line) {
    if (places_.empty() || byte >= places_.back().byte + spacing_) keep({byte, line});
  }
  /// Visits the rows on `lines`, which ascend, in one pass that leaves out what lies far between. `width` = fields of a row.
  /// Fails as SourceFile does.
  Status find(const csv::SourceFile& source, csv::Dialect dialect, std::size_t width, const std::vector<std::int64_t>& lines,
              const std::function<void(const Row&)>& visit) const;

 private:
  struct Place {
    std::uint64_t byte = 0;
    std::int64_t line = 0;
  };

  void keep(Place place);

  std::vector<Place> places_;
  std::uint64_t spacing_ = std::uint64_t{128} << 10U;
};

}  // namespace retrain::readiness
