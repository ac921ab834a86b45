// whylogs: a constraints report (rows of name, passed, failed, summary), or drift scores: of one column, or of all by name.
#include <algorithm>

#include "adapter.hpp"
#include "base/text.hpp"

namespace retrain::intake {
namespace {

bool is_constraint(const Json& row) {
  return row.is_array() && row.size() >= 3 && row[0].is_string() && row[1].is_number() && row[2].is_number();
}
bool is_score(const Json& object) {
  return object.is_object() && has_text(object, "algorithm") && has_text(object, "drift_category");
}
/// Columns without a score are null.
bool is_score_map(const Json& document) {
  if (!document.is_object()) return false;
  const auto unfit = [](const Json& value) { return !value.is_null() && !is_score(value); };
  return std::any_of(document.begin(), document.end(), is_score) && std::none_of(document.begin(), document.end(), unfit);
}

/// NO_DRIFT, POSSIBLE_DRIFT or DRIFT, with or without the name of the enumeration before it.
std::string category_of(const Json& score) {
  const std::string text = base::lower(text_of(score, "drift_category"));
  return text.substr(text.rfind('.') + 1);  // no dot: from 0
}

Json score_facts(const Json& score) {
  Json known = {{"algorithm", text_of(score, "algorithm")}, {"drift_category", category_of(score)}};
  for (const char* name : {"pvalue", "statistic"}) {
    if (const auto found = score.find(name); found != score.end() && found->is_number()) known[name] = *found;
  }
  return known;
}

Alert alert_with(const Json& known, const std::string& summary) {
  Alert alert;
  alert.source = "whylogs";
  alert.dedup_key = "whylogs";
  alert.summary = line_from(summary);
  alert.detail = evidence(known);
  alert.id = digest_id(alert.detail);
  return alert;
}

Result<Alert> read_constraints(const Json& rows) {
  int total = 0;
  Json failed = Json::array(), read = Json::array();
  for (const Json& row : rows) {
    if (!is_constraint(row)) return invalid("a row of the constraints report is not [name, passed, failed, …]");
    ++total;
    read.push_back({row[0], row[1], row[2]});
    if (row[2].get<double>() > 0) failed.push_back(row[0]);
  }
  const std::string summary = std::to_string(failed.size()) + " of " + std::to_string(total) + " constraints failed";
  Alert alert = alert_with({{"failed", failed}, {"constraints", read}}, summary);
  set_share(alert, double(failed.size()) / total, "whylogs.failed_constraints");
  return alert;
}

Result<Alert> read_score(const Json& score) {
  const std::string category = category_of(score);
  Alert alert = alert_with(score_facts(score), text_of(score, "algorithm") + " says " + category);
  alert.severity_rule = "whylogs.category";
  if (category == "drift") {
    alert.severity = 0.9;
  } else if (category == "possible_drift") {
    alert.severity = 0.6;
  } else if (category == "no_drift") {
    alert.severity = 0;
  } else {
    return invalid("drift_category is '" + base::printable(category) + "', expected DRIFT, POSSIBLE_DRIFT or NO_DRIFT");
  }
  return alert;
}

Result<Alert> read_score_map(const Json& document) {
  int total = 0;
  Json known = Json::object(), drifted = Json::array();
  for (const auto& [column, score] : document.items()) {
    if (score.is_null()) continue;
    if (auto read = read_score(score); !read) return invalid(base::printable(column) + ": " + read.status().message());
    ++total;
    known[column] = score_facts(score);
    if (category_of(score) == "drift") drifted.push_back(column);
  }
  const std::string summary = std::to_string(drifted.size()) + " of " + std::to_string(total) + " columns drifted";
  Alert alert = alert_with({{"drifted", drifted}, {"columns", known}}, summary);
  set_share(alert, double(drifted.size()) / total, "whylogs.share");
  return alert;
}

}  // namespace

bool is_whylogs(const Json& document) {
  if (document.is_array()) return !document.empty() && is_constraint(document[0]);
  return is_score(document) || is_score_map(document);
}

void read_whylogs(const Json& document, Intake& intake) {
  if (!is_whylogs(document)) {
    intake.add(invalid("body is neither a constraints report nor drift scores of whylogs"), document);
  } else if (document.is_array()) {
    intake.add(read_constraints(document), document);
  } else {
    intake.add(is_score(document) ? read_score(document) : read_score_map(document), document);
  }
}

}  // namespace retrain::intake
