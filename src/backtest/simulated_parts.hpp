// The parts that a backtest replaces: what the present machine is doing, and which files exist, must not change the past.
#pragma once

#include <retrain/readiness_checker.hpp>
#include <retrain/resource_manager.hpp>
#include <vector>

namespace retrain::backtest_room {

/// Starts every run at once with the same number of threads.
std::shared_ptr<ResourceManager> make_idle_machine(unsigned threads);

/// `inner`, with the list of all sessions read once: a session of the future is not opened again at every step.
std::shared_ptr<ReadinessChecker> make_past_checker(std::shared_ptr<ReadinessChecker> inner, std::vector<Session> all);

}  // namespace retrain::backtest_room
