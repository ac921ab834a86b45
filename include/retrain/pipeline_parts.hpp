// PipelineParts: what a host may replace. Every member left null is the default that the configuration describes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <retrain/clock.hpp>
#include <retrain/comparator.hpp>
#include <retrain/data_source.hpp>
#include <retrain/drift_detector.hpp>
#include <retrain/drift_policy.hpp>
#include <retrain/gate.hpp>
#include <retrain/model_registry.hpp>
#include <retrain/notifier.hpp>
#include <retrain/readiness_checker.hpp>
#include <retrain/resource_manager.hpp>
#include <retrain/rollback_store.hpp>
#include <retrain/trainer.hpp>
#include <retrain/verifier.hpp>

namespace retrain {

struct PipelineParts {
  std::shared_ptr<Clock> clock;
  std::shared_ptr<DriftPolicy> drift_policy;
  std::shared_ptr<DriftDetector> drift_detector;
  std::shared_ptr<ResourceManager> resource_manager;
  std::shared_ptr<ReadinessChecker> readiness_checker;
  std::shared_ptr<DataSource> data_source;
  std::shared_ptr<Trainer> trainer;
  std::shared_ptr<Gate> gate;
  std::shared_ptr<Comparator> comparator;
  std::shared_ptr<Verifier> verifier;
  std::shared_ptr<ModelRegistry> model_registry;
  std::shared_ptr<RollbackStore> rollback_store;
  std::shared_ptr<Notifier> notifier;
  /// A run may be continued by a process whose parts differ from those it began with.
  bool allow_other_parts = false;
  /// For simulation: ids follow from this seed, so that the same calls give the same records; empty = random.
  std::optional<std::uint64_t> id_seed;
  /// For simulation: the state is thrown away afterwards, so nothing is synced to the disk.
  bool scratch = false;
};

}  // namespace retrain
