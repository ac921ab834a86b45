// The default notifier: one JSON line per event, appended to a file.
#include <mutex>
#include <retrain/json.hpp>
#include <retrain/notifier.hpp>

#include "event_log.hpp"

namespace retrain {
namespace {

class JsonlNotifier final : public Notifier {
 public:
  explicit JsonlNotifier(std::string path) : log_(std::move(path)) {}

  PartId id() const override { return {"jsonl", "1"}; }

  Status notify(const Event& event) override {
    if (event.id.empty()) return {StatusCode::invalid_argument, "event of type '" + event.type + "' has no id"};
    const std::lock_guard lock(mutex_);
    return log_.append(event.id, to_json(event));
  }

 private:
  std::mutex mutex_;  ///< one notifier may serve several pipelines
  notify::EventLog log_;
};

}  // namespace

std::shared_ptr<Notifier> make_jsonl_notifier(std::string path) {
  return std::make_shared<JsonlNotifier>(std::move(path));
}

}  // namespace retrain
