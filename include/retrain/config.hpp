// Config: everything that one retrain.yaml says, as plain values. docs/configuration.md explains each key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <retrain/data_settings.hpp>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

struct StateSettings {
  std::string directory = ".retrain";
};

struct DetectorSettings {
  bool enabled = false;
  std::string method = "e_process";  ///< e_process | e_detector
  double level = 0.05;               ///< e_process: chance of ever alerting about a model that did not get worse; e_detector: a
                                     ///< false alert comes, on average, at most once in 1 / level sessions
  std::size_t min_sessions = 3;
};

struct DriftSettings {
  double severity_threshold = 0.7;  ///< inclusive
  Duration debounce = std::chrono::seconds(3600);
  Duration cooldown = std::chrono::seconds(86400);
  Duration settle{};
  Duration alert_ttl{};  ///< an alert that is older, or whose run has waited longer, is stale; 0 = never
  std::optional<double> escalation_step;
  DetectorSettings detector;
};

struct ScheduleSettings {
  std::string zone = "UTC";
  int max_weekend_retrains = 3;
  std::vector<std::string> weekend_days = {"fri", "sat", "sun"};
  std::string calendar;                           ///< file of events that are capped instead of weekends; empty = none
  std::size_t rate_burst = 0;                     ///< runs that may follow each other at once; 0 = any number
  Duration rate_refill = std::chrono::hours(24);  ///< time after which one more may
};

struct ResourceSettings {
  double max_cpu_percent = 80;
  double max_memory_percent = 80;
  std::size_t max_queue_size = 100;
  unsigned threads = 0;  ///< 0 = as many as the machine allows
};

enum class TrainingMode { automatic, warm, full };
std::string_view to_string(TrainingMode mode);

struct TrainingSettings {
  TrainingMode mode = TrainingMode::automatic;
  std::optional<std::size_t> window_sessions;  ///< newest training sessions to use; empty = all
  std::size_t warm_sessions = 2;
  int warm_rounds = 50;
  int max_rounds = 500;
  int early_stopping_rounds = 25;  ///< 0 = none
  int max_growth = 500;            ///< rounds that warm starts may add since the last full training
  std::map<std::string, std::string> parameters = {{"eta", "0.1"}, {"max_depth", "6"}};
  std::uint64_t seed = 0;
  std::string xgboost_library;  ///< path; empty = found by the usual names
};

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

struct DeploymentSettings {
  std::string registry = "local";
};

struct VerificationSettings {
  std::string method = "e_process";  ///< e_process | betting
  std::size_t verify_sessions = 12;
  double harm_level = 0.05;
  std::string undecided = "auto";  ///< auto | stable | keep_provisional | rollback
};

struct RollbackSettings {
  int max_rollbacks = 2;
  Duration window = std::chrono::days(7);
  Duration hold = std::chrono::hours(24);
};

struct NotificationSettings {
  std::string log_file = "events.jsonl";  ///< relative to the state directory
};

struct BacktestSettings {
  std::size_t first_sessions = 31;  ///< the first model is fitted on these
  std::size_t score_first = 0;      ///< number of the first scored session, from 1; 0 = first_sessions + holdout
  std::size_t score_last = 0;       ///< number of the last; 0 = the newest
  std::size_t retrain_every = 7;    ///< sessions between two trainings of the always-retrain model
};

struct Config {
  std::string path;  ///< the file it came from; empty = made in code
  ModelSettings model;
  StateSettings state;
  DataSettings data;
  DriftSettings drift;
  ScheduleSettings schedule;
  ResourceSettings resources;
  TrainingSettings training;
  ValidationSettings validation;
  ComparisonSettings comparison;
  DeploymentSettings deployment;
  VerificationSettings verification;
  RollbackSettings rollback;
  NotificationSettings notifications;
  BacktestSettings backtest;
};

}  // namespace retrain
