// Sessions: how often tests err on simulated sessions whose candidate is no better, or harmful. Shared by the benchmarks and
// tests.
#pragma once

#include <cstddef>
#include <vector>

#include "repeat.hpp"

namespace retrain::simulations {

/// One-sided level of every test here.
constexpr double level = 0.025;

struct ClusteredRows {
  std::size_t clusters = 20;
  double icc = 0;  ///< share of the variance that a session's rows have in common
  /// 50 rows in each session, or 50 on average with a lognormal(0.8) law, drawn anew each time.
  bool lognormal_sizes = false;
};
struct ClusteredRates {
  double cluster_test = 0;
  double row_test = 0;
};
/// False promotions by the cluster test and by the row test of equal models.
ClusteredRates clustered_rows(const Plan& plan, const ClusteredRows& world);

struct SkewedRates {
  double gate = 0;   ///< by the larger of both p
  double plain = 0;  ///< by the cluster test alone
};
/// False promotions where most sessions are a little better and few much worse: exponential differences (skewness 2) of mean
/// zero.
SkewedRates skewed_sessions(const Plan& plan, std::size_t sessions);

struct SerialRates {
  double cosines = 0;  ///< ewc_test
  double plain = 0;    ///< t test on session means
};
/// False promotions where each session resembles the one before it: a first-order autoregression.
SerialRates serial_sessions(const Plan& plan, std::size_t sessions, double correlation);

struct WatchRates {
  double e_process = 0;        ///< share rolled back
  double mean_sessions = 0;    ///< until then
  double repeated_t_test = 0;  ///< share rolled back by a t test at every look
};
/// A deployed model that is `harm` session-SD worse is looked at after every session, 24 times, at level 0.05.
WatchRates watched_model(const Plan& plan, double harm);

struct ThresholdRates {
  double with_test = 0;       ///< significant and beyond the threshold
  double threshold_only = 0;  ///< beyond the threshold
};
/// False promotions of an equal model over 24 sessions when an improvement of so many standard errors is asked for.
std::vector<ThresholdRates> noise_beyond_thresholds(const Plan& plan, const std::vector<double>& standard_errors);

}  // namespace retrain::simulations
