// What our own reader of DVC's files says about each state.
#include <doctest/doctest.h>

#include <filesystem>

#include "dvc_repository.hpp"

using namespace retrain;
using namespace retrain::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> rules(const Readiness& readiness) {
  std::vector<std::string> names;
  for (const auto& finding : readiness.findings) names.push_back(finding.rule);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the digest of a folder is DVC's own, with names of every sort") {
  // Recorded with DVC 3.67.1.
  const std::string recorded =
      readiness::folder_digest({{"B.csv", "415290769594460e2e485922904f345d"},
                                {"a.csv", "fbade9e36a3f36d3d676c1b808451dd7"},
                                {"crlf.txt", "59b0d7772f0561efb95518f3cb8abc60"},
                                {"empty", "d41d8cd98f00b204e9800998ecf8427e"},
                                {"lnk", "59b0d7772f0561efb95518f3cb8abc60"},
                                {"quo\"te\\\\b.csv", "7694f4a66316e53c8cdd9d9954bd611d"},
                                {"sub/.hid", "9dd4e461268c8034f5c8564e155c67a6"},
                                {"\xC3\x9Cn\xC3\xAF \xE6\xBC\xA2.csv", "60b725f10c9c85c70d97880dfe8191b3"}});

  CHECK(recorded == "fefb927c3cf30c55330b4f4df9b25f14");
}

TEST_CASE("data as recorded is clean and ready, and the run's record says which version it was") {
  const DvcBench bench;

  const Readiness readiness = bench.check();

  CHECK(readiness.verdict == ReadinessVerdict::ready);
  CHECK(readiness.findings.empty());
  REQUIRE(readiness.dvc.has_value());
  CHECK(readiness.dvc->root == bench.folder.path());
  REQUIRE(readiness.dvc->outputs.size() == 1);
  const DvcOutput& output = readiness.dvc->outputs[0];
  CHECK(output.path == "data");
  CHECK(output.file == "data.dvc");
  CHECK(output.state == DvcState::clean);
  CHECK(output.expected == bench.md5 + ".dir");
  CHECK(output.actual == output.expected);
}

TEST_CASE("edited, deleted and extra files of a folder are named, and the data is broken") {
  DvcBench bench;
  bench.folder.write("data/a.csv", "y,name\n2,a\n");
  fs::remove(bench.folder / "data/b.csv");
  bench.folder.write("data/d.csv", "y,name\n1,d\n");

  const Readiness readiness = bench.check();

  CHECK(readiness.verdict == ReadinessVerdict::broken);
  CHECK(
      readiness.reason ==
      "data is not what data.dvc records (1 modified, 1 missing, 1 extra): `dvc checkout data` brings it back, `dvc commit data` "
      "records it as it is");
  CHECK(rules(readiness) == Names{"dvc_modified", "dvc_modified", "dvc_missing", "dvc_extra"});
  CHECK(readiness.findings[1].message == "data/a.csv is modified");
  CHECK(bench.only_output().state == DvcState::modified);
}

TEST_CASE("a new session that is still being copied is waited for before DVC's word counts") {
  DvcBench bench;
  bench.data.settle = std::chrono::minutes(5);
  const auto now = fs::file_time_type::clock::to_sys(fs::last_write_time(bench.folder.write("data/d.csv", "y,na")));
  for (const char* name : {"a", "b", "c"}) {
    fs::last_write_time(bench.folder / "data/" + name + ".csv",
                        fs::last_write_time(bench.folder / "data/d.csv") - std::chrono::hours(1));
  }

  const Readiness copying = bench.check({Time(std::chrono::duration_cast<Duration>(now.time_since_epoch())), {}, {}});

  CHECK(copying.verdict == ReadinessVerdict::not_yet);
  CHECK(copying.reason == "d.csv is still growing");
  CHECK(bench.check().verdict == ReadinessVerdict::broken);
}

