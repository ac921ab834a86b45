// Paired tests beyond the default: other variances, second clusters, series in time, folds, and tests without a normal law.
// Each fails with invalid_argument when lengths differ, a value is not finite or a setting is impossible; NaN = does not exist.
#pragma once

#include <cstdint>
#include <retrain/statistics.hpp>
#include <span>
#include <vector>

namespace retrain {

/// Small-sample corrections of the cluster-robust variance of a mean. cr2 is what cluster_t_test uses.
enum class ClusterCorrection {
  cr0,  ///< none: needs 50 clusters or more
  cr1,  ///< times G/(G−1)
  cr2,  ///< unbiased under equal independent errors (Bell, McCaffrey 2002)
  cr3,  ///< the jackknife: mildly conservative, for very uneven sizes
};

/// Cluster-robust t test with Satterthwaite degrees of freedom. Named "cr0" … "cr3", the unbiased one "cluster_t".
Result<PairedTest> cluster_robust_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                       ClusterCorrection correction, double baseline = 0);

/// For a second grouping that recurs across the first, like drivers across races: V = V₁ + V₂ − V₁₂, each times G/(G−1), with the
/// smaller number of clusters minus one degrees of freedom (Cameron, Gelbach, Miller 2011). Where V ≤ 0 the larger one-way
/// variance is used: flag "one_way". clusters counts the smaller grouping.
Result<PairedTest> two_way_test(std::span<const double> differences, std::span<const std::uint32_t> first,
                                std::span<const std::uint32_t> second, double baseline = 0);

/// Corrected t test on cross-validation folds: variance times (1/J + test_train_ratio) (Nadeau, Bengio 2003). Compares recipes,
/// not two fixed models. `test_train_ratio` is n_test / n_train of one fold.
Result<PairedTest> nadeau_bengio_test(std::span<const double> fold_differences, double test_train_ratio, double baseline = 0);

/// Diebold-Mariano test with the correction of Harvey, Leybourne and Newbold (1997) on a series in time order whose errors reach
/// `horizon` − 1 steps. A long-run variance ≤ 0 is replaced by Bartlett's: flag "bartlett". Oversized for short series: prefer
/// ewc_test.
Result<PairedTest> dm_hln_test(std::span<const double> series, std::size_t horizon, double baseline = 0);

/// Newey-West: Bartlett weights up to `lags`, n − 1 degrees of freedom.
Result<PairedTest> newey_west_test(std::span<const double> series, std::size_t lags, double baseline = 0);

/// Equal-weighted cosine test for serial dependence of unknown length (Lazarus, Lewis, Stock, Watson 2018): `terms` cosines, as
/// many degrees of freedom; 0 = ⌊0.4 n^(2/3)⌋. Always has a positive variance.
Result<PairedTest> ewc_test(std::span<const double> series, std::size_t terms = 0, double baseline = 0);

/// Sign-flip permutation test of a symmetric law, on session means: exact over all 2^n flips up to n = 20, else `draws` random
/// ones from `seed` (flag "random_draws"). The smallest possible one-sided p is 2^−n. t, df and interval do not exist.
Result<PairedTest> sign_flip_test(std::span<const double> values, std::uint64_t seed = 0, std::size_t draws = 9999);

/// Wilcoxon's signed rank test of the pseudo-median; t holds V, the rank sum of the positive values. Exact up to 50 values
/// without ties, else normal with continuity and tie corrections; zeros are dropped. Diagnostic only: it does not test the mean.
Result<PairedTest> wilcoxon_test(std::span<const double> values);

/// Exact binomial test of the median; t holds the number of positive values, zeros are dropped. Diagnostic only.
Result<PairedTest> sign_test(std::span<const double> values);

/// Bootstrap-t over whole clusters, `draws` resamples from `seed`: p from the studentised distribution, interval from its
/// quantiles. For 12 clusters or more: flag "few_clusters" below.
Result<PairedTest> cluster_bootstrap_test(std::span<const double> differences, std::span<const std::uint32_t> clusters,
                                          std::uint64_t seed = 0, std::size_t draws = 9999);

/// The exact standard error that a bootstrap of the mean with circular blocks of `length` values would converge to; `length` must
/// divide the number of values, else NaN.
double circular_block_error(std::span<const double> series, std::size_t length);
/// The same for the stationary bootstrap with mean block length `length` ≥ 1 (Politis, Romano 1994).
double stationary_bootstrap_error(std::span<const double> series, double length);

/// Means of the clusters, in ascending order of their numbers: what sign_flip, wilcoxon and the series tests work on.
Result<std::vector<double>> cluster_means(std::span<const double> differences, std::span<const std::uint32_t> clusters);

}  // namespace retrain
