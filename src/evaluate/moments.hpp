// Moments: count, mean and squared deviations of a long stream of doubles, with the same bits however it is cut.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "double_double.hpp"

namespace retrain::evaluate {

/// Blocks of 1024 values, each summed with compensation and corrected in a second pass, are merged (Chan, Golub, LeVeque 1983) in
/// a binary tree whose shape depends on the number of blocks only: any chunking of the input gives identical bits. A one-pass sum
/// of squares has no digit left at an offset of 1e6, Welford's recurrence 7 at 1e9; this keeps 16.
class Moments {
 public:
  static constexpr std::size_t block_size = 1024;

  void add(std::span<const double> values);

  std::uint64_t count() const;
  DoubleDouble mean() const;
  /// Sum of squared deviations from the mean.
  DoubleDouble squares() const;

 private:
  struct Node {
    std::uint64_t count = 0;
    DoubleDouble mean;
    DoubleDouble squares;
  };

  static Node of_block(std::span<const double> values);
  static Node merged(const Node& left, const Node& right);
  void push(Node node);
  Node total() const;

  std::array<double, block_size> pending_{};
  std::size_t pending_count_ = 0;
  std::uint64_t blocks_ = 0;
  std::vector<Node> tree_;  // complete subtrees, largest first: the binary digits of blocks_
};

/// The power of two by which values up to `largest` are multiplied so that squares neither overflow nor vanish; 0 = none needed.
int scaling_exponent(double largest);

}  // namespace retrain::evaluate
