// RollbackStore: what was verified, and what must not come back.
#pragma once

#include <memory>
#include <optional>
#include <retrain/model_ref.hpp>
#include <retrain/part.hpp>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <vector>

namespace retrain {

class Clock;

struct Quarantine {
  Fingerprint fingerprint;
  std::string sha256;
  std::string reason;
};

/// Every call is idempotent. Threads: any. Never called inside a transaction.
class RollbackStore {
 public:
  RollbackStore() = default;
  RollbackStore(const RollbackStore&) = delete;
  RollbackStore& operator=(const RollbackStore&) = delete;
  virtual ~RollbackStore();

  virtual PartId id() const = 0;
  virtual Status register_stable(const ModelRef& model) = 0;
  /// The newest stable model that is not quarantined.
  virtual Result<std::optional<ModelRef>> stable() = 0;
  /// Stable models, newest first, quarantined ones left out.
  virtual Result<std::vector<ModelRef>> history(std::size_t limit) = 0;
  virtual Status quarantine(const Quarantine& quarantine) = 0;
  virtual Result<bool> is_quarantined(const Fingerprint& fingerprint) = 0;
};

/// The default: tables of the state directory's database, for one model.
Result<std::shared_ptr<RollbackStore>> make_sqlite_rollback_store(const std::string& state_directory, const std::string& model,
                                                                  std::shared_ptr<Clock> clock);

}  // namespace retrain
