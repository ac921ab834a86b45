// Parts that keep everything in memory: the plainest thing that a host could write and the suites must accept.
#pragma once

#include <algorithm>
#include <map>
#include <retrain/model_registry.hpp>
#include <retrain/notifier.hpp>
#include <retrain/rollback_store.hpp>
#include <string>
#include <vector>

#include "base/sha256.hpp"

namespace retrain::test {

/// Repeats what is repeated, as a plain webhook would.
class MemoryNotifier final : public Notifier {
 public:
  PartId id() const override { return {"memory-notifier", "1"}; }
  Status notify(const Event& event) override {
    ids.push_back(event.id);
    return {};
  }

  std::vector<std::string> ids;
};

class MemoryRollbackStore final : public RollbackStore {
 public:
  PartId id() const override { return {"memory-rollback-store", "1"}; }
  Status register_stable(const ModelRef& model) override {
    const auto same = [&](const ModelRef& other) { return other.sha256 == model.sha256; };
    if (std::none_of(models_.begin(), models_.end(), same)) models_.push_back(model);
    return {};
  }
  Result<std::optional<ModelRef>> stable() override {
    const auto newest = history(1).value();
    return newest.empty() ? std::optional<ModelRef>() : newest.front();
  }
  Result<std::vector<ModelRef>> history(std::size_t limit) override {
    std::vector<ModelRef> found;
    for (auto model = models_.rbegin(); model != models_.rend() && found.size() < limit; ++model) {
      const auto same = [&](const auto& entry) { return entry.second == model->sha256; };
      if (std::none_of(quarantined_.begin(), quarantined_.end(), same)) found.push_back(*model);
    }
    return found;
  }
  Status quarantine(const Quarantine& quarantine) override {
    quarantined_[quarantine.fingerprint.text()] = quarantine.sha256;
    return {};
  }
  Result<bool> is_quarantined(const Fingerprint& fingerprint) override { return quarantined_.count(fingerprint.text()) > 0; }

 private:
  std::vector<ModelRef> models_;
  std::map<std::string, std::string> quarantined_;  ///< fingerprint → hash
};

class MemoryRegistry final : public ModelRegistry {
 public:
  PartId id() const override { return {"memory-registry", "1"}; }
  Result<ModelRef> publish(const ModelArtifact& artifact, const DeployContext& context) override {
    const std::string sha256 = base::sha256(artifact.bytes);
    const auto [entry, added] = published_.try_emplace(sha256);
    // An outside registry numbers what it is given: the same model must keep its number.
    if (added) entry->second = {sha256, context.run_id, "run", "model", std::to_string(published_.size())};
    return entry->second;
  }
  Status activate(const ModelRef& model, const DeployContext&) override {
    if (published_.count(model.sha256) == 0) return {StatusCode::not_found, "no model " + model.sha256 + " was published"};
    current_ = model;
    return {};
  }
  Result<std::optional<ModelRef>> current() override { return current_; }

 private:
  std::map<std::string, ModelRef> published_;
  std::optional<ModelRef> current_;
};

}  // namespace retrain::test
