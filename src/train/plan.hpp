// Plan: what one training works with once it is decided what kind of training it is.
#pragma once

#include <memory>
#include <optional>
#include <retrain/trainer.hpp>
#include <string>
#include <vector>

#include "matrix.hpp"
#include "parameters.hpp"
#include "survey.hpp"
#include "xgboost_api.hpp"

namespace retrain::train {

struct Plan {
  TrainingMode kind = TrainingMode::full;  ///< full, warm or recalibrate
  std::string reason;
  std::shared_ptr<FrameStream> fit;
  bool early = false;                     ///< the request's stop sessions end the rounds
  std::vector<std::string> fit_sessions;  ///< of this training, without the parent's
  std::string learned_from;               ///< "the newest 2 sessions"
  Survey survey;
  std::vector<CategoryDictionary> dictionaries;
  std::size_t outputs = 1;
  int first_round = 0;  ///< rounds of the parent
  int most_rounds = 0;  ///< that may be added
  Parameters parameters;

  RowWeights row_weights(const TrainingSettings& training) const {
    return {training.half_life_sessions, survey.sessions, survey.weighted};
  }
};

/// A plan, or what stands in its way.
struct Attempt {
  std::optional<Plan> plan;
  std::string obstacle;
};

class Planner {
 public:
  Planner(std::shared_ptr<const XgboostApi> api, const ModelSettings& model, const TrainingSettings& training);

  /// The plan to go on from the request's parent by a warm start or a recalibration.
  Result<Attempt> continuing(TrainingMode kind, const TrainRequest& request, std::stop_token stop) const;
  /// The plan to begin anew because of `reason`.
  Result<Plan> anew(const TrainRequest& request, const std::string& reason, std::stop_token stop) const;

 private:
  Parameters wanted(std::size_t classes, std::uint64_t seed) const;
  Result<std::size_t> stop_classes(const TrainRequest& request, const std::stop_token& stop) const;
  Result<Plan> warm(const TrainRequest& request, const std::stop_token& stop) const;
  Result<Plan> recalibration(const TrainRequest& request, const std::stop_token& stop) const;
  bool stops_early(const TrainRequest& request) const;

  std::shared_ptr<const XgboostApi> api_;
  const ModelSettings& model_;
  const TrainingSettings& training_;
};

/// The newest `count` of `sessions`; 0 = all.
std::vector<std::string> newest_ids(const std::vector<std::string>& sessions, std::size_t count);

}  // namespace retrain::train
