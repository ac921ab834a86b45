#include "page.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "page_style.hpp"
#include "wording.hpp"

namespace retrain::report {
namespace {

constexpr const char* replacement = "\xEF\xBF\xBD";

/// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (base::valid_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

void flatten(const base::Json& value, const std::string& name, std::vector<std::pair<std::string, std::string>>& out) {
  if (value.is_object() && !value.empty()) {
    for (const auto& item : value.items()) flatten(item.value(), name.empty() ? item.key() : name + "." + item.key(), out);
    return;
  }
  constexpr std::size_t listed = 12;
  if (value.is_array() && value.size() > listed) {
    out.emplace_back(name, std::to_string(value.size()) + ": " + base::dump(value.front()) + " … " + base::dump(value.back()));
    return;
  }
  out.emplace_back(name, value.is_string() ? value.get<std::string>() : base::dump(value));
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    std::size_t length = 1;
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: {
        length = sequence_length(text);
        const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
        if (length == 0 || control || c == 0x7f) {
          out += replacement;
          length = 1;
        } else {
          out += text.substr(0, length);
        }
      }
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string script_safe(std::string_view json) {
  // These three stand only inside JSON strings, where \u escapes mean the same.
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    switch (c) {
      case '<': out += "\\u003c"; break;
      case '>': out += "\\u003e"; break;
      case '&': out += "\\u0026"; break;
      default: out += c;
    }
  }
  return out;
}

std::string page(std::string_view title, std::string_view body, std::string_view json) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
  out += "<title>" + escaped(title) + "</title>\n<style>" + page_style + "</style>\n</head>\n<body>\n<main>\n";
  out += body;
  out += "</main>\n<script type=\"application/json\" id=\"report\">" + script_safe(json) + "</script>\n</body>\n</html>\n";
  return out;
}

std::string badge(std::string_view name) {
  return "<span class=\"badge " + escaped(name) + "\">" + escaped(spoken(name)) + "</span>";
}

std::string facts_table(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string rows;
  for (const auto& [name, text] : facts) {
    if (!text.empty()) rows += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" + escaped(text) + "</td></tr>\n";
  }
  if (rows.empty()) return {};
  return "<div class=\"card scroll\"><table class=\"facts\"><tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string settings_table(const std::string& json) {
  const Result<base::Json> parsed = base::parse_json(json);
  if (!parsed || !parsed->is_object() || parsed->empty()) return {};
  std::vector<std::pair<std::string, std::string>> settings;
  flatten(*parsed, "", settings);
  return facts_table(settings);
}

}  // namespace retrain::report
