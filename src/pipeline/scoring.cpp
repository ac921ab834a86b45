#include "scoring.hpp"

#include <cmath>
#include <set>

#include "base/json.hpp"

namespace retrain::pipeline {
namespace {

/// Mean loss of one model over the labelled rows of one frame.
Result<SessionLoss> score(const Core& core, const Model& model, const Frame& frame) {
  const auto predicted = model.predict(frame);
  if (!predicted) return predicted.status();
  Evaluation one;
  one.task = core.config().model.task;
  one.loss = resolve_loss(core.config().validation.loss, one.task);
  one.outputs_per_row = model.description().outputs_per_row;
  one.sessions = {frame.session};
  one.session_of_row.assign(frame.rows, 0);
  one.actual.assign(frame.target.values.begin(), frame.target.values.end());
  auto means = mean_loss_by_session(one, *predicted);
  if (!means) return means.status();
  return means->front();
}

/// The models to score on new sessions: the champion, and while it is provisional the model it replaced.
struct Scorers {
  std::shared_ptr<const Model> champion, predecessor;
};

Result<Scorers> load_scorers(Core& core, const store::DeploymentRow& deployment) {
  Scorers scorers;
  auto champion = core.load(deployment.ref.sha256);
  if (!champion) return champion.status();
  scorers.champion = std::move(*champion);
  if (deployment.state == DeploymentState::provisional && !deployment.predecessor_sha256.empty()) {
    auto predecessor = core.load(deployment.predecessor_sha256);
    if (!predecessor) return predecessor.status();
    scorers.predecessor = std::move(*predecessor);
  }
  return scorers;
}

Status score_session(Core& core, const store::DeploymentRow& deployment, const store::SessionRow& row, const Scorers& scorers,
                     std::stop_token stop) {
  const auto stream = core.parts().data_source->open({{row.session}}, core.selection(), stop);
  if (!stream) return stream.status();
  const auto frame = (*stream)->next();
  if (!frame) return frame.status();
  if (!*frame || (*frame)->rows == 0) return {StatusCode::data_not_ready, "no labelled rows"};
  const auto champion = score(core, *scorers.champion, **frame);
  if (!champion) return champion.status();
  VerificationSession scored{row.session.id, champion->rows, champion->mean_loss, 0};
  if (scorers.predecessor) {
    const auto predecessor = score(core, *scorers.predecessor, **frame);
    if (!predecessor) return predecessor.status();
    scored.predecessor_loss = predecessor->mean_loss;
  }
  if (scored.rows == 0) return {StatusCode::data_not_ready, "no labelled rows"};
  return core.write("score", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::insert_verification(db, core.model(), deployment.version, row.ordinal, scored, scorers.predecessor != nullptr,
                                      stamp.now.wall);
  });
}

Status record_sessions(Core& core, std::stop_token stop) {
  const auto known = core.fetch<std::vector<store::SessionRow>>(
      [&](store::Connection& db) { return store::list_sessions(db, core.model(), 0); });
  if (!known) return known.status();
  DataRequest request;
  request.as_of = core.now().wall;
  std::map<std::string, const Session*> before;
  for (const auto& row : *known) {
    request.known_sessions.push_back(row.session);
    before[row.session.id] = &row.session;
  }
  const auto listed = core.parts().readiness_checker->list(request, stop);
  if (!listed) return listed.status();
  std::vector<Session> changed;
  for (const Session& session : *listed) {
    const auto found = before.find(session.id);
    if (found == before.end()) {
      changed.push_back(session);
    } else if (found->second->sha256 != session.sha256 && session.rows >= found->second->rows) {
      // One that lost rows is for the readiness check to judge, which compares it with this record.
      changed.push_back(session);
    }
  }
  if (changed.empty()) return {};
  return core.write("sessions", [&](store::Connection& db, const store::Stamp& stamp) {
    return store::upsert_sessions(db, core.model(), changed, stamp.now.wall);
  });
}

}  // namespace

Result<std::vector<SessionLoss>> mean_loss_by_session(const Evaluation& evaluation, const std::vector<double>& predictions) {
  const auto losses = row_losses(evaluation.loss, evaluation.task, evaluation.actual, predictions, evaluation.outputs_per_row);
  if (!losses) return losses.status();
  std::vector<SessionLoss> means(evaluation.sessions.size());
  for (std::size_t s = 0; s < means.size(); ++s) means[s].session = evaluation.sessions[s];
  for (std::size_t row = 0; row < losses->size(); ++row) {
    if (!std::isfinite(evaluation.actual[row])) continue;
    SessionLoss& mean = means[evaluation.session_of_row[row]];
    mean.mean_loss += (*losses)[row];
    ++mean.rows;
  }
  for (SessionLoss& mean : means) {
    if (mean.rows > 0) mean.mean_loss /= static_cast<double>(mean.rows);
  }
  return means;
}

Result<std::string> session_sums(const Evaluation& evaluation) {
  const auto means = mean_loss_by_session(evaluation, evaluation.candidate);
  if (!means) return means.status();
  base::Json out = base::Json::array();
  for (const SessionLoss& mean : *means) {
    out.push_back({{"session", mean.session}, {"rows", mean.rows}, {"candidate_loss", base::number(mean.mean_loss)}});
  }
  return base::dump(out);
}

Status score_new_sessions(Core& core, std::stop_token stop, std::vector<std::string>& notes) {
  const auto current = core.fetch<std::optional<store::DeploymentRow>>(
      [&](store::Connection& db) { return store::current_deployment(db, core.model()); });
  if (!current) return current.status();
  if (!*current) return {};
  const store::DeploymentRow& deployment = **current;
  const bool provisional = deployment.state == DeploymentState::provisional && !deployment.predecessor_sha256.empty();
  if (!provisional && !core.parts().drift_detector) return {};
  if (Status status = record_sessions(core, stop); !status) return status;

  const auto rows = core.fetch<std::vector<store::SessionRow>>(
      [&](store::Connection& db) { return store::list_sessions(db, core.model(), deployment.known_sessions); });
  if (!rows) return rows.status();
  const auto done = core.fetch<std::vector<store::ScoredSession>>(
      [&](store::Connection& db) { return store::list_verifications(db, core.model(), deployment.version); });
  if (!done) return done.status();
  std::set<std::string> scored;
  for (const auto& session : *done) scored.insert(session.session.session);
  std::optional<Scorers> scorers;
  for (const auto& row : *rows) {
    // Labels may come later: the session is listed again when its file has changed.
    if (scored.contains(row.session.id) || row.session.used_rows == 0) continue;
    if (stop.stop_requested()) return {StatusCode::cancelled, "stopped while scoring " + row.session.id};
    if (!scorers) {
      auto loaded = load_scorers(core, deployment);
      if (!loaded) return loaded.status();
      scorers = std::move(*loaded);
    }
    const Status status = score_session(core, deployment, row, *scorers, stop);
    if (!status) notes.push_back("session " + row.session.id + " was not scored: " + status.message());
  }
  return {};
}

}  // namespace retrain::pipeline
