// Student's t: tails that keep their digits, their logarithms below the range of double, quantiles, and power.
#pragma once

namespace retrain::evaluate {

/// P(T ≥ t). `df` > 0, not necessarily whole; t may be infinite.
double t_upper_tail(double t, double df);
/// Natural log of P(T ≥ t), right where the tail itself underflows.
double log_t_upper_tail(double t, double df);
/// The t with P(T ≥ t) = p, for 0 < p < 1.
double t_upper_quantile(double p, double df);
/// P(T' ≥ t) of the non-central t distribution.
double noncentral_t_upper_tail(double t, double df, double noncentrality);

}  // namespace retrain::evaluate
