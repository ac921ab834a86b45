#include "key_builder.hpp"

namespace retrain::config {
namespace {

/// One of the chats, or null for none.
Kind<std::string> chat_format() {
  const Kind<std::string> name = choice({"slack", "discord", "teams"});
  return {name.type + ", or null",
          [name](const YamlNode& node, const Problems& problems) -> std::optional<std::string> {
            if (node.kind == YamlNode::Kind::null) return std::string();
            return name.read(node, problems);
          },
          [name](const std::string& value, const Problems& problems) {
            if (!value.empty()) name.check(value, problems);
          },
          [name](const std::string& value) { return value.empty() ? std::string("null") : name.write(value); }};
}

}  // namespace

std::vector<Key> aftermath_keys() {
  using V = VerificationSettings;
  using R = RollbackSettings;
  using B = BacktestSettings;
  using N = NotificationSettings;
  using M = MlflowSettings;
  const auto v = &C::verification;
  const auto r = &C::rollback;
  const auto b = &C::backtest;
  const auto n = &C::notifications;
  const auto m = [](auto field) { return at(&C::deployment, &DeploymentSettings::mlflow, field); };
  return {
      key("deployment.registry", at(&C::deployment, &DeploymentSettings::registry), choice({"local", "mlflow"}),
          "where models are published: in the state directory, or there and on an MLflow server"),
      key("deployment.keep_models", at(&C::deployment, &DeploymentSettings::keep_models), whole<Count>(0, most),
          "newest models whose files are kept beside those that are in production, stable or being judged"),
      key("deployment.mlflow.tracking_uri", m(&M::tracking_uri), text_or_null(), "address of the MLflow 3 tracking server"),
      key("deployment.mlflow.model_name", m(&M::model_name), text_or_null(), "name of the registered model; null: model.name"),
      key("deployment.mlflow.experiment", m(&M::experiment), text(), "experiment that holds the runs"),
      key("deployment.mlflow.username", m(&M::username), text_or_null(), "user of basic authentication"),
      key("deployment.mlflow.password_file", m(&M::password_file), text_or_null(), "file with that user's password"),
      key("deployment.mlflow.token_file", m(&M::token_file), text_or_null(), "file with a bearer token, instead of a user"),
      key("deployment.mlflow.ca_file", m(&M::ca_file), text_or_null(), "file of certificates to trust instead of the system's"),
      key("deployment.mlflow.timeout", m(&M::timeout), positive_duration(), "time that one call may take"),

      key("verification.method", at(v, &V::method), choice({"e_process", "betting"}),
          "e_process weighs the differences in loss, betting bets on their relative size and assumes no law"),
      key("verification.verify_sessions", at(v, &V::verify_sessions), whole<Count>(1, most),
          "later sessions after which an undecided verification ends"),
      key("verification.harm_level", at(v, &V::harm_level), number(probability),
          "chance of ever rolling back a model that does no harm"),
      key("verification.undecided", at(v, &V::undecided), choice({"auto", "stable", "keep_provisional", "rollback"}),
          "what an undecided verification ends in; auto: stable when the mean difference is not worse, else "
          "keep_provisional"),

      key("rollback.max_rollbacks", at(r, &R::max_rollbacks), whole<int>(1, most),
          "most rollbacks in one window: the last of them begins safe mode, in which nothing is promoted"),
      key("rollback.window", at(r, &R::window), duration(), "the window in which they are counted"),
      key("rollback.hold", at(r, &R::hold), duration(), "time after a rollback in which nothing is promoted"),

      key("notifications.log_file", at(&C::notifications, &NotificationSettings::log_file), identifier(),
          "name of the file of events, one JSON line each, in the state directory"),
      key("notifications.webhook_url", at(n, &N::webhook_url), text_or_null(),
          "address to which every event is posted as a CloudEvent; null: none"),
      key("notifications.webhook_secret_file", at(n, &N::webhook_secret_file), text_or_null(),
          "file with the secret that signs what is posted; null: it is not signed"),
      key("notifications.webhook_previous_secret_file", at(n, &N::webhook_previous_secret_file), text_or_null(),
          "file with the secret before: signs too while receivers change over"),
      key("notifications.webhook_allow_http", at(n, &N::webhook_allow_http), flag(),
          "whether addresses of webhook and chat may be plain http, to this machine only"),
      key("notifications.webhook_private_hosts", at(n, &N::webhook_private_hosts), list_of(text()),
          "host names of webhook and chat whose addresses may be private"),
      key("notifications.chat.format", at(n, &N::chat, &ChatSettings::format), chat_format(),
          "chat to which decisions are posted; null: none"),
      key("notifications.chat.url_file", at(n, &N::chat, &ChatSettings::url_file), text_or_null(),
          "file with the address of the chat's webhook, which is a secret"),

      key("backtest.first_sessions", at(b, &B::first_sessions), whole<Count>(2, most),
          "oldest sessions, on which the first model is fitted"),
      key("backtest.score.first", at(b, &B::score_first), whole<Count>(0, most),
          "number of the first scored session, from 1; 0: the first after the first sessions and a holdout"),
      key("backtest.score.last", at(b, &B::score_last), whole<Count>(0, most),
          "number of the last scored session; 0: the newest"),
      key("backtest.retrain_every", at(b, &B::retrain_every), whole<Count>(1, most),
          "sessions between two trainings of the always-retrain model"),
  };
}

}  // namespace retrain::config
