#include <retrain/margins.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "moments.hpp"
#include "student_t.hpp"

namespace retrain {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Status differ(std::size_t candidate, std::size_t production) {
  return {StatusCode::invalid_argument,
          std::to_string(candidate) + " candidate rows, but " + std::to_string(production) + " of production"};
}

}  // namespace

MarginTest margin_test(const PairedTest& test, double margin) {
  MarginTest result{.margin = margin, .t = nan, .df = test.df, .p_less = nan, .p_greater = nan};
  const double distance = test.estimate - margin;
  if (std::isnan(test.standard_error) || std::isnan(distance)) return result;
  if (test.standard_error == 0) {
    result.t = distance == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), distance);
    result.p_less = distance < 0 ? 0 : 1;
    result.p_greater = distance > 0 ? 0 : 1;
    return result;
  }
  result.t = distance / test.standard_error;
  result.p_less = evaluate::t_upper_tail(-result.t, test.df);
  result.p_greater = evaluate::t_upper_tail(result.t, test.df);
  return result;
}

Equivalence equivalence_test(const PairedTest& test, double margin) {
  Equivalence result;
  result.p_upper = margin_test(test, margin).p_less;
  result.p_lower = margin_test(test, -margin).p_greater;
  result.p = std::isnan(result.p_upper) ? nan : std::max(result.p_upper, result.p_lower);
  const double reach =
      test.standard_error > 0 ? evaluate::t_upper_quantile(0.05, test.df) * test.standard_error : test.standard_error;
  result.lower = test.estimate - reach;
  result.upper = test.estimate + reach;
  return result;
}

Result<std::vector<double>> relative_margin_rows(std::span<const double> candidate_losses,
                                                 std::span<const double> production_losses, double share) {
  if (candidate_losses.size() != production_losses.size()) return differ(candidate_losses.size(), production_losses.size());
  std::vector<double> rows(candidate_losses.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = candidate_losses[i] - (1 - share) * production_losses[i];
  return rows;
}

Result<PairedTest> rmse_difference_test(std::span<const double> candidate_errors, std::span<const double> production_errors,
                                        std::span<const std::uint32_t> clusters) {
  if (candidate_errors.size() != production_errors.size()) return differ(candidate_errors.size(), production_errors.size());
  double largest = 0;
  for (const auto errors : {candidate_errors, production_errors}) {
    for (const double error : errors) largest = std::max(largest, std::abs(error));
  }
  const double scale = std::ldexp(1.0, evaluate::scaling_exponent(largest));
  const auto root_mean_square = [&](std::span<const double> errors) {
    evaluate::DoubleDouble sum;
    for (const double error : errors) sum = sum + evaluate::two_product(error * scale, error * scale);
    return std::sqrt((sum / static_cast<double>(errors.size())).value());
  };
  const double candidate = root_mean_square(candidate_errors);
  const double production = root_mean_square(production_errors);
  // A row's influence on each root, (e² − RMSE²)/(2 RMSE), shifted so that the mean is the difference of the roots.
  const auto influence = [scale](double error, double root) {
    const double scaled = error * scale;
    return root > 0 ? (scaled - root) * (scaled + root) / (2 * root) : 0;
  };
  std::vector<double> rows(candidate_errors.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] =
        (influence(candidate_errors[i], candidate) - influence(production_errors[i], production) + (candidate - production)) /
        scale;
  }
  auto test = cluster_t_test(rows, clusters);
  if (test) test->test = "rmse_difference";
  return test;
}

std::vector<double> adjust_p_values(std::span<const double> p_values, Adjustment adjustment) {
  if (adjustment == Adjustment::holm) return holm_adjust(p_values);
  const std::size_t count = p_values.size();
  const double n = static_cast<double>(count);
  std::vector<double> adjusted(count);
  if (adjustment == Adjustment::bonferroni) {
    for (std::size_t i = 0; i < count; ++i) adjusted[i] = std::min(1.0, n * p_values[i]);
    return adjusted;
  }
  double harmonic = 1;
  if (adjustment == Adjustment::benjamini_yekutieli) {
    harmonic = 0;
    for (std::size_t i = 1; i <= count; ++i) harmonic += 1 / static_cast<double>(i);
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  // Step up: from the largest p-value down, never above the one before.
  double previous = 1;
  for (std::size_t rank = count; rank > 0; --rank) {
    const double position = static_cast<double>(rank);
    const double factor = adjustment == Adjustment::hochberg ? n - position + 1 : harmonic * n / position;
    previous = std::min(previous, factor * p_values[order[rank - 1]]);
    adjusted[order[rank - 1]] = previous;
  }
  return adjusted;
}

}  // namespace retrain
