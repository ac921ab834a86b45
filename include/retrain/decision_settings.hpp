// When a run may start: the sections `drift`, `schedule`, `queue` and `resources` of a configuration.
#pragma once

#include <optional>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

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

/// How waiting runs take turns, and when one is given up.
struct QueueSettings {
  Duration ageing = std::chrono::hours(4);     ///< a run that waited this long ranks with the most urgent; 0 = none does
  int max_attempts = 3;                        ///< deaths or failures after which a run is set aside
  Duration backoff = std::chrono::minutes(1);  ///< before the second attempt; doubles with each, spread by up to a quarter
  Duration max_backoff = std::chrono::hours(1);
  Duration deadline{};                        ///< from a run's first claim to its end; 0 = none
  Duration stall{};                           ///< longest time without progress of a step; 0 = any
  Duration lease = std::chrono::seconds(30);  ///< a worker that is silent for so long has lost its run
};

struct ResourceSettings {
  double max_cpu_percent = 80;
  double max_memory_percent = 80;
  std::size_t max_queue_size = 100;
  unsigned threads = 0;  ///< 0 = as many as the machine allows
};

}  // namespace retrain
