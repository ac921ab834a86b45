#include "moments.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <system_error>
#include <thread>

namespace retrain::evaluate {
namespace {

// Partial sums stand in eight lanes, taken in pairs: written out as vectors, because the compiler does not find them by itself. A
// vector of two is what every x86-64 and ARM64 has, so that the bits are the same everywhere.
using Pair = double __attribute__((vector_size(16)));
using PairBits = std::int64_t __attribute__((vector_size(16)));
constexpr std::size_t pairs = Moments::lanes / 2;
using Pairs = Pair[pairs];

// Values beyond 2^±300 are brought near one, so that their squares neither overflow nor vanish.
constexpr int huge_exponent = -600;
constexpr int tiny_exponent = 700;
constexpr double loss_unit = 0x1p-10;

// What a thread takes at a time: 64 blocks, an aligned subtree of the one tree.
constexpr unsigned share_level = 6;
constexpr std::size_t share_blocks = std::size_t{1} << share_level;
constexpr std::size_t share_rows = share_blocks * Moments::block_size;
// Fewer are not worth a thread; more at once would need memory.
constexpr std::size_t least_shares = 4;
constexpr std::size_t most_shares = 256;

Pair load(const double* from) {
  Pair pair;
  std::memcpy(&pair, from, sizeof pair);
  return pair;
}

Pair magnitude(Pair pair) {
  return reinterpret_cast<Pair>(reinterpret_cast<PairBits>(pair) & (PairBits{} + std::int64_t{0x7fffffffffffffff}));
}

std::size_t whole_part(std::size_t count) {
  return count - count % Moments::lanes;
}

DoubleDouble compensated_sum(std::span<const double> values) {
  Pairs high{};
  Pairs low{};
  const std::size_t whole = whole_part(values.size());
  for (std::size_t i = 0; i < whole; i += Moments::lanes) {
    for (std::size_t k = 0; k < pairs; ++k) {
      const Pair value = load(values.data() + i + 2 * k);
      const Pair sum = high[k] + value;
      const Pair part = sum - high[k];
      low[k] += (high[k] - (sum - part)) + (value - part);
      high[k] = sum;
    }
  }
  DoubleDouble total;
  for (std::size_t k = 0; k < pairs; ++k) {
    for (std::size_t side = 0; side < 2; ++side) total = total + quick_two_sum(high[k][side], low[k][side]);
  }
  for (std::size_t i = whole; i < values.size(); ++i) total = total + values[i];
  return total;
}

DoubleDouble squares_around(std::span<const double> values, double center) {
  Pairs sums{};
  const Pair centers{center, center};
  const std::size_t whole = whole_part(values.size());
  for (std::size_t i = 0; i < whole; i += Moments::lanes) {
    for (std::size_t k = 0; k < pairs; ++k) {
      const Pair deviation = load(values.data() + i + 2 * k) - centers;
      sums[k] += deviation * deviation;
    }
  }
  DoubleDouble total;
  for (const Pair& sum : sums) total = total + sum[0] + sum[1];
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double deviation = values[i] - center;
    total = total + deviation * deviation;
  }
  return total;
}

Moments::Node plain_node(std::span<const double> values) {
  const double count = static_cast<double>(values.size());
  Moments::Node node{.count = values.size(), .mean = compensated_sum(values) / count};
  node.squares = squares_around(values, node.mean.high);
  node.constant = node.squares.high == 0;
  // The deviations were taken from the rounded mean.
  node.squares = node.squares + -(count * node.mean.low * node.mean.low);
  if (node.squares.high < 0) node.squares = {};
  return node;
}

Moments::Node node_of(std::span<const double> values) {
  Moments::Node node = plain_node(values);
  const double mean = std::abs(node.mean.high);
  // Not a number fails every comparison.
  const bool ordinary = mean < 0x1p300 && node.squares.high < 0x1p600 && (mean > 0x1p-280 || node.squares.high > 0x1p-560);
  if (ordinary) return node;

  double largest = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) return {.count = values.size(), .finite = false};
    largest = std::max(largest, std::abs(value));
  }
  if (largest >= 0x1p-300 && largest < 0x1p300) return node;
  if (largest == 0) return {.count = values.size(), .exponent = tiny_exponent};
  const int exponent = largest < 1 ? tiny_exponent : huge_exponent;
  std::array<double, Moments::block_size> scaled;
  for (std::size_t i = 0; i < values.size(); ++i) scaled[i] = std::ldexp(values[i], exponent);
  node = plain_node(std::span(scaled).first(values.size()));
  node.exponent = exponent;
  return node;
}

