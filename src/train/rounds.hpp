// Rounds: boosts a model round by round, judges each round on later data, and keeps the best.
#pragma once

#include <optional>
#include <retrain/trainer.hpp>
#include <string>
#include <vector>

#include "booster.hpp"
#include "library_log.hpp"

namespace retrain::train {

struct RoundLimits {
  int first = 0;     ///< rounds that the booster has
  int most = 0;      ///< that may be added
  int patience = 0;  ///< rounds without a smaller loss after which it ends
};

/// Who watches a training, and when it must end.
struct Watch {
  LibraryLog& log;
  Observer& observer;
  std::stop_token stop;
  Clock& clock;
  std::optional<Time> deadline;
  std::string name;  ///< before the progress of each round: "trial 3, fold 1: "; empty = nothing
};

/// What the rounds left behind: `booster` holds exactly `rounds`.
struct Boosted {
  Booster booster;
  int rounds = 0;
  double loss = 0;  ///< of these rounds on the later data; NaN without such data
};

/// Trains `booster` on `matrix`. With `judged`, ends when no round has had a smaller loss there for `patience` rounds, and
/// keeps the rounds with the smallest; a booster that came with rounds may keep just these.
///
/// Fails with cancelled when asked to stop, with unavailable when the deadline is over, each between two rounds; with
/// invalid_argument when a parameter is unknown, has a value that the library refuses, or makes every loss a non-number.
Result<Boosted> run_rounds(Booster booster, Task task, const RoundLimits& limits, const Matrix& matrix,
                           const std::vector<Matrix>& judged, Watch& watch);

/// Fails with unavailable when the deadline is over, with cancelled when asked to stop.
Status may_go_on(const Watch& watch, const std::string& after);

}  // namespace retrain::train
