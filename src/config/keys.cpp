#include "keys.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "kinds.hpp"

namespace retrain::config {
namespace {

constexpr long long most = 1'000'000;  // of anything counted here; sums of several stay far from overflow
constexpr long long most_rows = 1'000'000'000'000;

/// A field of Config, however deep.
template <class... Members>
auto at(Members... members) {
  return [members...](auto& config) -> auto& { return (config.*....*members); };
}

template <class Field, class Value>
Key key(const char* name, Field field, Kind<Value> kind, const char* meaning) {
  return {name,
          kind.type,
          meaning,
          false,
          [field, kind](const YamlNode& node, Config& config, const Problems& problems) {
            auto value = kind.read(node, problems);
            if (value) field(config) = std::move(*value);
            return value.has_value();
          },
          [field, kind](const Config& config, const Problems& problems) { kind.check(field(config), problems); },
          [field, kind](const Config& config) { return kind.write(field(config)); }};
}

Key required(Key key) {
  key.required = true;
  return key;
}

using Count = std::size_t;
using C = Config;

std::vector<Key> model_and_data_keys() {
  using M = ModelSettings;
  using D = DataSettings;
  const auto m = &C::model;
  const auto d = &C::data;
  return {
      required(key("model.name", at(m, &M::name), identifier(), "names the model in the state, in paths and in reports")),
      key("model.task", at(m, &M::task), enumeration<Task>({Task::regression, Task::binary, Task::multiclass}),
          "what is predicted"),
      required(key("model.target", at(m, &M::target), text(), "column that is predicted")),
      key("model.features.numeric", at(m, &M::numeric), list_of(text()),
          "numeric feature columns; one feature of either sort is required"),
      key("model.features.categorical", at(m, &M::categorical), list_of(text()), "feature columns whose values are categories"),

      key("state.directory", at(&C::state, &StateSettings::directory), text(), "folder of everything that is stored"),

      key("data.directory", at(d, &D::directory), text(), "folder of the session files"),
      key("data.pattern", at(d, &D::pattern), file_pattern(), "names of the session files in it, with * and ?"),
      key("data.session", at(d, &D::session_column), session_rule(),
          "what a session is: a file, or the rows that share a value of a column"),
      key("data.time.column", at(d, &D::time_column), text_or_null(),
          "column with the time of a row; null: sessions are ordered by name and known at once"),
      key("data.time.zone", at(d, &D::time_zone), zone(), "IANA zone of times without an offset; a date alone means its end"),
      key("data.columns", at(d, &D::columns), column_rules(),
          "what the columns hold: type float (the default), integer, text or date, inclusive min and max, largest missing "
          "share, the only allowed values"),
      key("data.unique", at(d, &D::unique), list_of(text()), "columns that together name a row of a session once"),
      key("data.rising", at(d, &D::rising), rising_rules(),
          "columns that strictly rise within the rows of a session that agree in the listed columns"),
      key("data.sum_equals", at(d, &D::sum_equals), sum_rules(),
          "columns that add up to another in every row, give or take a tolerance (0.001)"),
      key("data.where", at(d, &D::where), row_conditions(),
          "rows to use: those for which every condition holds; numbers are compared by value"),
      key("data.required_columns", at(d, &D::required_columns), list_of(text()),
          "columns that must be there although nothing else names them"),
      key("data.exact_header", at(d, &D::exact_header), flag(),
          "whether the header may hold no column but those that model and data name, in any order"),
      key("data.min_rows", at(d, &D::min_rows), whole<std::int64_t>(0, most_rows), "fewest rows of a valid session"),
      key("data.valid_share", at(d, &D::valid_share), number(share),
          "share of the sessions that must be valid; within it invalid ones are set aside, beyond it the data is broken"),
      key("data.expected_sessions", at(d, &D::expected_sessions), text_or_null(),
          "file with one session id a line: the sessions that must be there"),
      key("data.expected.every", at(d, &D::expected, &ExpectedRule::every), or_null(positive_duration()),
          "one session is expected each such time, counted from the first; null: no such rule"),
      key("data.expected.grace", at(d, &D::expected, &ExpectedRule::grace), duration(), "how late or early one of them may be"),
      key("data.settle", at(d, &D::settle), duration(), "a file that changed less than this ago may still grow: a run waits"),
      key("data.max_age", at(d, &D::max_age), or_null(positive_duration()),
          "age of the newest session above which a run waits; null: any"),
      key("data.min_label_share", at(d, &D::min_label_share), number(share),
          "share of a session's rows, those that pass data.where, that must have a target; with fewer a run waits"),
      key("data.dvc.mode", at(d, &D::dvc, &DvcSettings::mode),
          enumeration<DvcMode>({DvcMode::off, DvcMode::native, DvcMode::cli, DvcMode::both}),
          "who compares the data with what DVC recorded: nobody, retrain itself, the dvc program, or both, which must agree"),
      key("data.dvc.path", at(d, &D::dvc, &DvcSettings::path), text_or_null(),
          "a .dvc file, dvc.lock, or a folder of them; null: found from data.directory upwards"),
      key("data.dvc.program", at(d, &D::dvc, &DvcSettings::program), text(), "the dvc program: a name in PATH, or a path"),
      key("data.dvc.timeout", at(d, &D::dvc, &DvcSettings::timeout), positive_duration(), "time that one call of it may take"),
      key("data.delimiter", at(d, &D::delimiter), delimiter(), "what separates fields; it is never guessed"),
      key("data.missing_values", at(d, &D::missing_values), list_of(cell()),
          "what a cell of a number or date may hold instead; a text is missing when it is empty"),
      key("data.allow_embedded_newlines", at(d, &D::allow_embedded_newlines), flag(), "whether quoted cells may hold line ends"),
  };
}

std::vector<Key> decision_keys() {
  using D = DriftSettings;
  using T = DetectorSettings;
  using S = ScheduleSettings;
  using R = ResourceSettings;
  const auto d = &C::drift;
  const auto s = &C::schedule;
  const auto r = &C::resources;
  return {
      key("drift.severity_threshold", at(d, &D::severity_threshold), number(share),
          "least severity of an alert that is acted upon, inclusive"),
      key("drift.debounce_seconds", at(d, &D::debounce), seconds(), "time in which alerts of one kind are merged into the first"),
      key("drift.cooldown_seconds", at(d, &D::cooldown), seconds(),
          "time after the end of a run that trained in which no alert starts another"),
      key("drift.settle_seconds", at(d, &D::settle), seconds(), "time from an accepted alert to the earliest start of its run"),
      key("drift.alert_ttl", at(d, &D::alert_ttl), duration(),
          "age above which an alert, or a run that waits for its turn, is stale and ends; 0s: never"),
      key("drift.escalation_step", at(d, &D::escalation_step), or_null(number({0, 1, true, false})),
          "how much worse than the last an alert must be to break the cooldown; null: none does"),
      key("drift.detector.enabled", at(d, &D::detector, &T::enabled), flag(), "whether new sessions are watched for drift"),
      key("drift.detector.method", at(d, &D::detector, &T::method), choice({"e_process", "e_detector"}),
          "e_process weighs all sessions since the deployment, e_detector also every later start"),
      key("drift.detector.level", at(d, &D::detector, &T::level), number(probability),
          "e_process: chance of ever alerting falsely; e_detector: false alerts per session, on average"),
      key("drift.detector.min_sessions", at(d, &D::detector, &T::min_sessions), whole<Count>(3, most),
          "fewest new sessions for an alert"),

      key("schedule.zone", at(s, &S::zone), zone(), "IANA zone of the weekend"),
      key("schedule.max_weekend_retrains", at(s, &S::max_weekend_retrains), whole<int>(0, most), "most runs in one weekend"),
      key("schedule.weekend_days", at(s, &S::weekend_days), list_of(choice({"mon", "tue", "wed", "thu", "fri", "sat", "sun"}), 1),
          "days that make the weekend, at most six"),
      key("schedule.calendar", at(s, &S::calendar), text_or_null(),
          "CSV file of events (id, start, end, zone) that are capped instead of weekends"),
      key("schedule.rate.burst", at(s, &S::rate_burst), whole<Count>(0, most),
          "most runs that follow each other at once; 0: any"),
      key("schedule.rate.refill", at(s, &S::rate_refill), duration(), "time after which one more run may start"),

      key("resources.max_cpu_percent", at(r, &R::max_cpu_percent), number(percent), "CPU use above which a run waits"),
      key("resources.max_memory_percent", at(r, &R::max_memory_percent), number(percent),
          "share of the memory that runs together may take; a run that needs more alone never starts"),
      key("resources.max_queue_size", at(r, &R::max_queue_size), whole<Count>(1, most), "most runs that wait at one time"),
      key("resources.threads", at(r, &R::threads), threads(), "threads for training; auto: as many as the machine allows"),
  };
}

std::vector<Key> training_and_validation_keys() {
  using T = TrainingSettings;
  using V = ValidationSettings;
  const auto t = &C::training;
  const auto v = &C::validation;
  using Mode = TrainingMode;
  const Kind<Mode> mode = enumeration<Mode>({Mode::automatic, Mode::warm, Mode::full}, {"recalibrate", "best"});
  return {
      key("training.mode", at(t, &T::mode), mode,
          "continue the stable champion (warm), start anew (full), or the first where it applies (auto)"),
      key("training.window_sessions", at(t, &T::window_sessions), or_null(whole<Count>(1, most)),
          "newest training sessions that are used; null: all"),
      key("training.warm_sessions", at(t, &T::warm_sessions), whole<Count>(1, most),
          "newest training sessions that a warm start fits on"),
      key("training.warm_rounds", at(t, &T::warm_rounds), whole<int>(1, most), "most boosting rounds that a warm start adds"),
      key("training.max_rounds", at(t, &T::max_rounds), whole<int>(1, most), "most boosting rounds of a full training"),
      key("training.early_stopping_rounds", at(t, &T::early_stopping_rounds), whole<int>(0, most),
          "rounds without improvement on a later slice after which training ends; 0: none"),
      key("training.max_growth", at(t, &T::max_growth), whole<int>(0, most),
          "rounds that warm starts may add since the last full training"),
      key("training.parameters", at(t, &T::parameters), parameters(), "XGBoost's parameters; replaces the default as a whole"),
      key("training.seed", at(t, &T::seed), whole<std::uint64_t>(0, INT64_MAX), "seed of all randomness in training"),
      key("training.xgboost_library", at(t, &T::xgboost_library), text_or_null(),
          "path of libxgboost; null: found by the usual names"),

      key("validation.holdout_sessions", at(v, &V::holdout_sessions), whole<Count>(1, most),
          "newest sessions, on which models are judged and never trained"),
      key("validation.recent_sessions", at(v, &V::recent_sessions), whole<Count>(1, most),
          "newest of those, judged once more by themselves"),
      key("validation.loss", at(v, &V::loss), loss(), "loss of one row; auto: absolute_error for regression, else log_loss"),
      key("validation.p_value_threshold", at(v, &V::p_value_threshold), number(probability),
          "two-sided level of the gate; half of it is the one-sided level"),
      key("validation.mae_threshold", at(v, &V::mae_threshold), number(not_negative),
          "least improvement of the mean absolute error, in units of the target"),
      key("validation.rmse_threshold", at(v, &V::rmse_threshold), number(not_negative),
          "least improvement of the root mean squared error, in units of the target"),
      key("validation.rmse_margin", at(v, &V::rmse_margin), number(not_negative),
          "relative worsening of the root mean squared error that is let pass"),
      key("validation.recent_margin", at(v, &V::recent_margin), number(not_negative),
          "relative worsening on the recent sessions that is let pass"),
      key("validation.bias_margin", at(v, &V::bias_margin), or_null(number(not_negative)),
          "worsening of the mean error, as a share of the champion's loss, that is let pass; null: only a significant one "
          "blocks"),
      key("validation.max_mae", at(v, &V::max_mae), or_null(number(positive)),
          "mean absolute error above which no candidate passes"),
      key("validation.max_rmse", at(v, &V::max_rmse), or_null(number(positive)),
          "root mean squared error above which no candidate passes"),
      key("validation.min_clusters", at(v, &V::min_clusters), whole<Count>(2, most), "fewest sessions for a verdict"),
      key("validation.min_df", at(v, &V::min_df), number({1, most}), "fewest degrees of freedom for a verdict"),
      key("validation.anchor", at(v, &V::anchor), choice({"first_stable", "none"}),
          "model that a candidate must not fall behind, beside the champion"),
      key("validation.segments", at(v, &V::segments), list_of(text()), "columns whose values are judged apart"),
      key("validation.test", at(v, &V::test),
          choice({"cluster_t", "paired_t", "cluster_means_t", "cr0", "cr1", "cr3", "two_way", "ewc", "dm_hln", "sign_flip",
                  "cluster_bootstrap"}),
          "test of the difference between two models"),
      key("validation.second_cluster", at(v, &V::second_cluster), text_or_null(),
          "two_way: the column that recurs across sessions"),
      key("validation.horizon", at(v, &V::horizon), whole<Count>(1, most),
          "dm_hln: sessions fewer than this apart may depend on each other"),
      key("validation.rule", at(v, &V::rule), choice({"primary", "legacy_all"}),
          "what must improve: the loss, or both mean absolute and root mean squared error on holdout and recent sessions"),
      key("validation.margin_mode", at(v, &V::margin_mode), choice({"observed", "confident"}),
          "what must be beyond the thresholds of improvement: the observed value, or its confidence bound"),
      key("validation.guardrail", at(v, &V::guardrail), choice({"deterioration", "prove"}),
          "whether a guardrail blocks what got worse, or asks for proof that nothing got worse than its margin"),
      key("validation.on_production_fault", at(v, &V::on_production_fault), choice({"hold", "ceilings"}),
          "when the champion predicts nonsense: keep it, or let a candidate pass that is within max_mae and max_rmse"),
      key("validation.max_missing_label_share", at(v, &V::max_missing_label_share), number(share),
          "share of the holdout's rows that may lack a label"),
      key("validation.allow_duplicates", at(v, &V::allow_duplicates), flag(),
          "whether rows that share session and number, as a host's own source may give them, are judged"),
      key("validation.lifetime", at(v, &V::lifetime),
          choice({"budget", "lord++", "saffron", "addis", "lond", "lond_dependent", "spending", "elond", "lord*", "none"}),
          "how repeated retraining draws the level down"),
      key("validation.alpha_per_year", at(v, &V::alpha_per_year), number({0, 1}),
          "budget: level regained in a year, and so the false promotions to be expected in it"),
  };
}

std::vector<Key> aftermath_keys() {
  using V = VerificationSettings;
  using R = RollbackSettings;
  using B = BacktestSettings;
  const auto v = &C::verification;
  const auto r = &C::rollback;
  const auto b = &C::backtest;
  return {
      key("comparison.improvement_threshold", at(&C::comparison, &ComparisonSettings::improvement_threshold),
          number(not_negative), "improvement beyond which a candidate is promoted"),
      key("comparison.improvement_mode", at(&C::comparison, &ComparisonSettings::improvement_mode),
          choice({"relative", "absolute", "both"}), "whether that is a share of the champion's loss or in units of the loss"),

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

std::vector<Key> make_keys() {
  std::vector<Key> all;
  for (auto part : {model_and_data_keys(), decision_keys(), training_and_validation_keys(), aftermath_keys()}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

std::string Key::environment_name() const {
  std::string out = "RETRAIN_";
  for (const char c : name) out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = make_keys();
  return all;
}

std::size_t key_index(std::string_view name) {
  const auto found = std::find_if(keys().begin(), keys().end(), [&](const Key& key) { return key.name == name; });
  return static_cast<std::size_t>(found - keys().begin());
}

std::size_t environment_index(std::string_view variable) {
  const auto found =
      std::find_if(keys().begin(), keys().end(), [&](const Key& key) { return key.environment_name() == variable; });
  return static_cast<std::size_t>(found - keys().begin());
}

bool is_section(std::string_view name) {
  return !names_in(name).empty();
}

std::vector<std::string> names_in(std::string_view section) {
  const std::string prefix = section.empty() ? "" : std::string(section) + ".";
  std::vector<std::string> names;
  for (const auto& key : keys()) {
    if (!key.name.starts_with(prefix)) continue;
    const std::string name = key.name.substr(prefix.size(), key.name.find('.', prefix.size()) - prefix.size());
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

bool is_unavailable(std::string_view name) {
  static const std::vector<std::string> planned = {"resources.isolation", "deployment.mlflow", "notifications.webhook_url",
                                                   "notifications.webhook_secret_file", "notifications.chat"};
  return std::find(planned.begin(), planned.end(), name) != planned.end();
}

}  // namespace retrain::config
