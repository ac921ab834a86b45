#include <algorithm>
#include <retrain/session.hpp>

#include <retrain/config.hpp>

#include "base/sha256.hpp"

namespace retrain {

std::string Snapshot::fingerprint() const {
  base::Sha256 hash;
  for (const auto& session : sessions) {
    hash.update(session.id);
    hash.update({"\0", 1});  // no id holds a NUL: the end of one is not the start of the next
    hash.update(session.sha256);
    hash.update("\n");
  }
  return hash.hex();
}

Result<Split> split_sessions(const Snapshot& snapshot, const TrainingSettings& training, const ValidationSettings& validation) {
  const auto& sessions = snapshot.sessions;
  const auto total = std::ptrdiff_t(sessions.size());
  const auto held_out = std::ptrdiff_t(std::min(validation.holdout_sessions, sessions.size()));
  const auto left = total - held_out;
  const auto window =
      std::min(left, std::ptrdiff_t(std::min(training.window_sessions.value_or(sessions.size()), sessions.size())));
  if (window < 1) {
    const std::string held = std::to_string(validation.holdout_sessions) + (validation.holdout_sessions == 1 ? " is" : " are");
    return Status{StatusCode::data_not_ready, std::to_string(total) + (total == 1 ? " session, " : " sessions, ") + held +
                                                  " held out: none is left to train on"};
  }
  const auto recent = std::ptrdiff_t(std::min(validation.recent_sessions, std::size_t(held_out)));
  const auto stop = training.early_stopping_rounds > 0 && window >= 2 ? std::max<std::ptrdiff_t>(1, window / 5) : 0;

  Split split;
  const auto holdout = sessions.begin() + left;
  split.fit.assign(holdout - window, holdout - stop);
  split.stop.assign(holdout - stop, holdout);
  split.holdout.assign(holdout, sessions.end());
  for (auto session = sessions.end() - recent; session != sessions.end(); ++session) split.recent.push_back(session->id);
  return split;
}

RowSelection row_selection(const ModelSettings& model, const DataSettings& data, const ValidationSettings& validation) {
  RowSelection selection{model.target, model.numeric, model.categorical, validation.segments, data.where};
  const std::string& second = validation.second_cluster;
  if (!second.empty() && std::find(selection.extra.begin(), selection.extra.end(), second) == selection.extra.end()) {
    selection.extra.push_back(second);
  }
  return selection;
}

}  // namespace retrain
