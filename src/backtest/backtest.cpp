#include <retrain/backtest.hpp>

#include <retrain/config_file.hpp>
#include <retrain/evaluation.hpp>
#include <retrain/pipeline.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/json.hpp"
#include "base/text.hpp"
#include "contenders.hpp"
#include "simulated_parts.hpp"

namespace retrain {
namespace {

using base::Json;

/// The state of one backtest; a scratch folder goes when it goes.
class StateFolder {
 public:
  static Result<std::unique_ptr<StateFolder>> make(const std::string& given) {
    if (!given.empty()) return std::unique_ptr<StateFolder>(new StateFolder(given, false));
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "retrain-backtest-XXXXXX").string();
    if (error || ::mkdtemp(pattern.data()) == nullptr) {
      return Status{StatusCode::io_error, "cannot create " + pattern + ": " + std::strerror(errno)};
    }
    return std::unique_ptr<StateFolder>(new StateFolder(pattern, true));
  }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  ~StateFolder() {
    std::error_code ignored;
    if (scratch_) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  StateFolder(std::string path, bool scratch) : path_(std::move(path)), scratch_(scratch) {}
  std::string path_;
  bool scratch_;
};

std::string describe_settings(const Config& c) {
  const Json settings = {{"features", {{"numeric", c.model.numeric}, {"categorical", c.model.categorical}}},
                         {"target", c.model.target},
                         {"first_sessions", c.backtest.first_sessions},
                         {"retrain_every", c.backtest.retrain_every},
                         {"window_sessions", c.training.window_sessions ? Json(*c.training.window_sessions) : Json(nullptr)},
                         {"mode", to_string(c.training.mode)},
                         {"max_rounds", c.training.max_rounds},
                         {"early_stopping_rounds", c.training.early_stopping_rounds},
                         {"parameters", c.training.parameters},
                         {"seed", c.training.seed},
                         {"severity_threshold", c.drift.severity_threshold},
                         {"debounce", format_duration(c.drift.debounce)},
                         {"cooldown", format_duration(c.drift.cooldown)},
                         {"detector_level", c.drift.detector.level},
                         {"max_weekend_retrains", c.schedule.max_weekend_retrains},
                         {"holdout_sessions", c.validation.holdout_sessions},
                         {"test", c.validation.test},
                         {"one_sided_level", c.validation.p_value_threshold / 2},
                         {"lifetime", c.validation.lifetime},
                         {"improvement_threshold", c.comparison.improvement_threshold},
                         {"improvement_mode", c.comparison.improvement_mode},
                         {"verify_sessions", c.verification.verify_sessions}};
  return base::dump(settings);
}

/// Plays the sessions one by one.
class Playback {
 public:
  Playback(Config config, const BacktestOptions& options, PipelineParts parts)
      : config_(std::move(config)),
        options_(options),
        parts_(std::move(parts)),
        observer_(options.observer != nullptr ? *options.observer : quiet_observer()) {}

  Result<BacktestReport> play() {
    if (Status status = prepare(); !status) return status;
    for (std::size_t number = 1; number <= score_last_; ++number) {
      if (!observer_.keep_going()) return Status{StatusCode::cancelled, "stopped at session " + sessions_[number - 1].id};
      observer_.progress({"backtest", double(number), double(score_last_), sessions_[number - 1].id});
      if (Status status = play_session(number); !status) return status.within("session " + sessions_[number - 1].id);
    }
    report_.loss = backtest_room::mean_losses(report_.series);
    return std::move(report_);
  }

