#include "evaluation_check.hpp"

#include <algorithm>
#include <cmath>
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

Status check_segment(const SegmentColumn& segment, std::size_t rows) {
  const std::string name = "segment " + base::printable(segment.name);
  if (const Status length = check_length(name, segment.codes.size(), rows); !length) return length;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto code = segment.codes[row];
    if (code >= -1 && (code < 0 || static_cast<std::size_t>(code) < segment.dictionary.size())) continue;
    return invalid(name + " has code " + std::to_string(code) + " in row " + std::to_string(row + 1) + ", but " +
                   std::to_string(segment.dictionary.size()) + " values");
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
  std::unordered_set<std::string_view> sessions;
  for (const auto& session : evaluation.sessions) {
    if (!sessions.insert(session).second) return invalid("session " + base::printable(session) + " is listed twice");
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (evaluation.session_of_row[row] < evaluation.sessions.size()) continue;
    return invalid("row " + std::to_string(row + 1) + " is of session number " + std::to_string(evaluation.session_of_row[row]) +
                   ", but there are " + std::to_string(evaluation.sessions.size()));
  }
  for (const auto& session : evaluation.recent) {
    if (!sessions.contains(session)) return invalid("recent session " + base::printable(session) + " is not among the sessions");
  }
  for (const auto& segment : evaluation.segments) {
    if (const Status checked = check_segment(segment, rows); !checked) return checked;
  }
  return {};
}

Status check_keys(const Evaluation& evaluation) {
  std::unordered_set<std::string_view> trained(evaluation.trained_sessions.begin(), evaluation.trained_sessions.end());
  for (const auto& session : evaluation.sessions) {
    if (trained.contains(session)) {
      return invalid("session " + base::printable(session) + " was trained on and cannot judge: training and gate rows overlap");
    }
  }
  std::vector<std::size_t> order(evaluation.rows());
  for (std::size_t row = 0; row < order.size(); ++row) order[row] = row;
  const auto key = [&](std::size_t row) { return std::pair(evaluation.session_of_row[row], evaluation.row_number[row]); };
  const auto before = [&](std::size_t a, std::size_t b) { return key(a) < key(b); };
  if (!std::is_sorted(order.begin(), order.end(), before)) std::sort(order.begin(), order.end(), before);
  const auto twice =
      std::adjacent_find(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) == key(b); });
  if (twice == order.end()) return {};
  return invalid("row key " + row_key(evaluation, *twice) + " stands twice");
}

std::vector<std::size_t> faulty_rows(const Evaluation& evaluation, const std::vector<double>& predictions) {
  std::vector<std::size_t> rows;
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
