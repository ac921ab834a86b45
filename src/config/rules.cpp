#include "rules.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "kind.hpp"

namespace retrain::config {
namespace {

using Conflicts = std::vector<Conflict>;

Conflicts features(const Config& config) {
  const ModelSettings& model = config.model;
  Conflicts found;
  if (model.numeric.empty() && model.categorical.empty()) {
    found.push_back({"model.features needs at least one numeric or categorical feature", "model.features", {}});
  }
  const auto look = [&](const std::vector<std::string>& names, const std::string& key, bool after_numeric) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == model.target) {
        found.push_back({key + " holds the target " + in_quotes(names[i]), key, {std::to_string(i)}});
      }
      if (after_numeric && std::find(model.numeric.begin(), model.numeric.end(), names[i]) != model.numeric.end()) {
        found.push_back(
            {key + " lists " + in_quotes(names[i]) + ", which model.features.numeric lists too", key, {std::to_string(i)}});
      }
    }
  };
  look(model.numeric, "model.features.numeric", false);
  look(model.categorical, "model.features.categorical", true);
  return found;
}

Conflicts weekend(const Config& config) {
  if (config.schedule.weekend_days.size() < 7) return {};
  return {{"schedule.weekend_days must leave out a day, or the weekend never ends", "schedule.weekend_days", {}}};
}

Conflicts rate_with_refill(const Config& config) {
  if (config.schedule.rate_burst == 0 || config.schedule.rate_refill > Duration{}) return {};
  return {{"schedule.rate.burst needs schedule.rate.refill, a time longer than 0s", "schedule.rate.burst", {}}};
}

Conflicts recent_within_holdout(const Config& config) {
  const std::size_t holdout = config.validation.holdout_sessions, recent = config.validation.recent_sessions;
  if (recent <= holdout) return {};
  return {{"validation.recent_sessions must be at most validation.holdout_sessions (" + std::to_string(holdout) + "), not " +
               std::to_string(recent),
           "validation.recent_sessions",
           {}}};
}

Conflicts loss_of_task(const Config& config) {
  const std::string& loss = config.validation.loss;
  const Task task = config.model.task;
  const bool of_probabilities = loss == "log_loss" || loss == "brier" || loss == "zero_one";
  const bool of_errors = loss == "absolute_error" || loss == "squared_error" || loss.starts_with("pinball");
  if (!(task == Task::regression ? of_probabilities : of_errors)) return {};
  return {{"validation.loss " + in_quotes(loss) + " does not fit model.task " + std::string(to_string(task)) +
               (task == Task::regression ? ": use auto, absolute_error, squared_error or pinball(q)"
                                         : ": use auto, log_loss, brier or zero_one"),
           "validation.loss",
           {}}};
}

Conflicts second_cluster_of_test(const Config& config) {
  if (config.validation.test != "two_way" || !config.validation.second_cluster.empty()) return {};
  return {{"validation.test two_way needs validation.second_cluster", "validation.test", {}}};
}

Conflicts rule_of_task(const Config& config) {
  if (config.validation.rule != "legacy_all" || config.model.task == Task::regression) return {};
  return {{"validation.rule legacy_all is for model.task regression, not " + std::string(to_string(config.model.task)),
           "validation.rule",
           {}}};
}

Conflicts relative_share(const Config& config) {
  const ComparisonSettings& comparison = config.comparison;
  if (comparison.improvement_mode == "absolute" || comparison.improvement_threshold <= 1) return {};
  return {{"comparison.improvement_threshold must be from 0 to 1 in mode " + comparison.improvement_mode + ", not " +
               number_text(comparison.improvement_threshold),
           "comparison.improvement_threshold",
           {}}};
}

Conflicts scored_span(const Config& config) {
  const BacktestSettings& backtest = config.backtest;
  if (backtest.score_last == 0 || backtest.score_first <= backtest.score_last) return {};
  return {{"backtest.score.last must be 0 or at least backtest.score.first (" + std::to_string(backtest.score_first) + "), not " +
               std::to_string(backtest.score_last),
           "backtest.score.last",
           {}}};
}

/// What an address must begin with, and that nothing secret stands in it; its parts are looked at where it is used.
Conflicts address_of(const std::string& key, const std::string& address, bool allow_http) {
  const auto after = address.find("://");
  const std::string scheme = after == std::string::npos ? "" : base::lower(address.substr(0, after));
  if (scheme != "https" && !(allow_http && scheme == "http")) {
    return {{key + " must begin with https://" + (allow_http ? " or http://" : ""), key, {}}};
  }
  const std::string authority = address.substr(after + 3, address.find_first_of("/?#", after + 3) - after - 3);
  if (authority.empty()) return {{key + " names no host", key, {}}};
  if (authority.find('@') == std::string::npos) return {};
  return {{key + " must not hold a user or password: they belong into files", key, {}}};
}

Conflicts webhook(const Config& config) {
  const NotificationSettings& settings = config.notifications;
  if (!settings.webhook_url.empty()) {
    return address_of("notifications.webhook_url", settings.webhook_url, settings.webhook_allow_http);
  }
  return {};
}

Conflicts chat_with_address(const Config& config) {
  const ChatSettings& chat = config.notifications.chat;
  if (chat.format.empty() || !chat.url_file.empty()) return {};
  return {{"notifications.chat.format needs notifications.chat.url_file", "notifications.chat.format", {}}};
}

Conflicts mlflow_server(const Config& config) {
  const MlflowSettings& mlflow = config.deployment.mlflow;
  Conflicts found;
  if (!mlflow.tracking_uri.empty()) found = address_of("deployment.mlflow.tracking_uri", mlflow.tracking_uri, true);
  if (config.deployment.registry == "mlflow" && mlflow.tracking_uri.empty()) {
    found.push_back({"deployment.registry mlflow needs deployment.mlflow.tracking_uri", "deployment.registry", {}});
  }
  return found;
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = {
      {{"model.target", "model.features.numeric", "model.features.categorical"}, features},
      {{"schedule.weekend_days"}, weekend},
      {{"schedule.rate.burst", "schedule.rate.refill"}, rate_with_refill},
      {{"validation.holdout_sessions", "validation.recent_sessions"}, recent_within_holdout},
      {{"model.task", "validation.loss"}, loss_of_task},
      {{"validation.test", "validation.second_cluster"}, second_cluster_of_test},
      {{"model.task", "validation.rule"}, rule_of_task},
      {{"comparison.improvement_threshold", "comparison.improvement_mode"}, relative_share},
      {{"backtest.score.first", "backtest.score.last"}, scored_span},
      {{"notifications.webhook_url", "notifications.webhook_allow_http"}, webhook},
      {{"notifications.chat.format", "notifications.chat.url_file"}, chat_with_address},
      {{"deployment.registry", "deployment.mlflow.tracking_uri"}, mlflow_server},
  };
  return all;
}

}  // namespace retrain::config
