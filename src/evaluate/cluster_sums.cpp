#include "cluster_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "moments.hpp"
#include "student_t.hpp"

namespace retrain::evaluate {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
// Below this share of the largest value a spread is the rounding of the sums themselves.
constexpr double sum_noise = 0x1p-90;

// A number 0 … count−1 for each cluster number, in ascending order of the cluster numbers.
class DenseNumbers {
 public:
  explicit DenseNumbers(std::span<const std::uint32_t> clusters) {
    const std::size_t largest = clusters.empty() ? 0 : *std::max_element(clusters.begin(), clusters.end());
    // Numbers that are no sparser than the rows are found by their place, others by search.
    if (largest <= 4 * clusters.size() + 1024) {
      place_.assign(largest + 1, 0);
      for (const auto cluster : clusters) place_[cluster] = 1;
      for (auto& place : place_) place = place == 0 ? 0 : static_cast<std::uint32_t>(count_++);
      return;
    }
    known_.assign(clusters.begin(), clusters.end());
    std::sort(known_.begin(), known_.end());
    known_.erase(std::unique(known_.begin(), known_.end()), known_.end());
    count_ = known_.size();
  }
  std::size_t count() const { return count_; }
  std::size_t operator()(std::uint32_t cluster) const {
    if (!place_.empty()) return place_[cluster];
    return static_cast<std::size_t>(std::lower_bound(known_.begin(), known_.end(), cluster) - known_.begin());
  }

