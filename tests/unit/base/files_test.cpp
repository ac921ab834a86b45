#include "base/files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "support/temporary_folder.hpp"

using namespace retrain;
using retrain::test::TemporaryFolder;

TEST_CASE("a file is read whole, also when it is empty") {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);

  CHECK(base::read_file(folder.write("x", bytes)).value() == bytes);
  CHECK(base::read_file(folder.write("empty", "")).value().empty());
}

TEST_CASE("links, folders, pipes and oversized files are refused without waiting") {
  const TemporaryFolder folder;
  const std::string target = folder.write("target", "12345");
  std::filesystem::create_symlink(target, folder / "link");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);

  CHECK(base::read_file(folder / "link").status().message() == folder / "link" + " is a symbolic link");
  CHECK(base::read_file(folder / "pipe").status().code() == StatusCode::invalid_argument);
  CHECK(base::read_file(folder.path()).status().code() == StatusCode::invalid_argument);
  CHECK(base::read_file(target, 4).status().code() == StatusCode::invalid_argument);
  CHECK(base::read_file(target, 5).ok());
  CHECK(base::read_file(folder / "absent").status().code() == StatusCode::not_found);
}

TEST_CASE("a file is replaced as a whole, with mode 0600 and nothing left beside it") {
  const TemporaryFolder folder;
  folder.write("pointer.json", "old and longer");

  REQUIRE(base::write_file(folder / "pointer.json", "new", "test"));

  struct stat info{};
  REQUIRE(::stat((folder / "pointer.json").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(folder.read("pointer.json") == "new");
  CHECK(base::list_files(folder.path()).value().size() == 1);
}

TEST_CASE("a folder that is not there is named in the failure of a write") {
  const TemporaryFolder folder;

  const Status status = base::write_file(folder / "absent/x", "bytes", "test");

  CHECK(status.code() == StatusCode::not_found);
  CHECK(status.message().find("absent") != std::string::npos);
}

TEST_CASE("a rename never covers what exists") {
  const TemporaryFolder folder;
  folder.write("a", "a");
  folder.write("b", "b");

  CHECK(base::rename_new(folder / "a", folder / "b", "test").code() == StatusCode::conflict);
  CHECK(folder.read("b") == "b");
  CHECK(base::rename_new(folder / "a", folder / "c", "test").ok());
  CHECK(folder.read("c") == "a");
}

TEST_CASE("a folder is made once, and a file of its name is an error") {
  const TemporaryFolder folder;
  folder.write("file", "");

  CHECK(base::make_directory(folder / "state").ok());
  CHECK(base::make_directory(folder / "state").ok());
  CHECK(base::make_directory(folder / "file").code() == StatusCode::invalid_argument);
}

TEST_CASE("only regular files are listed, by name and with their size") {
  const TemporaryFolder folder;
  folder.write("b.csv", "123");
  folder.write("a.csv", "1");
  folder.write("sub/c.csv", "1");
  std::filesystem::create_symlink(folder / "a.csv", folder / "link.csv");

  const auto files = base::list_files(folder.path()).value();

  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "a.csv");
  CHECK(files[1].name == "b.csv");
  CHECK(files[1].size == 3);
  CHECK(base::list_files(folder / "absent").status().code() == StatusCode::not_found);
}

TEST_CASE("what a dead process left half-written is swept, and a living one's stays") {
  const TemporaryFolder folder;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  folder.write(".tmp-" + std::to_string(dead) + "-0", "half");
  const std::string mine = ".tmp-" + std::to_string(::getpid()) + "-7";
  folder.write(mine, "half");
  folder.write("whole", "whole");

  REQUIRE(base::sweep_temporaries(folder.path()).ok());

  const auto files = base::list_files(folder.path()).value();
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == mine);
  CHECK(files[1].name == "whole");
}
