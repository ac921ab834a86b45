// One thing that a person does about the queue, or a stream of alerts, as a process that may be killed:
//   queue_scenario FOLDER pause | resume | drain | cancel RUN | requeue RUN
//   queue_scenario FOLDER ingest NAME FIRST LAST   acknowledged alerts go to FOLDER/acknowledged-NAME, one line each
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/world.hpp"

using namespace retrain;

namespace {

constexpr int models = 2, sources = 50, threads = 4;

int fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return 1;
}

Result<std::unique_ptr<Pipeline>> open(const std::string& folder, const std::string& model) {
  PipelineParts parts;
  parts.clock = std::make_shared<ManualClock>(test::day(24));
  parts.resource_manager = std::make_shared<test::IdleMachine>();
  Config config = test::world_config(folder);
  config.model.name = model;
  return Pipeline::open(config, parts);
}

Status act(Pipeline& pipeline, const std::string& verb, const RunId& run) {
  const HaltRequest halt{.actor = "anna", .reason = "a drill", .until = {}, .dry_run = false};
  if (verb == "pause") return pipeline.pause(halt).status();
  if (verb == "drain") return pipeline.drain(halt).status();
  if (verb == "resume") return pipeline.resume({.actor = "anna", .reason = "a drill", .dry_run = false}).status();
  if (verb == "cancel") {
    return pipeline.cancel({.run = run, .actor = "anna", .reason = "a drill", .dry_run = false}).status();
  }
  return pipeline.requeue({.run = run, .actor = "anna", .reason = "a drill", .dry_run = false}).status();
}

/// Alert `number` of 50 sources; the model follows from the source.
Status send(std::vector<std::unique_ptr<Pipeline>>& pipelines, const std::string& name, int number, int log) {
  const int source = number % sources;
  Alert alert;
  alert.id = name + "-" + std::to_string(number);
  alert.source = "source-" + std::to_string(source);
  alert.severity = 0.3 + 0.01 * (number % 60);
  const auto decision = pipelines[static_cast<std::size_t>(source % models)]->submit_alert(alert);
  if (!decision) return decision.status();
  const std::string line = alert.id + " " + decision->alert_id + "\n";
  return ::write(log, line.data(), line.size()) == static_cast<ssize_t>(line.size())
             ? Status{}
             : Status{StatusCode::io_error, "the log of acknowledgements is full"};
}

int ingest(const std::string& folder, const std::string& name, int first, int last) {
  std::vector<std::unique_ptr<Pipeline>> pipelines;
  for (int model = 0; model < models; ++model) {
    auto opened = open(folder, "model-" + std::to_string(model));
    if (!opened) return fail(opened.status());
    pipelines.push_back(std::move(*opened));
  }
  const int log = ::open((folder + "/acknowledged-" + name).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::vector<Status> results(threads);
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([&, t] {
      for (int i = first + t; i <= last && results[static_cast<std::size_t>(t)]; i += threads) {
        results[static_cast<std::size_t>(t)] = send(pipelines, name, i, log);
      }
    });
  }
  for (auto& sender : senders) sender.join();
  ::close(log);
  for (const Status& status : results) {
    if (!status) return fail(status);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string folder = argv[1], verb = argv[2];
  if (verb == "ingest") return argc == 6 ? ingest(folder, argv[3], std::stoi(argv[4]), std::stoi(argv[5])) : 2;
  const auto pipeline = open(folder, "toy");
  if (!pipeline) return fail(pipeline.status());
  const Status status = act(**pipeline, verb, argc > 3 ? argv[3] : "");
  return status ? 0 : fail(status);
}
