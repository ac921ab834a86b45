// Core: what every part of the pipeline shares: settings, parts, the state's writer, loaded models.
#pragma once

#include <list>
#include <mutex>
#include <retrain/pipeline.hpp>
#include <string>

#include "base/uuid.hpp"
#include "production_slot.hpp"
#include "store/state_directory.hpp"
#include "store/transactions.hpp"
#include "store/writer.hpp"

namespace retrain::pipeline {

class Core {
 public:
  static Result<std::unique_ptr<Core>> open(Config config, PipelineParts parts);

  const Config& config() const { return config_; }
  const PipelineParts& parts() const { return parts_; }
  /// Whether gate and comparator are the defaults, made from the configuration.
  bool judges_by_config() const { return judges_by_config_; }
  /// Webhooks and chats, beside the notifier of parts().
  const std::vector<std::shared_ptr<Notifier>>& targets() const { return targets_; }
  const std::string& model() const { return config_.model.name; }
  const std::string& parts_text() const { return parts_text_; }
  const std::string& owner() const { return owner_->id(); }
  ModelStore& models() { return *models_; }
  ProductionSlot& production() { return production_; }
  base::IdSource& ids() { return ids_; }
  Instant now() const { return parts_.clock->now(); }
  std::string path(const std::string& name) const { return config_.state.directory + "/" + name; }
  RowSelection selection() const { return row_selection(config_.model, config_.data, config_.validation); }

  /// One transaction, durable when it returns. `label` names its crash points.
  Status write(const char* label, const std::function<Status(store::Connection&, const store::Stamp&)>& transaction);
  /// The same, or with `dry_run` everything but the commit: it succeeds or fails as it would, and nothing changes.
  Status write_unless(bool dry_run, const char* label,
                      const std::function<Status(store::Connection&, const store::Stamp&)>& transaction);
  Status read(const std::function<Status(store::Connection&)>& query) { return writer_->read(query); }
  /// A value from one read transaction.
  template <class T>
  Result<T> fetch(const std::function<Result<T>(store::Connection&)>& query) {
    std::optional<Result<T>> found;
    Status status = read([&](store::Connection& db) {
      found.emplace(query(db));
      return found->status();
    });
    if (!status) return status;
    return std::move(*found);
  }

  /// A model by its hash, from memory or from its files: hash, description and registration are checked before it is loaded.
  Result<std::shared_ptr<const Model>> load(const std::string& sha256);
  void remember(const std::string& sha256, std::shared_ptr<const Model> model);
  /// Takes what the newest deployment says into service.
  Status refresh_production();
  /// The hash of the model in service here.
  std::string serving() const;

 private:
  Core(Config config, PipelineParts parts);
  Status complete_parts();
  Status make_registry();
  Status add_targets();

  Config config_;
  PipelineParts parts_;
  std::vector<std::shared_ptr<Notifier>> targets_;
  std::string parts_text_;
  bool judges_by_config_ = false;
  base::IdSource ids_;
  std::shared_ptr<ModelStore> models_;
  std::unique_ptr<store::Writer> writer_;
  std::unique_ptr<store::OwnerFile> owner_;
  ProductionSlot production_;
  mutable std::mutex loaded_mutex_;
  std::string serving_;
  std::list<std::pair<std::string, std::shared_ptr<const Model>>> loaded_;  // newest first, a handful
};

}  // namespace retrain::pipeline
