#include <algorithm>
#include <limits>
#include <retrain/clock.hpp>
#include <retrain/rollback_store.hpp>

#include "base/uuid.hpp"
#include "deployment_table.hpp"
#include "writer.hpp"

namespace retrain {
namespace {

using store::Connection;
using store::Writer;

class SqliteRollbackStore final : public RollbackStore {
 public:
  SqliteRollbackStore(std::unique_ptr<Writer> writer, std::string model, std::shared_ptr<Clock> clock)
      : writer_(std::move(writer)), model_(std::move(model)), clock_(std::move(clock)) {}

  PartId id() const override { return {"sqlite", "1"}; }

  Status register_stable(const ModelRef& model) override {
    if (model.sha256.empty()) return {StatusCode::invalid_argument, "a stable model of " + model_ + " needs a sha256"};
    const Time now = clock_->now().wall;
    return writer_->commit("rollback_store.register_stable",
                           [&](Connection& connection) { return store::insert_stable(connection, model_, model, now); });
  }

  Result<std::optional<ModelRef>> stable() override {
    Result<std::vector<ModelRef>> newest = history(1);
    if (!newest) return newest.status();
    if (newest->empty()) return std::optional<ModelRef>{};
    return std::optional<ModelRef>(std::move(newest->front()));
  }

  Result<std::vector<ModelRef>> history(std::size_t limit) override {
    constexpr std::size_t most = std::numeric_limits<std::int64_t>::max();
    return read<std::vector<ModelRef>>(
        [&](Connection& connection) { return store::list_stable(connection, model_, std::min(limit, most)); });
  }

  Status quarantine(const Quarantine& quarantine) override {
    const Time now = clock_->now().wall;
    return writer_->commit("rollback_store.quarantine",
                           [&](Connection& connection) { return store::insert_quarantine(connection, model_, quarantine, now); });
  }

  Result<bool> is_quarantined(const Fingerprint& fingerprint) override {
    return read<bool>([&](Connection& connection) { return store::is_quarantined(connection, model_, fingerprint); });
  }

 private:
  template <class T, class Query>
  Result<T> read(const Query& query) {
    T found{};
    const Status status = writer_->read([&](Connection& connection) -> Status {
      Result<T> result = query(connection);
      if (result) found = *std::move(result);
      return result.status();
    });
    if (!status) return status;
    return found;
  }

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
