// ObservedCall: runs work on a thread of its own while the calling thread hears about it and may stop it.
#pragma once

#include <functional>
#include <retrain/observer.hpp>
#include <retrain/status.hpp>
#include <stop_token>

namespace retrain::pipeline {

/// Runs `work(observer, stop)` on another thread. Meanwhile the calling thread hands log records and progress to `observer`,
/// polls its keep_going() and calls `heartbeat` every 50 ms; a false answer of either, or `stop`, requests a stop of the work.
/// Returns when the work is over. An exception of the host's observer stops the work and comes out unchanged; one of the work
/// becomes `internal`.
Status observed_call(
    Observer& observer, std::stop_token stop, const std::function<Status(Observer&, std::stop_token)>& work,
    const std::function<bool()>& heartbeat = [] { return true; });

}  // namespace retrain::pipeline
