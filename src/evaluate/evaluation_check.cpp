#include "evaluation_check.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "base/text.hpp"

namespace retrain::evaluate {
namespace {

constexpr std::size_t keys_in_a_message = 3;

Status invalid(std::string message) {
  return {StatusCode::invalid_argument, std::move(message)};
}

std::string row_key(const Evaluation& evaluation, std::size_t row) {
  return base::printable(evaluation.sessions[evaluation.session_of_row[row]]) + " row " +
         std::to_string(evaluation.row_number[row]);
}

Status check_length(std::string_view what, std::size_t length, std::size_t expected) {
  if (length == expected) return {};
  return invalid(std::string(what) + " has " + std::to_string(length) + " values, but the rows need " + std::to_string(expected));
}

Status check_segment(const std::string& kind, const SegmentColumn& segment, std::size_t rows) {
  const std::string name = kind + base::printable(segment.name);
  if (const Status length = check_length(name, segment.codes.size(), rows); !length) return length;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto code = segment.codes[row];
    if (code >= -1 && (code < 0 || static_cast<std::size_t>(code) < segment.dictionary.size())) continue;
    return invalid(name + " has code " + std::to_string(code) + " in row " + std::to_string(row + 1) + ", but " +
                   std::to_string(segment.dictionary.size()) + " values");
  }
  return {};
}

Status check_distinct(const std::vector<std::string>& sessions) {
  // Dates and numbers ascend, and then nothing stands twice.
  const auto before = [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  if (std::adjacent_find(sessions.begin(), sessions.end(), std::not_fn(before)) == sessions.end()) return {};
  std::unordered_set<std::string_view> known;
  for (const auto& session : sessions) {
    if (!known.insert(session).second) return invalid("session " + base::printable(session) + " is listed twice");
  }
  return {};
}

std::string place(std::size_t at, std::size_t count) {
  return " (" + std::to_string(at + 1) + " of " + std::to_string(count) + ")";
}

// Rows that made or chose a model flatter it: none of their sessions may judge it.
Status check_apart(const std::string& kind, const std::string& kinds_rows, const std::vector<std::string>& used,
                   const std::vector<std::string>& judged) {
  if (used.empty()) return {};
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < used.size(); ++i) places.emplace(used[i], i);
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const auto found = places.find(judged[i]);
    if (found == places.end()) continue;
    return invalid(kinds_rows + " and gate rows overlap: " + kind + " session " + base::printable(found->first) +
                   place(found->second, used.size()) + " is gate session " + base::printable(judged[i]) +
                   place(i, judged.size()));
  }
  return {};
}

}  // namespace

Status check_shape(const Evaluation& evaluation) {
  const std::size_t rows = evaluation.rows();
  const std::size_t outputs = evaluation.outputs_per_row;
  if (outputs == 0 || outputs > 1000000) return invalid(std::to_string(outputs) + " outputs per row");
  for (const auto& [what, length, expected] :
       {std::tuple{"session_of_row", evaluation.session_of_row.size(), rows},
        std::tuple{"row_number", evaluation.row_number.size(), rows},
        std::tuple{"candidate", evaluation.candidate.size(), rows * outputs},
        std::tuple{"production", evaluation.production.size(), evaluation.production.empty() ? 0 : rows * outputs},
        std::tuple{"anchor", evaluation.anchor.size(), evaluation.anchor.empty() ? 0 : rows * outputs}}) {
    if (const Status checked = check_length(what, length, expected); !checked) return checked;
  }
  if (const Status distinct = check_distinct(evaluation.sessions); !distinct) return distinct;
  for (std::size_t row = 0; row < rows; ++row) {
    if (evaluation.session_of_row[row] < evaluation.sessions.size()) continue;
    return invalid("row " + std::to_string(row + 1) + " is of session number " + std::to_string(evaluation.session_of_row[row]) +
                   ", but there are " + std::to_string(evaluation.sessions.size()));
  }
  std::unordered_set<std::string_view> recent(evaluation.recent.begin(), evaluation.recent.end());
  for (const auto& session : evaluation.sessions) {
    if (!recent.empty()) recent.erase(session);
  }
  if (!recent.empty()) return invalid("recent session " + base::printable(*recent.begin()) + " is not among the sessions");
  for (const auto& segment : evaluation.segments) {
    if (const Status checked = check_segment("segment ", segment, rows); !checked) return checked;
  }
  if (evaluation.second_cluster.codes.empty()) return {};
  return check_segment("second cluster ", evaluation.second_cluster, rows);
}

Status check_keys(const Evaluation& evaluation, bool allow_duplicates) {
  if (const Status trained = check_apart("trained", "training", evaluation.trained_sessions, evaluation.sessions); !trained) {
    return trained;
  }
  if (const Status chosen = check_apart("selection", "selection", evaluation.selection_sessions, evaluation.sessions); !chosen) {
    return chosen;
  }
  if (allow_duplicates) return {};
  const auto key = [&](std::size_t row) { return std::pair(evaluation.session_of_row[row], evaluation.row_number[row]); };
  // In the usual orders no key can stand twice: numbered through, or session by session.
  bool numbered = true, ascending = true;
  for (std::size_t row = 1; row < evaluation.rows() && (numbered || ascending); ++row) {
    numbered = numbered && evaluation.row_number[row - 1] < evaluation.row_number[row];
    ascending = ascending && key(row - 1) < key(row);
  }
  if (numbered || ascending) return {};
  std::vector<std::size_t> order(evaluation.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  const auto twice =
      std::adjacent_find(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) == key(b); });
  if (twice == order.end()) return {};
  return invalid("row key " + row_key(evaluation, *twice) + " stands twice");
}

std::vector<std::size_t> faulty_rows(const Evaluation& evaluation, const std::vector<double>& predictions) {
  std::vector<std::size_t> rows;
  if (std::all_of(predictions.begin(), predictions.end(), [](double value) { return std::isfinite(value); })) return rows;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const std::size_t row = i / evaluation.outputs_per_row;
    if (!std::isfinite(predictions[i]) && (rows.empty() || rows.back() != row)) rows.push_back(row);
  }
  return rows;
}

std::string name_rows(const Evaluation& evaluation, const std::vector<std::size_t>& rows) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(rows.size(), keys_in_a_message); ++i) names.push_back(row_key(evaluation, rows[i]));
  return base::join(names, ", ") + (rows.size() > keys_in_a_message ? ", …" : "");
}

}  // namespace retrain::evaluate
