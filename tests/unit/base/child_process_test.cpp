#include "base/child_process.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/md5.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::base;
using namespace retrain::test;
using namespace std::chrono_literals;

namespace {

/// A shell is only what these tests start, never how it is started.
Result<ChildResult> script(const std::string& text, const ChildOptions& options = {}, const std::stop_token& stop = {}) {
  return run_child({"/bin/sh", "-c", text}, options, stop);
}

bool alive(const std::string& pid) {
  if (::kill(static_cast<pid_t>(std::stol(pid)), 0) != 0) return false;
  std::string state;
  if (FILE* file = std::fopen(("/proc/" + pid + "/stat").c_str(), "r")) {
    char line[256] = "";
    if (std::fgets(line, sizeof line, file) != nullptr) state = line;
    std::fclose(file);
  }
  return state.find(") Z") == std::string::npos;  // dead, and only not yet collected by its parent
}

/// A killed process takes a moment to be gone.
bool gone(const std::string& pid) {
  for (int turn = 0; turn < 400 && alive(pid); ++turn) ::poll(nullptr, 0, 5);
  return !alive(pid);
}

}  // namespace

TEST_CASE("a child's two outputs and its exit code are told apart") {
  const auto done = script("echo out; echo err >&2; exit 3");

  REQUIRE_MESSAGE(done.ok(), done.status().message());
  CHECK(done->exit_code == 3);
  CHECK(done->out == "out\n");
  CHECK(done->err == "err\n");
  CHECK(script("kill -9 $$")->exit_code == 128 + SIGKILL);
}

TEST_CASE("arguments reach the child letter by letter, whatever a shell would make of them") {
  const TemporaryFolder folder;

  const auto done =
      run_child({"printf", "%s|", "a b", "$(touch x)", "`id`;", "*", "\n", "", "-n"}, {.directory = folder.path()}, {});

  REQUIRE_MESSAGE(done.ok(), done.status().message());
  CHECK(done->out == "a b|$(touch x)|`id`;|*|\n||-n|");
  CHECK(run_child({"pwd"}, {.directory = folder.path()}, {})->out == folder.path() + "\n");
}

TEST_CASE("a child knows the variables of the list and no others") {
  ::setenv("RETRAIN_TEST_ALLOWED", "yes", 1);
  ::setenv("RETRAIN_TEST_SECRET", "no", 1);

  const auto done =
      run_child({"env"}, {.inherited = {"RETRAIN_TEST_ALLOWED", "RETRAIN_TEST_ABSENT"}, .environment = {"A=1"}}, {});

  CHECK(done->out == "RETRAIN_TEST_ALLOWED=yes\nA=1\n");
}

TEST_CASE("a child has an empty input and none of our open files") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);  // without close-on-exec, as a careless host would

  const auto done = script("cat; ls /proc/self/fd | tr '\\n' ' '");

  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(done->out == "0 1 2 3 ");  // 3 is the folder that ls reads
}

TEST_CASE("a child that is too slow ends with everything it started") {
  const TemporaryFolder folder;

  const auto done = script("trap '' TERM; sleep 60 & echo $! > grandchild; wait",
                           {.directory = folder.path(), .inherited = {"PATH"}, .timeout = 300ms, .grace = 50ms});

  CHECK(done.status().code() == StatusCode::unavailable);
  CHECK(done.status().message() == "/bin/sh took longer than 300ms and was ended");
  CHECK(gone(folder.read("grandchild")));
}

TEST_CASE("what a child leaves running when it ends is ended too") {
  const auto done = script("sleep 60 > /dev/null 2>&1 & echo $!");

  REQUIRE(done.ok());
  CHECK(done->exit_code == 0);
  CHECK(gone(done->out));
}

TEST_CASE("a child that never stops talking is ended, one that says just enough is heard whole") {
  const auto endless = script("while :; do echo 0123456789; done", {.max_output = 100'000});
  const auto exact = script("head -c 100000 /dev/zero", {.max_output = 100'000});

  CHECK(endless.status().code() == StatusCode::invalid_argument);
  CHECK(endless.status().message() == "/bin/sh wrote more than 100000 bytes");
  CHECK(exact->out.size() == 100'000);
}

TEST_CASE("a stop ends the child at once") {
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });

  const auto done = script("exec sleep 60", {}, stop.get_token());

  stopper.join();
  CHECK(done.status().code() == StatusCode::cancelled);
}

TEST_CASE("a program that is not there is told by name, and an empty entry of PATH means nothing") {
  CHECK(run_child({"no-such-program-here"}, {}, {}).status().code() == StatusCode::not_found);
  CHECK(run_child({"/etc/passwd"}, {}, {}).status().code() == StatusCode::not_found);
  CHECK(run_child({}, {}, {}).status().code() == StatusCode::invalid_argument);
  CHECK(run_child({"/bin/sh", std::string("a\0b", 3)}, {}, {}).status().code() == StatusCode::invalid_argument);
  CHECK(find_program("sh").ok());
}

TEST_CASE("where the host reaps every child, the lost exit code is no success") {
  const auto before = ::signal(SIGCHLD, SIG_IGN);

  const auto done = script("exit 0");

  ::signal(SIGCHLD, before);
  CHECK(done.status().code() == StatusCode::internal);
}

TEST_CASE("MD5 is that of RFC 1321, in pieces as well") {
  CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  Md5 pieces;
  pieces.update("message ");
  pieces.update("digest");
  CHECK(pieces.hex() == "f96b697d7cb7938d525a2f31aaf161d0");
}
