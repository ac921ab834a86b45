// LapModels: models of Formula 1 lap times, trained by the library, and their errors on races they have not seen.
#pragma once

#include <cstdint>
#include <memory>
#include <retrain/frame.hpp>
#include <retrain/status.hpp>
#include <string>
#include <vector>

namespace retrain::bench {

using Races = std::vector<std::shared_ptr<const Frame>>;

/// Green, accurate laps on slicks of all races of the seasons `first` … `last`, in order, with the lap time as target.
Result<Races> read_races(const std::string& folder, int first, int last);

/// The same laps with the target as percent above the median lap of their race.
Races as_percent_of_pace(const Races& races);

struct LapRecipe {
  std::uint64_t seed = 1;
  int rounds = 200;
};

/// Trains on `races` and returns prediction minus target of every lap of `unseen`, in order.
Result<std::vector<double>> errors_on_unseen(const Races& races, const LapRecipe& recipe, const Races& unseen);

}  // namespace retrain::bench