 private:
  Status prepare() {
    if (Status status = validate(config_); !status) return status;
    auto folder = StateFolder::make(options_.state_directory);
    if (!folder) return folder.status();
    folder_ = std::move(*folder);
    config_.state.directory = folder_->path();
    // The backtest is about the detector's alerts: nobody else sends any.
    config_.drift.detector.enabled = true;

    if (!parts_.readiness_checker) parts_.readiness_checker = make_session_readiness_checker(config_.data, config_.model);
    if (!parts_.data_source) parts_.data_source = make_csv_data_source(config_.data);
    if (!parts_.trainer) {
      auto trainer = make_xgboost_trainer(config_.model, config_.training);
      if (!trainer) return trainer.status();
      parts_.trainer = std::move(*trainer);
    }
    DataRequest everything;
    everything.as_of = Time::max();
    auto listed = parts_.readiness_checker->list(everything, {});
    if (!listed) return listed.status();
    sessions_ = std::move(*listed);
    if (Status status = check_sessions(); !status) return status;

    parts_.readiness_checker = backtest_room::make_past_checker(parts_.readiness_checker, sessions_);
    parts_.resource_manager = backtest_room::make_idle_machine(config_.resources.threads);
    clock_ = std::make_shared<ManualClock>(*sessions_.front().time);
    parts_.clock = clock_;
    parts_.id_seed = config_.training.seed;
    parts_.scratch = true;
    auto opened = Pipeline::open(config_, parts_);
    if (!opened) return opened.status();
    pipeline_ = std::move(*opened);

    report_.model = config_.model.name;
    report_.loss_name = resolve_loss(config_.validation.loss, config_.model.task);
    report_.sessions = sessions_.size();
    report_.settings = describe_settings(config_);
    return {};
  }

  Status check_sessions() {
    const BacktestSettings& wanted = config_.backtest;
    first_run_ = wanted.first_sessions + config_.validation.holdout_sessions;
    score_first_ = wanted.score_first != 0 ? wanted.score_first : first_run_;
    score_last_ = wanted.score_last != 0 ? std::min(wanted.score_last, sessions_.size()) : sessions_.size();
    if (sessions_.size() <= first_run_) {
      return {StatusCode::data_not_ready, std::to_string(sessions_.size()) + " sessions in " + config_.data.directory +
                                              ": the first model needs " + std::to_string(wanted.first_sessions) +
                                              " and the holdout " + std::to_string(config_.validation.holdout_sessions)};
    }
    if (score_last_ < first_run_ || score_last_ < score_first_) {
      return {StatusCode::invalid_argument, "backtest.score.last is " + std::to_string(score_last_) +
                                                ", before the first run after session " + std::to_string(first_run_)};
    }
    if (score_first_ <= wanted.first_sessions) {
      return {StatusCode::invalid_argument, "backtest.score.first is " + std::to_string(score_first_) +
                                                ", but the first model is fitted on sessions 1 to " +
                                                std::to_string(wanted.first_sessions)};
    }
    for (const Session& session : sessions_) {
      if (!session.time)
        return {StatusCode::data_not_ready, "session " + session.id + " has no time: a backtest needs data.time"};
    }
    return {};
  }

  Status play_session(std::size_t number) {
    clock_->set(*sessions_[number - 1].time);
    if (number < first_run_) return {};
    if (number == first_run_) return begin(number);
    if (Status status = score(number); !status) return status;
    if (Status status = tick(number); !status) return status;
    return retrain_always(number);
  }

  /// The first model, made by the product itself. Until now it stands in for all three.
  Status begin(std::size_t number) {
    const auto run = pipeline_->request_run({"backtest", "the first model", TrainingMode::full});
    if (!run) return run.status();
    if (Status status = tick(number); !status) return status;
    frozen_ = pipeline_->production();
    if (!frozen_) {
      const auto report = pipeline_->report(*run);
      return {StatusCode::data_not_ready,
              "the first model was not made: " + (report ? report->run.reason : report.status().message())};
    }
    always_ = frozen_;
    for (std::size_t earlier = score_first_; earlier <= number; ++earlier) {
      if (Status status = score(earlier); !status) return status;
    }
    return retrain_always(number);
  }

  Status score(std::size_t number) {
    if (number < score_first_) return {};
    const auto production = pipeline_->production();
    auto scored = backtest_room::score_session(config_, *parts_.data_source, sessions_[number - 1], number, *production, *frozen_,
                                               *always_);
    if (!scored) return scored.status();
    report_.series.push_back(std::move(*scored));
    return {};
  }

