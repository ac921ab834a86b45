#include "store/state_directory.hpp"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "unit/store/child_process.hpp"
#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::prepare_state_directory;
using test::ChildProcess;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

}  // namespace

TEST_CASE("a state directory is made private with its sub-folders, whatever the umask, and making it again is harmless") {
  const test::TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const Status first = prepare_state_directory(folder / "open");
  ::umask(0777);
  const Status second = prepare_state_directory(folder / "closed/");
  ::umask(before);

  CHECK(first.ok());
  CHECK(second.ok());
  CHECK(prepare_state_directory(folder / "open").ok());
  for (const char* const state : {"open", "closed"}) {
    CHECK(mode_of(folder / state) == 0700);
    for (const char* const name : {"models", "production", "evaluations", "owners"}) {
      CHECK(mode_of(folder / state + "/" + name) == 0700);
    }
  }
}

TEST_CASE("every file of a state is private whatever the umask") {
  const test::TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const auto writer = test::open_writer(folder / "state");
  const auto owner = store::OwnerFile::create(folder / "state", "worker");
  ::umask(before);

  REQUIRE(owner.ok());
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "state")) {
    CAPTURE(entry.path().string());
    CHECK((mode_of(entry.path()) & 0177) == (entry.is_directory() ? 0100 : 0));
    files += entry.is_regular_file();
  }
  CHECK(files == 5);  // state.db, its log and index, write.lock, the owner
}

TEST_CASE("a state directory that is a link, a file, without a parent or open to others is refused by name") {
  const test::TemporaryFolder folder;
  REQUIRE(prepare_state_directory(folder / "real").ok());
  std::filesystem::create_directory_symlink(folder / "real", folder / "link");
  folder.write("file", "");
  REQUIRE(prepare_state_directory(folder / "shared").ok());
  std::filesystem::permissions(folder / "shared", std::filesystem::perms::group_write, std::filesystem::perm_options::add);
  REQUIRE(prepare_state_directory(folder / "inside").ok());
  std::filesystem::remove(folder / "inside/models");
  std::filesystem::create_directory_symlink(folder / "real/models", folder / "inside/models");

  const Status link = prepare_state_directory(folder / "link");
  const Status slashed = prepare_state_directory(folder / "link//");
  const Status inside = prepare_state_directory(folder / "inside");

  CHECK(link.code() == StatusCode::invalid_argument);
  CHECK(link.message() == folder / "link" + " is a symbolic link");
  CHECK(slashed.message() == link.message());
  CHECK(inside.message() == folder / "inside/models" + " is a symbolic link");
  CHECK(prepare_state_directory(folder / "file").message() == folder / "file" + " is not a folder");
  CHECK(prepare_state_directory(folder / "shared").message() == folder / "shared" + " is writable by others");
  CHECK(prepare_state_directory(folder / "none/state").code() == StatusCode::not_found);
  CHECK(prepare_state_directory("").code() == StatusCode::invalid_argument);
}

TEST_CASE("a state directory below a link works") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "link");

  const auto writer = test::open_writer(folder / "link/state");

  CHECK(writer->commit([](store::Connection& connection) { return test::put(connection, "k"); }).ok());
  CHECK(std::filesystem::exists(folder / "real/state/state.db"));
}

TEST_CASE("a state directory of another user is refused") {
  if (::geteuid() != 0) return;  // only root can make one
  const test::TemporaryFolder folder;
  REQUIRE(prepare_state_directory(folder / "state").ok());
  REQUIRE(::chown((folder / "state").c_str(), 65534, 65534) == 0);

  const Status status = prepare_state_directory(folder / "state");

  CHECK(status.code() == StatusCode::invalid_argument);
  CHECK(status.message() == folder / "state" + " belongs to user 65534");
}

TEST_CASE("a state directory that cannot be written is an i/o error with its path, and stays as it is") {
  const test::TemporaryFolder folder;
  test::open_writer(folder / "state");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::others_exec, std::filesystem::perm_options::add);
  const std::string state = folder / "state";
  ChildProcess child([&] {
    if (::geteuid() == 0) {  // root writes where it wants, but not on a read-only file system
      if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
      if (::mount(state.c_str(), state.c_str(), nullptr, MS_BIND, nullptr) != 0) return 77;
      if (::mount(nullptr, state.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) return 77;
    } else if (::chmod(state.c_str(), 0500) != 0) {
      return 1;
    }
    const auto writer = store::Writer::open(state, "state-1", Time{}, {});
    static_cast<void>(::chmod(state.c_str(), 0700));
    if (writer.ok() || writer.status().code() != StatusCode::io_error) return 2;
    return writer.status().message().find("cannot write to " + state) == 0 ? 0 : 3;
  });

  const int result = child.wait();
  if (result == 77) MESSAGE("skipped: nothing can be mounted read-only here");
  CHECK_MESSAGE((result == 0 || result == 77), "step ", result);
}

TEST_CASE("network file systems are known by their numbers and FUSE types, local ones are not") {
  CHECK(store::network_filesystem(0x6969) == "nfs");
  CHECK(store::network_filesystem(0xff534d42) == "cifs");
  CHECK(store::network_filesystem(0xfe534d42) == "smb2");
  CHECK(store::network_filesystem(0x00c36400) == "ceph");
  CHECK_FALSE(store::network_filesystem(0xef53).has_value());      // ext
  CHECK_FALSE(store::network_filesystem(0x58465342).has_value());  // xfs
  CHECK_FALSE(store::network_filesystem(0x01021994).has_value());  // tmpfs
  CHECK_FALSE(store::network_filesystem(0x794c7630).has_value());  // overlay
  CHECK(store::network_fuse("fuse.sshfs"));
  CHECK_FALSE(store::network_fuse("fuse.fuse-overlayfs"));
  CHECK_FALSE(store::network_fuse(""));
}

TEST_CASE("a mount's type is found by its device, past any number of optional fields") {
  const std::string mounts =
      "22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
      "36 35 0:45 /a /home/x rw,noatime shared:1 master:2 - fuse.sshfs host:/a rw\n"
      "37 35 0:46 / /mnt rw - nfs4 host:/b rw\n"
      "38 35 0:47 / /cut rw -";

  CHECK(store::mount_type(mounts, 0, 45) == "fuse.sshfs");
  CHECK(store::mount_type(mounts, 0, 46) == "nfs4");
  CHECK(store::mount_type(mounts, 0, 47).empty());
  CHECK(store::mount_type(mounts, 0, 4).empty());
  CHECK(store::mount_type("", 0, 45).empty());
}
