// System files: bounded reading of /proc and /sys, where every file claims size 0 and any may be missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::resources {

/// The whole text of a regular file of at most 1 MiB, or nothing: missing, unreadable and over-long all mean "unknown".
std::optional<std::string> read_system_file(const std::string& path);

/// A file that holds one whole number from 0 on; nothing when it is absent or says anything else ("max", "-1").
std::optional<std::uint64_t> read_count(const std::string& path);

/// The ten-second mean of a pressure file's "some" line, in percent: "some avg10=0.16 avg60=…".
std::optional<double> read_pressure(const std::string& path);

/// The words of one line, separated by blanks.
std::vector<std::string_view> words_of(std::string_view line);

std::optional<std::uint64_t> parse_count(std::string_view text);

/// The count behind `key` in text with one "key value" or "key: value" a line, times 1024 where the unit "kB" follows.
std::optional<std::uint64_t> count_behind(std::string_view text, std::string_view key);

}  // namespace retrain::resources
