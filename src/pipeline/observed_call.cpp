#include "observed_call.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <variant>

namespace retrain::pipeline {
namespace {

/// Keeps what the work says until the calling thread fetches it. Progress is only worth its newest value.
class Mailbox final : public Observer {
 public:
  explicit Mailbox(std::stop_token stop) : stop_(std::move(stop)) {}

  void log(const LogRecord& record) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(record);
    arrived_.notify_one();
  }
  void progress(const Progress& progress) override {
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty() && std::holds_alternative<Progress>(waiting_.back())) waiting_.pop_back();
    waiting_.push_back(progress);
  }
  bool keep_going() override { return !stop_.stop_requested(); }

  void finish() {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    arrived_.notify_one();
  }

  /// Waits for a message, the end, or 50 ms; hands over what there is. True when the work is over and everything was handed over.
  bool deliver(Observer& observer) {
    std::deque<std::variant<LogRecord, Progress>> messages;
    bool over = false;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait_for(lock, std::chrono::milliseconds(50), [&] { return finished_; });
      messages.swap(waiting_);
      over = finished_;
    }
    for (const auto& message : messages) {
      if (const auto* record = std::get_if<LogRecord>(&message)) {
        observer.log(*record);
      } else {
        observer.progress(std::get<Progress>(message));
      }
    }
    return over;
  }

 private:
  std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::variant<LogRecord, Progress>> waiting_;
  bool finished_ = false;
};

}  // namespace

Status observed_call(Observer& observer, std::stop_token stop, const std::function<Status(Observer&, std::stop_token)>& work,
                     const std::function<bool()>& heartbeat) {
  std::stop_source source;
  const std::stop_callback forward(stop, [&] { source.request_stop(); });
  Mailbox mailbox(source.get_token());
  Status result;
  std::thread worker([&] {
    try {
      result = work(mailbox, source.get_token());
    } catch (const std::exception& error) {
      result = {StatusCode::internal, error.what()};
    } catch (...) {
      result = {StatusCode::internal, "an unknown exception"};
    }
    mailbox.finish();
  });
  std::exception_ptr from_host;
  for (bool over = false; !over;) {
    try {
      over = mailbox.deliver(observer);
      if (!over && from_host == nullptr && (!observer.keep_going() || !heartbeat())) source.request_stop();
    } catch (...) {
      from_host = std::current_exception();
      source.request_stop();
    }
  }
  worker.join();
  if (from_host) std::rethrow_exception(from_host);
  return result;
}

}  // namespace retrain::pipeline
