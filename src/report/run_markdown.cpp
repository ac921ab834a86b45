// A run as Markdown, for a pull request, a ticket or a chat.
#include <retrain/report.hpp>

#include "records.hpp"
#include "run_facts.hpp"
#include "wording.hpp"

namespace retrain {
namespace {

using namespace report;

/// Text that is neither markup nor a new line or cell.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == '\t') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_{}[]|#~!").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

void gate_section(std::string& out, const GateReport& gate) {
  out += "\n## Gate\n\n| | candidate | production |\n|---|---:|---:|\n";
  out += "| loss | " + brief(gate.candidate_loss) + " | " + brief(gate.production_loss) + " |\n";
  out += "| RMSE | " + brief(gate.candidate_rmse) + " | " + brief(gate.production_rmse) + " |\n\n";
  const PairedTest& test = gate.test;
  if (test.clusters > 0) {
    out += "Mean difference " + brief(test.estimate) + " (95 % interval " + brief(test.lower) + " to " + brief(test.upper) +
           "), " + counted(static_cast<std::int64_t>(test.rows), "row") + " in " +
           counted(static_cast<std::int64_t>(test.clusters), "session") + ", df " + fixed(test.df, 1) + ", p " +
           probability(gate.p) + " against level " + probability(gate.level) +
           ". Smallest effect it could have seen: " + brief(gate.smallest_detectable_effect) + ".\n";
  }
  if (gate.guardrails.empty()) return;
  out += "\n| guardrail | | candidate | production | limit | |\n|---|---|---:|---:|---:|---|\n";
  for (const Guardrail& guardrail : gate.guardrails) {
    out += "| " + plain(guardrail.name) + " | " + (guardrail.passed ? "passed" : "**failed**") + " | " +
           brief(guardrail.candidate) + " | " + brief(guardrail.production) + " | " + brief(guardrail.limit) + " | " +
           plain(guardrail.message) + " |\n";
  }
}

}  // namespace

std::string render_markdown(const RunReport& run) {
  std::string out = "# Run " + plain(run.run.id) + " of " + plain(run.run.model) + ": " + spoken(run_outcome(run.run)) + "\n\n";
  for (const auto& [name, text] : run_facts(run)) out += "- **" + name + "**: " + plain(text) + "\n";
  if (run.gate) gate_section(out, *run.gate);
  if (run.readiness && !run.readiness->findings.empty()) {
    out += "\n## Findings in the data\n\n";
    for (const Finding& finding : run.readiness->findings) {
      out += std::string("- ") + name_of(finding.level) + ": " + plain(finding.message) + "\n";
    }
  }
  if (!run.steps.empty()) {
    out += "\n## Steps\n\n| step | done | at | |\n|---|---|---|---|\n";
    for (const StepReport& step : run.steps) {
      out += "| " + std::string(to_string(step.step)) + " | " + (step.done ? "yes" : "no") + " | " + moment(step.time) + " | " +
             plain(step.reason) + " |\n";
    }
  }
  return out;
}

}  // namespace retrain
