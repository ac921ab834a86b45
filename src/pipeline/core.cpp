#include "core.hpp"

#include <filesystem>
#include <retrain/config_file.hpp>
#include <retrain/json.hpp>

#include "base/files.hpp"
#include "base/json.hpp"
#include "store/delivery_table.hpp"

namespace retrain::pipeline {
namespace {

template <class T>
Status take(std::shared_ptr<T>& part, Result<std::shared_ptr<T>> made) {
  if (!made) return made.status();
  part = std::move(*made);
  return {};
}

std::string describe(const PipelineParts& parts) {
  base::Json out = base::Json::object();
  const auto add = [&](const char* noun, const auto& part) {
    if (part) out[noun] = part->id().name + " " + part->id().version;
  };
  add("readiness_checker", parts.readiness_checker);
  add("data_source", parts.data_source);
  add("trainer", parts.trainer);
  add("gate", parts.gate);
  add("comparator", parts.comparator);
  add("model_registry", parts.model_registry);
  return base::dump(out);
}

std::string features_text(const ModelSettings& model) {
  return base::dump(base::Json{{"numeric", model.numeric}, {"categorical", model.categorical}});
}

}  // namespace

Core::Core(Config config, PipelineParts parts) : config_(std::move(config)), parts_(std::move(parts)), ids_(parts_.id_seed) {}

Status Core::complete_parts() {
  PipelineParts& p = parts_;
  if (!p.clock) p.clock = make_system_clock();
  Status status;
  if (!p.drift_policy) status = take(p.drift_policy, make_drift_policy(config_.drift, config_.schedule));
  if (status && !p.drift_detector && config_.drift.detector.enabled)
    p.drift_detector = make_drift_detector(config_.drift.detector);
  if (status && !p.resource_manager) p.resource_manager = make_resource_manager(config_.resources);
  if (status && !p.readiness_checker) p.readiness_checker = make_session_readiness_checker(config_.data, config_.model);
  if (status && !p.data_source) p.data_source = make_csv_data_source(config_.data);
  if (status && !p.trainer) status = take(p.trainer, make_xgboost_trainer(config_.model, config_.training));
  judges_by_config_ = !p.gate && !p.comparator;
  if (status && !p.gate) status = take(p.gate, make_gate(config_.validation));
  if (status && !p.comparator) status = take(p.comparator, make_comparator(config_.comparison, config_.validation));
  if (status && !p.verifier) status = take(p.verifier, make_verifier(config_.verification));
  if (status && !p.model_registry) status = make_registry();
  if (status) status = add_targets();
  if (status && !p.notifier) {
    const std::string& file = config_.notifications.log_file;
    p.notifier = make_jsonl_notifier(file.starts_with('/') ? file : path(file));
  }
  parts_text_ = describe(p);
  return status;
}

Status Core::make_registry() {
  const std::string& directory = config_.state.directory;
  // A simulation publishes nowhere else.
  if (config_.deployment.registry == "mlflow" && !parts_.scratch) {
    return take(parts_.model_registry,
                make_mlflow_registry(config_.deployment.mlflow, directory, config_.model.name, parts_.clock));
  }
  parts_.model_registry = make_local_registry(directory, config_.model.name);
  return {};
}

Status Core::add_targets() {
  // A simulation tells nobody.
  if (parts_.scratch) return {};
  const NotificationSettings& settings = config_.notifications;
  const auto add = [&](Result<std::shared_ptr<Notifier>> made) {
    if (made) targets_.push_back(*made);
    return made.status();
  };
  if (!settings.webhook_url.empty()) {
    if (Status status = add(make_webhook_notifier(settings, parts_.clock)); !status) return status;
  }
  return settings.chat.format.empty() ? Status{} : add(make_chat_notifier(settings, parts_.clock));
}

Result<std::unique_ptr<Core>> Core::open(Config config, PipelineParts parts) {
  if (Status status = validate(config); !status) return status;
  std::unique_ptr<Core> core(new Core(std::move(config), std::move(parts)));
  if (Status status = core->complete_parts(); !status) return status;
  const std::string& directory = core->config_.state.directory;
  const Instant now = core->now();
  auto writer = store::Writer::open(directory, core->ids_.next(now.wall), now.wall, {.durable = !core->parts_.scratch});
  if (!writer) return writer.status();
  core->writer_ = std::move(*writer);
  const Status bound = core->write("bind", [&](store::Connection& db, const store::Stamp&) -> Status {
    const ModelSettings& model = core->config_.model;
    Status status =
        store::bind_model(db, model.name, std::string(to_string(model.task)), model.target, features_text(model), now.wall);
    for (const auto& target : core->targets_) {
      if (status) status = store::add_target(db, model.name, target->id().name);
    }
    return status;
  });
  if (!bound) return bound;
  auto owner = store::OwnerFile::create(directory, core->ids_.next(now.wall), core->model());
  if (!owner) return owner.status();
  core->owner_ = std::move(*owner);
  if (Status status = store::sweep_owners(directory); !status) return status;
  core->models_ = make_model_store(directory);
  if (auto swept = core->models_->sweep(); !swept) return swept.status();
  for (const char* folder : {"production", "evaluations", "mlflow"}) {
    if (!std::filesystem::is_directory(core->path(folder))) continue;
    if (Status status = base::sweep_temporaries(core->path(folder)); !status) return status;
  }
  return core;
}

Status Core::write(const char* label, const std::function<Status(store::Connection&, const store::Stamp&)>& transaction) {
  const store::Stamp stamp{config_.model.name, now(), ids_};
  return writer_->commit(label, [&](store::Connection& db) { return transaction(db, stamp); });
}

Status Core::write_unless(bool dry_run, const char* label,
                          const std::function<Status(store::Connection&, const store::Stamp&)>& transaction) {
  if (!dry_run) return write(label, transaction);
  bool succeeded = false;
  const Status status = write(label, [&](store::Connection& db, const store::Stamp& stamp) -> Status {
    Status done = transaction(db, stamp);
    succeeded = done.ok();
    return done ? Status{StatusCode::cancelled, "a rehearsal is not committed"} : done;
  });
  return succeeded ? Status{} : status;
}

Result<std::shared_ptr<const Model>> Core::load(const std::string& sha256) {
  {
    const std::lock_guard lock(loaded_mutex_);
    for (const auto& [hash, model] : loaded_) {
      if (hash == sha256) return model;
    }
  }
  const auto registered = fetch<store::ModelRow>([&](store::Connection& db) { return store::load_model(db, model(), sha256); });
  if (!registered) return registered.status();
  auto artifact = models_->get(sha256);
  if (!artifact) return artifact.status();
  const auto description = models_->description_sha256(sha256);
  if (!description) return description.status();
  if (*description != registered->description_sha256) {
    return Status{StatusCode::corrupt, "models/" + sha256 + "/model.json has hash " + *description + ", registered as " +
                                           registered->description_sha256};
  }
  auto loaded = parts_.trainer->load(*artifact);
  if (!loaded) return loaded.status();
  remember(sha256, *loaded);
  return *loaded;
}

void Core::remember(const std::string& sha256, std::shared_ptr<const Model> model) {
  constexpr std::size_t handful = 4;  // production, its predecessor, the anchor, a candidate
  const std::lock_guard lock(loaded_mutex_);
  loaded_.emplace_front(sha256, std::move(model));
  if (loaded_.size() > handful) loaded_.pop_back();
}

Status Core::refresh_production() {
  const auto current =
      fetch<std::optional<store::DeploymentRow>>([&](store::Connection& db) { return store::current_deployment(db, model()); });
  if (!current) return current.status();
  if (!*current || (*current)->ref.sha256 == serving()) return {};
  const auto loaded = load((*current)->ref.sha256);
  if (!loaded) return loaded.status();
  production_.set(*loaded);
  const std::lock_guard lock(loaded_mutex_);
  serving_ = (*current)->ref.sha256;
  return {};
}

std::string Core::serving() const {
  const std::lock_guard lock(loaded_mutex_);
  return serving_;
}

}  // namespace retrain::pipeline
