#include "system_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.hpp"

namespace retrain::resources {
namespace {

constexpr std::size_t max_bytes = std::size_t{1} << 20U;

}  // namespace

std::optional<std::string> read_system_file(const std::string& path) {
  // O_NONBLOCK: a FIFO in the way must not hang the host.
  const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  struct stat info{};
  bool whole = false;
  std::string text;
  if (::fstat(file, &info) == 0 && S_ISREG(info.st_mode)) {
    char buffer[4096];
    while (text.size() <= max_bytes) {
      const ssize_t got = ::read(file, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      whole = got == 0;
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(file);
  if (!whole) return std::nullopt;
  return text;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto value = base::parse_integer(base::trim(text));
  if (!value || *value < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> read_count(const std::string& path) {
  const auto text = read_system_file(path);
  return text ? parse_count(*text) : std::nullopt;
}

std::optional<double> read_pressure(const std::string& path) {
  const std::string text = read_system_file(path).value_or("");
  for (const auto line : base::split(text, '\n')) {
    const auto words = words_of(line);
    constexpr std::string_view key = "avg10=";
    if (words.size() < 2 || words[0] != "some" || !words[1].starts_with(key)) continue;
    return base::parse_double(words[1].substr(key.size()));
  }
  return std::nullopt;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const auto word : base::split(line, ' ')) {
    if (const auto trimmed = base::trim(word); !trimmed.empty()) words.push_back(trimmed);
  }
  return words;
}

std::optional<std::uint64_t> count_behind(std::string_view text, std::string_view key) {
  for (const auto line : base::split(text, '\n')) {
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    std::string_view name = words[0];
    if (name.ends_with(':')) name.remove_suffix(1);
    if (name != key) continue;
    const auto count = parse_count(words[1]);
    const bool kilobytes = words.size() > 2 && words[2] == "kB";
    return count && kilobytes ? std::optional(*count * 1024) : count;
  }
  return std::nullopt;
}

}  // namespace retrain::resources
