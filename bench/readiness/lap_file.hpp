// LapFile: a generated file of laps, 20 columns, and the rules that its rows keep.
#pragma once

#include <cstdint>
#include <retrain/config.hpp>
#include <string>

namespace retrain::bench {

enum class LapFileKind {
  sorted,  ///< as data comes: sessions one after the other, drivers within them, laps in order
  worst,   ///< the same rows shuffled, every text quoted, two cells of each row out of range
};

struct LapFile {
  LapFileKind kind = LapFileKind::sorted;
  std::uint64_t seed = 1;
  std::uint64_t bytes = 500'000'000;  ///< at least, whole sessions
  int sessions = 0;                   ///< at most; 0 = any number
};

/// Writes it; the number of its rows. Throws when it cannot.
std::int64_t write_lap_file(const std::string& path, const LapFile& file);

/// 14 ranges, 12 columns without blanks, two lists of values, unique laps that rise.
DataSettings lap_rules(const std::string& folder);
ModelSettings lap_columns();

/// The rules for real laps, a file a race.
DataSettings race_rules(const std::string& folder);
ModelSettings race_columns();

}  // namespace retrain::bench
