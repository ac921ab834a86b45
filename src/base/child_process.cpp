#include "child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "text.hpp"

namespace retrain::base {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void set(int fd) {
    close();
    fd_ = fd;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read.set(ends[0]);
    write.set(ends[1]);
    return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
  }
};

Status system_error(const std::string& what, int error) {
  return {StatusCode::io_error, what + ": " + std::strerror(error)};
}

std::optional<std::string> variable(const std::string& name) {
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=')
      return std::string(text.substr(name.size() + 1));
  }
  return std::nullopt;
}

std::vector<std::string> environment_of(const ChildOptions& options) {
  std::vector<std::string> variables;
  for (const auto& name : options.inherited) {
    if (const auto value = variable(name)) variables.push_back(name + "=" + *value);
  }
  variables.insert(variables.end(), options.environment.begin(), options.environment.end());
  return variables;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

bool arm(int timer, Duration after) {
  const auto microseconds = std::max<std::int64_t>(after.count(), 1);
  itimerspec spec{};
  spec.it_value.tv_sec = microseconds / 1'000'000;
  spec.it_value.tv_nsec = microseconds % 1'000'000 * 1000;
  return ::timerfd_settime(timer, 0, &spec, nullptr) == 0;
}

class Child {
 public:
  Child(std::string program, const ChildOptions& options) : program_(std::move(program)), options_(options) {}

  Status start(const std::vector<std::string>& argv) {
    if (!out_.open() || !err_.open()) return system_error("cannot make a pipe", errno);
    timer_.set(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    wake_.set(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (timer_.get() < 0 || wake_.get() < 0) return system_error("cannot make a timer", errno);
    if (const int error = spawn(argv); error != 0) return system_error("cannot start " + printable(program_, 200), error);
    out_.write.close();
    err_.write.close();
    // glibc 2.36 declares pidfd_open() without C linkage. Where the kernel or a sandbox has none, the end is asked for in turns.
    process_.set(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    return {};
  }

  Result<ChildResult> wait(const std::stop_token& stop) {
    const std::stop_callback woken(stop, [this] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
    });
    arm(timer_.get(), options_.timeout);
    Status fault;
    for (bool ended = false; !ended;) {
      pollfd watched[] = {{process_.get(), POLLIN, 0},
                          {timer_.get(), POLLIN, 0},
                          {wake_.get(), POLLIN, 0},
                          {out_.read.get(), POLLIN, 0},
                          {err_.read.get(), POLLIN, 0}};
      if (::poll(watched, std::size(watched), turn()) < 0 && errno != EINTR) {
        fault = system_error("cannot wait for " + printable(program_, 200), errno);
        break;
      }
      if (watched[3].revents != 0) drain(out_.read, result_.out);
      if (watched[4].revents != 0) drain(err_.read, result_.err);
      if (too_much_) {
        fault = {StatusCode::invalid_argument,
                 printable(program_, 200) + " wrote more than " + std::to_string(options_.max_output) + " bytes"};
        break;
      }
      ended = has_ended(watched[0]);
      if (ended) break;
      if (watched[2].revents != 0) {
        fault = {StatusCode::cancelled, printable(program_, 200) + " was stopped"};
        break;
      }
      if (watched[1].revents != 0) {
        fault = {StatusCode::unavailable,
                 printable(program_, 200) + " took longer than " + format_duration(options_.timeout) + " and was ended"};
        break;
      }
    }
    if (!fault) end_gently();
    // What the program itself started must not outlive it.
    end_group(SIGKILL);
    const std::optional<int> code = reap();
    drain(out_.read, result_.out);
    drain(err_.read, result_.err);
    if (!fault) return fault;
    if (!code) return Status{StatusCode::internal, "the exit code of " + printable(program_, 200) + " was lost"};
    result_.exit_code = *code;
    return std::move(result_);
  }

 private:
  int spawn(const std::vector<std::string>& argv) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out_.write.get(), 1);
    ::posix_spawn_file_actions_adddup2(&actions, err_.write.get(), 2);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!options_.directory.empty()) ::posix_spawn_file_actions_addchdir_np(&actions, options_.directory.c_str());
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const std::vector<std::string> variables = environment_of(options_);
    const int error =
        ::posix_spawn(&pid_, program_.c_str(), &actions, &attributes, pointers(argv).data(), pointers(variables).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  void drain(Descriptor& from, std::string& into) {
    char buffer[1U << 16U];
    for (;;) {
      const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        // At its end a pipe is always readable: watching it on would turn the wait into a busy loop.
        if (got == 0) from.close();
        return;
      }
      const std::size_t room = options_.max_output - std::min(options_.max_output, result_.out.size() + result_.err.size());
      into.append(buffer, std::min(room, std::size_t(got)));
      if (std::size_t(got) > room) {
        too_much_ = true;
        return;
      }
    }
  }

  void end_group(int signal) const { ::kill(-pid_, signal); }

  /// SIGTERM, and some time to obey.
  void end_gently() {
    end_group(SIGTERM);
    arm(timer_.get(), options_.grace);
    for (bool over = false; !over;) {
      pollfd watched[] = {{process_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}};
      if (::poll(watched, std::size(watched), turn()) < 0 && errno != EINTR) return;
      over = watched[1].revents != 0 || has_ended(watched[0]);
    }
  }

  /// How long to wait for events, in milliseconds.
  int turn() const { return process_.get() < 0 ? 20 : -1; }

  bool has_ended(const pollfd& process) const {
    if (process_.get() >= 0) return process.revents != 0;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == ECHILD;
    return info.si_pid != 0;
  }

  std::optional<int> reap() const {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) return std::nullopt;  // the host ignores SIGCHLD, or took the code for itself
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string program_;
  const ChildOptions& options_;
  Pipe out_, err_;
  Descriptor timer_, wake_, process_;
  pid_t pid_ = 0;
  bool too_much_ = false;
  ChildResult result_;
};

bool executable(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::string> find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) {
    if (executable(program)) return program;
    return Status{StatusCode::not_found, printable(program, 200) + " is no program that can be run"};
  }
  const std::string path = variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (const auto folder : split(path, ':')) {
    // An empty entry means the folder of the call: whoever can write there must not choose the program.
    if (folder.empty() || folder.front() != '/') continue;
    const std::string candidate = std::string(folder) + "/" + program;
    if (!program.empty() && executable(candidate)) return candidate;
  }
  return Status{StatusCode::not_found, "there is no program '" + printable(program) + "' in PATH"};
}

Result<ChildResult> run_child(const std::vector<std::string>& argv, const ChildOptions& options, const std::stop_token& stop) {
  if (argv.empty()) return Status{StatusCode::invalid_argument, "no program is named"};
  for (const auto& word : argv) {
    if (word.find('\0') != std::string::npos) return Status{StatusCode::invalid_argument, "an argument holds a NUL byte"};
  }
  const auto program = find_program(argv.front());
  if (!program) return program.status();
  Child child(*program, options);
  if (Status status = child.start(argv); !status) return status;
  return child.wait(stop);
}

}  // namespace retrain::base
