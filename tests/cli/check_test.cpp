// check: data by a configuration, CSV files by themselves, and a first schema from a file.
#include <doctest/doctest.h>

#include "cli/workplace.hpp"

using namespace retrain::test;

namespace {

const std::string good = "driver,lap,time,tyre\nHAM,1,90.1,SOFT\nHAM,2,89.9,SOFT\nVER,1,89.5,SOFT\nVER,2,,SOFT\nBOT,1,91,SOFT\n";

struct Files {
  ProcessResult retrain(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), RETRAIN_PROGRAM);
    return run_process(arguments, {folder.path(), {}, ""});
  }
  TemporaryFolder folder;
};

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0, start = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; start = end + 1, end = text.find('\n', start)) {
    widest = std::max(widest, end - start);
  }
  return widest;
}

}  // namespace

TEST_CASE("check without a configuration is a validator of CSV files, and tells what the columns hold") {
  const Files files;
  files.folder.write("laps.csv", good);

  const auto result = files.retrain({"check", "laps.csv"});

  CHECK_MESSAGE(result.exit_code == 0, result.err);
  CHECK(has(result.out, "ready: 1 session with 5 rows\n"));
  CHECK(has(result.out, "\nlaps.csv: 5 rows, inferred (no configuration)\n"));
  CHECK(has(result.out, "  lap     integer  0     3     none\n"));
  CHECK_FALSE(std::filesystem::exists(files.folder / ".retrain"));
}

TEST_CASE("check shows what is wrong by rule, with the line and a caret below the place") {
  const Files files;
  files.folder.write("laps.csv", "a,b\n1,2\n1,2,3\n4,\"x\"y\n");

  const auto result = files.retrain({"check", "laps.csv"});

  CHECK(result.exit_code == 4);
  CHECK(has(result.out, "broken: 1 of 1 session has errors: laps.csv line 3: 3 fields, the header has 2\n"));
  CHECK(has(result.out, "\nragged_row: 1 error\n  laps.csv:3: 3 fields, the header has 2\n    1,2,3\n    ^\n"));
  CHECK(has(result.out, "\ntext_after_quote: 1 error\n  laps.csv:4: text behind a closing quote\n    4,\"x\"y\n         ^\n"));
}

TEST_CASE("check keeps a long line within the terminal and hides what would steer it") {
  const Files files;
  files.folder.write("retrain.yaml", "model: {name: t, target: y, features: {numeric: [x]}}\n");
  files.folder.write("long.csv", "text,x,y\n" + std::string(300, 'a') + "\x1b[31m,ten,1\n");

  const auto result = files.retrain({"check", "long.csv"});

  CHECK(result.exit_code == 4);
  CHECK(widest_line(result.out) <= 80);
  CHECK(has(result.out, "?[31m,ten,1\n"));
  CHECK(has(result.out, "^~~\n"));
  CHECK_FALSE(has(result.out, "\x1b"));
}

TEST_CASE("of a rule that a file breaks often the first places are shown, and the rest is counted") {
  const Files files;
  std::string rows = "x,y\n";
  for (int row = 0; row < 100; ++row) rows += "bad,1\n";
  files.folder.write("many.csv", rows);
  files.folder.write("retrain.yaml", "model: {name: t, target: y, features: {numeric: [x]}}\n");

  const auto result = files.retrain({"check", "many.csv"});

  CHECK(has(result.out, "\ntype: 100 errors\n"));
  CHECK(has(result.out, "  and 95 more\n"));
}

TEST_CASE("a configuration that is there gives its rules to files that are named") {
  const Files files;
  files.folder.write("laps.csv", good);
  files.folder.write(
      "retrain.yaml",
      "model: {name: t, target: time, features: {numeric: [lap]}}\ndata: {columns: {lap: {max: 1}}, max_age: 1d}\n");

  const auto result = files.retrain({"check", "laps.csv"});
  const auto document = nlohmann::json::parse(files.retrain({"check", "laps.csv", "--json"}).out);

  CHECK(result.exit_code == 4);
  CHECK(has(result.out, "laps.csv:3 lap: '2' is above 1\n    HAM,2,89.9,SOFT\n        ^\n"));
  CHECK(document["verdict"] == "broken");
  CHECK(document["findings"].size() == 2);
  CHECK(document["findings"][0]["rule"] == "max");
}

TEST_CASE("check alone looks at the configured data, and a configuration may be named either way") {
  Workplace place(8);
  place.configure();

  CHECK(place.retrain({"check"}).exit_code == 0);
  CHECK(has(place.retrain({"check", "retrain.yaml"}).out, "ready: 8 sessions with 480 usable rows"));
  CHECK(place.json({"check", "--config", "retrain.yaml"})["snapshot"]["sessions"].size() == 8);
  CHECK(place.retrain({"check", "--config", "retrain.yaml", "retrain.yaml"}).exit_code == 2);
  CHECK(place.retrain({"check", "retrain.yaml", "data/day-001.csv"}).exit_code == 2);
  CHECK(place.retrain({"check", "--set", "data.max_age=1d"}).exit_code == 4);
  place.folder.write("data/day-003.csv", place.folder.read("data/day-002.csv"));
  const auto doubled = place.retrain({"check"});
  CHECK(doubled.exit_code == 4);
  CHECK(has(doubled.out, "session day-003 has the same bytes as session day-002"));
}

