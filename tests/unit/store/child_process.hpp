// ChildProcess: a forked copy of the test program that runs one function; for what only another process can show.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace retrain::test {

/// Fork before any state is opened. The child exits with what `work` returns, running no destructors of the parent's objects.
class ChildProcess {
 public:
  template <class Work>
  explicit ChildProcess(Work&& work) : pid_(::fork()) {
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) ::_exit(work());
  }
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess() {
    kill();
    wait();
  }

  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
  }
  /// The exit code, or minus the signal that ended it.
  int wait() {
    if (pid_ <= 0) return result_;
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result_;
  }

 private:
  pid_t pid_;
  int result_ = 0;
};

/// One byte at a time from one process to another.
class Pipe {
 public:
  Pipe() { REQUIRE(::pipe(ends_) == 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    close_writing();
  }
  void close_writing() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  void send(char byte) { static_cast<void>(!::write(ends_[1], &byte, 1)); }
  /// False when every writer is gone.
  bool receive(char& byte) {
    ssize_t got = 0;
    do {
      got = ::read(ends_[0], &byte, 1);
    } while (got < 0 && errno == EINTR);
    return got == 1;
  }

 private:
  int ends_[2];
};

}  // namespace retrain::test
