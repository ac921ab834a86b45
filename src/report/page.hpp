// Page: a self-contained HTML document, light and dark, that runs no script and fetches nothing.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrain::report {

/// Text for HTML content and quoted attributes; bytes that are no UTF-8 and control characters become U+FFFD.
std::string escaped(std::string_view text);
/// JSON that can stand in a <script> element: no "<", ">" or "&" is left in it.
std::string script_safe(std::string_view json);
/// The whole document. `body` is HTML; `json` is kept in the page as script#report.
std::string page(std::string_view title, std::string_view body, std::string_view json);

/// A small coloured label for a decision, outcome or verdict.
std::string badge(std::string_view name);
/// A JSON object as a two-column table, nested keys joined with dots, long lists as their count and ends. Empty when it holds
/// nothing.
std::string settings_table(const std::string& json);
/// A two-column table of names and texts (escaped here); pairs without text are left out.
std::string facts_table(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace retrain::report