TEST_CASE("a change is seen without the folder's list in the cache too, only not named") {
  DvcBench bench;
  fs::remove_all(bench.folder / ".dvc/cache");

  const Readiness kept = bench.check();
  bench.folder.write("data/a.csv", "y,name\n2,a\n");
  const Readiness changed = bench.check();

  CHECK(kept.verdict == ReadinessVerdict::ready);
  CHECK(kept.dvc->outputs[0].state == DvcState::not_in_cache);
  CHECK(rules(kept) == Names{"dvc_not_in_cache"});
  CHECK(kept.findings[0].level == FindingLevel::warning);
  CHECK(rules(changed) == Names{"dvc_modified"});
}

TEST_CASE("one file of a folder that the cache lost is noticed") {
  const DvcBench bench;
  fs::remove(bench.folder / bench.cached(base::md5("y,name\n1,b\n")));

  CHECK(bench.only_output().state == DvcState::not_in_cache);
}

TEST_CASE("a list in the cache that is not what its name says is not believed") {
  const DvcBench bench;
  bench.folder.write(bench.cached(bench.md5 + ".dir"), "[]");

  CHECK(bench.only_output().state == DvcState::not_in_cache);
}

TEST_CASE("data that was never pulled is waited for, data that somebody deleted is broken") {
  DvcBench bench;
  fs::remove_all(bench.folder / "data");

  const Readiness deleted = bench.check();
  fs::remove_all(bench.folder / ".dvc/cache");
  const Readiness unpulled = bench.check();

  CHECK(deleted.verdict == ReadinessVerdict::broken);
  CHECK(deleted.reason == "data, which data.dvc records, is not there: `dvc checkout data` brings it");
  CHECK(unpulled.verdict == ReadinessVerdict::not_yet);
  CHECK(unpulled.reason == "data, which data.dvc records, is not there: `dvc pull data` brings it");
  CHECK(unpulled.retry_at == parse_time("2030-01-01T01:00:00Z").value());
}

TEST_CASE("files that are recorded one by one are judged one by one, and one that is not is extra") {
  DvcBench bench;
  fs::remove(bench.folder / "data.dvc");
  const auto add = [&](const std::string& name) {
    const std::string bytes = bench.folder.read("data/" + name);
    bench.put_into_cache(bytes);
    bench.folder.write("data/" + name + ".dvc",
                       "outs:\n- md5: " + base::md5(bytes) + "\n  size: 11\n  hash: md5\n  path: " + name + "\n");
  };
  add("a.csv");
  add("b.csv");
  const Readiness extra = bench.check();
  add("c.csv");
  const Readiness clean = bench.check();
  bench.folder.write("data/b.csv", "y,name\n7,b\n");
  const Readiness edited = bench.check();

  CHECK(extra.reason == "1 session file recorded by no .dvc file: c.csv");
  CHECK(rules(extra) == Names{"dvc_extra"});
  CHECK(extra.dvc->outputs.back().state == DvcState::extra);
  CHECK(clean.verdict == ReadinessVerdict::ready);
  CHECK(clean.dvc->outputs.size() == 3);
  CHECK(rules(edited) == Names{"dvc_modified"});
  CHECK(edited.dvc->outputs[1].path == "data/b.csv");
}

TEST_CASE("stages of dvc.lock count like .dvc files, also those that work in another folder") {
  DvcBench bench;
  fs::remove(bench.folder / "data.dvc");
  const std::string output =
      "    outs:\n    - path: ../data\n      hash: md5\n      md5: " + bench.md5 + ".dir\n      size: 33\n";
  bench.folder.write("dvc.yaml", "stages:\n  prepare:\n    cmd: make\n    wdir: work\n    outs:\n    - ../data\n");
  bench.folder.write("dvc.lock", "schema: '2.0'\nstages:\n  prepare:\n    cmd: make\n" + output);

  CHECK(bench.only_output().file == "dvc.lock");
  CHECK(bench.only_output().state == DvcState::clean);
  bench.folder.write("dvc.yaml", "stages:\n  prepare:\n    cmd: make\n    wdir: ${where}\n");
  CHECK(bench.check().verdict == ReadinessVerdict::broken);
}

TEST_CASE("data in a folder below the output is judged with the whole output") {
  DvcBench bench;
  bench.folder.write("data/sub/d.csv", "y,name\n1,d\n");
  bench.data.directory = bench.folder / "data/sub";

  CHECK(bench.only_output().state == DvcState::modified);
}

