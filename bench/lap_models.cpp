#include "lap_models.hpp"

#include <algorithm>
#include <retrain/data_source.hpp>
#include <retrain/readiness_checker.hpp>
#include <retrain/trainer.hpp>

namespace retrain::bench {
namespace {

ModelSettings lap_model() {
  return {.name = "lap-time",
          .target = "lap_time",
          .numeric = {"quali_best", "course_length_km", "lap", "tyre_life", "fresh_tyre"},
          .categorical = {"compound"}};
}

// Races that stand in memory.
class RaceStream : public FrameStream {
 public:
  explicit RaceStream(const Races& races) : races_(races) {}

  Result<std::shared_ptr<const Frame>> next() override {
    return next_ < races_.size() ? races_[next_++] : std::shared_ptr<const Frame>();
  }
  Status rewind() override {
    next_ = 0;
    return {};
  }

 private:
  const Races& races_;
  std::size_t next_ = 0;
};

}  // namespace

Result<Races> read_races(const std::string& folder, int first, int last) {
  DataSettings data;
  data.directory = folder;
  data.pattern = "*/*-R.csv";
  data.time_column = "date";
  data.valid_share = 0;
  data.where = {{"track_status", {"1"}}, {"is_accurate", {"1"}}, {"compound", {"SOFT", "MEDIUM", "HARD"}}};
  const ModelSettings model = lap_model();
  const auto readiness = make_session_readiness_checker(data, model)->check({.as_of = Time::max()}, quiet_observer(), {});
  if (!readiness) return readiness.status();
  Snapshot chosen;
  for (const Session& session : readiness->snapshot.sessions) {
    const std::string season = session.id.substr(0, 4);
    if (season >= std::to_string(first) && season <= std::to_string(last)) chosen.sessions.push_back(session);
  }
  if (chosen.sessions.empty()) {
    return Status{StatusCode::not_found, "no race of " + std::to_string(first) + " to " + std::to_string(last) + " in " + folder +
                                             " (" + readiness->reason + ")"};
  }
  const auto stream = make_csv_data_source(data)->open(chosen, row_selection(model, data, {}), {});
  if (!stream) return stream.status();
  Races races;
  while (true) {
    const auto frame = (*stream)->next();
    if (!frame) return frame.status();
    if (*frame == nullptr) return races;
    if ((*frame)->rows > 0) races.push_back(*frame);
  }
}

Races as_percent_of_pace(const Races& races) {
  Races changed;
  for (const auto& race : races) {
    std::vector<float> sorted(race->target.values.begin(), race->target.values.end());
    std::sort(sorted.begin(), sorted.end());
    const float pace = sorted[sorted.size() / 2];
    auto percents = std::make_shared<std::vector<float>>();
    for (const float time : race->target.values) percents->push_back(100 * (time / pace - 1));
    auto frame = std::make_shared<Frame>(*race);
    frame->target.values = *percents;
    frame->target.owner = percents;
    changed.push_back(frame);
  }
  return changed;
}

Result<std::vector<double>> errors_on_unseen(const Races& races, const LapRecipe& recipe, const Races& unseen) {
  TrainingSettings settings;
  settings.mode = TrainingMode::full;
  settings.max_rounds = recipe.rounds;
  settings.early_stopping_rounds = 0;
  // Without sampling, models with two seeds would be the same.
  settings.parameters = {{"eta", "0.1"}, {"max_depth", "6"}, {"subsample", "0.8"}, {"colsample_bytree", "0.8"}};
  const auto trainer = make_xgboost_trainer(lap_model(), settings);
  if (!trainer) return trainer.status();
  TrainRequest request;
  request.fit = std::make_shared<RaceStream>(races);
  request.mode = TrainingMode::full;
  request.seed = recipe.seed;
  for (const auto& race : races) request.fit_sessions.push_back(race->session);
  const auto model = (*trainer)->train(request, quiet_observer(), {});
  if (!model) return model.status();
  std::vector<double> errors;
  for (const auto& race : unseen) {
    const auto predictions = (*model)->predict(*race);
    if (!predictions) return predictions.status();
    for (std::size_t lap = 0; lap < race->rows; ++lap) errors.push_back((*predictions)[lap] - race->target.values[lap]);
  }
  return errors;
}

}  // namespace retrain::bench
