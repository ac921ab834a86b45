// Scoring: losses of models on sessions.
#pragma once

#include <retrain/drift_detector.hpp>
#include <retrain/evaluation.hpp>

#include "core.hpp"

namespace retrain::pipeline {

/// Mean loss of `predictions` over the rows of each session of `evaluation`, in its order. Rows without a finite label are left
/// out.
Result<std::vector<SessionLoss>> mean_loss_by_session(const Evaluation& evaluation, const std::vector<double>& predictions);

/// The candidate's means as JSON: what the detector will measure later sessions against.
Result<std::string> session_sums(const Evaluation& evaluation);

/// Records sessions that are new at `now`, then scores those that came after the present deployment: the champion, and the model
/// it is verified against while it is provisional. A session that cannot be read is noted and tried again next time.
Status score_new_sessions(Core& core, std::stop_token stop, std::vector<std::string>& notes);

}  // namespace retrain::pipeline
