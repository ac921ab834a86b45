#include "config_template.hpp"

#include <algorithm>
#include <retrain/config_file.hpp>
#include <vector>

namespace retrain::cli {
namespace {

std::vector<std::string> parts_of(const std::string& key) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (;;) {
    const auto dot = key.find('.', from);
    parts.push_back(key.substr(from, dot - from));
    if (dot == std::string::npos) return parts;
    from = dot + 1;
  }
}

/// `line`, its meaning beside it as a comment, in as many lines as that takes.
std::string annotated(std::string line, const std::string& meaning) {
  constexpr std::size_t column = 44, width = 130;
  std::string out;
  const auto begin_comment = [&] {
    line.resize(std::max(column, line.size() + 1), ' ');
    line += '#';
  };
  begin_comment();
  for (std::size_t from = 0; from < meaning.size();) {
    const auto end = std::min(meaning.find(' ', from), meaning.size());
    const std::string word = meaning.substr(from, end - from);
    if (line.size() + 1 + word.size() > width && line.back() != '#') {
      out += line + "\n";
      line = "#";
      begin_comment();
    }
    line += " " + word;
    from = end + 1;
  }
  return out + line + "\n";
}

}  // namespace

std::string yaml_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

std::string config_template(const std::map<std::string, std::string>& values) {
  // A section is live when anything below it is set; a live one needs its own heading uncommented.
  const auto live = [&](const std::string& section) {
    const auto next = values.lower_bound(section + ".");
    return next != values.end() && next->first.starts_with(section + ".");
  };
  std::string out =
      "# The configuration of retrain. A line in comments shows the default; `retrain config check` names what is wrong or "
      "missing.\n";
  std::vector<std::string> open;
  for (const ConfigKey& key : config_schema()) {
    const std::vector<std::string> parts = parts_of(key.key);
    std::string section;
    for (std::size_t depth = 0; depth + 1 < parts.size(); ++depth) {
      section += (depth > 0 ? "." : "") + parts[depth];
      if (depth < open.size() && open[depth] == parts[depth]) continue;
      open.resize(depth);
      open.push_back(parts[depth]);
      if (depth == 0) out += "\n";
      out += (live(section) ? "" : "# ") + std::string(depth * 2, ' ') + parts[depth] + ":\n";
    }
    open.resize(parts.size() - 1);
    const std::string indent((parts.size() - 1) * 2, ' ');
    const auto given = values.find(key.key);
    std::string line = indent + parts.back() + ":";
    if (given != values.end()) {
      line += " " + given->second;
    } else {
      line = "# " + line + (key.fallback.empty() ? "" : " " + key.fallback);
    }
    out += annotated(std::move(line), key.meaning + " (" + key.type + ")");
  }
  return out;
}

}  // namespace retrain::cli
