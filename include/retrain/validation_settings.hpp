// When a candidate is better: the sections `validation` and `comparison` of a configuration.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace retrain {

struct ValidationSettings {
  std::size_t holdout_sessions = 12;
  std::size_t recent_sessions = 2;
  /// auto | absolute_error | squared_error | log_loss | brier | zero_one | pinball(q), with 0 < q < 1
  std::string loss = "auto";
  double p_value_threshold = 0.05;               ///< two-sided, with direction: half of it is the one-sided level
  double mae_threshold = 0, rmse_threshold = 0;  ///< absolute improvement asked, in units of the target
  double rmse_margin = 0.0;                      ///< relative worsening allowed
  double recent_margin = 0.10;
  std::optional<double> bias_margin;  ///< worsening of |mean error| allowed, as a share of production's loss; empty = no limit
  std::optional<double> max_mae, max_rmse;  ///< ceilings for any candidate
  std::size_t min_clusters = 5;
  double min_df = 4;
  std::string anchor = "first_stable";  ///< first_stable | none
  std::vector<std::string> segments;
  /// cluster_t | paired_t | cluster_means_t | cr0 | cr1 | cr3 | two_way | ewc | dm_hln | sign_flip | cluster_bootstrap
  std::string test = "cluster_t";
  std::string second_cluster;                ///< two_way: the column that recurs across sessions, like driver
  std::size_t horizon = 1;                   ///< dm_hln: errors of the session means reach this many steps minus one
  std::string rule = "primary";              ///< primary | legacy_all: both metrics on both slices
  std::string margin_mode = "observed";      ///< observed | confident: the bound, not the estimate, beyond the thresholds
  std::string guardrail = "deterioration";   ///< deterioration blocks | prove: non-inferiority must be shown
  std::string on_production_fault = "hold";  ///< hold | ceilings: judge as if there were no production model
  double max_missing_label_share = 0;        ///< of the holdout's rows
  bool allow_duplicates = false;             ///< rows of a host's source that share session and number are not refused
  /// budget | lord++ | saffron | addis | lond | lond_dependent | spending | elond | lord* | none
  std::string lifetime = "budget";
  double alpha_per_year = 0.1;  ///< budget: error regained
};

struct ComparisonSettings {
  double improvement_threshold = 0.01;
  std::string improvement_mode = "relative";  ///< relative | absolute | both
};

}  // namespace retrain
