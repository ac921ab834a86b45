#include "search.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "streams.hpp"

namespace retrain::train {
namespace {

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  /// From 0 to before 1.
  double uniform() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

std::string draw(const SearchRange& range, Draws& draws) {
  const double u = draws.uniform();
  if (!range.values.empty()) {
    const auto count = static_cast<double>(range.values.size());
    return range.values[std::min(range.values.size() - 1, static_cast<std::size_t>(u * count))];
  }
  if (range.whole) {
    const double least = std::ceil(range.least), most = std::floor(range.most);
    if (!range.logarithmic) return base::format_double(std::min(most, least + std::floor(u * (most - least + 1))));
    return base::format_double(std::clamp(std::round(range.least * std::pow(range.most / range.least, u)), least, most));
  }
  const double value =
      range.logarithmic ? range.least * std::pow(range.most / range.least, u) : range.least + u * (range.most - range.least);
  // Few digits, so that the value in the records is the value that was tried.
  return base::format_short(value, 6);
}

std::vector<TrainingTrial> draw_trials(const SearchSettings& search) {
  Draws draws(search.seed);
  std::vector<TrainingTrial> trials(search.trials);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    trials[i].name = "trial " + std::to_string(i);
    if (i == 0) continue;
    for (const auto& [name, range] : search.space) trials[i].parameters[name] = draw(range, draws);
  }
  return trials;
}

double mean_loss_of(const TrainingTrial& trial, std::size_t folds) {
  const double sum = std::accumulate(trial.losses.begin(), trial.losses.begin() + static_cast<std::ptrdiff_t>(folds), 0.0);
  const double mean = sum / static_cast<double>(folds);
  return std::isfinite(mean) ? mean : HUGE_VAL;
}

/// One search: the trials that are left meet fold after fold.
class Search {
 public:
  Search(std::shared_ptr<const XgboostApi> api, const ModelSettings& model, const TrainingSettings& training, const Plan& plan,
         unsigned threads, Watch& watch)
      : api_(std::move(api)),
        model_(model),
        training_(training),
        plan_(plan),
        threads_(threads),
        watch_(watch),
        trials_(draw_trials(training.search)),
        rounds_(trials_.size()) {
    for (std::size_t i = 0; i < trials_.size(); ++i) left_.push_back(i);
  }

  Result<SearchResult> run() {
    const std::size_t folds =
        std::min(training_.search.folds, plan_.survey.sessions - std::min<std::size_t>(plan_.survey.sessions, 1));
    if (folds == 0) return SearchResult{{}, {}, "no search: one session cannot be cut into folds"};
    const Instant began = watch_.clock.now();
    for (std::size_t fold = folds; fold-- > 0 && !over_;) {
      if (Status status = meet_fold(fold, folds, began); !status) return status;
      if (training_.search.method == "halving" && fold > 0 && !over_) halve();
    }
    return conclude();
  }

 private:
  Status meet_fold(std::size_t fold, std::size_t folds, const Instant& began) {
    const std::size_t sessions = plan_.survey.sessions;
    const auto cut = [&](std::size_t stretch) { return stretch * sessions / (folds + 1); };
    const auto fit = stretch(plan_.fit, 0, cut(fold + 1));
    const auto later = stretch(plan_.fit, cut(fold + 1), cut(fold + 2));
    const auto survey = survey_sessions(*fit, model_, watch_.stop, training_.half_life_sessions);
    if (!survey) return survey.status();
    const FeatureSpace features(model_.numeric, plan_.dictionaries);
    const RowWeights weights{training_.half_life_sessions, survey->sessions, plan_.survey.weighted};
    const auto bins = max_bin(plan_.parameters);
    if (!bins) return bins.status();
    const auto matrix = MatrixRecipe{api_, features, *fit, threads_, watch_.stop, weights}.quantile_matrix(*bins);
    if (!matrix) return matrix.status();
    const RowWeights judge_weights{std::nullopt, 0, plan_.survey.weighted};
    const auto judged = MatrixRecipe{api_, features, *later, threads_, watch_.stop, judge_weights}.plain_matrices();
    if (!judged) return judged.status();
    std::vector<double> losses;
    std::vector<int> rounds;
    for (const std::size_t number : left_) {
      if (budget_spent(began) && (number != 0 || fold + 1 != folds)) {
        over_ = true;
        break;
      }
      const std::string place = trials_[number].name + ", fold " + std::to_string(folds - fold) + ": ";
      auto boosted = boost(trials_[number], *survey, *matrix, *judged, place);
      if (!boosted) return boosted.status().within(trials_[number].name);
      losses.push_back(boosted->loss);
      rounds.push_back(boosted->rounds);
    }
    // Trials that met different folds cannot be compared: an incomplete fold counts for nobody, unless there is no other.
    if (over_ && complete_folds_ > 0) return {};
    left_.resize(losses.size());
    for (std::size_t i = 0; i < left_.size(); ++i) {
      trials_[left_[i]].losses.push_back(losses[i]);
      rounds_[left_[i]].push_back(rounds[i]);
    }
    ++complete_folds_;
    return {};
  }

