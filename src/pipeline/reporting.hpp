// Reporting: what is stored, as the records that people and programs read.
#pragma once

#include "core.hpp"

namespace retrain::pipeline {

RunSummary summarize(const store::RunRow& run, std::optional<Step> next);
Result<RunReport> report_run(Core& core, const RunId& run);
Result<StepReport> report_step(Core& core, const RunId& run, Step step, bool repeated);
Result<PipelineStatus> report_status(Core& core);
Result<std::vector<DeployedModel>> report_models(Core& core, std::size_t limit);

}  // namespace retrain::pipeline
