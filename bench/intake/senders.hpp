// Senders: alerts as a benchmark sends them, and the pipeline that they go to.
#pragma once

#include <memory>
#include <retrain/config.hpp>
#include <retrain/pipeline.hpp>
#include <string>
#include <vector>

namespace retrain::bench {

/// The state `folder`/state, with an empty data folder.
Config make_config(const std::string& folder);
/// Throws std::runtime_error.
std::unique_ptr<Pipeline> open_pipeline(const Config& config, const PipelineParts& parts = {});
inline std::unique_ptr<Pipeline> open_pipeline(const std::string& folder) {
  return open_pipeline(make_config(folder));
}
/// Throws std::runtime_error when the alert was not stored.
void submit_or_throw(Pipeline& pipeline, const Alert& alert);

/// Alert `number` of `sender`: of one of 50 sources, as large as one with evidence is, about 0.6 KiB as stored.
Alert make_alert(const std::string& sender, std::size_t number);

/// One task and its figures as a JSON object on one line. Throws std::runtime_error.
std::string measure_commits(const std::string& folder, int rounds);
std::string measure_group(const std::string& folder, int producers, double seconds, int rounds);
std::string measure_batches(const std::string& folder, std::size_t size, double seconds, int rounds);
std::string measure_decisions(int rounds);
std::string measure_opening(const std::string& folder);
std::string measure_ageing(const std::string& folder);
/// `count` alerts into the state, a thousand at a time.
std::string fill(const std::string& folder, std::size_t count);
/// Submits alerts until `until` (seconds since 1970), and says how many and the longest wait in seconds.
std::string produce(const std::string& folder, const std::string& sender, double from, double until);
/// Submits alerts `first` to `past` - 1, printing the number of each as soon as it is acknowledged.
std::string acknowledge(const std::string& folder, const std::string& sender, std::size_t first, std::size_t past);
/// Prints id, source, verdict, run and whether there is a reason, tab between them, of every stored alert; then the runs' ids.
std::string list_stored(const std::string& folder);

}  // namespace retrain::bench
