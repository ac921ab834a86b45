#include "store/owner_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>

#include "base/json.hpp"
#include "store/state_directory.hpp"
#include "unit/store/child_process.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using store::owner_alive;
using store::OwnerFile;
using store::sweep_owners;
using test::ChildProcess;

namespace {

class OwnedState {
 public:
  OwnedState() { REQUIRE(store::prepare_state_directory(path()).ok()); }
  std::string path() const { return folder_ / "state"; }
  bool alive(const std::string& id) const {
    const auto alive = owner_alive(path(), id);
    REQUIRE_MESSAGE(alive.ok(), alive.status().message());
    return *alive;
  }
  bool exists(const std::string& id) const { return std::filesystem::exists(path() + "/owners/" + id); }
  const test::TemporaryFolder& folder() const { return folder_; }

 private:
  test::TemporaryFolder folder_;
};

/// A child that owns `id` until it is killed; returns when it does.
ChildProcess spawn_owner(const OwnedState& state, const std::string& id) {
  test::Pipe owns;
  ChildProcess child([&] {
    const auto owner = OwnerFile::create(state.path(), id);
    if (!owner.ok()) return 1;
    owns.send('o');
    for (;;) ::pause();
    return 0;
  });
  char byte = 0;
  REQUIRE(owns.receive(byte));
  return child;
}

}  // namespace

TEST_CASE("a worker is alive as long as it holds its file, which then goes") {
  const OwnedState state;
  auto owner = OwnerFile::create(state.path(), "worker-1");
  REQUIRE_MESSAGE(owner.ok(), owner.status().message());

  CHECK(state.alive("worker-1"));
  CHECK_FALSE(state.alive("worker-2"));
  CHECK((*owner)->id() == "worker-1");

  owner->reset();

  CHECK_FALSE(state.alive("worker-1"));
  CHECK_FALSE(state.exists("worker-1"));
}

TEST_CASE("a killed worker is dead at once, and its id and file are free again") {
  const OwnedState state;
  ChildProcess child = spawn_owner(state, "worker-1");
  const bool before = state.alive("worker-1");
  const auto taken = OwnerFile::create(state.path(), "worker-1");

  child.kill();
  child.wait();

  CHECK(before);
  CHECK(taken.status().code() == StatusCode::conflict);
  CHECK(taken.status().message() == "worker id worker-1 is in use");
  CHECK_FALSE(state.alive("worker-1"));
  CHECK(state.exists("worker-1"));
  CHECK(OwnerFile::create(state.path(), "worker-1").ok());
}

TEST_CASE("a sweep takes the dead and spares the living, the ones of other hosts, and what is no file") {
  const OwnedState state;
  const auto mine = OwnerFile::create(state.path(), "mine");
  ChildProcess living = spawn_owner(state, "living");
  {
    ChildProcess dead = spawn_owner(state, "dead");
  }
  state.folder().write("state/owners/elsewhere", R"({"host":"another.example","boot":"b","pid":1,"start":"1"})");
  state.folder().write("state/owners/empty", "");
  state.folder().write("state/owners/damaged", "{\"host\":");
  std::filesystem::create_directory(state.path() + "/owners/folder");
  const std::string outside = state.folder().write("outside", "");
  std::filesystem::create_symlink(outside, state.path() + "/owners/link");

  const Status status = sweep_owners(state.path());

  CHECK_MESSAGE(status.ok(), status.message());
  CHECK(state.exists("mine"));
  CHECK(state.exists("living"));
  CHECK(state.exists("elsewhere"));
  CHECK(state.exists("folder"));
  CHECK(std::filesystem::exists(outside));
  CHECK_FALSE(state.exists("dead"));
  CHECK_FALSE(state.exists("empty"));
  CHECK_FALSE(state.exists("damaged"));
  CHECK(state.alive("elsewhere"));
}

TEST_CASE("two who ask at once do not take each other for the owner") {
  const OwnedState state;
  const std::string path = state.folder().write("state/owners/dead", "{}");
  const int other = ::open(path.c_str(), O_RDONLY);
  REQUIRE(::flock(other, LOCK_SH) == 0);  // as owner_alive() of another process does for a moment

  const bool alive = state.alive("dead");
  ::close(other);

  CHECK_FALSE(alive);
}

TEST_CASE("an owner file tells who holds it") {
  const OwnedState state;
  const auto owner = OwnerFile::create(state.path(), "worker-1");
  REQUIRE(owner.ok());

  const auto json = base::parse_json(state.folder().read("state/owners/worker-1"));

  REQUIRE(json.ok());
  CHECK(json->at("pid") == ::getpid());
  CHECK(json->at("host").get<std::string>().size() > 0);
  CHECK(json->at("boot").get<std::string>().size() == 36);
  CHECK(json->at("start").get<std::string>().find_first_not_of("0123456789") == std::string::npos);
}

TEST_CASE("an id that would leave the folder is refused everywhere alike") {
  const OwnedState state;
  for (const char* const id : {"", ".", "..", "../escape", "a/b", ".hidden", "a b", "a\nb", "-a"}) {
    CAPTURE(id);

    CHECK(OwnerFile::create(state.path(), id).status().code() == StatusCode::invalid_argument);
    CHECK(owner_alive(state.path(), id).status().code() == StatusCode::invalid_argument);
  }
  CHECK(std::filesystem::is_empty(state.path() + "/owners"));
}

TEST_CASE("the child of a fork does not bury its parent") {
  const OwnedState state;
  auto owner = OwnerFile::create(state.path(), "worker-1");
  REQUIRE(owner.ok());

  ChildProcess child([&] {
    owner->reset();
    return 0;
  });

  CHECK(child.wait() == 0);
  CHECK(state.exists("worker-1"));
  CHECK(state.alive("worker-1"));
}

TEST_CASE("those who start while others sweep all get their file and keep it") {
  const OwnedState state;
  std::vector<ChildProcess> children;
  for (int process = 0; process < 3; ++process) {
    children.emplace_back([&, process] {
      for (int i = 0; i < 200; ++i) {
        const std::string id = "w" + std::to_string(process) + "-" + std::to_string(i);
        const auto owner = OwnerFile::create(state.path(), id);
        if (!owner.ok() || !sweep_owners(state.path())) return 1;
        const auto alive = owner_alive(state.path(), id);
        if (!alive.ok() || !*alive || !state.exists(id)) return 2;
      }
      return 0;
    });
  }

  for (ChildProcess& child : children) CHECK(child.wait() == 0);
  CHECK(std::filesystem::is_empty(state.path() + "/owners"));
}