TEST_CASE("a schema inferred from a file is one that check accepts for it, whatever the file holds") {
  const std::string odd =
      "n,int,\"a \"\"b\"\", c\",when,yes,empty,constant\n1e-3,-5,x: y,2024-01-01,on,,7\n,12,#1,2024-01-02 10:00,off,,7\n"
      "3.25e10,0,\"é\",2024-02-01,on,,7\n-4,7,' ,2024-01-05,on,,7\n2,1,\"[z]\",2024-01-06,off,,7\n0,1,~,2024-01-07,on,,7\n"
      "0,1,\"\",2024-01-07,on,,7\n0,1,null,2024-01-07,off,,7\n0,1,x,2024-01-07,off,,7\n0,1,x,2024-01-07,off,,7\n";
  for (const std::string& bytes : {good, odd, std::string("only,header\n")}) {
    const Files files;
    files.folder.write("file.csv", bytes);

    const auto inferred = files.retrain({"check", "--infer", "file.csv"});

    REQUIRE_MESSAGE(inferred.exit_code == 0, inferred.err);
    const std::string first = bytes.substr(0, bytes.find(','));
    files.folder.write("retrain.yaml", "model: {name: t, target: " + std::string(bytes == good ? "time" : "int") +
                                           ", features: {numeric: [" + (bytes == good ? "lap" : "n") + "]}}\n" + inferred.out);
    const auto valid = files.retrain({"config", "check"});
    CHECK_MESSAGE(valid.exit_code == 0, valid.out);
    if (bytes.find('\n') + 1 == bytes.size()) continue;  // without rows no file is ready
    const auto result = files.retrain({"check", "file.csv"});
    CHECK_MESSAGE(result.exit_code == 0, result.out);
  }
}

TEST_CASE("an inferred schema leaves room for what comes, and lists the few texts of a column") {
  const Files files;
  files.folder.write("laps.csv", good);

  const auto yaml = files.retrain({"check", "--infer", "laps.csv"}).out;
  const auto json = nlohmann::json::parse(files.retrain({"check", "--infer", "laps.csv", "--json"}).out);

  CHECK(has(yaml, "# inferred from laps.csv, 5 rows: a start, to be tightened\ndata:\n  columns:\n"));
  CHECK(has(yaml, "    lap: {type: integer, min: 0, max: 3, missing: 0}\n"));
  CHECK(has(yaml, "    tyre: {type: text, missing: 0, values: [SOFT]}\n"));
  CHECK(json[2]["name"] == "time");
  CHECK(json[2]["missing"] == 0.3);
}

TEST_CASE("a schema is inferred beside a configuration that is not filled in yet, unless that one is named") {
  const Files files;
  files.folder.write("laps.csv", good);
  REQUIRE(files.retrain({"init"}).exit_code == 0);
  REQUIRE(std::filesystem::exists(files.folder / "retrain.yaml"));

  CHECK(files.retrain({"check", "--infer", "laps.csv"}).exit_code == 0);
  CHECK(files.retrain({"check", "--infer", "laps.csv", "--config", "retrain.yaml"}).exit_code == 2);
  CHECK(files.retrain({"check", "laps.csv"}).exit_code == 2);
}

TEST_CASE("files of one name in two folders are two files, names that are no ids are no obstacle, nor are links") {
  const Files files;
  files.folder.write("one/laps of today.csv", good);
  files.folder.write("two/laps of today.csv", good + "BOT,2,91,SOFT\n");
  std::filesystem::create_symlink("one/laps of today.csv", files.folder / "link.csv");

  const auto both = files.retrain({"check", "one/laps of today.csv", "two/laps of today.csv"});

  CHECK_MESSAGE(both.exit_code == 0, both.out);
  CHECK(has(both.out, "ready: 2 sessions with 11 rows"));
  CHECK(files.retrain({"check", "link.csv"}).exit_code == 0);
}

TEST_CASE("what cannot be opened or inferred is told in one line") {
  const Files files;
  files.folder.write("bad.csv", "a,a\n1,2\n");

  const auto absent = files.retrain({"check", "absent.csv"});
  const auto doubled = files.retrain({"check", "--infer", "bad.csv"});

  CHECK(absent.exit_code == 2);
  CHECK(absent.err == "retrain: cannot open absent.csv: No such file or directory\n");
  CHECK(doubled.exit_code == 2);
  CHECK(doubled.err == "retrain: bad.csv line 1: two columns are named 'a'\n");
  CHECK(files.retrain({"check"}).exit_code == 2);
}
