#include "config_template.hpp"

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

std::string wrapped(const std::string& text, const std::string& prefix, std::size_t width) {
  std::string out, line;
  std::size_t from = 0;
  while (from < text.size()) {
    auto end = text.find(' ', from);
    if (end == std::string::npos) end = text.size();
    const std::string word = text.substr(from, end - from);
    if (!line.empty() && prefix.size() + line.size() + 1 + word.size() > width) {
      out += prefix + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    from = end + 1;
  }
  return out + prefix + line + "\n";
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
  std::string out = "# The configuration of retrain. A line in comments shows the default; `retrain config check` names what is wrong or missing.\n";
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
    out += wrapped(key.meaning + " (" + key.type + ")", "# " + indent + "# ", 110);
    if (given != values.end()) {
      out += indent + parts.back() + ": " + given->second + "\n";
    } else {
      out += "# " + indent + parts.back() + ":" + (key.fallback.empty() ? "" : " " + key.fallback) + "\n";
    }
  }
  return out;
}

}  // namespace retrain::cli
