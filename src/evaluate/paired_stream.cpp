#include <algorithm>
#include <cmath>
#include <retrain/paired_stream.hpp>
#include <string>

#include "cluster_sums.hpp"
#include "moments.hpp"

namespace retrain {
namespace {

using evaluate::LossRows;
using evaluate::Moments;

// From here on a copy of the moments, to go back to, costs less than looking through the rows first.
constexpr std::size_t copy_rows = 16 * Moments::block_size;

Status broken_row(const char* what, double value, std::uint64_t row) {
  return {StatusCode::invalid_argument,
          std::string(what) + ' ' + std::to_string(value) + " in row " + std::to_string(row) + " is not finite"};
}

Status check_rows(LossRows rows, std::uint64_t rows_before) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::isfinite(rows.difference(i))) continue;
    const std::uint64_t row = rows_before + i + 1;
    if (!rows.production.empty()) {
      if (!std::isfinite(rows.candidate[i])) return broken_row("candidate loss", rows.candidate[i], row);
      if (!std::isfinite(rows.production[i])) return broken_row("production loss", rows.production[i], row);
    }
    return broken_row("difference", rows.difference(i), row);
  }
  return {};
}

Status add_checked(Moments& moments, LossRows rows, unsigned threads) {
  const std::uint64_t rows_before = moments.count();
  if (rows.size() < copy_rows) {
    if (const Status finite = check_rows(rows, rows_before); !finite) return finite;
    moments.add(rows);
    return {};
  }
  Moments before = moments;
  moments.add(rows, threads);
  if (moments.total().finite) return {};
  moments = std::move(before);
  return check_rows(rows, rows_before);
}

}  // namespace

struct PairedStream::State {
  unsigned threads = 1;
  Moments moments;
};

PairedStream::PairedStream(unsigned threads) : state_(std::make_unique<State>()) {
  state_->threads = std::max(1U, threads);
}
PairedStream::PairedStream(PairedStream&& other) noexcept = default;
PairedStream& PairedStream::operator=(PairedStream&& other) noexcept = default;
PairedStream::~PairedStream() = default;

Status PairedStream::add(std::span<const double> candidate_losses, std::span<const double> production_losses) {
  if (candidate_losses.size() != production_losses.size()) {
    return {StatusCode::invalid_argument, std::to_string(candidate_losses.size()) + " candidate losses, but " +
                                              std::to_string(production_losses.size()) + " production losses"};
  }
  return add_checked(state_->moments, {candidate_losses, production_losses}, state_->threads);
}

Status PairedStream::add(std::span<const double> differences) {
  return add_checked(state_->moments, {differences, {}}, state_->threads);
}

std::uint64_t PairedStream::rows() const {
  return state_->moments.count();
}

PairedTest PairedStream::finish() const {
  const Moments::Node total = state_->moments.total();
  const std::size_t rows = total.count;
  if (rows < 2) return evaluate::insufficient("paired_t", rows, rows, 0);
  const double n = static_cast<double>(rows);
  evaluate::ScaledEstimate estimate{.mean = total.mean, .df = n - 1, .exponent = total.exponent, .constant = total.constant};
  estimate.standard_error = std::sqrt((total.squares / (n * (n - 1))).value());
  // No row is needed for the scale of rounding noise: the root mean square is within √n of the largest value.
  estimate.largest = std::abs(total.mean.high) + std::sqrt(total.squares.high / n);
  const double baseline = 1024 * std::max(total.candidate_loss, total.production_loss);
  return evaluate::conclude("paired_t", rows, rows, estimate, baseline);
}

}  // namespace retrain
