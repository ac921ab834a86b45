// Search: tries XGBoost's parameters on folds of the training sessions, ordered in time.
#pragma once

#include "plan.hpp"
#include "rounds.hpp"

namespace retrain::train {

/// What was tried, and what the best of it sets.
struct SearchResult {
  std::vector<TrainingTrial> trials;
  Parameters chosen;
  std::string summary;  ///< for the reason of the training: "search: trial 3 of 20, loss 1.2, the configured one's 1.3"
};

/// Fails with invalid_argument when the space is empty, or names what is not the user's to set or cannot be searched.
Status check_search(const SearchSettings& search, const ModelSettings& model);

/// Searches inside the sessions of `plan.fit`. They are cut into folds + 1 stretches; fold k fits the first k + 1 of them and is
/// judged on the next, newest fold first. Trial 0 is what is configured, so that nothing worse by this measure is chosen. With
/// method halving, only the better half of the trials meets the next fold. A fold that the budget cut short does not count,
/// unless it is the first.
Result<SearchResult> search_parameters(const std::shared_ptr<const XgboostApi>& api, const ModelSettings& model,
                                       const TrainingSettings& training, const Plan& plan, unsigned threads, Watch& watch);

}  // namespace retrain::train
