#include "series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <retrain/paired_tests.hpp>

#include "moments.hpp"

namespace retrain {

namespace evaluate {

double Series::autocovariance(std::size_t lag, bool circular) const {
  DoubleDouble sum;
  const std::size_t n = deviations.size();
  for (std::size_t i = 0; i < (circular ? n : n - std::min(lag, n)); ++i) {
    sum = sum + two_product(deviations[i], deviations[(i + lag) % n]);
  }
  return (sum / count()).value();
}

PairedTest Series::conclude_with(std::string name, double standard_error, double df, double baseline) const {
  ScaledEstimate complete = estimate;
  complete.standard_error = standard_error;
  complete.df = df;
  return conclude(std::move(name), deviations.size(), deviations.size(), complete, baseline);
}

Result<Series> series_of(std::span<const double> values) {
  if (const Status finite = check_finite(values); !finite) return finite;
  Series series;
  ScaledEstimate& estimate = series.estimate;
  estimate.constant = true;
  for (const double value : values) {
    estimate.largest = std::max(estimate.largest, std::abs(value));
    estimate.constant = estimate.constant && value == values.front();
  }
  estimate.exponent = scaling_exponent(estimate.largest);
  const double scale = std::ldexp(1.0, estimate.exponent);
  estimate.largest *= scale;
  DoubleDouble sum;
  for (const double value : values) sum = sum + value * scale;
  if (!values.empty()) estimate.mean = sum / static_cast<double>(values.size());
  for (const double value : values) series.deviations.push_back((DoubleDouble{value * scale, 0} - estimate.mean).value());
  return series;
}

}  // namespace evaluate

namespace {

PairedTest too_short(const char* name, const evaluate::Series& series) {
  const double mean = std::ldexp(series.estimate.mean.value(), -series.estimate.exponent);
  return evaluate::insufficient(name, series.deviations.size(), series.deviations.size(), mean);
}

double bartlett_variance(const evaluate::Series& series, std::size_t lags) {
  double variance = series.autocovariance(0);
  for (std::size_t lag = 1; lag <= lags; ++lag) {
    variance += 2 * (1 - static_cast<double>(lag) / static_cast<double>(lags + 1)) * series.autocovariance(lag);
  }
  return variance;
}

}  // namespace

Result<PairedTest> nadeau_bengio_test(std::span<const double> fold_differences, double test_train_ratio, double baseline) {
  if (!(test_train_ratio >= 0) || !std::isfinite(test_train_ratio)) {
    return Status{StatusCode::invalid_argument,
                  "ratio of test to training rows " + std::to_string(test_train_ratio) + " is not from 0 up"};
  }
  const auto series = evaluate::series_of(fold_differences);
  if (!series) return series.status();
  if (fold_differences.size() < 2) return too_short("nadeau_bengio", *series);
  const double n = series->count();
  const double variance = series->autocovariance(0) * n / (n - 1);
  return series->conclude_with("nadeau_bengio", std::sqrt((1 / n + test_train_ratio) * variance), n - 1, baseline);
}

Result<PairedTest> dm_hln_test(std::span<const double> values, std::size_t horizon, double baseline) {
  if (horizon < 1) return Status{StatusCode::invalid_argument, "horizon 0 of a Diebold-Mariano test, it starts at 1"};
  const auto series = evaluate::series_of(values);
  if (!series) return series.status();
  if (values.size() < 2 || horizon >= values.size()) return too_short("dm_hln", *series);
  const double n = series->count();
  const double h = static_cast<double>(horizon);
  double variance = series->autocovariance(0);
  for (std::size_t lag = 1; lag < horizon; ++lag) variance += 2 * series->autocovariance(lag);
  const bool bartlett = !(variance > 0);
  if (bartlett) variance = bartlett_variance(*series, horizon - 1);
  const double correction = std::sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n);
  PairedTest test = series->conclude_with("dm_hln", std::sqrt(variance / n) / correction, n - 1, baseline);
  if (bartlett && !series->estimate.constant) test.flags.push_back("bartlett");
  return test;
}

Result<PairedTest> newey_west_test(std::span<const double> values, std::size_t lags, double baseline) {
  const auto series = evaluate::series_of(values);
  if (!series) return series.status();
  if (values.size() < 2 || lags >= values.size()) return too_short("newey_west", *series);
  return series->conclude_with("newey_west", std::sqrt(bartlett_variance(*series, lags) / series->count()), series->count() - 1,
                               baseline);
}

Result<PairedTest> ewc_test(std::span<const double> values, std::size_t terms, double baseline) {
  const auto series = evaluate::series_of(values);
  if (!series) return series.status();
  const double n = series->count();
  // Cube roots of whole numbers may fall a hair below them.
  if (terms == 0) terms = static_cast<std::size_t>(0.4 * std::pow(n, 2.0 / 3.0) + 1e-9);
  if (values.size() < 2 || terms < 1 || terms >= values.size()) return too_short("ewc", *series);
  evaluate::DoubleDouble sum;
  for (std::size_t j = 1; j <= terms; ++j) {
    evaluate::DoubleDouble projection;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double angle = std::numbers::pi * static_cast<double>(j) * (static_cast<double>(i) + 0.5) / n;
      projection = projection + series->deviations[i] * std::cos(angle);
    }
    sum = sum + projection * projection;
  }
  const double nu = static_cast<double>(terms);
  const double variance = 2 / n * sum.value() / nu;
  return series->conclude_with("ewc", std::sqrt(variance / n), nu, baseline);
}

double circular_block_error(std::span<const double> values, std::size_t length) {
  const auto series = evaluate::series_of(values);
  const std::size_t n = values.size();
  if (!series || length < 1 || n < 2 || n % length != 0) return std::numeric_limits<double>::quiet_NaN();
  evaluate::DoubleDouble sum;
  for (std::size_t begin = 0; begin < n; ++begin) {
    evaluate::DoubleDouble block;
    for (std::size_t i = 0; i < length; ++i) block = block + series->deviations[(begin + i) % n];
    sum = sum + block * block;
  }
  const double blocks = series->count() * static_cast<double>(length);
  return std::ldexp(std::sqrt(sum.value() / blocks / series->count()), -series->estimate.exponent);
}

double stationary_bootstrap_error(std::span<const double> values, double length) {
  const auto series = evaluate::series_of(values);
  if (!series || values.size() < 2 || !(length >= 1)) return std::numeric_limits<double>::quiet_NaN();
  const double n = series->count();
  double variance = series->autocovariance(0, true);
  for (std::size_t lag = 1; lag < values.size(); ++lag) {
    const double k = static_cast<double>(lag);
    variance += 2 * (1 - k / n) * std::pow(1 - 1 / length, k) * series->autocovariance(lag, true);
  }
  return std::ldexp(std::sqrt(variance / n), -series->estimate.exponent);
}

}  // namespace retrain
