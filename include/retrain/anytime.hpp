// Anytime-valid inference: evidence and intervals that may be looked at after every value without losing their level.
#pragma once

#include <retrain/statistics.hpp>
#include <span>

namespace retrain {

struct ConfidenceBounds {
  double lower = 0;  ///< −infinity where nothing can be said yet
  double upper = 0;
};

/// Natural log of the two-sided t-mixture e-value that the mean of `values` is not zero (prior on mean/sd ~ N(0, g)).
double log_e_value_two_sided(std::span<const double> values, double g = 1.0);

/// The means that the two-sided e-value does not refute at `level`: covers the true mean at all times with probability 1 − level.
/// Infinite while the sample is too small.
ConfidenceBounds t_confidence_sequence(std::span<const double> values, double level = 0.05, double g = 1.0);

/// Radius of the normal mixture boundary for a sum with intrinsic time (variance sum) `v` (Robbins 1970; Howard et al. 2021).
double normal_mixture_radius(double v, double rho, double level);
/// The rho that makes that radius tightest near v = `v_opt`.
double normal_mixture_rho(double v_opt, double level);

/// Radius around the mean of an asymptotic confidence sequence: its guarantee holds for large n only, and with few values it is
/// far too narrow. `rho_squared` tunes for a sample size.
double asymptotic_radius(double sd, double n, double rho_squared, double level);

/// Natural log of a betting e-value that the mean of `values` is above zero (Waudby-Smith, Ramdas 2024). Values are clipped to
/// ±bound, the bet never risks more than `caution` of the wealth. For values inside ±bound no law is assumed at all: use the
/// symmetric relative difference (a − b)/(a + b) of two losses.
double log_e_betting(std::span<const double> values, double bound = 0.25, double caution = 0.5);

}  // namespace retrain
