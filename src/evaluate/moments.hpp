// Moments: count, mean and squared deviations of a long stream of differences, with the same bits however it is cut.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "double_double.hpp"

namespace retrain::evaluate {

/// Consecutive rows: the losses of both models, or, with `production` empty, differences that somebody else has taken.
struct LossRows {
  std::span<const double> candidate;
  std::span<const double> production;

  std::size_t size() const { return candidate.size(); }
  double difference(std::size_t row) const { return production.empty() ? candidate[row] : candidate[row] - production[row]; }
  LossRows part(std::size_t begin, std::size_t count) const {
    return {candidate.subspan(begin, count), production.empty() ? production : production.subspan(begin, count)};
  }
};

/// Blocks of 1024 values, each summed with compensation and corrected in a second pass, are merged (Chan, Golub, LeVeque 1983) in
/// a binary tree whose shape depends on the number of blocks only: any chunking of the input, and any number of threads that sum
/// aligned subtrees, gives identical bits. A one-pass sum of squares has no digit left at an offset of 1e6, Welford's recurrence
/// 7 at 1e9; this keeps 16. A block of huge or tiny values carries a power of two of its own.
class Moments {
 public:
  static constexpr std::size_t block_size = 1024;

  /// Moments of some rows, times 2^exponent (the squares: twice that).
  struct Node {
    std::uint64_t count = 0;
    DoubleDouble mean;
    DoubleDouble squares;  ///< sum of squared deviations from the mean
    int exponent = 0;
    bool constant = true;                            ///< every difference is the same
    bool finite = true;                              ///< else nothing here means anything
    double candidate_loss = 0, production_loss = 0;  ///< mean |loss| / 1024, a sum of which cannot overflow; not scaled
  };

  void add(std::span<const double> values) { add(LossRows{values, {}}); }
  /// `threads` share many rows, the caller's among them; a small piece starts none.
  void add(LossRows rows, unsigned threads = 1);

  std::uint64_t count() const { return blocks_ * block_size + pending_count_; }
  Node total() const;
  DoubleDouble mean() const;     ///< of values neither huge nor tiny: not scaled
  DoubleDouble squares() const;  ///< as above

  static constexpr std::size_t lanes = 8;
  using Lanes = std::array<double, lanes>;

 private:
  void add_in_order(LossRows rows);
  // Adds 2^level whole blocks that were summed elsewhere. Nothing is pending, and blocks_ is a multiple of 2^level.
  void push(Node node, unsigned level = 0);

  std::array<double, block_size> pending_{};        // differences
  Lanes candidate_losses_{}, production_losses_{};  // of the pending rows
  std::size_t pending_count_ = 0;
  std::uint64_t blocks_ = 0;
  std::vector<Node> tree_;  // complete subtrees, largest first: the binary digits of blocks_
};

/// The power of two by which values up to `largest` are multiplied so that squares neither overflow nor vanish; 0 = none needed.
int scaling_exponent(double largest);

}  // namespace retrain::evaluate