  Result<Boosted> boost(const TrainingTrial& trial, const Survey& survey, const Matrix& matrix, const std::vector<Matrix>& judged,
                        const std::string& place) {
    Parameters parameters = plan_.parameters;
    for (const auto& [name, value] : trial.parameters) parameters[name] = value;
    set_first_prediction(parameters, survey.target_mean);
    auto booster = Booster::create(api_, matrix);
    if (!booster) return booster.status();
    if (Status status = booster->set(parameters); !status) return status;
    if (Status status = booster->set("nthread", std::to_string(threads_)); !status) return status;
    const int patience = training_.early_stopping_rounds > 0 ? training_.early_stopping_rounds : training_.max_rounds;
    Watch watch{watch_.log, watch_.observer, watch_.stop, watch_.clock, watch_.deadline, place};
    return run_rounds(std::move(*booster), model_.task, {0, training_.max_rounds, patience}, matrix, judged, watch);
  }

  bool budget_spent(const Instant& began) const {
    const Duration budget = training_.search.budget;
    return budget > Duration{} && elapsed(began, watch_.clock.now()) >= budget;
  }

  void order_left() {
    std::stable_sort(left_.begin(), left_.end(), [&](std::size_t a, std::size_t b) {
      return mean_loss_of(trials_[a], complete_folds_) < mean_loss_of(trials_[b], complete_folds_);
    });
  }

  void halve() {
    order_left();
    left_.resize((left_.size() + 1) / 2);
    std::sort(left_.begin(), left_.end());
  }

  SearchResult conclude() {
    order_left();
    const std::size_t best = left_.front();
    const bool halving = training_.search.method == "halving";
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      TrainingTrial& trial = trials_[i];
      if (!rounds_[i].empty()) {
        std::sort(rounds_[i].begin(), rounds_[i].end());
        trial.rounds = rounds_[i][rounds_[i].size() / 2];
      }
      trial.chosen = i == best;
      if (trial.losses.empty())
        trial.note = "not tried: the budget was spent";
      else if (halving && trial.losses.size() < complete_folds_)
        trial.note = "in the worse half";
    }
    std::string summary = "search: " + trials_[best].name + " of " + std::to_string(trials_.size()) + " with loss " +
                          base::format_short(mean_loss_of(trials_[best], trials_[best].losses.size()));
    if (best != 0) {
      const std::size_t folds = trials_[0].losses.size();
      summary += ", the configured parameters' " + base::format_short(mean_loss_of(trials_[0], folds)) +
                 (folds < complete_folds_ ? " on fewer folds" : "");
    }
    return {trials_, trials_[best].parameters, std::move(summary)};
  }

  std::shared_ptr<const XgboostApi> api_;
  const ModelSettings& model_;
  const TrainingSettings& training_;
  const Plan& plan_;
  unsigned threads_;
  Watch& watch_;
  std::vector<TrainingTrial> trials_;
  std::vector<std::vector<int>> rounds_;  // of each trial, by fold
  std::vector<std::size_t> left_;         // trials that are still in the race, by number
  std::size_t complete_folds_ = 0;
  bool over_ = false;
};

}  // namespace

Status check_search(const SearchSettings& search, const ModelSettings& model) {
  if (search.trials == 0) return {};
  if (search.trials > 1 && search.space.empty()) {
    return {StatusCode::invalid_argument, "training.search.space is empty: there is nothing to search"};
  }
  if (search.folds == 0) return {StatusCode::invalid_argument, "training.search.folds is 0"};
  Parameters names;
  for (const auto& [name, range] : search.space) {
    for (const char* fixed : {"max_bin", "objective", "num_parallel_tree", "monotone_constraints", "interaction_constraints"}) {
      if (name == fixed)
        return {StatusCode::invalid_argument,
                "training.search.space." + name + " is not searched: set it in training.parameters"};
    }
    const bool numbers = range.values.empty();
    const bool good = !numbers || (std::isfinite(range.least) && std::isfinite(range.most) && range.least <= range.most &&
                                   (!range.logarithmic || range.least > 0));
    if (!good) {
      return {StatusCode::invalid_argument, "training.search.space." + base::printable(name) + " goes from " +
                                                base::format_short(range.least) + " to " + base::format_short(range.most) +
                                                (range.logarithmic ? ", which has no logarithmic scale" : "")};
    }
    names[name] = numbers ? base::format_short(range.least) : range.values.front();
  }
  return check_user_parameters(names, model.task).within("training.search.space");
}

Result<SearchResult> search_parameters(const std::shared_ptr<const XgboostApi>& api, const ModelSettings& model,
                                       const TrainingSettings& training, const Plan& plan, unsigned threads, Watch& watch) {
  return Search(api, model, training, plan, threads, watch).run();
}

}  // namespace retrain::train
