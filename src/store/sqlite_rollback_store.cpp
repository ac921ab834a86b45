#include <algorithm>
#include <limits>
#include <retrain/clock.hpp>
#include <retrain/rollback_store.hpp>

#include "base/uuid.hpp"
#include "writer.hpp"

namespace retrain {
namespace {

using store::Connection;
using store::Statement;
using store::Writer;

class SqliteRollbackStore final : public RollbackStore {
 public:
  SqliteRollbackStore(std::unique_ptr<Writer> writer, std::string model, std::shared_ptr<Clock> clock)
      : writer_(std::move(writer)), model_(std::move(model)), clock_(std::move(clock)) {}

  PartId id() const override { return {"sqlite", "1"}; }

  Status register_stable(const ModelRef& model) override {
    if (model.sha256.empty()) return {StatusCode::invalid_argument, "a stable model of " + model_ + " needs a sha256"};
    const Time now = clock_->now().wall;
    return writer_->commit("rollback_store.register_stable", [&](Connection& connection) {
      return connection
          .prepare(
              "INSERT INTO stable_models (model, sha256, run_id, registry_run_id, registry_model_id, registry_version, time_us) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (model, sha256) DO NOTHING")
          .with(model_, model.sha256, model.run_id, model.registry_run_id, model.registry_model_id, model.registry_version, now)
          .run();
    });
  }

  Result<std::optional<ModelRef>> stable() override {
    Result<std::vector<ModelRef>> newest = history(1);
    if (!newest) return newest.status();
    if (newest->empty()) return std::optional<ModelRef>{};
    return std::optional<ModelRef>(std::move(newest->front()));
  }

  Result<std::vector<ModelRef>> history(std::size_t limit) override {
    constexpr std::size_t most = std::numeric_limits<std::int64_t>::max();
    std::vector<ModelRef> models;
    const Status status = writer_->read([&](Connection& connection) -> Status {
      Statement rows = connection.prepare(
          "SELECT sha256, run_id, registry_run_id, registry_model_id, registry_version FROM stable_models AS s WHERE model = $1 "
          "AND NOT EXISTS (SELECT 1 FROM quarantine AS q WHERE q.model = s.model AND q.sha256 = s.sha256) "
          "ORDER BY sequence DESC LIMIT $2");
      rows.with(model_, std::min(limit, most));
      for (;;) {
        const Result<bool> row = rows.next();
        if (!row) return row.status();
        if (!*row) return {};
        models.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
      }
    });
    if (!status) return status;
    return models;
  }

  Status quarantine(const Quarantine& quarantine) override {
    const Time now = clock_->now().wall;
    return writer_->commit("rollback_store.quarantine", [&](Connection& connection) {
      return connection
          .prepare(
              "INSERT INTO quarantine (model, data_fingerprint, parameters_fingerprint, code_fingerprint, sha256, reason, time_us) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7) "
              "ON CONFLICT (model, data_fingerprint, parameters_fingerprint, code_fingerprint) DO NOTHING")
          .with(model_, quarantine.fingerprint.data, quarantine.fingerprint.parameters, quarantine.fingerprint.code, quarantine.sha256,
                quarantine.reason, now)
          .run();
    });
  }

  Result<bool> is_quarantined(const Fingerprint& fingerprint) override {
    bool found = false;
    const Status status = writer_->read([&](Connection& connection) -> Status {
      Statement row = connection.prepare(
          "SELECT 1 FROM quarantine WHERE model = $1 AND data_fingerprint = $2 AND parameters_fingerprint = $3 AND code_fingerprint = $4");
      const Result<bool> next = row.with(model_, fingerprint.data, fingerprint.parameters, fingerprint.code).next();
      if (!next) return next.status();
      found = *next;
      return {};
    });
    if (!status) return status;
    return found;
  }

 private:
  const std::unique_ptr<Writer> writer_;
  const std::string model_;
  const std::shared_ptr<Clock> clock_;
};

}  // namespace

Result<std::shared_ptr<RollbackStore>> make_sqlite_rollback_store(const std::string& state_directory, const std::string& model,
                                                                  std::shared_ptr<Clock> clock) {
  if (!clock) return Status{StatusCode::invalid_argument, "the rollback store needs a clock"};
  if (model.empty()) return Status{StatusCode::invalid_argument, "the rollback store needs the name of a model"};
  const Time now = clock->now().wall;
  Result<std::unique_ptr<Writer>> writer = Writer::open(state_directory, base::IdSource().next(now), now, {});
  if (!writer) return writer.status();
  return std::shared_ptr<RollbackStore>(std::make_shared<SqliteRollbackStore>(*std::move(writer), model, std::move(clock)));
}

}  // namespace retrain
