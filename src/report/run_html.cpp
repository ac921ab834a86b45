// A run as one page.
#include <retrain/json.hpp>
#include <retrain/report.hpp>

#include "page.hpp"
#include "records.hpp"
#include "run_facts.hpp"
#include "wording.hpp"

namespace retrain {
namespace {

using namespace report;

std::string cells(const std::vector<std::string>& texts, const char* tag, std::size_t first_number) {
  std::string out = "<tr>";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out += std::string("<") + tag + (i >= first_number ? " class=\"number\">" : ">") + texts[i] + "</" + tag + ">";
  }
  return out + "</tr>\n";
}

std::string gate_section(const GateReport& gate) {
  const PairedTest& test = gate.test;
  std::string out = "<h2>Gate " + badge(to_string(gate.verdict)) + "</h2>\n<p>" + escaped(gate.message) + "</p>\n";
  out += facts_table(
      {{"loss of the candidate", brief(gate.candidate_loss)},
       {"loss in production", brief(gate.production_loss)},
       {"RMSE of the candidate", brief(gate.candidate_rmse)},
       {"RMSE in production", brief(gate.production_rmse)},
       {"mean difference",
        test.clusters == 0 ? ""
                           : brief(test.estimate) + " (95 % interval " + brief(test.lower) + " to " + brief(test.upper) + ")"},
       {"p against level", test.clusters == 0 ? "" : probability(gate.p) + " against " + probability(gate.level)},
       {"rows, sessions, df",
        test.clusters == 0 ? "" : std::to_string(test.rows) + ", " + std::to_string(test.clusters) + ", " + fixed(test.df, 1)},
       {"smallest effect it could have seen", test.clusters == 0 ? "" : brief(gate.smallest_detectable_effect)}});
  if (gate.guardrails.empty()) return out;
  out += "<h2>Guardrails</h2>\n<div class=\"card scroll\"><table><thead>" +
         cells({"Guardrail", "", "Candidate", "Production", "Limit"}, "th", 2) + "</thead><tbody>\n";
  for (const Guardrail& guardrail : gate.guardrails) {
    const std::string note = guardrail.message.empty() ? "" : "<div class=\"note\">" + escaped(guardrail.message) + "</div>";
    out += cells({escaped(guardrail.name) + note, badge(guardrail.passed ? "pass" : "fail"), brief(guardrail.candidate),
                  brief(guardrail.production), brief(guardrail.limit)},
                 "td", 2);
  }
  return out + "</tbody></table></div>\n";
}

std::string findings_section(const Readiness& readiness) {
  if (readiness.findings.empty()) return {};
  std::string out = "<h2>Findings in the data</h2>\n<div class=\"card scroll\"><table class=\"stack\"><tbody>\n";
  for (const Finding& finding : readiness.findings) {
    out += cells({badge(name_of(finding.level)), escaped(finding.message)}, "td", 2);
  }
  return out + "</tbody></table></div>\n";
}

std::string steps_section(const std::vector<StepReport>& steps) {
  if (steps.empty()) return {};
  std::string out = "<h2>Steps</h2>\n<div class=\"card scroll\"><table class=\"stack\"><thead>" +
                    cells({"Step", "At", "", ""}, "th", 4) + "</thead><tbody>\n";
  for (const StepReport& step : steps) {
    out += cells({std::string(to_string(step.step)), moment(step.time), step.done ? "done" : "waits", escaped(step.reason)}, "td",
                 4);
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string render_html(const RunReport& run) {
  const std::string title = "Run of " + run.run.model;
  std::string body = "<h1>" + escaped(title) + " " + badge(run_outcome(run.run)) + "</h1>\n<p class=\"sub\"><code>" +
                     escaped(run.run.id) + "</code></p>\n" + facts_table(run_facts(run));
  if (run.gate) body += gate_section(*run.gate);
  if (run.readiness) body += findings_section(*run.readiness);
  body += steps_section(run.steps);
  if (const std::string training = settings_table(run.training); !training.empty()) body += "<h2>Training</h2>\n" + training;
  return page(title, body, to_json(run));
}

}  // namespace retrain