 private:
  std::size_t count_ = 0;
  std::vector<std::uint32_t> place_, known_;
};

// Rows of a cluster mostly stand together: independent sums of them do not wait for each other.
DoubleDouble sum_run(std::span<const double> values, double scale) {
  constexpr std::size_t lanes = 4;
  std::array<DoubleDouble, lanes> sums{};
  std::size_t row = 0;
  for (; row + lanes <= values.size(); row += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] = sums[lane] + values[row + lane] * scale;
  }
  for (; row < values.size(); ++row) sums[0] = sums[0] + values[row] * scale;
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

Status check_finite(std::span<const double> differences) {
  const auto broken = std::find_if(differences.begin(), differences.end(), [](double value) { return !std::isfinite(value); });
  if (broken == differences.end()) return {};
  return {StatusCode::invalid_argument, "difference " + std::to_string(*broken) + " in row " +
                                            std::to_string(broken - differences.begin() + 1) + " is not finite"};
}

Result<ClusterSums> sum_clusters(std::span<const double> differences, std::span<const std::uint32_t> clusters) {
  if (differences.size() != clusters.size()) {
    return Status{StatusCode::invalid_argument, std::to_string(differences.size()) + " differences, but " +
                                                    std::to_string(clusters.size()) + " cluster numbers"};
  }
  if (const Status finite = check_finite(differences); !finite) return finite;

  ClusterSums sums;
  sums.rows = differences.size();
  for (const double value : differences) {
    sums.largest = std::max(sums.largest, std::abs(value));
    sums.constant = sums.constant && value == differences.front();
  }
  sums.exponent = scaling_exponent(sums.largest);
  const double scale = std::ldexp(1.0, sums.exponent);
  sums.largest *= scale;
  const DenseNumbers numbers(clusters);
  sums.counts.assign(numbers.count(), 0);
  sums.sums.assign(numbers.count(), {});
  for (std::size_t begin = 0, end = 0; begin < differences.size(); begin = end) {
    while (end < differences.size() && clusters[end] == clusters[begin]) ++end;
    const std::size_t number = numbers(clusters[begin]);
    sums.counts[number] += static_cast<double>(end - begin);
    sums.sums[number] = sums.sums[number] + sum_run(differences.subspan(begin, end - begin), scale);
  }
  return sums;
}

DoubleDouble ClusterSums::mean() const {
  DoubleDouble total;
  for (const DoubleDouble& sum : sums) total = total + sum;
  return total / static_cast<double>(rows);
}

std::vector<DoubleDouble> ClusterSums::cluster_means() const {
  std::vector<DoubleDouble> means(sums.size());
  for (std::size_t g = 0; g < sums.size(); ++g) means[g] = sums[g] / counts[g];
  return means;
}

PairedTest conclude(std::string name, std::size_t rows, std::size_t clusters, const ScaledEstimate& estimate, double baseline) {
  PairedTest test{.test = std::move(name), .rows = rows, .clusters = clusters, .df = estimate.df};
  const auto unscaled = [&](double value) { return std::ldexp(value, -estimate.exponent); };
  if (estimate.largest == 0) {
    test.flags.push_back("identical");
    return test;
  }

  double mean = estimate.mean.value();
  double error = estimate.standard_error;
  if (estimate.constant || error <= sum_noise * estimate.largest) error = 0;
  if (error == 0 && std::abs(mean) <= sum_noise * estimate.largest) mean = 0;
  test.estimate = unscaled(mean);
  test.standard_error = unscaled(error);
  // R's t.test calls data "essentially constant" by the same rule.
  if (error == 0 || test.standard_error <= 10 * std::numeric_limits<double>::epsilon() * baseline)
    test.flags.push_back("zero_variance");
  if (error == 0) {
    test.lower = test.upper = test.upper_one_sided = test.estimate;
    if (mean == 0) return test;  // nothing differs on average and nothing spreads: no evidence on either side
    test.t = mean > 0 ? infinity : -infinity;
  } else {
    test.t = mean / error;
    const double two_sided = t_upper_quantile(0.025, estimate.df) * error;
    test.lower = unscaled(mean - two_sided);
    test.upper = unscaled(mean + two_sided);
    test.upper_one_sided = unscaled(mean + t_upper_quantile(0.05, estimate.df) * error);
  }
  test.p_less = t_upper_tail(-test.t, estimate.df);
  test.p_greater = t_upper_tail(test.t, estimate.df);
  test.p_two_sided = std::min(1.0, 2 * t_upper_tail(std::abs(test.t), estimate.df));
  test.log10_p_two_sided = std::min(0.0, (std::log(2.0) + log_t_upper_tail(std::abs(test.t), estimate.df)) / std::log(10.0));
  return test;
}

PairedTest insufficient(std::string name, std::size_t rows, std::size_t clusters, double mean) {
  PairedTest test{.test = std::move(name), .rows = rows, .clusters = clusters, .estimate = rows < 2 ? nan : mean};
  for (double* statistic : {&test.standard_error, &test.t, &test.df, &test.p_less, &test.p_greater, &test.p_two_sided,
                            &test.log10_p_two_sided, &test.lower, &test.upper, &test.upper_one_sided}) {
    *statistic = nan;
  }
  test.flags.push_back("insufficient");
  return test;
}

ScaledEstimate estimate_of(std::span<const DoubleDouble> values) {
  const double n = static_cast<double>(values.size());
  DoubleDouble total;
  ScaledEstimate estimate{.df = n - 1, .constant = true};
  for (const DoubleDouble& value : values) {
    total = total + value;
    estimate.largest = std::max(estimate.largest, std::abs(value.high));
    estimate.constant = estimate.constant && value.high == values.front().high && value.low == values.front().low;
  }
  estimate.mean = total / n;
  DoubleDouble squares;
  for (const DoubleDouble& value : values) {
    const DoubleDouble deviation = value - estimate.mean;
    squares = squares + deviation * deviation;
  }
  estimate.standard_error = std::sqrt((squares / (n * (n - 1))).value());
  return estimate;
}

std::optional<double> hall_p_less(std::span<const DoubleDouble> values) {
  if (values.size() < 2) return std::nullopt;
  const ScaledEstimate estimate = estimate_of(values);
  if (estimate.constant || estimate.standard_error <= sum_noise * estimate.largest) return std::nullopt;
  const double n = static_cast<double>(values.size());
  const double sd = estimate.standard_error * std::sqrt(n - 1);  // with divisor n, as the skewness takes it
  DoubleDouble cubes;
  for (const DoubleDouble& value : values) {
    const double deviation = (value - estimate.mean).value() / sd;
    cubes = cubes + deviation * deviation * deviation;
  }
  const double skew = cubes.value() / n;
  const double t = estimate.mean.value() / estimate.standard_error;
  const double corrected = t + skew * (2 * t * t + 1) / (6 * std::sqrt(n)) + skew * skew * t * t * t / (27 * n);
  return t_upper_tail(-corrected, n - 1);
}

}  // namespace retrain::evaluate
