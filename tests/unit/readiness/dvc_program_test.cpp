// What the dvc program's answers, refusals and failures become; the program is a script that plays them back.
#include <doctest/doctest.h>

#include <filesystem>

#include "dvc_repository.hpp"

using namespace retrain;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

std::string answer(const std::string& inside) {
  return "{" + inside + "}";
}

}  // namespace

TEST_CASE("dvc is called without a shell, from the root, with targets behind -- and few variables") {
  DvcBench bench;
  bench.fake_program(answer(R"("unchanged": ["data/"])"));
  ::setenv("RETRAIN_TEST_SECRET", "token", 1);

  const Readiness readiness = bench.check();

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(bench.folder.read("arguments") ==
        "--cd\n" + bench.folder.path() + "\ndata\nstatus\n--json\n--granular\n--unchanged\n--\ndata\n");
  const std::string environment = bench.folder.read("environment");
  CHECK(environment.find("DVC_NO_ANALYTICS=1") != std::string::npos);
  CHECK(environment.find("RETRAIN_TEST_SECRET") == std::string::npos);
}

TEST_CASE("each state that dvc tells becomes ours") {
  const std::pair<std::string, DvcState> cases[] = {
      {R"("unchanged": ["data/"])", DvcState::clean},
      {R"("committed": {"added": ["data/"]})", DvcState::clean},
      {R"("committed": {"modified": ["data/"]})", DvcState::clean},
      {R"("uncommitted": {"modified": ["data/", "data/a.csv"]})", DvcState::modified},
      {R"("uncommitted": {"deleted": ["data/", "data/a.csv"]})", DvcState::missing},
      {R"("not_in_cache": ["data/"], "unchanged": ["data/"])", DvcState::not_in_cache},
      {R"("not_in_cache": ["data/a.csv"], "unchanged": ["data/"])", DvcState::not_in_cache},
      {R"("not_in_cache": ["data/"], "uncommitted": {"deleted": ["data/"]})", DvcState::missing},
      {R"("not_in_cache": ["data/"], "uncommitted": {"unknown": ["data/a.csv"]})", DvcState::unsupported},
      {R"("unchanged": ["other/"])", DvcState::unsupported},
      {"", DvcState::unsupported},
  };
  DvcBench bench;
  for (const auto& [inside, state] : cases) {
    CAPTURE(inside);
    bench.fake_program(answer(inside));

    CHECK(bench.only_output().state == state);
  }
}

TEST_CASE("an answer that cannot be read never makes the data ready") {
  DvcBench bench;
  for (const char* out : {"", "clean", "[]", "{", R"({"unchanged": "data/"})", R"({"uncommitted": {"modified": 1}})",
                          R"({"unchanged": ["data/"], "uncommitted": []})", R"({"unchanged": [["data/"]]})"}) {
    CAPTURE(out);
    bench.fake_program(out);

    CHECK(bench.check().verdict == ReadinessVerdict::broken);
  }
}

TEST_CASE("a failure of dvc is waited out when it can pass, and else told in its own words") {
  DvcBench bench;
  bench.fake_program("", 255, "WARNING: x\nERROR: Unable to acquire lock. Most likely another DVC process is running");
  const Readiness locked = bench.check();
  bench.fake_program("", 255, "ERROR: data.dvc validation failed.");
  const Readiness invalid = bench.check();
  bench.fake_program("", 253, "ERROR: you are not inside of a DVC repository");
  const Readiness outside = bench.check();

  CHECK(locked.verdict == ReadinessVerdict::not_yet);
  CHECK(locked.reason == "dvc: Unable to acquire lock. Most likely another DVC process is running");
  CHECK(invalid.verdict == ReadinessVerdict::broken);
  CHECK(invalid.reason == "dvc ended with code 255: data.dvc validation failed.");
  CHECK(outside.reason == "dvc: you are not inside of a DVC repository");
}

TEST_CASE("a dvc that hangs is ended and tried later, one that is not there is told by name") {
  DvcBench bench;
  bench.fake_program("");
  bench.folder.write("bin/dvc", "#!/bin/sh\nexec sleep 60\n");
  bench.data.dvc.timeout = 100ms;
  const Readiness hanging = bench.check();
  bench.data.dvc.program = "no-such-dvc";
  const Readiness absent = bench.check();

  CHECK(hanging.verdict == ReadinessVerdict::not_yet);
  CHECK(hanging.reason == bench.folder / "bin/dvc" + " took longer than 100ms and was ended");
  CHECK(absent.verdict == ReadinessVerdict::broken);
  CHECK(absent.reason == "there is no program 'no-such-dvc' in PATH");
}

TEST_CASE("in mode both the two must agree, and who cannot judge leaves it to the other") {
  DvcBench bench;
  const auto both = [&](const std::string& inside) {
    bench.fake_program(answer(inside));
    bench.data.dvc.mode = DvcMode::both;
    return bench.check();
  };

  CHECK(both(R"("unchanged": ["data/"])").verdict == ReadinessVerdict::ready);
  const Readiness disagreed = both(R"("uncommitted": {"modified": ["data/"]})");
  CHECK(disagreed.verdict == ReadinessVerdict::broken);
  CHECK(disagreed.reason == "data: retrain finds it clean, dvc modified");
  CHECK(both(R"("uncommitted": {"unknown": ["data/"]})").verdict == ReadinessVerdict::ready);
  bench.folder.write(".dvcignore", "*.tmp\n");
  CHECK(both(R"("unchanged": ["data/"])").verdict == ReadinessVerdict::ready);
  CHECK(both(R"("uncommitted": {"modified": ["data/", "data/a.csv"]})").verdict == ReadinessVerdict::broken);
}
