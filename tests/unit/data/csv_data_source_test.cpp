#include <doctest/doctest.h>

#include <cmath>

#include "sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

const RowSelection laps{"lap_time", {"tyre_life"}, {"driver"}, {"compound"}, {{"is_accurate", {"1"}}}};
const std::string header = "driver,lap_time,tyre_life,compound,is_accurate\n";

Status first_failure(const Session& session, const RowSelection& selection = laps, const DataSettings& settings = {}) {
  return open(settings, {{session}}, selection)->next().status();
}

}  // namespace

TEST_CASE("a session becomes a frame of the rows that pass the selection and have a target") {
  const TemporaryFolder folder;
  const Session session = write_session(folder, "monza",
                                        header +
                                            "HAM,81.5,3,SOFT,1\n"
                                            "HAM,,4,SOFT,1\n"     // no target
                                            "VER,82,,HARD,1.0\n"  // a missing feature, another spelling of 1
                                            "VER,83,5,HARD,0\n"   // not accurate
                                            ",84.25,NA,SOFT,1\n"  // no driver
                                            "HAM,85,7,SOFT,1\n");

  const auto frames = read_all(*open({}, {{session}}, laps));

  REQUIRE(frames.size() == 1);
  const Frame& frame = *frames[0];
  CHECK(frame.session == "monza");
  CHECK(frame.rows == 4);
  CHECK(std::vector<float>(frame.target.values.begin(), frame.target.values.end()) == std::vector<float>{81.5F, 82, 84.25F, 85});
  CHECK(frame.row_numbers == std::vector<std::int64_t>{2, 4, 6, 7});
  CHECK(frame.numeric[0].name == "tyre_life");
  CHECK(frame.numeric[0].values[0] == 3);
  CHECK(std::isnan(frame.numeric[0].values[1]));
  CHECK(std::isnan(frame.numeric[0].values[2]));
  CHECK(frame.categorical[0].dictionary == std::vector<std::string>{"HAM", "VER"});
  CHECK(std::vector<std::int32_t>(frame.categorical[0].codes.begin(), frame.categorical[0].codes.end()) ==
        std::vector<std::int32_t>{0, 1, -1, 0});
  CHECK(frame.extra[0].name == "compound");
  CHECK(frame.extra[0].dictionary == std::vector<std::string>{"SOFT", "HARD"});
}

TEST_CASE("columns outlive the stream and the frame they came in") {
  const TemporaryFolder folder;
  NumericColumn target;
  CategoryColumn driver;

  {
    const auto frames = read_all(*open({}, {{write_session(folder, "a", header + "HAM,1,2,S,1\nVER,3,4,S,1\n")}}, laps));
    target = frames[0]->target;
    driver = frames[0]->categorical[0];
  }

  CHECK(target.values[1] == 3);
  CHECK(driver.codes[1] == 1);
}

TEST_CASE("frames come in the order of the snapshot, again after a rewind, and null for ever after the last") {
  const TemporaryFolder folder;
  const Snapshot snapshot{
      {write_session(folder, "b", header + "HAM,1,1,S,1\n"), write_session(folder, "a", header + "HAM,2,1,S,1\n")}};
  const auto stream = open({}, snapshot, laps);

  const auto first = read_all(*stream);
  const auto after_end = stream->next();
  REQUIRE(stream->rewind());
  const auto second = read_all(*stream);

  REQUIRE(first.size() == 2);
  CHECK(first[0]->session == "b");
  CHECK(after_end.value() == nullptr);
  CHECK(second.size() == 2);
  CHECK(second[1]->target.values[0] == 2);
}

TEST_CASE("a file that is not the one that was checked is refused with both hashes, on every pass") {
  const TemporaryFolder folder;
  const Session session = write_session(folder, "a", header + "HAM,1,1,S,1\n");
  const auto stream = open({}, {{session}}, laps);
  REQUIRE(stream->next().ok());
  folder.write("a.csv", header + "HAM,9,1,S,1\n");

  REQUIRE(stream->rewind());
  const Status status = stream->next().status();

  CHECK(status.code() == StatusCode::corrupt);
  CHECK(status.message().find(session.path) != std::string::npos);
  CHECK(status.message().find(session.sha256) != std::string::npos);
  CHECK(status.message().find(base::sha256(header + "HAM,9,1,S,1\n")) != std::string::npos);
}

TEST_CASE("a file that is gone or has become a link is refused") {
  const TemporaryFolder folder;
  const Session session = write_session(folder, "a", header + "HAM,1,1,S,1\n");
  std::filesystem::rename(folder / "a.csv", folder / "b.csv");

  const Status gone = first_failure(session);
  std::filesystem::create_symlink(folder / "b.csv", folder / "a.csv");
  const Status link = first_failure(session);

  CHECK(gone.code() == StatusCode::not_found);
  CHECK(link.code() == StatusCode::invalid_argument);
}