// Writes the differences of rows that begin `position` rows into their block. Each lane adds in the order of its rows.
void subtract(LossRows rows, std::size_t position, double* differences, Moments::Lanes& candidate, Moments::Lanes& production) {
  if (rows.production.empty()) {
    std::copy(rows.candidate.begin(), rows.candidate.end(), differences);
    return;
  }
  const auto one = [&](std::size_t row) {
    const std::size_t lane = (position + row) % Moments::lanes;
    differences[row] = rows.candidate[row] - rows.production[row];
    candidate[lane] += std::abs(rows.candidate[row]) * loss_unit;
    production[lane] += std::abs(rows.production[row]) * loss_unit;
  };
  std::size_t row = 0;
  while (row < rows.size() && (position + row) % Moments::lanes != 0) one(row++);
  Pairs candidate_sums, production_sums;
  std::memcpy(candidate_sums, candidate.data(), sizeof candidate_sums);
  std::memcpy(production_sums, production.data(), sizeof production_sums);
  for (; row + Moments::lanes <= rows.size(); row += Moments::lanes) {
    for (std::size_t k = 0; k < pairs; ++k) {
      const Pair candidate_loss = load(rows.candidate.data() + row + 2 * k);
      const Pair production_loss = load(rows.production.data() + row + 2 * k);
      const Pair difference = candidate_loss - production_loss;
      std::memcpy(differences + row + 2 * k, &difference, sizeof difference);
      candidate_sums[k] += magnitude(candidate_loss) * loss_unit;
      production_sums[k] += magnitude(production_loss) * loss_unit;
    }
  }
  std::memcpy(candidate.data(), candidate_sums, sizeof candidate_sums);
  std::memcpy(production.data(), production_sums, sizeof production_sums);
  while (row < rows.size()) one(row++);
}

double mean_of(const Moments::Lanes& sums, std::size_t count) {
  double total = 0;
  for (const double sum : sums) total += sum;
  return total / static_cast<double>(count);
}

Moments::Node node_of_block(LossRows rows) {
  if (rows.production.empty()) return node_of(rows.candidate);
  std::array<double, Moments::block_size> differences;
  Moments::Lanes candidate{}, production{};
  subtract(rows, 0, differences.data(), candidate, production);
  Moments::Node node = node_of(std::span(differences).first(rows.size()));
  node.candidate_loss = mean_of(candidate, rows.size());
  node.production_loss = mean_of(production, rows.size());
  return node;
}

// Exact unless it underflows, and then beside values that are greater by 2^600.
void rescale(Moments::Node& node, int exponent) {
  const int shift = exponent - node.exponent;
  node.mean = {std::ldexp(node.mean.high, shift), std::ldexp(node.mean.low, shift)};
  node.squares = {std::ldexp(node.squares.high, 2 * shift), std::ldexp(node.squares.low, 2 * shift)};
  node.exponent = exponent;
}

DoubleDouble times_power_of_two(DoubleDouble value, double power) {
  return {value.high * power, value.low * power};
}

