#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <retrain/paired_tests.hpp>

#include "resampling.hpp"
#include "series.hpp"

namespace retrain {
namespace {

constexpr std::size_t exact_limit = 20;

struct Tail {
  double less = 0, greater = 0, both = 0, all = 0;
};

// Counts how often a flipped sum is at least as extreme as the observed one; sums equal up to rounding are ties.
class Counter {
 public:
  Counter(double observed, double tie) : observed_(observed), tie_(tie) {}
  void add(double sum) {
    tail_.less += sum <= observed_ + tie_ ? 1 : 0;
    tail_.greater += sum >= observed_ - tie_ ? 1 : 0;
    tail_.both += std::abs(sum) >= std::abs(observed_) - tie_ ? 1 : 0;
    tail_.all += 1;
  }
  Tail tail() const { return tail_; }

 private:
  double observed_, tie_;
  Tail tail_;
};

// In Gray code each flip differs from the one before in one value.
Tail exact_tail(const std::vector<double>& values, Counter counter) {
  evaluate::DoubleDouble sum;
  std::vector<double> signs(values.size(), 1);
  for (const double value : values) sum = sum + value;
  counter.add(sum.value());
  const std::uint64_t flips = std::uint64_t{1} << values.size();
  for (std::uint64_t i = 1; i < flips; ++i) {
    const auto which = static_cast<std::size_t>(std::countr_zero(i));
    signs[which] = -signs[which];
    sum = sum + 2 * signs[which] * values[which];
    counter.add(sum.value());
  }
  return counter.tail();
}

// The observed order counts as one draw, which keeps p above zero and the test valid.
Tail drawn_tail(const std::vector<double>& values, Counter counter, double observed, std::uint64_t seed, std::size_t draws) {
  evaluate::CounterRandom random(seed);
  counter.add(observed);
  for (std::size_t draw = 0; draw < draws; ++draw) {
    evaluate::DoubleDouble sum;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % 64 == 0) bits = random.bits();
      sum = sum + ((bits & 1U) != 0 ? values[i] : -values[i]);
      bits >>= 1U;
    }
    counter.add(sum.value());
  }
  return counter.tail();
}

}  // namespace

Result<PairedTest> sign_flip_test(std::span<const double> values, std::uint64_t seed, std::size_t draws) {
  const auto series = evaluate::series_of(values);
  if (!series) return series.status();
  const double mean = std::ldexp(series->estimate.mean.value(), -series->estimate.exponent);
  if (values.size() < 2) return evaluate::insufficient("sign_flip", values.size(), values.size(), mean);
  PairedTest test = series->conclude_with("sign_flip", 1, 1, 0);
  for (double* statistic : {&test.standard_error, &test.t, &test.df, &test.lower, &test.upper, &test.upper_one_sided}) {
    *statistic = std::numeric_limits<double>::quiet_NaN();
  }
  if (series->estimate.largest == 0) return test;

  std::vector<double> scaled;
  double observed = 0;
  double size = 0;
  for (const double value : values) {
    scaled.push_back(std::ldexp(value, series->estimate.exponent));
    size += std::abs(scaled.back());
  }
  observed = (series->estimate.mean * series->count()).value();
  const Counter counter(observed, 1e-13 * size);
  const bool exact = values.size() <= exact_limit;
  const Tail tail = exact ? exact_tail(scaled, counter) : drawn_tail(scaled, counter, observed, seed, draws);
  test.p_less = tail.less / tail.all;
  test.p_greater = tail.greater / tail.all;
  test.p_two_sided = tail.both / tail.all;
  test.log10_p_two_sided = std::log10(test.p_two_sided);
  if (!exact) test.flags.push_back("random_draws");
  return test;
}

}  // namespace retrain
