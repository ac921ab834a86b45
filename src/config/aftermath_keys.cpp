#include "key_builder.hpp"

namespace retrain::config {

std::vector<Key> aftermath_keys() {
  using V = VerificationSettings;
  using R = RollbackSettings;
  using B = BacktestSettings;
  const auto v = &C::verification;
  const auto r = &C::rollback;
  const auto b = &C::backtest;
  return {
      key("deployment.registry", at(&C::deployment, &DeploymentSettings::registry), choice({"local"}, {"mlflow"}),
          "where models are published"),

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
