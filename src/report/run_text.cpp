// A run explained for a terminal.
#include <retrain/report.hpp>

#include "records.hpp"
#include "run_facts.hpp"
#include "wording.hpp"

namespace retrain {

std::string explain(const RunReport& run) {
  std::string out = "Run " + run.run.id + " of " + run.run.model + ": " + report::spoken(report::run_outcome(run.run)) + "\n";
  const auto line = [&](std::string_view name, std::string_view text) {
    out += "  ";
    report::pad(out, name, 12);
    out += std::string(text) + "\n";
  };
  for (const auto& [name, text] : report::run_facts(run)) line(name, text);
  if (run.gate) {
    for (const Guardrail& guardrail : run.gate->guardrails) {
      if (!guardrail.passed) line("guardrail", guardrail.name + ": " + guardrail.message);
    }
  }
  if (run.readiness) {
    constexpr std::size_t shown = 5;
    const auto& findings = run.readiness->findings;
    for (std::size_t i = 0; i < findings.size() && i < shown; ++i) line(report::name_of(findings[i].level), findings[i].message);
    if (findings.size() > shown) line("", "and " + std::to_string(findings.size() - shown) + " more");
  }
  return out;
}

}  // namespace retrain
