// One phase of a small life of a pipeline, as a process that may be killed: scenario FOLDER PHASE [MODEL]. Doing a phase again
// after a kill must lead to the same end. Prints nothing; exits with 0 when the phase is complete.
#include <cstdio>
#include <string>

#include "support/world.hpp"

using namespace retrain;

namespace {

int fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return 1;
}

/// Ticks until there is nothing left to do.
Status settle(Pipeline& pipeline) {
  for (int turn = 0; turn < 20; ++turn) {
    const auto report = pipeline.tick(quiet_observer());
    if (!report) return report.status();
    if (report->idle && report->events_pending == 0) return {};
  }
  return {StatusCode::internal, "the pipeline does not come to rest"};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const int phase = std::stoi(argv[2]);
  // Phase 1: the first model. 2: the truth has moved; a better model replaces it. 3: later sessions confirm it. 4: taken back by
  // hand.
  const int today[] = {0, 24, 42, 52, 53};
  PipelineParts parts;
  parts.clock = std::make_shared<ManualClock>(test::day(today[phase]), "boot-" + std::to_string(phase));
  parts.resource_manager = std::make_shared<test::IdleMachine>();
  Config config = test::world_config(argv[1]);
  if (argc == 4) config.model.name = argv[3];
  auto opened = Pipeline::open(config, parts);
  if (!opened) return fail(opened.status());
  Pipeline& pipeline = **opened;

  if (phase == 1 || phase == 2) {
    const auto decided = pipeline.submit_alert(test::World::alert("alert-" + std::to_string(phase)));
    if (!decided) return fail(decided.status());
  }
  if (Status status = settle(pipeline); !status) return fail(status);
  if (phase == 4) {
    RollbackRequest request;
    request.actor = "operator";
    request.reason = "a drill";
    const auto report = pipeline.rollback(request);
    if (!report) return fail(report.status());
    if (Status status = settle(pipeline); !status) return fail(status);
  }
  return 0;
}
