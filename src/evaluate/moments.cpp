#include "moments.hpp"

#include <algorithm>
#include <cmath>

namespace retrain::evaluate {
namespace {

// Independent partial sums: the order of additions is fixed, and the compiler may keep them in vector registers.
constexpr std::size_t lanes = 8;

}  // namespace

Moments::Node Moments::of_block(std::span<const double> values) {
  std::array<double, lanes> high{};
  std::array<double, lanes> low{};
  const std::size_t whole = values.size() - values.size() % lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double value = values[i + lane];
      const double sum = high[lane] + value;
      const double part = sum - high[lane];
      low[lane] += (high[lane] - (sum - part)) + (value - part);
      high[lane] = sum;
    }
  }
  DoubleDouble sum;
  for (std::size_t lane = 0; lane < lanes; ++lane) sum = sum + quick_two_sum(high[lane], low[lane]);
  for (std::size_t i = whole; i < values.size(); ++i) sum = sum + values[i];

  const double count = static_cast<double>(values.size());
  Node node{values.size(), sum / count, {}};
  const double center = node.mean.high;
  std::array<double, lanes> squares{};
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double deviation = values[i + lane] - center;
      squares[lane] += deviation * deviation;
    }
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) node.squares = node.squares + squares[lane];
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double deviation = values[i] - center;
    node.squares = node.squares + deviation * deviation;
  }
  // The deviations were taken from the rounded mean.
  node.squares = node.squares + -(count * node.mean.low * node.mean.low);
  if (node.squares.high < 0) node.squares = {};
  return node;
}

Moments::Node Moments::merged(const Node& left, const Node& right) {
  const double left_count = static_cast<double>(left.count);
  const double right_count = static_cast<double>(right.count);
  const double count = left_count + right_count;
  const DoubleDouble delta = right.mean - left.mean;
  return {left.count + right.count, left.mean + delta * right_count / count,
          left.squares + right.squares + delta * delta * left_count * right_count / count};
}

void Moments::push(Node node) {
  // Like adding one to a binary number: equal subtrees merge.
  for (std::uint64_t digits = blocks_; (digits & 1U) != 0; digits >>= 1U) {
    node = merged(tree_.back(), node);
    tree_.pop_back();
  }
  tree_.push_back(node);
  ++blocks_;
}

void Moments::add(std::span<const double> values) {
  while (!values.empty()) {
    if (pending_count_ == 0 && values.size() >= block_size) {
      push(of_block(values.first(block_size)));
      values = values.subspan(block_size);
      continue;
    }
    const std::size_t taken = std::min(values.size(), block_size - pending_count_);
    std::copy_n(values.begin(), taken, pending_.begin() + static_cast<std::ptrdiff_t>(pending_count_));
    pending_count_ += taken;
    values = values.subspan(taken);
    if (pending_count_ == block_size) {
      push(of_block(pending_));
      pending_count_ = 0;
    }
  }
}

Moments::Node Moments::total() const {
  Node total;
  if (pending_count_ > 0) total = of_block(std::span(pending_).first(pending_count_));
  for (auto node = tree_.rbegin(); node != tree_.rend(); ++node) total = total.count == 0 ? *node : merged(*node, total);
  return total;
}

std::uint64_t Moments::count() const {
  return blocks_ * block_size + pending_count_;
}
DoubleDouble Moments::mean() const {
  return total().mean;
}
DoubleDouble Moments::squares() const {
  return total().squares;
}

int scaling_exponent(double largest) {
  if (!(largest > 0) || !std::isfinite(largest)) return 0;
  int exponent = 0;
  std::frexp(largest, &exponent);
  if (exponent > -300 && exponent < 300) return 0;
  return std::clamp(-exponent, -1000, 1000);
}

}  // namespace retrain::evaluate
