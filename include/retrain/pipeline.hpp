// Pipeline: the whole loop for one model of a state directory. The class that a host embeds.
#pragma once

#include <functional>
#include <memory>
#include <retrain/clock.hpp>
#include <retrain/model_registry.hpp>
#include <retrain/outbox.hpp>
#include <retrain/pipeline_parts.hpp>
#include <retrain/pipeline_status.hpp>
#include <retrain/queue.hpp>
#include <retrain/run.hpp>
#include <span>
#include <stop_token>

namespace retrain {

/// Thread-safe. Every decision is one durable transaction; any call may be repeated after a crash, by any process.
class Pipeline {
 public:
  /// Opens (or creates) the state directory and binds the model that `config` names. Fails with conflict when that name is
  /// taken by another task, target or features, and with incompatible when a newer version wrote the state.
  static Result<std::unique_ptr<Pipeline>> open(Config config, PipelineParts parts = {});
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  /// Stops the background mode and waits for it.
  ~Pipeline();

  /// Decides about an alert; durable when it returns. An invalid alert is stored with verdict `invalid`.
  Result<AlertDecision> submit_alert(const Alert& alert);
  /// The same for many at once, in their order and durable together: all are stored, or none is and the call fails.
  Result<std::vector<AlertDecision>> submit_alerts(std::span<const Alert> alerts);
  /// Stores text that could not be read as an alert, with verdict `invalid` and `reason`, so that an operator can see it.
  Result<AlertDecision> submit_invalid_alert(std::string_view text, std::string_view reason);
  /// What would be decided about a stored alert if it came now for the first time, as old as it was then. Stores nothing.
  Result<AlertDecision> replay_alert(const StoredAlert& stored);
  /// Queues a run that a person asked for: it passes threshold, cooldown, caps and a hold, but not safe mode. Fails with conflict
  /// while another run of the model is open, and with unavailable while the queue is full or drained.
  Result<RunId> request_run(const ManualRun& request);

  /// Does everything due now: leftovers of crashes, detection, verification, at most one run, the outbox.
  Result<TickReport> tick(Observer& observer, std::stop_token stop = {});
  /// The remaining steps of one run. A run that waits (data, resources) comes back unfinished with its reason.
  Result<RunReport> run(const RunId& run, Observer& observer, std::stop_token stop = {});
  /// One step, idempotent: a step that is done answers from the store. Claims the run for this call only.
  Result<StepReport> step(const RunId& run, Step step, Observer& observer, std::stop_token stop = {});
  /// tick() on a thread of our own, every `interval`, until stop(). `observer` must outlive it; its calls come from that thread.
  Status start(Duration interval, Observer& observer);
  /// Ends the background mode; the run in hand stops between two rounds and is taken up later.
  Status stop();

  /// The model in production, or null. Never blocks and never waits for a deployment.
  std::shared_ptr<const Model> production() const;
  /// Puts the newest stable model before the present one back, quarantines the present one and sets a hold.
  Result<RollbackReport> rollback(const RollbackRequest& request);
  Status hold(const Hold& hold);
  Status lift(const Lift& lift);
  /// Lets alerts of a key start nothing until a time; returns the silence's number. Fails with invalid_argument when that is
  /// past.
  Result<std::int64_t> silence(const Silence& silence);
  /// Fails with not_found when no silence of this number is in force.
  Status end_silence(std::int64_t id, const std::string& actor);
  Result<std::vector<Silence>> silences();
  /// What webhooks and chats have not received.
  Result<OutboxReport> outbox();
  /// Tries undelivered events anew, from now, and switches their targets on again; returns how many. Fails with not_found when
  /// none is meant.
  Result<int> replay_events(const OutboxSelection& selection);
  /// Gives undelivered events up for good; returns how many. Fails with not_found when none is meant.
  Result<int> drop_events(const OutboxSelection& selection);

  /// Every run of the state that is not finished, in the order in which they may start.
  Result<QueueReport> queue();
  /// Ends a run: at once when it waits, else as soon as its worker stops; it promotes nothing from now on. Once more changes
  /// nothing. Fails with conflict when it ended otherwise.
  Result<RunSummary> cancel(const CancelRequest& request);
  /// Lets no run of this model start until `until` or resume(). Alerts are accepted and wait; the run under way goes on.
  Result<QueueReport> pause(const HaltRequest& request);
  /// Accepts no run of this model any more and finishes the one it has: then the answer says `empty`.
  Result<QueueReport> drain(const HaltRequest& request);
  /// Ends a pause or a drain. Does nothing when there is none.
  Result<QueueReport> resume(const ResumeRequest& request);
  /// Queues a new run in place of one that failed or was set aside, and returns it; once more returns the same. Fails as
  /// request_run() does, and with conflict for a run that ended otherwise.
  Result<RunSummary> requeue(const RequeueRequest& request);

  Result<PipelineStatus> status();
  Result<RunReport> report(const RunId& run);
  Result<std::vector<RunSummary>> runs(const RunQuery& query = {});
  Result<std::vector<StoredAlert>> alerts(std::size_t limit = 50);
  Result<std::vector<DeployedModel>> models(std::size_t limit = 50);
  /// What a run that an alert asked for would be told of the data now. Stores nothing.
  Result<Readiness> check_data(Observer& observer, std::stop_token stop = {});
  /// Gate and comparator again from what is stored; says whether they agree.
  Result<ReplayReport> replay(const RunId& run);
  /// Checks every invariant that the state promises; what `retrain doctor` prints.
  Result<HealthReport> verify_state();

 private:
  class Loop;
  explicit Pipeline(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace retrain
