#include "rounds.hpp"

#include "base/text.hpp"
#include "early_stopping.hpp"

namespace retrain::train {
namespace {

constexpr Duration slow_round = std::chrono::seconds(5);

Result<double> loss_of(const Booster& booster, Task task, const std::vector<Matrix>& judged) {
  MeanLoss mean(task);
  for (const Matrix& matrix : judged) {
    const auto predictions = booster.predict(matrix);
    if (!predictions) return predictions.status();
    mean.add(*predictions, matrix.labels(), matrix.weights());
  }
  return mean.value();
}

/// Passes the library's warnings on. Fails with invalid_argument when one says that a parameter is unknown.
Status pass_on(Watch& watch) {
  for (const std::string& message : watch.log.take()) {
    if (const std::string names = unused_parameters(message); !names.empty()) {
      return {StatusCode::invalid_argument, "training.parameters names what xgboost does not know: " + names};
    }
    watch.observer.log({LogLevel::warning, "xgboost: " + message});
  }
  return {};
}

std::string counted_rounds(int rounds) {
  return std::to_string(rounds) + (rounds == 1 ? " round" : " rounds");
}

/// How long the rounds take.
class Pace {
 public:
  explicit Pace(Watch& watch) : watch_(watch), began_(watch.clock.now()), last_(began_) {}

  void round_done(int round) {
    const Instant now = watch_.clock.now();
    ++done_;
    if (const Duration took = elapsed(last_, now); took > slow_round) {
      watch_.observer.log({LogLevel::warning, "round " + std::to_string(round) + " took " + format_duration(took) +
                                                  ": a request to stop waits for the end of a round"});
    }
    last_ = now;
  }
  /// ", 40s to go", or nothing while there is nothing to tell.
  std::string to_go(int rounds_left) const {
    const Duration left = elapsed(began_, last_) / std::max(1, done_) * rounds_left;
    if (left < std::chrono::seconds(1)) return {};
    return ", up to " + format_duration(std::chrono::ceil<std::chrono::seconds>(left)) + " to go";
  }

 private:
  Watch& watch_;
  Instant began_, last_;
  int done_ = 0;
};

}  // namespace

Status may_go_on(const Watch& watch, const std::string& after) {
  if (watch.stop.stop_requested()) return {StatusCode::cancelled, "asked to stop after " + after};
  if (watch.deadline && watch.clock.now().wall >= *watch.deadline) {
    return {StatusCode::unavailable,
            "the training was not done by its deadline " + format_time(*watch.deadline) + ", after " + after};
  }
  return {};
}

Result<Boosted> run_rounds(Booster booster, Task task, const RoundLimits& limits, const Matrix& matrix,
                           const std::vector<Matrix>& judged, Watch& watch) {
  EarlyStopping stopping(limits.patience);
  const auto judge = [&](int rounds) -> Status {
    const auto loss = loss_of(booster, task, judged);
    if (!loss) return loss.status();
    stopping.observe(rounds, *loss);
    return {};
  };
  if (!judged.empty() && limits.first > 0) {
    if (Status status = judge(limits.first); !status) return status;
  }
  Pace pace(watch);
  int rounds = limits.first;
  while (rounds < limits.first + limits.most) {
    if (Status status = may_go_on(watch, counted_rounds(rounds)); !status) return status;
    Status trained = booster.update(rounds, matrix);
    if (Status status = pass_on(watch); !status) return status;
    // What no round has refused yet is a parameter's value: names and data have been checked.
    if (!trained && rounds == limits.first)
      return Status{StatusCode::invalid_argument, "training.parameters: " + trained.message()};
    if (!trained) return trained;
    ++rounds;
    if (!judged.empty()) {
      if (Status status = judge(rounds); !status) return status;
    }
    pace.round_done(rounds);
    const std::string loss = judged.empty() ? "" : ", loss " + base::format_short(stopping.last_loss());
    watch.observer.progress(
        {"train", static_cast<double>(rounds - limits.first), static_cast<double>(limits.most),
         watch.name + "round " + std::to_string(rounds) + loss + pace.to_go(limits.first + limits.most - rounds)});
    if (!judged.empty() && stopping.exhausted()) break;
  }
  if (judged.empty()) return Boosted{std::move(booster), rounds, stopping.last_loss()};
  const int best = stopping.best_rounds();
  if (best == 0) {
    return Status{StatusCode::invalid_argument,
                  "training.parameters: the loss on the stop sessions is not a finite number after any round"};
  }
  if (best == rounds || best == limits.first) return Boosted{std::move(booster), best, stopping.best_loss()};
  auto sliced = booster.first_rounds(best);
  if (!sliced) return sliced.status();
  return Boosted{std::move(*sliced), best, stopping.best_loss()};
}

}  // namespace retrain::train
