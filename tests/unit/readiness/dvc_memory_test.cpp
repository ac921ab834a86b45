// What the reader of DVC's files remembers, when it holds back, and what damaged files and answers do to it.
#include <doctest/doctest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "dvc_repository.hpp"
#include "readiness/dvc_states.hpp"

using namespace retrain;
using namespace retrain::test;
namespace fs = std::filesystem;

TEST_CASE("while DVC writes the data, or holds its lock, the data is not ready; what a dead process left does not count") {
  DvcBench bench;
  const auto writer = [&](const std::string& pid, const std::string& path) {
    bench.folder.write(".dvc/tmp/rwlock",
                       R"({"read": {}, "write": {")" + path + R"(": {"pid": )" + pid + R"(, "cmd": "dvc repro"}}})");
    return bench.check();
  };
  const std::string here = std::to_string(::getpid());

  const Readiness written = writer(here, bench.folder / "data");
  CHECK(written.verdict == ReadinessVerdict::not_yet);
  CHECK(written.reason == "DVC process " + here + " is writing " + bench.folder / "data");
  CHECK(written.retry_at == parse_time("2030-01-01T00:01:00Z").value());
  CHECK(writer(here, bench.folder / "data/a.csv").verdict == ReadinessVerdict::not_yet);
  CHECK(writer(here, bench.folder / "model").verdict == ReadinessVerdict::ready);
  CHECK(writer("999999999", bench.folder / "data").verdict == ReadinessVerdict::ready);

  const std::string lock = bench.folder.write(".dvc/tmp/lock", "");
  FILE* holder = std::fopen(lock.c_str(), "r");
  REQUIRE(::flock(::fileno(holder), LOCK_EX) == 0);
  const Readiness locked = bench.check();
  std::fclose(holder);
  CHECK(locked.verdict == ReadinessVerdict::not_yet);
  CHECK(locked.reason == "the repository is locked by a running DVC command");
}

TEST_CASE("digests are remembered, and only believed while the file is as it was") {
  DvcBench bench;
  DataRequest request{parse_time("2030-01-01T00:00:00Z").value(), {}, {}};
  request.digests = bench.check(request).digests;
  REQUIRE(request.digests.size() == 3);
  const auto state = [&] { return bench.check(request).dvc->outputs[0].state; };
  auto altered = request;
  altered.digests[0].md5 = std::string(32, '0');

  CHECK(state() == DvcState::clean);
  CHECK(bench.check(altered).dvc->outputs[0].state == DvcState::modified);  // so it was not read again
  bench.folder.write("data/a.csv", "y,name\n2,a\n");                        // of the same size
  CHECK(state() == DvcState::modified);
}

TEST_CASE("the digest of a file that changed within two seconds of the check is not remembered") {
  const DvcBench bench;
  const auto changed = fs::last_write_time(bench.folder / "data/a.csv");
  const auto since = fs::file_time_type::clock::to_sys(changed).time_since_epoch();
  const Time then(std::chrono::duration_cast<Duration>(since));

  CHECK(bench.check({then + std::chrono::milliseconds(1900), {}, {}}).digests.empty());
  CHECK(bench.check({then + std::chrono::seconds(60), {}, {}}).digests.size() == 3);
}

TEST_CASE("no damage to a .dvc file makes changed data clean, or ends the check") {
  DvcBench bench;
  const std::string whole = bench.folder.read("data.dvc");
  bench.folder.write("data/a.csv", "y,name\n2,a\n");
  std::mt19937_64 random(7);
  const std::string alphabet = "abcdef0123456789:-[]{}&*!|>'\"\n \t\x01\xC3.dir";
  for (int round = 0; round < 300; ++round) {
    std::string damaged = whole;
    for (std::size_t change = 1 + random() % 3; change > 0; --change) {
      const std::size_t at = random() % damaged.size();
      if (random() % 3 == 0) {
        damaged.erase(at, 1 + random() % 4);
      } else {
        damaged[at] = alphabet[random() % alphabet.size()];
      }
      if (damaged.empty()) damaged = "x";
    }
    CAPTURE(damaged);
    bench.folder.write("data.dvc", damaged);

    const auto readiness = bench.try_check();

    REQUIRE_MESSAGE(readiness.ok(), readiness.status().message());
    CHECK(readiness->verdict != ReadinessVerdict::ready);
  }
}

TEST_CASE("no damage to an answer of dvc ends the check, and a shortened one is never believed") {
  readiness::DvcRepository repository{"/r", "/r/.dvc/cache", {}};
  repository.outputs.push_back({"/r/data", "data", "data.dvc", std::string(32, 'a'), true, false, true, ""});
  const std::string whole =
      R"({"not_in_cache": ["x"], "committed": {"added": ["data/"]}, "uncommitted": {"modified": ["data/", "data/a"]}})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_FALSE(readiness::parse_data_status(repository, whole.substr(0, length)).ok());
  }
  std::mt19937_64 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = whole;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto states = readiness::parse_data_status(repository, damaged);
    if (states) CHECK(states->size() == 1);
  }
  CHECK(readiness::parse_data_status(repository, whole).value()[0].state == DvcState::modified);
}
