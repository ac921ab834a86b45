// backtest: decisions as they happen, a table, a page, and the numbers.
#include <doctest/doctest.h>

#include "cli/workplace.hpp"

using namespace retrain::test;

TEST_CASE("a backtest prints each decision and a table, and writes the page and the numbers") {
  Workplace place(45, 25);
  place.configure();

  const auto result = place.retrain({"backtest", "retrain.yaml", "--report", "report.html", "--out", "numbers.json"});

  REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  const auto numbers = nlohmann::json::parse(place.folder.read("numbers.json"));
  for (const auto& decision : numbers["decisions"]) CHECK(has(result.out, decision["message"].get<std::string>()));
  CHECK(numbers["decisions"].size() >= 2);
  CHECK(has(result.out, "Backtest of toy: 45 sessions"));
  CHECK(numbers["leaked_rows"] == 0);
  CHECK(has(place.folder.read("report.html"), "<!doctype html>"));
  CHECK_FALSE(has(result.out + result.err, "\x1b["));
  CHECK_FALSE(std::filesystem::exists(place.folder / ".retrain"));
}

TEST_CASE("with --json the numbers are all of stdout, and a second run gives the same bytes") {
  Workplace place(45, 25);
  place.configure();

  const auto first = place.retrain({"backtest", "--json", "--report", "a.html"});
  const auto second = place.retrain({"backtest", "--json", "--report", "b.html"});

  CHECK(nlohmann::json::parse(first.out)["schema"] == "retrain.backtest/1");
  CHECK(first.out == second.out);
  CHECK(place.folder.read("a.html") == place.folder.read("b.html"));
  CHECK(has(first.err, "promoted"));
}

TEST_CASE("a backtest that cannot work says so before it works, and leaves no file") {
  Workplace place(10);
  place.configure();

  const auto few = place.retrain({"backtest", "--report", "report.html"});
  const auto nowhere = place.retrain({"backtest", "--report", "no/such/folder/report.html"});
  const auto twice = place.retrain({"backtest", "retrain.yaml", "--config", "retrain.yaml"});
  const auto timeless = place.retrain({"backtest", "--set", "data.time.column=null"});

  CHECK(few.exit_code == 4);
  CHECK(has(few.err, "10 sessions"));
  CHECK_FALSE(std::filesystem::exists(place.folder / "report.html"));
  CHECK(nowhere.exit_code == 2);
  CHECK(has(nowhere.err, "no/such/folder/report.html"));
  CHECK(twice.exit_code == 2);
  CHECK(timeless.exit_code == 4);
}
