// The page of a backtest: what it showed, the chart, the table, every decision, the settings, and the numbers as JSON.
#include <retrain/json.hpp>
#include <retrain/report.hpp>

#include "backtest_summary.hpp"
#include "loss_chart.hpp"
#include "page.hpp"
#include "wording.hpp"

namespace retrain {
namespace {

using namespace report;

std::string tile(const char* tone, const char* name, double loss, const std::string& note) {
  return std::string("<div class=\"card tile ") + tone + "\"><div class=\"name\">" + name + "</div><div class=\"value\">" +
         brief(loss) + "</div><div class=\"note\">" + escaped(note) + "</div></div>\n";
}

std::string tiles(const BacktestReport& report) {
  const auto against = [&](double loss, double reference, const char* name) {
    const std::string text = change(loss, reference);
    return text == "n/a" ? std::string() : text + " against " + name;
  };
  return "<div class=\"tiles\">\n" +
         tile("pipeline", "Pipeline", report.loss.pipeline, against(report.loss.pipeline, report.loss.frozen, "frozen")) +
         tile("frozen", "Frozen: never retrained", report.loss.frozen,
              against(report.loss.frozen, report.loss.always, "always")) +
         tile("always", "Always: retrained on a schedule", report.loss.always,
              against(report.loss.always, report.loss.frozen, "frozen")) +
         "</div>\n";
}

std::string chart(const BacktestReport& report) {
  if (report.series.empty()) return {};
  std::string out = "<h2>Loss per session</h2>\n<div class=\"card chart\">\n<ul class=\"legend\">";
  for (const char* name : {"pipeline", "frozen", "always"}) {
    out += "<li>" + curve_sample(name) + name + "</li>";
  }
  out += "<li>lines: mean of the last 7 sessions; dots: single sessions</li></ul>\n";
  out += "<div class=\"wide\">" + loss_chart(report, {}) + "</div>\n";
  out += "<div class=\"narrow\">" +
         loss_chart(report, {.width = 380, .plot_height = 230, .left = 78, .right = 8, .hover = false}) + "</div>\n";
  return out +
         "</div>\n<p class=\"note\" style=\"margin-top:10px\">Each session is predicted by the model that was in production "
         "before its labels "
         "were known. Dots beyond the upper edge are drawn on it.</p>\n";
}

std::string losses_row(const char* tone, const char* name, const std::vector<std::string>& cells) {
  std::string out = std::string("<tr><td class=\"") + tone + "\"><span class=\"swatch\"></span>" + name + "</td>";
  for (const std::string& cell : cells) out += "<td class=\"number\">" + cell + "</td>";
  return out + "</tr>\n";
}

std::string table(const BacktestReport& report) {
  const BacktestLoss& loss = report.loss;
  const BacktestRuns& runs = report.runs;
  std::string out = "<h2>Loss and effort</h2>\n<div class=\"card scroll\"><table><thead><tr><th>Model</th>";
  for (const char* head : {"Mean loss", "vs frozen", "vs always", "Trained", "Promoted", "Rejected", "Rolled back"}) {
    out += std::string("<th class=\"number\">") + head + "</th>";
  }
  out += "</tr></thead><tbody>\n";
  out += losses_row(
      "pipeline", "pipeline",
      {brief(loss.pipeline), change(loss.pipeline, loss.frozen), change(loss.pipeline, loss.always), std::to_string(runs.trained),
       std::to_string(runs.promoted), std::to_string(runs.rejected), std::to_string(runs.rolled_back)});
  out += losses_row("frozen", "frozen", {brief(loss.frozen), "", change(loss.frozen, loss.always), "1", "", "", ""});
  out +=
      losses_row("always", "always",
                 {brief(loss.always), change(loss.always, loss.frozen), "", std::to_string(report.always_trained), "", "", ""});
  out += "</tbody></table></div>\n<p class=\"note\" style=\"margin-top:10px\">";
  if (const std::string text = rejections(report); !text.empty()) out += escaped(text) + ". ";
  return out + "Holdout rows that either model was trained on: " + std::to_string(report.leaked_rows) + ".</p>\n";
}

std::string decisions(const BacktestReport& report) {
  std::string out = "<h2>Every decision</h2>\n";
  if (report.decisions.empty()) return out + "<p>None was taken.</p>\n";
  out +=
      "<div class=\"card scroll\"><table "
      "class=\"stack\"><thead><tr><th>Session</th><th>Decision</th><th>Why</th></tr></thead><tbody>\n";
  for (const BacktestDecision& decision : report.decisions) {
    const std::string date = date_of(decision.time);
    out += "<tr><td class=\"when\">" + escaped(decision.session);
    if (decision.session.find(date) == std::string::npos) out += " <span class=\"note\">" + date + "</span>";
    out += " <span class=\"note\">#" + std::to_string(decision.session_number) + "</span></td><td class=\"what\">" +
           badge(decision.kind) + "</td><td>" + escaped(without_lead(decision.message));
    std::string note = spoken(decision.reason);
    if (decision.severity > 0) note += (note.empty() ? "" : ", ") + ("severity " + fixed(decision.severity, 2));
    if (!note.empty()) out += " <span class=\"note\">" + escaped(note) + "</span>";
    out += "</td></tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string render_html(const BacktestReport& report) {
  const std::string title = "Backtest of " + report.model;
  std::string body = "<h1>" + escaped(title) + "</h1>\n<p class=\"sub\">" + escaped(extent(report)) +
                     "; loss: " + escaped(spoken(report.loss_name)) + "</p>\n<p class=\"lead\">" + escaped(headline(report)) +
                     "</p>\n";
  body += tiles(report) + chart(report) + table(report) + decisions(report);
  if (const std::string settings = settings_table(report.settings); !settings.empty()) body += "<h2>Settings</h2>\n" + settings;
  return page(title, body, to_json(report));
}

}  // namespace retrain