Moments::Node merged(Moments::Node left, Moments::Node right) {
  if (left.exponent != right.exponent) {
    rescale(left, std::min(left.exponent, right.exponent));
    rescale(right, left.exponent);
    left.constant = false;
  }
  const double left_count = static_cast<double>(left.count);
  const double right_count = static_cast<double>(right.count);
  const double count = left_count + right_count;
  const DoubleDouble delta = right.mean - left.mean;
  Moments::Node node{.count = left.count + right.count, .exponent = left.exponent};
  if (left.count == right.count) {  // every complete subtree: 1024·2^k rows on both sides
    node.mean = left.mean + times_power_of_two(delta, 0.5);
    node.squares = left.squares + right.squares + times_power_of_two(delta * delta, left_count / 2);
  } else {
    node.mean = left.mean + delta * right_count / count;
    node.squares = left.squares + right.squares + delta * delta * left_count * right_count / count;
  }
  node.constant = left.constant && right.constant && left.mean.high == right.mean.high;
  node.finite = left.finite && right.finite;
  const double share = right_count / count;
  node.candidate_loss = left.candidate_loss + (right.candidate_loss - left.candidate_loss) * share;
  node.production_loss = left.production_loss + (right.production_loss - left.production_loss) * share;
  return node;
}

Moments::Node sum_share(LossRows rows) {
  Moments share;
  share.add(rows);
  return share.total();
}

// The subtrees of `rows`, a whole number of shares, in order.
std::vector<Moments::Node> sum_shares(LossRows rows, unsigned threads) {
  std::vector<Moments::Node> nodes(rows.size() / share_rows);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t share = next++; share < nodes.size(); share = next++) {
      nodes[share] = sum_share(rows.part(share * share_rows, share_rows));
    }
  };
  {
    std::vector<std::jthread> helpers;
    const std::size_t wanted = std::min<std::size_t>(threads, nodes.size());
    helpers.reserve(wanted);
    try {
      while (helpers.size() + 1 < wanted) helpers.emplace_back(work);
    } catch (const std::system_error&) {
      // The machine grants no more threads: those that run do the work.
    }
    work();
  }
  return nodes;
}

}  // namespace

void Moments::push(Node node, unsigned level) {
  // Like adding to a binary number: equal subtrees merge.
  for (std::uint64_t digits = blocks_ >> level; (digits & 1U) != 0; digits >>= 1U) {
    node = merged(tree_.back(), node);
    tree_.pop_back();
  }
  tree_.push_back(node);
  blocks_ += std::uint64_t{1} << level;
}

void Moments::add(LossRows rows, unsigned threads) {
  const std::uint64_t over = count() % share_rows;
  std::size_t begin = std::min<std::size_t>(rows.size(), over == 0 ? 0 : share_rows - over);
  add_in_order(rows.part(0, begin));
  while (rows.size() - begin >= least_shares * share_rows) {
    const std::size_t shares = std::min((rows.size() - begin) / share_rows, most_shares);
    for (const Node& node : sum_shares(rows.part(begin, shares * share_rows), threads)) push(node, share_level);
    begin += shares * share_rows;
  }
  add_in_order(rows.part(begin, rows.size() - begin));
}

void Moments::add_in_order(LossRows rows) {
  for (std::size_t begin = 0; begin < rows.size();) {
    const std::size_t rest = rows.size() - begin;
    if (pending_count_ == 0 && rest >= block_size) {
      push(node_of_block(rows.part(begin, block_size)));
      begin += block_size;
      continue;
    }
    const std::size_t taken = std::min(rest, block_size - pending_count_);
    subtract(rows.part(begin, taken), pending_count_, pending_.data() + pending_count_, candidate_losses_, production_losses_);
    pending_count_ += taken;
    begin += taken;
    if (pending_count_ < block_size) continue;
    Node node = node_of(pending_);
    node.candidate_loss = mean_of(candidate_losses_, block_size);
    node.production_loss = mean_of(production_losses_, block_size);
    pending_count_ = 0;
    candidate_losses_ = production_losses_ = {};
    push(node);
  }
}

Moments::Node Moments::total() const {
  Node total;
  if (pending_count_ > 0) {
    total = node_of(std::span(pending_).first(pending_count_));
    total.candidate_loss = mean_of(candidate_losses_, pending_count_);
    total.production_loss = mean_of(production_losses_, pending_count_);
  }
  for (auto node = tree_.rbegin(); node != tree_.rend(); ++node) total = total.count == 0 ? *node : merged(*node, total);
  return total;
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
