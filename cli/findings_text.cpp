#include "findings_text.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "table.hpp"

namespace retrain::cli {
namespace {

constexpr std::size_t terminal_width = 80;
constexpr std::size_t indent = 4;
constexpr std::size_t room = terminal_width - indent;
constexpr std::int64_t window = 8192;  // bytes read on either side of a place

/// One character a byte or a whole UTF-8 character; what cannot be shown is a '?'.
std::string shown(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    bool whole = length > 0 && i + length <= bytes.size();
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(bytes[i + k]) & 0xc0U) == 0x80U;
    // U+0080 to U+009F steer terminals as well as the characters below a blank do.
    const bool control =
        lead < 0x20 || lead == 0x7f || (lead == 0xc2 && whole && static_cast<unsigned char>(bytes[i + 1]) < 0xa0);
    out += !whole || control ? std::string("?") : std::string(bytes.substr(i, length));
    i += whole ? length : 1;
  }
  return out;
}

std::string read_range(std::ifstream& file, std::int64_t from, std::int64_t length) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  file.clear();
  file.seekg(from);
  file.read(bytes.data(), length);
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

/// Bytes of the cell that `line` begins with.
std::size_t cell_length(std::string_view line, char delimiter) {
  std::size_t end = 0;
  if (!line.empty() && line[0] == '"') {
    for (end = 1; end < line.size() && line[end] != '"'; ++end) {
    }
    if (end < line.size()) ++end;
  }
  while (end < line.size() && line[end] != delimiter) ++end;
  return end;
}

/// The text behind the place that a message begins with: "a.csv line 2, y: 'bad' is no number".
std::string text_of(const Finding& finding) {
  const std::string& message = finding.message;
  const std::string name = finding.file.substr(finding.file.rfind('/') + 1);
  const std::size_t at = finding.file.empty() ? std::string::npos : message.find(name);
  if (at == std::string::npos) return message;
  std::string place = message.substr(0, at + name.size());
  // Only a place stands before the name: folders.
  if (place.find(": ") != std::string::npos || place.find(' ') != std::string::npos) return message;
  if (finding.row > 0) place += " line " + std::to_string(finding.row);
  if (!finding.column.empty()) place += ", " + finding.column;
  if (message.compare(0, place.size() + 2, place + ": ") == 0) return message.substr(place.size() + 2);
  return message;
}

std::string place_of(const Finding& finding) {
  std::string place = finding.file;
  if (finding.row > 0) place += ":" + std::to_string(finding.row);
  if (!finding.column.empty()) place += " " + finding.column;
  return place.empty() ? place : shown(place) + ": ";
}

struct Group {
  FindingLevel level = FindingLevel::warning;
  std::int64_t count = 0;
  std::set<std::pair<std::string, std::string>> counted;  // the count is of a rule in a file, and stands in each of its findings
  std::vector<const Finding*> findings;
};

}  // namespace

std::string shown_line(const Finding& finding, char delimiter) {
  const std::int64_t byte = finding.byte;
  std::ifstream file(finding.file, std::ios::binary);
  if (!file || finding.row <= 0 || byte < 0) return {};
  const std::int64_t from = std::max<std::int64_t>(byte - window, 0);
  std::string before = read_range(file, from, byte - from);
  std::string after = read_range(file, byte, window);
  if (const auto end = before.rfind('\n'); end != std::string::npos) before.erase(0, end + 1);
  after = after.substr(0, after.find('\n'));
  if (!after.empty() && after.back() == '\r') after.pop_back();
  if (before.starts_with("\xEF\xBB\xBF")) before.erase(0, 3);
  // A place that is no cell is a point: the row begins there, or it was closed too early.
  const bool row_as_a_whole = finding.column.empty() && before.empty();
  const std::size_t cell = row_as_a_whole ? 1 : cell_length(after, delimiter);

  std::string left = shown(before), line = shown(after);
  std::size_t width = std::max<std::size_t>(shown_width(shown(after.substr(0, cell))), 1);
  // The place stays in view: what is far to its left gives way.
  constexpr std::size_t most_left = room * 2 / 3;
  while (shown_width(left) > most_left)
    left = left.substr(clipped(left, shown_width(left) - most_left + 3).size()), left = "..." + left;
  const std::size_t offset = shown_width(left);
  line = left + line;
  if (shown_width(line) > room) line = std::string(clipped(line, room - 3)) + "...";
  width = std::min(width, room - std::min(offset, room - 1));
  const std::string margin(indent, ' ');
  return margin + line + "\n" + margin + std::string(offset, ' ') + "^" + std::string(width - 1, '~') + "\n";
}

std::string findings_text(const Console& console, const Readiness& readiness, char delimiter, std::size_t places) {
  std::map<std::string, Group> groups;
  std::vector<std::string> order;
  for (const FindingLevel level : {FindingLevel::error, FindingLevel::warning}) {
    for (const Finding& finding : readiness.findings) {
      if (finding.level != level) continue;
      const std::string key = (level == FindingLevel::error ? "e" : "w") + finding.rule;
      Group& group = groups[key];
      if (group.findings.empty()) order.push_back(key);
      group.level = level;
      group.findings.push_back(&finding);
      if (group.counted.emplace(finding.file, finding.rule).second) {
        group.count += finding.count;
      } else if (finding.count == 1) {
        ++group.count;
      }
    }
  }
  std::string text;
  for (const auto& key : order) {
    const Group& group = groups.at(key);
    const bool error = group.level == FindingLevel::error;
    const std::string kind = std::string(error ? "error" : "warning") + (group.count == 1 ? "" : "s");
    text += "\n" + console.coloured(key.substr(1), error ? Tone::bad : Tone::warning) + ": " + std::to_string(group.count) + " " +
            kind + "\n";
    for (std::size_t i = 0; i < std::min(places, group.findings.size()); ++i) {
      const Finding& finding = *group.findings[i];
      text += "  " + place_of(finding) + shown(text_of(finding)) + "\n";
      text += shown_line(finding, delimiter);
    }
    if (group.findings.size() > places || group.count > std::int64_t(group.findings.size())) {
      const std::int64_t more = group.count - std::int64_t(std::min(places, group.findings.size()));
      if (more > 0) text += "  and " + std::to_string(more) + " more\n";
    }
  }
  return text;
}

}  // namespace retrain::cli
