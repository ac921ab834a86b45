// Runs of a whole pipeline in the small world, as text that is the same each time.
#pragma once

#include <retrain/json.hpp>

#include "support/world.hpp"

namespace retrain::test {

/// `text` without the folder's name, which is another one each time.
inline std::string without_folder(std::string text, const TemporaryFolder& folder) {
  for (auto at = text.find(folder.path()); at != std::string::npos; at = text.find(folder.path()))
    text.erase(at, folder.path().size());
  return text;
}

/// One alert at the end of day `today`, and the run that follows it.
inline RunReport run_once(World& world, Pipeline& pipeline, const std::string& alert_id, int today) {
  world.clock->set(day(today));
  const auto decision = pipeline.submit_alert(World::alert(alert_id));
  if (!decision) throw std::runtime_error(decision.status().message());
  const auto tick = pipeline.tick(quiet_observer());
  if (!tick) throw std::runtime_error(tick.status().message());
  if (!tick->run) throw std::runtime_error("no run was due on day " + std::to_string(today) + ": " + decision->reason);
  return *tick->run;
}

/// A world with few rounds, few sessions and made-up ids that are the same each time.
struct SmallWorld : World {
  SmallWorld() : World(44, 31, 4) {
    config.training.max_rounds = 12;
    parts.id_seed = 1;
    parts.scratch = true;
  }
};

/// Two runs, before and after the truth moved: the second has a champion to be compared with and to start from.
inline RunReport second_run(World& world) {
  const auto pipeline = world.open();
  run_once(world, *pipeline, "a1", 24);
  return run_once(world, *pipeline, "a2", 42);
}

}  // namespace retrain::test
