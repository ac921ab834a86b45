// The event log: one line per event, whatever crashes, repeats or stands in the way.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <retrain/json.hpp>
#include <retrain/notifier.hpp>
#include <sstream>

#include "support/temporary_folder.hpp"

using namespace retrain;

namespace {

Event event(const std::string& id, const std::string& data = "{}") {
  return {.id = id,
          .type = "run.promoted",
          .time = parse_time("2013-03-01T00:00:00Z").value(),
          .model = "m",
          .run_id = "r",
          .data = data};
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("an event becomes one line of JSON in a file only its owner can read") {
  const test::TemporaryFolder folder;
  const auto notifier = make_jsonl_notifier(folder / "events.jsonl");

  REQUIRE(notifier->notify(event("e1", "{\n\"a\": 1}")).ok());
  REQUIRE(notifier->notify(event("e2")).ok());

  const std::string text = folder.read("events.jsonl");
  CHECK(text == to_json(event("e1", R"({"a":1})")) + "\n" + to_json(event("e2")) + "\n");
  struct stat info{};
  REQUIRE(::stat((folder / "events.jsonl").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE("an event that is delivered again stands in the file once, by whichever process") {
  const test::TemporaryFolder folder;
  const auto first = make_jsonl_notifier(folder / "events.jsonl");
  const auto second = make_jsonl_notifier(folder / "events.jsonl");

  REQUIRE(first->notify(event("e1")).ok());
  REQUIRE(second->notify(event("e1")).ok());
  REQUIRE(second->notify(event("e2")).ok());
  REQUIRE(first->notify(event("e2")).ok());
  REQUIRE(first->notify(event("e1")).ok());

  CHECK(lines(folder.read("events.jsonl")).size() == 2);
}

TEST_CASE("the last thousand ids are known after a restart, the one before them is not") {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 1001; ++i)
    text += to_json(event("e" + std::to_string(i), R"({"text":")" + std::string(300, 'x') + "\"}")) + "\n";
  folder.write("events.jsonl", text);
  const auto notifier = make_jsonl_notifier(folder / "events.jsonl");

  REQUIRE(notifier->notify(event("e1")).ok());
  REQUIRE(notifier->notify(event("e1000")).ok());
  CHECK(folder.read("events.jsonl") == text);
  REQUIRE(notifier->notify(event("e0")).ok());

  CHECK(lines(folder.read("events.jsonl")).size() == 1002);
}

TEST_CASE("a crash after any byte of a line leaves one whole line once the event came again") {
  const std::string before = to_json(event("e1")) + "\n";
  const std::string line = to_json(event("e2", R"({"text":"a\nb"})"));
  for (std::size_t cut = 0; cut <= line.size(); ++cut) {
    const test::TemporaryFolder folder;
    folder.write("events.jsonl", before + line.substr(0, cut));

    REQUIRE(make_jsonl_notifier(folder / "events.jsonl")->notify(event("e2", R"({"text":"a\nb"})")).ok());

    REQUIRE_MESSAGE(folder.read("events.jsonl") == before + line + "\n", cut);
  }
}

TEST_CASE("a half line that is not ours is closed and kept") {
  const test::TemporaryFolder folder;
  folder.write("events.jsonl", "# a note without an end");

  REQUIRE(make_jsonl_notifier(folder / "events.jsonl")->notify(event("e1")).ok());

  CHECK(folder.read("events.jsonl") == "# a note without an end\n" + to_json(event("e1")) + "\n");
}

TEST_CASE("a log that was moved away starts anew") {
  const test::TemporaryFolder folder;
  const auto notifier = make_jsonl_notifier(folder / "events.jsonl");
  REQUIRE(notifier->notify(event("e1")).ok());
  REQUIRE(::rename((folder / "events.jsonl").c_str(), (folder / "events.1").c_str()) == 0);

  REQUIRE(notifier->notify(event("e2")).ok());

  CHECK(lines(folder.read("events.jsonl")).size() == 1);
  CHECK(lines(folder.read("events.1")).size() == 1);
}

TEST_CASE("neither a link, a pipe nor a folder is written to") {
  const test::TemporaryFolder folder;
  folder.write("elsewhere", "untouched");
  REQUIRE(::symlink((folder / "elsewhere").c_str(), (folder / "link").c_str()) == 0);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);

  const Status link = make_jsonl_notifier(folder / "link")->notify(event("e1"));
  const Status pipe = make_jsonl_notifier(folder / "pipe")->notify(event("e1"));
  const Status directory = make_jsonl_notifier(folder.path())->notify(event("e1"));
  const Status nowhere = make_jsonl_notifier(folder / "no/such/folder")->notify(event("e1"));

  CHECK(link.code() == StatusCode::invalid_argument);
  CHECK(link.message() == (folder / "link") + " is a symbolic link");
  CHECK(pipe.code() == StatusCode::invalid_argument);
  CHECK(directory.code() == StatusCode::io_error);
  CHECK(nowhere.code() == StatusCode::not_found);
  CHECK(folder.read("elsewhere") == "untouched");
}

TEST_CASE("a line that does not fit is taken back whole, and is written when there is room again") {
  const test::TemporaryFolder folder;
  const auto notifier = make_jsonl_notifier(folder / "events.jsonl");
  REQUIRE(notifier->notify(event("e1")).ok());
  const std::string before = folder.read("events.jsonl");

  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{before.size() + 40, before.size() + 40};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Status status = notifier->notify(event("e2"));
    ::_exit(status.code() == StatusCode::io_error && status.message().find("cannot write") == 0 ? 0 : 1);
  }
  int exit_status = -1;
  ::waitpid(child, &exit_status, 0);

  CHECK(exit_status == 0);
  CHECK(folder.read("events.jsonl") == before);
  CHECK(notifier->notify(event("e2")).ok());
  CHECK(lines(folder.read("events.jsonl")).size() == 2);
}

TEST_CASE("two processes that write at once leave only whole lines") {
  const test::TemporaryFolder folder;
  const std::string data = R"({"text":")" + std::string(2000, 'y') + "\"}";
  std::vector<pid_t> children;
  for (const char* name : {"a", "b"}) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto notifier = make_jsonl_notifier(folder / "events.jsonl");
      bool good = true;
      for (int i = 0; i < 40; ++i) good = notifier->notify(event(name + std::to_string(i), data)).ok() && good;
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int exit_status = -1;
    ::waitpid(child, &exit_status, 0);
    CHECK(exit_status == 0);
  }

  const auto written = lines(folder.read("events.jsonl"));

  CHECK(written.size() == 80);
  for (const std::string& line : written) CHECK(nlohmann::json::accept(line));
}

TEST_CASE("an event without an id is refused") {
  const test::TemporaryFolder folder;

  const Status status = make_jsonl_notifier(folder / "events.jsonl")->notify(event(""));

  CHECK(status.code() == StatusCode::invalid_argument);
  CHECK(status.message() == "event of type 'run.promoted' has no id");
}