TEST_CASE("data.dvc.path names the file that counts") {
  DvcBench bench;
  bench.folder.write("meta/other.dvc", bench.folder.read("data.dvc"));
  fs::rename(bench.folder / "data.dvc", bench.folder / "meta/data.dvc");
  bench.folder.write("meta/data.dvc", "wdir: ..\n" + bench.folder.read("meta/data.dvc"));
  bench.data.dvc.path = bench.folder / "meta/data.dvc";

  CHECK(bench.only_output().state == DvcState::clean);
  bench.data.dvc.path = bench.folder / "absent.dvc";
  CHECK(bench.check().reason == "data.dvc.path " + bench.folder / "absent.dvc" + " is not there");
}

TEST_CASE("what is no repository, is recorded nowhere or is not as DVC writes it is broken, and says how") {
  DvcBench bench;
  bench.folder.write("data.dvc", "outs:\n- md5: 123\n  surprise: 1\n  path: data\n");
  CHECK(bench.check().reason == "data.dvc is not as DVC writes it: an output has the unknown key 'surprise'");
  bench.folder.write("data.dvc", "outs: [");
  CHECK(bench.check().verdict == ReadinessVerdict::broken);
  fs::remove(bench.folder / "data.dvc");
  CHECK(bench.check().reason == "no .dvc file and no dvc.lock records " + bench.data.directory + ": `dvc add` does");
  fs::remove_all(bench.folder / ".dvc");
  CHECK(bench.check().reason == bench.data.directory + " lies in no DVC repository: no folder above it holds .dvc");
}

TEST_CASE("what only DVC can judge is said so") {
  DvcBench bench;
  bench.folder.write(".dvcignore", "*.tmp\n");
  const Readiness ignored = bench.check();
  bench.folder.write(".dvcignore", "");
  bench.folder.write("data.dvc", "outs:\n- etag: abc\n  path: data\n");
  const Readiness etag = bench.check();

  CHECK(ignored.verdict == ReadinessVerdict::broken);
  CHECK(ignored.reason == "data in data.dvc is subject to a .dvcignore, so only data.dvc.mode cli or both can judge it");
  CHECK(ignored.dvc->outputs[0].state == DvcState::unsupported);
  CHECK(etag.reason == "data in data.dvc has no MD5, so only data.dvc.mode cli or both can judge it");
}

TEST_CASE("a record of DVC 2 is judged where line ends cannot matter") {
  DvcBench bench;
  bench.record_folder("");
  const DvcState unix_ends = bench.only_output().state;
  bench.folder.write("data/a.csv", "y,name\r\n1,a\r\n");
  const DvcState windows_ends = bench.only_output().state;

  CHECK(unix_ends == DvcState::not_in_cache);  // DVC 2 keeps its cache elsewhere
  CHECK(windows_ends == DvcState::unsupported);
}

TEST_CASE("the cache is where the repository's configuration says, the local one first") {
  DvcBench bench;
  fs::rename(bench.folder / ".dvc/cache", bench.folder / "elsewhere");
  CHECK(bench.only_output().state == DvcState::not_in_cache);
  bench.folder.write(".dvc/config", "[core]\n    dir = nothing\n[cache]\n    dir = /nowhere\n");
  bench.folder.write(".dvc/config.local", "[cache]\n    dir = ../elsewhere\n");

  CHECK(bench.only_output().state == DvcState::clean);
}

TEST_CASE("links are followed, empty folders count for nothing, a circle of links ends") {
  DvcBench bench;
  bench.folder.write("outside.csv", bench.folder.read("data/b.csv"));
  fs::remove(bench.folder / "data/b.csv");
  fs::create_symlink(bench.folder / "outside.csv", bench.folder / "data/b.csv");
  fs::create_directory(bench.folder / "data/empty");
  bench.data.pattern = "a.csv";
  CHECK(bench.only_output().state == DvcState::clean);

  fs::create_directory_symlink(bench.folder / "data", bench.folder / "data/again");

  CHECK(bench.only_output().state == DvcState::unsupported);
  fs::remove(bench.folder / "data/again");
  fs::create_symlink("nowhere", bench.folder / "data/dangling");
  CHECK(bench.only_output().state == DvcState::unsupported);
}
