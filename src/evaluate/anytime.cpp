#include <retrain/anytime.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "series.hpp"

namespace retrain {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

double log_e_value_two_sided(std::span<const double> values, double g) {
  if (values.size() < 2 || !(g > 0)) return 0;
  const auto series = evaluate::series_of(values);
  if (!series || series->estimate.largest == 0) return 0;
  const double n = series->count();
  const double squares = series->autocovariance(0) * n;
  const double mean = series->estimate.mean.value();
  const double between = n * mean * mean;
  // t²/(ν+t²) = between/(squares + between): finite where all values are equal and t is not.
  const double r = 1 / (1 + n * g);
  const double inside = (squares + r * between) / (squares + between);
  return -0.5 * std::log1p(n * g) - 0.5 * n * std::log(inside);
}

ConfidenceBounds t_confidence_sequence(std::span<const double> values, double level, double g) {
  if (values.size() < 2 || !(level > 0 && level < 1) || !(g > 0)) return {-infinity, infinity};
  const auto series = evaluate::series_of(values);
  if (!series) return {-infinity, infinity};
  const double n = series->count();
  const double nu = n - 1;
  const double r = 1 / (1 + n * g);
  const double q = std::pow(r * level * level, 1 / (nu + 1));
  if (q <= r) return {-infinity, infinity};
  const double error = std::sqrt(series->autocovariance(0) / nu);
  const double radius = error * std::sqrt(nu * (1 - q) / (q - r));
  const double mean = series->estimate.mean.value();
  return {std::ldexp(mean - radius, -series->estimate.exponent), std::ldexp(mean + radius, -series->estimate.exponent)};
}

double normal_mixture_radius(double v, double rho, double level) {
  return std::sqrt((v + rho) * std::log((v + rho) / (level * level * rho)));
}

double normal_mixture_rho(double v_opt, double level) {
  const double l = 2 * std::log(1 / level);
  return v_opt / (l + std::log1p(l));
}

double asymptotic_radius(double sd, double n, double rho_squared, double level) {
  const double spread = n * rho_squared + 1;
  return sd * std::sqrt(2 * spread / (n * n * rho_squared) * std::log(std::sqrt(spread) / level));
}

double log_e_betting(std::span<const double> values, double bound, double caution) {
  if (!(bound > 0) || !(caution > 0 && caution < 1)) return 0;
  double log_e = 0;
  double sum = 0;
  double squares = bound * bound / 4;  // one imagined value: mean zero, half the bound away
  double seen = 1;
  for (const double value : values) {
    if (std::isnan(value)) return 0;
    const double mean = sum / seen;
    const double second_moment = squares / seen + mean * mean;
    const double bet = std::min(std::max(mean, 0.0) / second_moment, caution / bound);
    const double clipped = std::clamp(value, -bound, bound);
    log_e += std::log1p(bet * clipped);
    seen += 1;
    sum += clipped;
    const double deviation = clipped - sum / seen;
    squares += deviation * deviation;
  }
  return log_e;
}

}  // namespace retrain
