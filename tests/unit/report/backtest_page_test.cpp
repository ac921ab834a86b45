// The page and the table of a backtest.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <retrain/json.hpp>
#include <retrain/report.hpp>

#include "backtest_example.hpp"

using namespace retrain;
using retrain::test::backtest_example;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// What a browser would hand to JSON.parse.
std::string embedded_numbers(const std::string& page) {
  const std::string open = R"(<script type="application/json" id="report">)";
  const auto from = page.find(open) + open.size();
  return page.substr(from, page.find("</script>", from) - from);
}

/// Every tag is closed by its own end tag, in order.
bool well_formed(const std::string& html) {
  static const std::regex tag("<(/?)([a-zA-Z0-9]+)((?:[^<>\"]|\"[^\"]*\")*?)(/?)>");
  std::vector<std::string> open;
  std::string body = html;
  body.erase(body.find("<script"), body.find("</script>") + 9 - body.find("<script"));
  body.erase(body.find("<style>"), body.find("</style>") + 8 - body.find("<style>"));
  for (auto it = std::sregex_iterator(body.begin(), body.end(), tag); it != std::sregex_iterator(); ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || name == "doctype" || !(*it)[4].str().empty()) continue;
    if ((*it)[1].str().empty()) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("the page holds the same numbers as the JSON document") {
  const BacktestReport report = backtest_example();

  const std::string page = render_html(report);

  CHECK(nlohmann::ordered_json::parse(embedded_numbers(page)) == nlohmann::ordered_json::parse(to_json(report)));
}

TEST_CASE("the same report gives the same bytes") {
  CHECK(render_html(backtest_example()) == render_html(backtest_example()));
  CHECK(render_text(backtest_example()) == render_text(backtest_example()));
}

TEST_CASE("the page refers to nothing outside itself and runs no script") {
  const std::string page = render_html(backtest_example());

  for (const char* outside : {"http://", "https://", "src=", "href=", "url(", "@import", "<link", "<img", "<iframe"}) {
    CHECK_MESSAGE(!has(page, outside), outside);
  }
  CHECK(count(page, "<script") == 1);
  CHECK(has(page, "default-src 'none'"));
}

TEST_CASE("the page is light and dark") {
  const std::string page = render_html(backtest_example());

  CHECK(has(page, "color-scheme:light dark"));
  CHECK(has(page, "@media (prefers-color-scheme:dark)"));
}

TEST_CASE("no text of a report can break out of its place in the page") {
  BacktestReport report = backtest_example();
  const std::string hostile = "</script><script>alert(1)</script>\"' onload=x <b>&amp; \x01\xff";
  report.model = hostile;
  report.loss_name = hostile;
  report.series[3].id = hostile;
  report.decisions[0].session = report.decisions[0].kind = report.decisions[0].reason = report.decisions[0].message = hostile;
  report.decisions[1].message = hostile;
  report.settings = R"({"</td></script>":"<script>alert(2)</script>"})";

  const std::string page = render_html(report);

  CHECK(count(page, "<script") == 1);
  CHECK(count(page, "</script") == 1);
  CHECK_FALSE(has(page, "<b>"));
  CHECK_FALSE(has(page, "\x01"));
  CHECK_FALSE(has(page, "\xff"));
  CHECK(well_formed(page));
  CHECK(nlohmann::ordered_json::parse(embedded_numbers(page))["settings"]["</td></script>"] == "<script>alert(2)</script>");
}

TEST_CASE("the page is well formed") {
  CHECK(well_formed(render_html(backtest_example())));
}

TEST_CASE("every decision stands in the table with its reason and message") {
  const BacktestReport report = backtest_example();

  const std::string page = render_html(report);

  for (const BacktestDecision& decision : report.decisions) CHECK_MESSAGE(count(page, decision.message) >= 2, decision.message);
  CHECK(has(page, "not significant"));
  CHECK(has(page, "#120"));
}

TEST_CASE("the chart draws three curves, a lane for each kind of decision and a title for each session") {
  const std::string page = render_html(backtest_example());

  for (const char* name : {"pipeline", "frozen", "always"}) {
    CHECK(count(page, std::string("<path class=\"curve ") + name + "\" d=\"M") == 3);  // legend, wide, narrow
    CHECK(count(page, std::string("<path class=\"dots ") + name) == 2);
  }
  for (const char* lane : {"alerts", "rejected", "promoted", "stable", "rolled back"})
    CHECK(has(page, std::string(">") + lane + "</text>"));
  CHECK_FALSE(has(page, ">no data</text>"));
  CHECK(count(page, "<rect class=\"hit\"") == 320);
  CHECK(has(page, ">Mar</text>"));
}

TEST_CASE("a report without sessions, decisions or finite losses still makes a page") {
  BacktestReport empty;
  BacktestReport missing = backtest_example(45, 47);
  for (BacktestSession& session : missing.series) session.frozen = std::numeric_limits<double>::quiet_NaN();
  missing.loss.frozen = std::numeric_limits<double>::infinity();

  CHECK(well_formed(render_html(empty)));
  CHECK(has(render_html(empty), "No session was scored."));
  CHECK(well_formed(render_html(missing)));
  CHECK_FALSE(has(render_html(missing), "nan"));
  CHECK(has(render_text(missing), "n/a"));
  CHECK(well_formed(render_html(backtest_example(45, 45))));
}

TEST_CASE("the table at the end says losses, changes, runs and why candidates were rejected") {
  const std::string text = render_text(backtest_example());

  CHECK(has(text, "Backtest of air-time: 365 sessions, 320 of them scored, 2013-02-14 to 2013-12-30"));
  CHECK(std::regex_search(text, std::regex(R"(pipeline +8\.250 +-34\.0 % +-2\.9 % +6 +3 +2 +1\n)")));
  CHECK(std::regex_search(text, std::regex(R"(frozen +12\.50 +\+47\.1 % +1\n)")));
  CHECK(std::regex_search(text, std::regex(R"(always +8\.500 +-32\.0 % +46\n)")));
  CHECK(has(text, "Rejected 2 of 6 candidates: not significant 1, guardrail 1."));
  CHECK(has(text, "Holdout rows that were trained on: 0."));
}
