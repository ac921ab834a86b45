// What must hold of an Evaluation before anyone indexes into it.
#pragma once

#include <retrain/evaluation.hpp>
#include <string>
#include <vector>

namespace retrain::evaluate {

/// Fails with invalid_argument when lengths disagree (both are named) or a number points outside its list.
Status check_shape(const Evaluation& evaluation);
/// Fails with invalid_argument, naming the keys, when a row key stands twice, or a session that a model was trained on or chosen
/// by is among the judged ones. With `allow_duplicates` a row key may stand twice.
Status check_keys(const Evaluation& evaluation, bool allow_duplicates);

/// The rows in which one of `predictions` is not finite, in order. `predictions` has the shape of Evaluation::candidate.
std::vector<std::size_t> faulty_rows(const Evaluation& evaluation, const std::vector<double>& predictions);
/// "session S row R" for the first few `rows`, for messages.
std::string name_rows(const Evaluation& evaluation, const std::vector<std::size_t>& rows);

}  // namespace retrain::evaluate
