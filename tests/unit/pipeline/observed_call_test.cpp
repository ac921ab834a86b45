#include "pipeline/observed_call.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace retrain;
using retrain::pipeline::observed_call;

namespace {

class Recorder final : public Observer {
 public:
  void log(const LogRecord& record) override {
    threads.push_back(std::this_thread::get_id());
    messages.push_back(record.message);
  }
  void progress(const Progress& progress) override {
    threads.push_back(std::this_thread::get_id());
    last = progress.done;
  }
  std::vector<std::thread::id> threads;
  std::vector<std::string> messages;
  double last = 0;
};

}  // namespace

TEST_CASE("an observer hears everything on the calling thread while the work runs on another") {
  Recorder recorder;
  std::thread::id worker;

  const Status status = observed_call(recorder, {}, [&](Observer& inner, std::stop_token) {
    worker = std::this_thread::get_id();
    for (int round = 1; round <= 100; ++round) inner.progress({"train", double(round), 100, ""});
    inner.log({LogLevel::info, "done"});
    return Status{};
  });

  CHECK(status.ok());
  CHECK(worker != std::this_thread::get_id());
  CHECK(recorder.messages == std::vector<std::string>{"done"});
  CHECK(recorder.last == 100);
  for (const auto& thread : recorder.threads) CHECK(thread == std::this_thread::get_id());
}

TEST_CASE("a stop from outside reaches the work") {
  std::stop_source source;
  source.request_stop();

  const Status status = observed_call(quiet_observer(), source.get_token(), [](Observer& inner, std::stop_token stop) {
    return stop.stop_requested() && !inner.keep_going() ? Status{StatusCode::cancelled, "stopped"} : Status{};
  });

  CHECK(status.code() == StatusCode::cancelled);
}

TEST_CASE("what the work throws becomes an internal error with its message") {
  const Status status =
      observed_call(quiet_observer(), {}, [](Observer&, std::stop_token) -> Status { throw std::runtime_error("broken"); });

  CHECK(status.code() == StatusCode::internal);
  CHECK(status.message() == "broken");
}
