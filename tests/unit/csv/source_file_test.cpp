#include "csv/source_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("only regular files are opened, and links are not followed") {
  const TemporaryFolder folder;
  const std::string target = folder.write("a.csv", "x\n");
  std::filesystem::create_symlink(target, folder / "link.csv");
  REQUIRE(::mkfifo((folder / "pipe.csv").c_str(), 0600) == 0);

  CHECK(csv::SourceFile::open(target).ok());
  CHECK(csv::SourceFile::open(folder / "link.csv").status().message() == (folder / "link.csv") + " is a symbolic link");
  CHECK(csv::SourceFile::open(folder / "pipe.csv").status().code() == StatusCode::invalid_argument);
  CHECK(csv::SourceFile::open(folder.path()).status().code() == StatusCode::invalid_argument);
  CHECK(csv::SourceFile::open(folder / "none.csv").status().code() == StatusCode::not_found);
}

TEST_CASE("a file that grows, shrinks or is touched while it is read is being written") {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.csv", "x\n1\n");
  const auto open = [&] { return csv::SourceFile::open(path).value(); };
  char bytes[4];

  const auto untouched = open();
  CHECK(untouched->read(0, bytes, 4));
  CHECK(untouched->unchanged());

  const auto growing = open();
  std::ofstream(path, std::ios::app) << "2\n";
  CHECK(growing->unchanged().code() == StatusCode::unavailable);
  CHECK(growing->unchanged().message() == path + " is being written");

  const auto shrinking = open();
  std::filesystem::resize_file(path, 1);
  CHECK(shrinking->read(0, bytes, 4).code() == StatusCode::unavailable);

  const auto touched = open();
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) - std::chrono::hours(1));
  CHECK(touched->unchanged().code() == StatusCode::unavailable);
}
