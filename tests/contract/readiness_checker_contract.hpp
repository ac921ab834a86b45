// What every ReadinessChecker does.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <retrain/json.hpp>
#include <retrain/readiness_checker.hpp>

#include "base/sha256.hpp"
#include "contract/part_contract.hpp"
#include "support/world.hpp"

namespace retrain::test {

/// `make` gives a checker of the CSV files in a folder, for the model and the columns of world_config().
inline void check_readiness_checker_contract(
    const std::function<std::shared_ptr<ReadinessChecker>(const std::string& data_directory)>& make) {
  const TemporaryFolder folder;
  write_sessions(folder, 8, 9, 0);
  const auto make_here = [&] { return make(folder / "data"); };
  check_part_contract<ReadinessChecker>(make_here);
  const auto checker = make_here();
  const auto list = [&](int today) {
    auto sessions = checker->list({day(today), {}, {}}, {});
    REQUIRE_MESSAGE(sessions.ok(), sessions.status().message());
    return *sessions;
  };
  const auto check = [&](const DataRequest& request) {
    auto readiness = checker->check(request, quiet_observer(), {});
    REQUIRE_MESSAGE(readiness.ok(), readiness.status().message());
    CHECK_FALSE(readiness->reason.empty());
    return *readiness;
  };

  SUBCASE("sessions are listed oldest first, each once, and none that is not known yet") {
    for (const int today : {0, 1, 5, 8, 100}) {
      CAPTURE(today);
      const auto sessions = list(today);

      CHECK(sessions.size() == static_cast<std::size_t>(std::min(today, 8)));
      for (std::size_t i = 0; i < sessions.size(); ++i) {
        CHECK(sessions[i].id == "day-00" + std::to_string(i + 1));
        CHECK(sessions[i].time <= day(today));
      }
    }
  }

  SUBCASE("whole data is ready, and its snapshot names the bytes that were checked, in the order of the list") {
    const Readiness readiness = check({day(5), {}, {}});

    CHECK(readiness.verdict == ReadinessVerdict::ready);
    REQUIRE(readiness.snapshot.sessions.size() == 5);
    for (int i = 0; i < 5; ++i) {
      const Session& session = readiness.snapshot.sessions[static_cast<std::size_t>(i)];
      CHECK(session.id == "day-00" + std::to_string(i + 1));
      CHECK(session.sha256 == base::sha256(session_rows(i + 1, 0)));
      CHECK(session.rows == 60);
      CHECK(session.used_rows == 60);
    }
    CHECK(readiness.data_bytes > 0);
  }

  SUBCASE("the same data is answered alike, also when the sessions are known already") {
    const Readiness first = check({day(8), {}, {}});

    CHECK(check({day(8), {}, {}}).snapshot.fingerprint() == first.snapshot.fingerprint());
    CHECK(to_json(check({day(8), {}, {}})) == to_json(first));
    const Readiness again = check({day(8), first.sessions, {}});
    CHECK(again.verdict == ReadinessVerdict::ready);
    CHECK(again.snapshot.fingerprint() == first.snapshot.fingerprint());
  }

  SUBCASE("a session whose bytes changed has another hash, although it was known") {
    const Readiness before = check({day(8), {}, {}});
    folder.write("data/day-003.csv", session_rows(3, 1));

    const Readiness after = check({day(8), before.sessions, {}});

    CHECK(after.snapshot.sessions[2].sha256 == base::sha256(session_rows(3, 1)));
    CHECK(after.snapshot.fingerprint() != before.snapshot.fingerprint());
  }

  SUBCASE("damaged data is never ready, and a finding names the place") {
    std::string rows = session_rows(4, 0);
    SUBCASE("a target that is no number") {
      rows.replace(rows.rfind(',') + 1, 2, "??");
    }
    SUBCASE("a row that was cut off") {
      rows.resize(rows.rfind(',') - 8);
    }
    SUBCASE("a header without the target") {
      rows.replace(rows.find(",y"), 2, ",u");
    }
    SUBCASE("a file without a row") {
      rows.resize(rows.find('\n') + 1);
    }
    SUBCASE("an empty file") {
      rows.clear();
    }
    folder.write("data/day-004.csv", rows);

    const Readiness readiness = check({day(8), {}, {}});

    CHECK(readiness.verdict != ReadinessVerdict::ready);
    const auto blames_it = [](const Finding& finding) {
      return finding.level == FindingLevel::error && finding.file.find("day-004") != std::string::npos;
    };
    CHECK(std::any_of(readiness.findings.begin(), readiness.findings.end(), blames_it));
  }

  SUBCASE("an empty folder is not ready") {
    const TemporaryFolder empty;

    const auto readiness = make(empty.path())->check({day(8), {}, {}}, quiet_observer(), {});

    REQUIRE(readiness.ok());
    CHECK(readiness->verdict != ReadinessVerdict::ready);
    CHECK(readiness->snapshot.sessions.empty());
  }

  SUBCASE("a folder that is not there is a failure or a reason, never readiness") {
    const auto readiness = make(folder / "nowhere")->check({day(8), {}, {}}, quiet_observer(), {});

    CHECK((!readiness.ok() || readiness->verdict != ReadinessVerdict::ready));
  }

  SUBCASE("marks stay while nothing changes, and where there are any they change with the data") {
    const auto marks = [&] { return make_here()->marks().value(); };
    const std::string before = marks();

    CHECK(marks() == before);
    folder.write("data/day-009.csv", session_rows(9, 0));
    CHECK((before.empty() || marks() != before));
  }

  SUBCASE("a stop ends the check as cancelled") {
    std::stop_source stop;
    stop.request_stop();

    CHECK(checker->check({day(8), {}, {}}, quiet_observer(), stop.get_token()).status().code() == StatusCode::cancelled);
  }
}

}  // namespace retrain::test