  Status retrain_always(std::size_t number) {
    if ((number - first_run_) % config_.backtest.retrain_every != 0) return {};
    const std::vector<Session> known(sessions_.begin(), sessions_.begin() + static_cast<std::ptrdiff_t>(number));
    const auto admission = parts_.resource_manager->admit({}, {});
    auto trained =
        backtest_room::train_unasked(config_, *parts_.data_source, *parts_.trainer, known, admission->threads, observer_, {});
    if (!trained) return trained.status();
    always_ = std::move(*trained);
    ++report_.always_trained;
    return {};
  }

  Status tick(std::size_t number) {
    const auto done = pipeline_->tick(observer_);
    if (!done) return done.status();
    for (const auto& note : done->notes) observer_.log({LogLevel::warning, note});
    if (done->verification && done->verification->verdict == VerificationVerdict::confirm) {
      decide(number, "stable", done->verification->reason, done->verification->message);
    }
    if (done->rollback && done->rollback->done) {
      decide(number, "rolled_back", done->verification->reason, done->rollback->reason);
      ++report_.runs.rolled_back;
    }
    for (const AlertDecision& alert : done->alerts) {
      decide(number, "alert", std::string(to_string(alert.verdict)), alert.reason,
             done->detection ? done->detection->severity : 0);
    }
    if (done->run) note_run(number, *done->run);
    return {};
  }

  void note_run(std::size_t number, const RunReport& run) {
    if (run.run.state != RunState::finished) return;
    if (!run.training.empty()) {
      ++report_.runs.trained;
      report_.leaked_rows += count_leaked_rows(run);
    }
    std::string message = run.run.reason;
    if (run.gate) message = run.gate->message;
    if (run.comparison && run.run.outcome == Outcome::rejected) message = run.comparison->message;
    if (run.run.outcome == Outcome::promoted) ++report_.runs.promoted;
    if (run.run.outcome == Outcome::rejected) ++report_.runs.rejected;
    decide(number, std::string(to_string(run.run.outcome)), run.run.reason, message);
  }

  /// Counted from what was stored, independently of the gate that refuses such rows.
  std::int64_t count_leaked_rows(const RunReport& run) const {
    const auto training = base::parse_json(run.training);
    if (!training) return 0;
    std::vector<std::string> learned;
    for (const char* key : {"fit_sessions", "stop_sessions"}) {
      for (const auto& id : (*training)[key]) learned.push_back(id.get<std::string>());
    }
    if (const auto production = pipeline_->production()) {
      const ModelDescription& description = production->description();
      learned.insert(learned.end(), description.fit_sessions.begin(), description.fit_sessions.end());
      learned.insert(learned.end(), description.stop_sessions.begin(), description.stop_sessions.end());
    }
    std::int64_t leaked = 0;
    for (const auto& held_out : (*training)["holdout_sessions"]) {
      const auto id = held_out.get<std::string>();
      if (std::find(learned.begin(), learned.end(), id) == learned.end()) continue;
      for (const Session& session : sessions_) {
        if (session.id == id) leaked += session.used_rows;
      }
    }
    return leaked;
  }

  void decide(std::size_t number, std::string kind, std::string reason, std::string message, double severity = 0) {
    const Session& session = sessions_[number - 1];
    report_.decisions.push_back(
        {number, session.id, *session.time, std::move(kind), std::move(reason), std::move(message), severity});
    if (options_.on_decision) options_.on_decision(report_.decisions.back());
  }

  Config config_;
  const BacktestOptions& options_;
  PipelineParts parts_;
  Observer& observer_;
  std::unique_ptr<StateFolder> folder_;
  std::vector<Session> sessions_;
  std::size_t first_run_ = 0, score_first_ = 0, score_last_ = 0;
  std::shared_ptr<ManualClock> clock_;
  std::unique_ptr<Pipeline> pipeline_;
  std::shared_ptr<const Model> frozen_, always_;
  BacktestReport report_;
};

}  // namespace

Result<BacktestReport> backtest(const Config& config, const BacktestOptions& options, PipelineParts parts) {
  return Playback(config, options, std::move(parts)).play();
}

}  // namespace retrain
