// Trainer: makes candidates. Implement it to bring another learner.
#pragma once

#include <memory>
#include <optional>
#include <retrain/clock.hpp>
#include <retrain/data_source.hpp>
#include <retrain/model.hpp>
#include <retrain/observer.hpp>
#include <stop_token>

namespace retrain {

struct TrainRequest {
  std::shared_ptr<FrameStream> fit;     ///< the rows to learn from
  std::shared_ptr<FrameStream> stop;    ///< the later slice that ends the rounds; null = no early stopping
  std::shared_ptr<FrameStream> choose;  ///< mode best: the latest slice, which chooses among the kinds; null = none
  std::shared_ptr<const Model> parent;  ///< the stable champion, to start from; null = none
  std::string parent_sha256;
  std::string no_parent_reason;  ///< why there is none: stands in the model's mode_reason
  TrainingMode mode = TrainingMode::automatic;
  std::uint64_t seed = 0;
  unsigned threads = 1;
  std::string data_fingerprint;
  std::vector<std::string> fit_sessions;
  std::vector<std::string> stop_sessions;
  std::vector<std::string> choose_sessions;
  std::size_t warm_fit_sessions = 0;   ///< a warm start learns from the newest so many of `fit`; 0 = all
  std::optional<Duration> parent_age;  ///< since the parent was trained
  std::optional<Time> deadline;        ///< when the training must have ended, by `clock`
  std::shared_ptr<Clock> clock;        ///< for the deadline, the search's budget and the time to go; null = the machine's
};

/// Threads: called by the thread that does the pipeline's work, one call at a time.
class Trainer {
 public:
  Trainer() = default;
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  virtual ~Trainer();

  virtual PartId id() const = 0;
  /// Trains one candidate. Stops between two rounds when asked, with `cancelled`. The same request gives the same bytes.
  virtual Result<std::shared_ptr<const Model>> train(const TrainRequest& request, Observer& observer, std::stop_token stop) = 0;
  /// Makes a model from bytes whose hash the caller has checked. Fails with incompatible when a newer library wrote them.
  virtual Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) = 0;
};

/// What the XGBoost trainer found at run time, for `retrain doctor`.
struct XgboostLibrary {
  std::string path;
  std::string version;
  std::vector<std::string> missing_optional;  ///< functions it does without
};
/// Looks XGBoost up as the trainer would. Fails with not_found, listing what was tried.
Result<XgboostLibrary> find_xgboost(const std::string& path = "");

/// The default: XGBoost through its C API, found at run time. `model` names task and features.
/// Fails with not_found when no XGBoost library is there, invalid_argument for a parameter that is not the user's to set.
Result<std::shared_ptr<Trainer>> make_xgboost_trainer(const ModelSettings& model, const TrainingSettings& training);

}  // namespace retrain
