// RunFacts: a run's story as named sentences, for every form in which it is told.
#pragma once

#include <retrain/pipeline_status.hpp>
#include <string>
#include <utility>
#include <vector>

namespace retrain::report {

/// "why it ran", "data", "training", "gate", "comparison", "deployment", "outcome" or "state", "next"; what did not happen is
/// left out.
std::vector<std::pair<std::string, std::string>> run_facts(const RunReport& run);
/// "promoted", "running", …: the outcome, or the state while there is none.
std::string run_outcome(const RunSummary& run);
/// "9a0c1f22e3b1 (version 3, stable since 2013-05-03T00:00:00Z)".
std::string described(const DeployedModel& model);

}  // namespace retrain::report
