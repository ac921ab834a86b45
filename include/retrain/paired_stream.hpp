// PairedStream: the classical paired t test over losses that are too many for memory, fed piece by piece.
#pragma once

#include <cstdint>
#include <memory>
#include <retrain/statistics.hpp>
#include <retrain/status.hpp>
#include <span>

namespace retrain {

/// Keeps what the test needs of all rows so far, in memory that grows with the logarithm of their number, and 14 digits or more
/// of t under any common offset: blocks of 1024 rows, summed with compensation and corrected in a second pass, are merged in a
/// tree whose shape depends on the number of rows only (Chan, Golub, LeVeque 1983). However the rows are cut into pieces and
/// however many threads sum them, every bit of the result is the same.
///
/// Rows are taken as independent. For rows that come in sessions use cluster_t_test.
/// Threads: one call at a time.
class PairedStream {
 public:
  /// `threads` share the rows of one large add(), the caller's among them; a small piece starts none.
  explicit PairedStream(unsigned threads = 1);
  PairedStream(PairedStream&& other) noexcept;
  PairedStream& operator=(PairedStream&& other) noexcept;
  ~PairedStream();

  /// Adds rows: their difference is candidate minus production. Fails with invalid_argument when the lengths differ or a value or
  /// a difference is not finite, naming its row, counted from 1 over all pieces. Then nothing was added.
  Status add(std::span<const double> candidate_losses, std::span<const double> production_losses);
  /// Adds differences that are taken already.
  Status add(std::span<const double> differences);

  std::uint64_t rows() const;
  /// The test over all rows so far, with the flags of paired_t_test. The mean absolute losses tell "zero_variance" how coarse the
  /// differences are; of ready differences they are not known and count as zero. More rows may follow.
  PairedTest finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace retrain