TEST_CASE("content that no check would have passed is refused with file, line and column") {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& bytes, const RowSelection& selection = laps) {
    const Status status = first_failure(write_session(folder, "a", bytes), selection);
    CHECK(status.code() == StatusCode::data_not_ready);
    CHECK(status.message().starts_with(folder / "a.csv: "));
    return status.message().substr((folder / "a.csv: ").size());
  };

  CHECK(message(header + "HAM,1,1,S,1\nHAM,fast,1,S,1\n") == "line 3, lap_time: 'fast' is not a number");
  CHECK(message(header + "HAM,nan,1,S,1\n") == "line 2, lap_time: 'nan' is not a number");
  CHECK(message(header + "HAM,1, 1,S,1\n") == "line 2, tyre_life: ' 1' is not a number");
  CHECK(message(header + "HAM,1,1e39,S,1\n") == "line 2, tyre_life: '1e39' is not a float32");
  CHECK(message(header + "HAM,1,1\n") == "line 2 has 3 fields, the header 5");
  CHECK(message(header + "\n") == "line 2 has nothing in it, the header 5");
  CHECK(message(header + "HAM,1,1,\"S,1\n") == "line 2: quote is opened and not closed on its line");
  CHECK(message("driver,lap_time\n") == "column tyre_life is missing");
  CHECK(message("driver,lap_time,driver,tyre_life,compound,is_accurate\n") == "column driver stands twice in the header");
  CHECK(message("") == "no header");
}

TEST_CASE("a stop ends the stream between two sessions") {
  const TemporaryFolder folder;
  const Session a = write_session(folder, "a", header + "HAM,1,1,S,1\n"), b = write_session(folder, "b", header);
  std::stop_source stop;
  const auto stream = open({}, {{a, b}}, laps, stop.get_token());
  REQUIRE(stream->next().ok());

  stop.request_stop();

  CHECK(stream->next().status().code() == StatusCode::cancelled);
}

TEST_CASE("one file can hold many sessions, told apart by a column, in any order of rows") {
  const TemporaryFolder folder;
  DataSettings settings;
  settings.session_column = "race";
  Session session = write_session(folder, "all", "race,y\nr2,1\nr1,2\n\"r2\",3\nr1,4\n");
  const auto named = [&](const std::string& id) {
    session.id = id;
    return session;
  };
  const RowSelection selection{"y", {}, {}, {}, {}};

  const auto frames = read_all(*open(settings, {{named("r1"), named("r2")}}, selection));
  const Status absent = first_failure(named("r3"), selection, settings);

  REQUIRE(frames.size() == 2);
  CHECK(std::vector<float>(frames[0]->target.values.begin(), frames[0]->target.values.end()) == std::vector<float>{2, 4});
  CHECK(frames[1]->row_numbers == std::vector<std::int64_t>{2, 4});
  CHECK(absent.message() == folder / "all.csv has no row of session r3");
}

TEST_CASE("a file shared by many sessions is bound to its hash for the pass, and hashed again in the next") {
  const TemporaryFolder folder;
  DataSettings settings;
  settings.session_column = "race";
  Session first = write_session(folder, "all", "race,y\nr1,1\nr2,2\n"), second = first;
  first.id = "r1", second.id = "r2";
  const auto stream = open(settings, {{first, second}}, {"y", {}, {}, {}, {}});
  REQUIRE(stream->next().ok());
  folder.write("all.csv", "race,y\nr1,1\nr2,9\n");

  const auto same_pass = stream->next();
  REQUIRE(stream->rewind());
  const auto next_pass = stream->next();

  CHECK(same_pass.value()->target.values[0] == 2);
  CHECK(next_pass.status().code() == StatusCode::corrupt);
}

TEST_CASE("line breaks in quotes are read only when the configuration allows them") {
  const TemporaryFolder folder;
  const Session session = write_session(folder, "a", "y,note\n1,\"two\nlines\"\n2,x\n");
  const RowSelection selection{"y", {}, {"note"}, {}, {}};
  DataSettings settings;
  settings.allow_embedded_newlines = true;

  const auto frames = read_all(*open(settings, {{session}}, selection));

  CHECK(frames[0]->categorical[0].dictionary[0] == "two\nlines");
  CHECK(frames[0]->row_numbers == std::vector<std::int64_t>{2, 4});
  CHECK(first_failure(session, selection).code() == StatusCode::data_not_ready);
}

TEST_CASE("without a target every selected row is kept and the frame is unlabelled") {
  const TemporaryFolder folder;

  const auto frames = read_all(*open({}, {{write_session(folder, "a", "x,y\n1,\n2,5\n")}}, {"", {"x"}, {}, {}, {}}));

  CHECK(frames[0]->rows == 2);
  CHECK(frames[0]->target.values.empty());
}
