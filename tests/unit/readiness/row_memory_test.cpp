// What a check finds by comparing rows does not depend on how much it remembers of them, and is what a plain search finds.
#include "readiness/row_memory.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <retrain/json.hpp>

#include "bench.hpp"
#include "readiness/file_check.hpp"

using namespace retrain;
using namespace retrain::readiness;
using namespace retrain::test;

namespace {

struct Row {
  std::string race, driver, lap;  // as they are, without quotes
  std::string stint;
};

struct Rules {
  bool by_race = false;
  std::vector<std::string> unique, rising_keys;
  bool two_rising = false;
};

std::string cell(const Row& row, const std::string& column) {
  return column == "race" ? row.race : column == "driver" ? row.driver : column == "lap" ? row.lap : row.stint;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

/// Rows of a few drivers over a few races, which count up or come in any order; some come twice, some far behind.
std::vector<Row> random_rows(std::mt19937_64& random, int count, bool shuffled) {
  std::vector<Row> rows;
  for (int race = 0; int(rows.size()) < count; ++race) {
    for (const std::string driver : {"HAM", "V\"ER", "a,b", ""}) {
      for (int lap = 1; lap <= 40; ++lap) {
        const int number = random() % 30 == 0 ? int(random() % 2000) : lap;
        Row row{"r" + std::to_string(race), driver, std::to_string(number), std::to_string(lap / 4)};
        if (random() % 60 == 0) row.lap = "0" + row.lap;
        if (random() % 60 == 0) row.lap += ".5";
        if (random() % 60 == 0) row.lap = random() % 2 == 0 ? "" : "first";
        rows.push_back(row);
        if (random() % 50 == 0) rows.push_back(rows[random() % rows.size()]);
      }
    }
  }
  if (shuffled) std::shuffle(rows.begin(), rows.end(), random);
  return rows;
}

std::string text_of(const std::vector<Row>& rows, std::mt19937_64& random) {
  std::string bytes = "race,driver,lap,stint,y\n";
  const auto write = [&](const std::string& text) {
    const bool quote = text.find_first_of("\",") != std::string::npos || random() % 5 == 0;
    return (quote ? quoted(text) : text) + ",";
  };
  for (const Row& row : rows) bytes += write(row.race) + write(row.driver) + write(row.lap) + write(row.stint) + "1\n";
  return bytes;
}

struct Expected {
  std::map<std::string, std::int64_t> counts;  // by rule
  std::vector<std::string> told;               // "line rule earlier", of each rule and session the first
};

/// Every row against all before it, as the rules say.
Expected search(const std::vector<Row>& rows, const Rules& rules) {
  std::map<std::vector<std::string>, std::int64_t> first;
  std::map<std::vector<std::string>, std::pair<double, std::int64_t>> last;
  std::vector<std::tuple<std::int64_t, std::string, std::int64_t>> all;
  const auto key_of = [&](const Row& row, const std::vector<std::string>& columns, const std::string& kind) {
    std::vector<std::string> key{kind, rules.by_race ? row.race : ""};
    for (const auto& column : columns) key.push_back(cell(row, column));
    return key;
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto line = std::int64_t(i) + 2;
    if (!rules.unique.empty()) {
      const auto [entry, inserted] = first.try_emplace(key_of(rows[i], rules.unique, "unique"), line);
      if (!inserted) all.emplace_back(line, "unique", entry->second);
    }
    for (const std::string column : {"lap", "stint"}) {
      const std::string text = cell(rows[i], column);
      if (text.empty() || text == "first" || rules.rising_keys.empty() || (column == "stint" && !rules.two_rising)) continue;
      auto& before = last[key_of(rows[i], rules.rising_keys, column)];
      if (before.second != 0 && std::stod(text) <= before.first) all.emplace_back(line, "rising", before.second);
      before = {std::stod(text), line};
    }
  }
  Expected expected;
  std::map<std::string, std::int64_t> kept;
  for (const auto& [line, rule, earlier] : all) {
    ++expected.counts[rule];
    if (++kept[rule] <= std::int64_t(kept_findings)) {
      expected.told.push_back(std::to_string(line) + " " + rule + " " + std::to_string(earlier));
    }
  }
  std::sort(expected.told.begin(), expected.told.end());
  return expected;
}

class Check {
 public:
  explicit Check(const Rules& rules) {
    data.columns = {{"lap", ColumnType::text}};
    data.session_column = rules.by_race ? "race" : "";
    data.unique = rules.unique;
    if (!rules.rising_keys.empty()) data.rising = {{"lap", rules.rising_keys}};
    if (rules.two_rising) data.rising["stint"] = rules.rising_keys;
    model.target = "y";
  }
  CheckedFile run(const std::string& bytes, const CheckOptions& options) const {
    const std::string path = folder.write("a.csv", bytes);
    auto checked = check_file({path, "a.csv", "a"}, Schema(data, model), TimeParser::in_zone("UTC").value(), options);
    REQUIRE_MESSAGE(checked.ok(), checked.status().message());
    return std::move(*checked);
  }

  TemporaryFolder folder;
  DataSettings data;
  ModelSettings model;
};

std::vector<Finding> findings_of(const CheckedFile& checked) {
  return checked.log.findings([](const std::string&) { return true; });
}

std::string all_of(const CheckedFile& checked) {
  Readiness readiness;
  readiness.sessions = checked.sessions;
  readiness.findings = findings_of(checked);
  return to_json(readiness);
}

/// The line that a message names.
std::string earlier_in(const std::string& message) {
  const auto at = message.rfind("in line ") + 8;
  return message.substr(at, message.find(' ', at) - at);
}

void compare(const CheckedFile& checked, const Expected& expected) {
  std::vector<std::string> told;
  std::map<std::string, std::int64_t> counts;
  for (const Finding& finding : findings_of(checked)) {
    if (finding.rule != "unique" && finding.rule != "rising") continue;
    told.push_back(std::to_string(finding.row) + " " + finding.rule + " " + earlier_in(finding.message));
    counts[finding.rule] = finding.count;
  }
  std::sort(told.begin(), told.end());
  CHECK(told == expected.told);
  CHECK(counts == expected.counts);
}

const std::vector<Rules> every_shape = {{false, {"race", "driver", "lap"}, {"race", "driver"}},
                                        {true, {"driver", "lap"}, {"driver"}, true},
                                        {false, {"lap", "stint"}, {"driver"}, true},
                                        {false, {"race", "driver"}, {}},
                                        {true, {"lap"}, {}},
                                        {false, {}, {"race", "stint"}}};

}  // namespace

TEST_CASE("what is compared is what a plain search finds, however little is remembered") {
  std::mt19937_64 random(31);
  for (const Rules& rules : every_shape) {
    const Check check(rules);
    for (const bool shuffled : {false, true}) {
      CAPTURE(&rules - every_shape.data());
      CAPTURE(shuffled);
      const auto rows = random_rows(random, 900, shuffled);
      const std::string bytes = text_of(rows, random);
      const CheckedFile whole = check.run(bytes, {});
      compare(whole, search(rows, rules));
      const std::string expected = all_of(whole);

      for (const std::size_t memory : {0, 3000, 20'000}) {
        for (const std::uint32_t chunk : {100U, 3000U, 1U << 18U}) {
          for (const unsigned threads : {1U, 2U, 4U}) {
            CAPTURE(memory);
            CAPTURE(chunk);
            CAPTURE(threads);
            CheckOptions options{threads, csv::best_set(), chunk};
            options.memory = memory;
            REQUIRE(all_of(check.run(bytes, options)) == expected);
          }
        }
      }
    }
  }
}

TEST_CASE("duplicates as far apart as the file is long are found with little memory, and so are rows that need care") {
  Check check({false, {"race", "driver", "lap"}, {"race", "driver"}});
  check.data.allow_embedded_newlines = true;
  std::mt19937_64 random(32);
  std::string bytes = "race,driver,lap,stint,y\n";
  for (int half = 0; half < 2; ++half) {
    for (int race = 0; race < 300; ++race) {
      const std::string driver = race % 7 == 0 ? "\"H\nM\"" : "HAM";
      for (int lap = 1; lap <= 20; ++lap) {
        bytes += "r" + std::to_string(race) + "," + driver + "," + std::to_string(lap) + ",1,1\n";
      }
    }
  }
  const std::string expected = all_of(check.run(bytes, {}));

  CheckOptions options;
  options.memory = 5000;
  const CheckedFile checked = check.run(bytes, options);

  CHECK(all_of(checked) == expected);
  const auto twice = of_rule(findings_of(checked), "unique");
  REQUIRE(twice.size() == kept_findings);
  CHECK(twice[0].count == 300 * 20);
  CHECK(twice[0].message.find("'H\\x0aM', '1' stands in line 2 already") != std::string::npos);
  CHECK(of_rule(findings_of(checked), "rising")[0].count == 300);
}

TEST_CASE("a check that can write no temporary file fails and says where, unless it needs none") {
  const Check check({false, {"race", "driver", "lap"}, {}});
  std::mt19937_64 random(33);
  const std::string path = check.folder.write("a.csv", text_of(random_rows(random, 30'000, true), random));
  const auto run = [&](std::size_t memory) {
    CheckOptions options;
    options.memory = memory;
    return check_file({path, "a.csv", "a"}, Schema(check.data, check.model), TimeParser::in_zone("UTC").value(), options);
  };
  const char* before = std::getenv("TMPDIR");
  const std::string restored = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/proc", 1);

  const auto failed = run(1000);
  const auto enough = run(row_memory_bytes);

  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", restored.c_str(), 1);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.status().code() == StatusCode::io_error);
  CHECK(failed.status().message().find("temporary file in /proc") != std::string::npos);
  CHECK(enough.ok());
}
