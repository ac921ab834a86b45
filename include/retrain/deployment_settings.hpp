// What happens to a promoted model: the sections `deployment`, `verification`, `rollback` and `notifications` of a configuration.
#pragma once

#include <cstddef>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

/// An MLflow tracking server and the model in its registry. Secrets are read from files, never from the configuration.
struct MlflowSettings {
  std::string tracking_uri;
  std::string model_name;  ///< empty = the model's own name
  std::string experiment = "retrain";
  std::string username;
  std::string password_file;
  std::string token_file;
  std::string ca_file;  ///< certificates that are trusted instead of the system's
  Duration timeout = std::chrono::seconds(30);
};

struct DeploymentSettings {
  std::string registry = "local";  ///< local | mlflow
  std::size_t keep_models = 20;    ///< newest models that are kept beside those that history may still need
  MlflowSettings mlflow;
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

struct ChatSettings {
  std::string format;    ///< slack | discord | teams; empty = none
  std::string url_file;  ///< file with the address, which is a secret
};

struct NotificationSettings {
  std::string log_file = "events.jsonl";  ///< relative to the state directory
  std::string webhook_url;                ///< empty = none
  std::string webhook_secret_file;
  std::string webhook_previous_secret_file;        ///< also signs while receivers change over
  bool webhook_allow_http = false;                 ///< plain http, to this machine only
  std::vector<std::string> webhook_private_hosts;  ///< names whose addresses may be private
  ChatSettings chat;
};

}  // namespace retrain
