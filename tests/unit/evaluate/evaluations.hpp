// Small evaluations for the tests of gate and comparator.
#pragma once

#include <retrain/evaluation.hpp>
#include <string>
#include <vector>

namespace retrain::reference {

/// One row of a regression: its session and the errors of both models, around a label of 100.
struct ErrorRow {
  std::uint32_t session;
  double candidate_error, production_error;
};

/// Sessions "S00", "S01", …, as many as the rows name; rows are numbered within their session.
inline Evaluation evaluation_of(const std::vector<ErrorRow>& rows) {
  Evaluation evaluation;
  std::vector<std::int64_t> next;
  for (const auto& row : rows) {
    while (evaluation.sessions.size() <= row.session) {
      const auto number = evaluation.sessions.size();
      evaluation.sessions.push_back((number < 10 ? "S0" : "S") + std::to_string(number));
      next.push_back(1);
    }
    evaluation.session_of_row.push_back(row.session);
    evaluation.row_number.push_back(next[row.session]++);
    evaluation.actual.push_back(0);
    evaluation.candidate.push_back(row.candidate_error);
    evaluation.production.push_back(row.production_error);
  }
  evaluation.candidate_sha256 = std::string(64, 'c');
  evaluation.production_sha256 = std::string(64, 'd');
  return evaluation;
}

/// Deterministic noise in (-1, 1): a multiplicative generator, so that a case reads the same on every platform.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed * 2 + 1) {}
  double operator()() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(static_cast<std::int64_t>(state_) >> 11) * 0x1p-52;
  }

 private:
  std::uint64_t state_;
};

}  // namespace retrain::reference
