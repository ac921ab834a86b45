#include "replay.hpp"

#include <retrain/json.hpp>

#include <algorithm>
#include <bit>

#include "base/text.hpp"
#include "judging_settings.hpp"
#include "level.hpp"
#include "reporting.hpp"
#include "scoring.hpp"

namespace retrain::pipeline {
namespace {

/// What the state says about a judgement.
struct Stored {
  RunReport report;
  store::EvaluationRow evaluation;
  GateContext context;
  std::vector<store::AlphaRow> levels;
  std::vector<std::string> altered_levels;  ///< rows that are not the ones that were written
};

Result<Stored> load(Core& core, const RunId& run) {
  Stored stored;
  auto report = report_run(core, run);
  if (!report) return report.status();
  stored.report = std::move(*report);
  if (!stored.report.gate) {
    return Status{StatusCode::not_found,
                  "run " + run + " was not judged" + (stored.report.run.reason.empty() ? "" : ": " + stored.report.run.reason)};
  }
  const Status read = core.read([&](store::Connection& db) -> Status {
    const auto row = store::load_evaluation(db, run);
    if (!row) return row.status();
    if (!*row) return {StatusCode::corrupt, "run " + run + " has no evaluation"};
    stored.evaluation = **row;
    auto levels = store::list_alpha_rows(db, core.model());
    if (!levels) return levels.status();
    stored.levels = std::move(*levels);
    auto altered = store::check_alpha_rows(db, core.model());
    if (!altered) return altered.status();
    stored.altered_levels = std::move(*altered);
    return {};
  });
  if (!read) return read;
  const auto context = parse_gate_context(stored.evaluation.context);
  if (!context) return context.status();
  stored.context = *context;
  return stored;
}

bool equal_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// The row of the ledger that the gate of `stored` tested at, or null.
const store::AlphaRow* row_of(const Stored& stored) {
  const RunId& run = stored.context.cached_from.empty() ? stored.report.run.id : stored.context.cached_from;
  const auto found =
      std::find_if(stored.levels.rbegin(), stored.levels.rend(), [&](const store::AlphaRow& row) { return row.run == run; });
  return found == stored.levels.rend() ? nullptr : &*found;
}

/// The first thing about the level that is not as it was, or nothing.
std::string check_level(const Stored& stored, const GateReport& again, std::size_t& counted) {
  if (!stored.altered_levels.empty()) return stored.altered_levels.front();
  const store::AlphaRow* row = row_of(stored);
  counted = row != nullptr ? static_cast<std::size_t>(row->sequence) : stored.levels.size();
  if (const auto wrong = check_levels(stored.levels, counted); !wrong.empty()) return wrong.front();
  if (stored.context.level_rule == "unspent" || stored.context.level == 0) return "";
  const std::string level = base::format_double(stored.context.level);
  if (row == nullptr) return "the gate tested at level " + level + ", which stands nowhere in the alpha ledger";
  const std::string name = "row " + std::to_string(row->sequence) + " of the alpha ledger";
  if (!equal_bits(row->level, stored.context.level)) {
    return "the gate tested at level " + level + ", " + name + " reserves " + base::format_double(row->level);
  }
  if (row->settled && row->p && !equal_bits(*row->p, again.p)) {
    return "the gate says p = " + base::format_double(again.p) + " now, " + name + " " + base::format_double(*row->p);
  }
  return "";
}

struct Judges {
  std::shared_ptr<Gate> gate;
  std::shared_ptr<Comparator> comparator;
};

/// The default parts as they were configured then; a host's own parts as they are.
Result<Judges> judges_of_that_time(Core& core, const std::string& settings) {
  if (!core.judges_by_config()) return Judges{core.parts().gate, core.parts().comparator};
  const auto config = with_judging_settings(core.config(), settings);
  if (!config) return config.status();
  const auto gate = make_gate(config->validation);
  if (!gate) return gate.status();
  const auto comparator = make_comparator(config->comparison, config->validation);
  if (!comparator) return comparator.status();
  return Judges{*gate, *comparator};
}

}  // namespace

Result<ReplayReport> replay_run(Core& core, const RunId& run) {
  const auto stored = load(core, run);
  if (!stored) return stored.status();
  ReplayReport out;
  out.run_id = run;
  const auto disagrees = [&](std::string message) {
    out.agrees = false;
    out.message = std::move(message);
    return out;
  };
  const auto evaluation = stored_evaluation(core, run);
  if (!evaluation && evaluation.status().code() == StatusCode::corrupt) return disagrees(evaluation.status().message());
  if (!evaluation) return evaluation.status();
  const auto sums = session_sums(*evaluation);
  if (!sums) return sums.status();

  const auto judges = judges_of_that_time(core, stored->evaluation.settings);
  if (!judges) return judges.status();
  const auto gate = judges->gate->judge(*evaluation, stored->context);
  if (!gate) return gate.status();
  out.gate = *gate;
  if (const std::string before = to_json(*stored->report.gate), now = to_json(*gate); now != before) {
    return disagrees("the gate says now " + now + ", it said " + before);
  }
  if (*sums != stored->evaluation.session_sums) {
    return disagrees("the means by session are now " + *sums + ", they were " + stored->evaluation.session_sums);
  }
  if (auto wrong = check_level(*stored, *gate, out.levels); !wrong.empty()) return disagrees(std::move(wrong));
  out.agrees = true;
  out.message = "the gate says again: " + gate->message;
  if (!stored->report.comparison) return out;

  const auto comparison = judges->comparator->compare(*evaluation);
  if (!comparison) return comparison.status();
  out.comparison = *comparison;
  if (const std::string before = to_json(*stored->report.comparison), now = to_json(*comparison); now != before) {
    return disagrees("the comparator says now " + now + ", it said " + before);
  }
  return out;
}

}  // namespace retrain::pipeline
