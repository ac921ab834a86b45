// Contenders: the three policies whose losses a backtest compares, and the scores they collect.
#pragma once

#include <retrain/backtest.hpp>
#include <retrain/config.hpp>
#include <retrain/data_source.hpp>
#include <retrain/trainer.hpp>

namespace retrain::backtest_room {

/// Mean losses of the three models on one session; `rows` are those with a label.
Result<BacktestSession> score_session(const Config& config, DataSource& source, const Session& session, std::size_t number,
                                      const Model& pipeline, const Model& frozen, const Model& always);

/// Retrains fully on what is known, as the pipeline would, holdout left out, and asks nobody.
Result<std::shared_ptr<const Model>> train_unasked(const Config& config, DataSource& source, Trainer& trainer,
                                                   const std::vector<Session>& known, unsigned threads, Observer& observer,
                                                   std::stop_token stop);

/// Row-weighted means over the series.
BacktestLoss mean_losses(const std::vector<BacktestSession>& series);

}  // namespace retrain::backtest_room
