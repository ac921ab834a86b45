#include "contenders.hpp"

#include <retrain/evaluation.hpp>

#include <cmath>

namespace retrain::backtest_room {
namespace {

std::vector<std::string> ids_of(const std::vector<Session>& sessions) {
  std::vector<std::string> ids;
  for (const Session& session : sessions) ids.push_back(session.id);
  return ids;
}

}  // namespace

Result<BacktestSession> score_session(const Config& config, DataSource& source, const Session& session, std::size_t number,
                                      const Model& pipeline, const Model& frozen, const Model& always) {
  BacktestSession scored{number, session.id, session.time.value_or(Time{}), 0, 0, 0, 0};
  const auto stream = source.open({{session}}, row_selection(config.model, config.data, config.validation), {});
  if (!stream) return stream.status();
  const auto frame = (*stream)->next();
  if (!frame) return frame.status();
  if (!*frame) return scored;
  const std::string loss = resolve_loss(config.validation.loss, config.model.task);
  const std::vector<double> actual((*frame)->target.values.begin(), (*frame)->target.values.end());
  const std::pair<const Model*, double*> contenders[] = {
      {&pipeline, &scored.pipeline}, {&frozen, &scored.frozen}, {&always, &scored.always}};
  for (const auto& [model, mean] : contenders) {
    const auto predicted = model->predict(**frame);
    if (!predicted) return predicted.status();
    const auto losses = row_losses(loss, config.model.task, actual, *predicted, model->description().outputs_per_row);
    if (!losses) return losses.status();
    scored.rows = 0;
    for (std::size_t row = 0; row < losses->size(); ++row) {
      if (!std::isfinite(actual[row])) continue;
      *mean += (*losses)[row];
      ++scored.rows;
    }
    if (scored.rows > 0) *mean /= static_cast<double>(scored.rows);
  }
  return scored;
}

Result<std::shared_ptr<const Model>> train_unasked(const Config& config, DataSource& source, Trainer& trainer,
                                                   const std::vector<Session>& known, unsigned threads, Observer& observer,
                                                   std::stop_token stop) {
  const auto split = split_sessions({known}, config.training, config.validation);
  if (!split) return split.status();
  RowSelection selection = row_selection(config.model, config.data, config.validation);
  selection.weight = config.training.weight_column;
  TrainRequest request;
  auto fit = source.open({split->fit}, selection, stop);
  if (!fit) return fit.status();
  request.fit = std::move(*fit);
  if (!split->stop.empty()) {
    auto later = source.open({split->stop}, selection, stop);
    if (!later) return later.status();
    request.stop = std::move(*later);
  }
  request.no_parent_reason = "the always-retrain model is trained in full";
  request.mode = TrainingMode::full;
  request.seed = config.training.seed;
  request.threads = threads;
  request.fit_sessions = ids_of(split->fit);
  request.stop_sessions = ids_of(split->stop);
  return trainer.train(request, observer, std::move(stop));
}

BacktestLoss mean_losses(const std::vector<BacktestSession>& series) {
  BacktestLoss sum;
  double rows = 0;
  for (const BacktestSession& session : series) {
    const auto weight = static_cast<double>(session.rows);
    sum.pipeline += weight * session.pipeline;
    sum.frozen += weight * session.frozen;
    sum.always += weight * session.always;
    rows += weight;
  }
  if (rows > 0) sum = {sum.pipeline / rows, sum.frozen / rows, sum.always / rows};
  return sum;
}

}  // namespace retrain::backtest_room
