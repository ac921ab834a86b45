#include "key_builder.hpp"

namespace retrain::config {

std::vector<Key> decision_keys() {
  using D = DriftSettings;
  using T = DetectorSettings;
  using S = ScheduleSettings;
  using Q = QueueSettings;
  using R = ResourceSettings;
  const auto d = &C::drift;
  const auto s = &C::schedule;
  const auto q = &C::queue;
  const auto r = &C::resources;
  return {
      key("drift.severity_threshold", at(d, &D::severity_threshold), number(share),
          "least severity of an alert that is acted upon, inclusive"),
      key("drift.debounce_seconds", at(d, &D::debounce), seconds(), "time in which alerts of one kind are merged into the first"),
      key("drift.cooldown_seconds", at(d, &D::cooldown), seconds(),
          "time after the end of a run that trained in which no alert starts another"),
      key("drift.settle_seconds", at(d, &D::settle), seconds(), "time from an accepted alert to the earliest start of its run"),
      key("drift.alert_ttl", at(d, &D::alert_ttl), duration(),
          "age above which an alert, or a run that waits for its turn, is stale and ends; 0s: never"),
      key("drift.escalation_step", at(d, &D::escalation_step), or_null(number({0, 1, true, false})),
          "how much worse than the last an alert must be to break the cooldown; null: none does"),
      key("drift.detector.enabled", at(d, &D::detector, &T::enabled), flag(), "whether new sessions are watched for drift"),
      key("drift.detector.method", at(d, &D::detector, &T::method), choice({"e_process", "e_detector"}),
          "e_process weighs all sessions since the deployment, e_detector also every later start"),
      key("drift.detector.level", at(d, &D::detector, &T::level), number(probability),
          "e_process: chance of ever alerting falsely; e_detector: false alerts per session, on average"),
      key("drift.detector.min_sessions", at(d, &D::detector, &T::min_sessions), whole<Count>(3, most),
          "fewest new sessions for an alert"),

      key("schedule.zone", at(s, &S::zone), zone(), "IANA zone of the weekend"),
      key("schedule.max_weekend_retrains", at(s, &S::max_weekend_retrains), whole<int>(0, most), "most runs in one weekend"),
      key("schedule.weekend_days", at(s, &S::weekend_days), list_of(choice({"mon", "tue", "wed", "thu", "fri", "sat", "sun"}), 1),
          "days that make the weekend, at most six"),
      key("schedule.calendar", at(s, &S::calendar), text_or_null(),
          "CSV file of events (id, start, end, zone) that are capped instead of weekends"),
      key("schedule.rate.burst", at(s, &S::rate_burst), whole<Count>(0, most),
          "most runs that follow each other at once; 0: any"),
      key("schedule.rate.refill", at(s, &S::rate_refill), duration(), "time after which one more run may start"),

      key("queue.ageing", at(q, &Q::ageing), duration(),
          "a run that waited so long ranks with the most urgent; 0s: waiting does not raise its rank"),
      key("queue.max_attempts", at(q, &Q::max_attempts), whole<int>(1, most),
          "lost workers and failures after which a run is set aside"),
      key("queue.backoff", at(q, &Q::backoff), duration(),
          "pause before the second attempt; doubles with each, and is shortened by up to a quarter to spread the runs"),
      key("queue.max_backoff", at(q, &Q::max_backoff), duration(), "longest pause between two attempts"),
      key("queue.deadline", at(q, &Q::deadline), duration(), "time from a run's first start in which it must end; 0s: any"),
      key("queue.stall", at(q, &Q::stall), duration(),
          "time without progress after which a step is stopped, which counts as a failure; 0s: any"),
      key("queue.lease", at(q, &Q::lease), positive_duration(),
          "silence after which a worker has lost its run; the same for every worker of a state"),

      key("resources.max_cpu_percent", at(r, &R::max_cpu_percent), number(percent),
          "load per processor, and share of time in which tasks wait for a processor (PSI, of the machine and of the own control "
          "group), above which a run waits"),
      key("resources.max_memory_percent", at(r, &R::max_memory_percent), number(percent),
          "share of the memory of the machine, and of each control group around this process that has a limit, that runs "
          "together may take; a run that needs more alone never starts"),
      key("resources.max_queue_size", at(r, &R::max_queue_size), whole<Count>(1, most), "most runs that wait at one time"),
      key("resources.threads", at(r, &R::threads), threads(),
          "threads for reading and training; auto: the processors this process may use, cut to the CPU quota, less those that "
          "other runs were granted"),
  };
}

}  // namespace retrain::config
