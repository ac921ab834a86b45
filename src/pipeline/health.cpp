#include "health.hpp"

#include <set>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "level.hpp"
#include "store/audit.hpp"

namespace retrain::pipeline {
namespace {

struct Invariant {
  const char* name;
  store::Sql rows_that_break_it;  // $1 = model; column 0 says what is wrong
};

constexpr Invariant invariants[] = {
    {"1 every alert has one verdict and a reason",
     "SELECT 'alert ' || id || ' has no reason' FROM alerts WHERE model = $1 AND reason = ''"},
    {"2 every run was asked for by exactly one accepted alert or by a person",
     "SELECT 'run ' || id || ' was asked for by ' || n || ' accepted alerts' FROM (SELECT r.id, r.manual, count(a.id) AS n FROM "
     "runs r "
     "LEFT JOIN alerts a ON a.run_id = r.id AND a.verdict IN ('accepted', 'escalated') WHERE r.model = $1 GROUP BY r.id) "
     "WHERE n <> 1 - manual"},
    {"3 every finished run has one decision, and no other has any",
     "SELECT 'run ' || id || ' has ' || n || ' decisions' FROM (SELECT r.id, r.state, count(o.id) AS n FROM runs r "
     "LEFT JOIN outbox o ON o.run_id = r.id AND o.type = 'run.' || r.outcome WHERE r.model = $1 GROUP BY r.id) "
     "WHERE n <> (state = 'finished')"},
    {"4 the pointer's history has no gap and no double",
     "SELECT 'versions 1 to ' || max(version) || ' are ' || count(*) || ' rows' FROM deployments WHERE model = $1 "
     "HAVING max(version) <> count(*)"},
    {"4 a run is promoted exactly when the pointer moved to its model",
     "SELECT 'run ' || r.id || ' is ' || r.outcome FROM runs r LEFT JOIN deployments d ON d.run_id = r.id AND d.kind = "
     "'promoted' "
     "AND d.model = r.model WHERE r.model = $1 AND (r.outcome = 'promoted') <> (d.version IS NOT NULL)"},
    {"6 only the newest deployment is provisional",
     "SELECT 'version ' || version || ' is provisional' FROM deployments WHERE model = $1 AND state = 'provisional' "
     "AND version < (SELECT max(version) FROM deployments WHERE model = $1)"},
    {"6 stable models were verified",
     "SELECT 'model ' || s.sha256 || ' is stable without a verified deployment' FROM stable_models s WHERE s.model = $1 AND NOT "
     "EXISTS "
     "(SELECT 1 FROM deployments d WHERE d.model = s.model AND d.sha256 = s.sha256 AND d.state IN ('stable', 'rolled_back'))"},
    {"6 production is not quarantined",
     "SELECT 'model ' || sha256 || ' is in production and quarantined' FROM deployments WHERE model = $1 AND version = "
     "(SELECT max(version) FROM deployments WHERE model = $1) AND sha256 IN (SELECT sha256 FROM quarantine WHERE model = $1)"},
    {"7 a run that is not running has no owner and no reservation",
     "SELECT 'run ' || id || ' is ' || state || ' and owned by ' || owner FROM runs WHERE model = $1 AND state <> 'running' "
     "AND (owner <> '' OR reserved_memory <> 0)"},
    {"7 a run under way has an owner, and was claimed",
     "SELECT 'run ' || id || ' is under way without an owner or a first claim' FROM runs WHERE model = $1 AND state = 'running' "
     "AND (owner = '' OR fence < 1 OR begun_us IS NULL)"},
    {"9 calendar slots taken are those of runs",
     "SELECT 'window ' || c.window || ' counts ' || c.taken FROM calendar_counts c WHERE c.model = $1 AND c.taken <> "
     "(SELECT count(*) FROM runs r WHERE r.model = $1 AND r.calendar_window = c.window AND r.slot_taken = 1)"},
    {"11 a cancelled run promoted nothing from then on, and a requeued one repeats a run that failed",
     "SELECT 'run ' || r.id || CASE WHEN r.cancelled_by <> '' AND r.outcome = 'promoted' THEN ' was cancelled and is promoted' "
     "ELSE ' repeats ' || r.requeued_from END FROM runs r WHERE r.model = $1 AND ((r.cancelled_by <> '' AND r.outcome = "
     "'promoted') OR (r.requeued_from <> '' AND NOT EXISTS (SELECT 1 FROM runs o WHERE o.id = r.requeued_from AND o.model = "
     "r.model AND o.outcome IN ('failed', 'set_aside'))))"},
    {"12 every attempt is a claim, and no pause before the next ends before it begins",
     "SELECT 'run ' || id || ' has ' || attempts || ' attempts, ' || fence || ' claims, and waits from ' || since_us || ' to ' "
     "|| "
     "not_before_us FROM runs WHERE model = $1 AND (attempts > fence OR (state = 'queued' AND not_before_us < since_us))"},
    {"13 every judged run has its evaluation",
     "SELECT 'run ' || s.run_id || ' has no evaluation' FROM steps s JOIN runs r ON r.id = s.run_id WHERE r.model = $1 AND "
     "s.step = 'gate' "
     "AND NOT EXISTS (SELECT 1 FROM evaluations e WHERE e.run_id = s.run_id)"},
};

class Findings {
 public:
  explicit Findings(HealthReport& report) : report_(report) {}
  void add(const std::string& invariant, const std::vector<std::string>& wrong) {
    if (wrong.empty()) report_.findings.push_back({invariant, true, ""});
    for (const auto& message : wrong) report_.findings.push_back({invariant, false, message});
    report_.ok = report_.ok && wrong.empty();
  }

 private:
  HealthReport& report_;
};

Status check_tables(Core& core, Findings& findings) {
  return core.read([&](store::Connection& db) -> Status {
    findings.add("0 the database is whole", store::check_database(db));
    const Status audit = store::check_audit(db);
    findings.add("0 the audit's hash chain is unbroken", audit ? std::vector<std::string>{} : std::vector{audit.message()});
    const auto levels = store::list_alpha_rows(db, core.model());
    if (!levels) return levels.status();
    const auto altered = store::check_alpha_rows(db, core.model());
    if (!altered) return altered.status();
    findings.add("18 the alpha ledger is the one that was written", *altered);
    findings.add("18 every level follows from the levels before it", check_levels(*levels, levels->size()));
    for (const Invariant& invariant : invariants) {
      auto row = db.prepare(invariant.rows_that_break_it);
      row.with(core.model());
      std::vector<std::string> wrong;
      for (;;) {
        const auto more = row.next();
        if (!more) return more.status();
        if (!*more) break;
        wrong.push_back(row.text(0));
      }
      findings.add(invariant.name, wrong);
    }
    return {};
  });
}

Status check_models(Core& core, Findings& findings) {
  std::set<std::string> referenced;
  const Status read = core.read([&](store::Connection& db) -> Status {
    const auto current = store::current_deployment(db, core.model());
    if (!current) return current.status();
    if (*current) referenced.insert((*current)->ref.sha256);
    const auto stable = store::list_stable(db, core.model(), 1000);
    if (!stable) return stable.status();
    for (const ModelRef& ref : *stable) referenced.insert(ref.sha256);
    return {};
  });
  if (!read) return read;
  std::vector<std::string> wrong;
  for (const auto& sha256 : referenced) {
    const auto artifact = core.models().get(sha256);
    if (!artifact) {
      wrong.push_back(artifact.status().message());
      continue;
    }
    const auto registered =
        core.fetch<store::ModelRow>([&](store::Connection& db) { return store::load_model(db, core.model(), sha256); });
    const auto description = core.models().description_sha256(sha256);
    if (!registered || !description || *description != registered->description_sha256) {
      wrong.push_back("models/" + sha256 + "/model.json is not the registered one");
      continue;
    }
    const auto model = core.parts().trainer->load(*artifact);
    const Status golden = model ? check_golden_rows(**model) : model.status().within("not_verifiable_here");
    if (!golden) wrong.push_back("model " + sha256 + ": " + golden.message());
  }
  findings.add("5 production and stable models are there, whole, load, and predict their golden rows", wrong);
  return {};
}

Status check_evaluations(Core& core, Findings& findings) {
  std::vector<std::string> hashes, wrong;
  const Status read = core.read([&](store::Connection& db) -> Status {
    auto row = db.prepare("SELECT DISTINCT sha256 FROM evaluations WHERE model = $1");
    row.with(core.model());
    for (;;) {
      const auto more = row.next();
      if (!more) return more.status();
      if (!*more) return {};
      hashes.push_back(row.text(0));
    }
  });
  if (!read) return read;
  for (const auto& hash : hashes) {
    const auto bytes = base::read_file(core.path("evaluations/" + hash));
    if (!bytes) {
      wrong.push_back(bytes.status().message());
    } else if (base::sha256(*bytes) != hash) {
      wrong.push_back("evaluations/" + hash + " has hash " + base::sha256(*bytes));
    }
  }
  findings.add("13 stored evaluations are the bytes that were judged", wrong);
  return {};
}

Status check_registry(Core& core, Findings& findings) {
  const auto current = core.fetch<std::optional<store::DeploymentRow>>(
      [&](store::Connection& db) { return store::current_deployment(db, core.model()); });
  if (!current) return current.status();
  const auto serving = core.parts().model_registry->current();
  std::vector<std::string> wrong;
  if (!serving) {
    wrong.push_back(serving.status().message());
  } else {
    const std::string ours = *current ? (*current)->ref.sha256 : "nothing";
    const std::string theirs = *serving ? (*serving)->sha256 : "nothing";
    // Between the pointer's move and the activation the two differ for a moment; that is what the outbox is for.
    if (ours != theirs && !(*current && !(*current)->activated))
      wrong.push_back("serving finds " + theirs + ", the database says " + ours);
  }
  findings.add("5 serving finds what the database says", wrong);
  return {};
}

}  // namespace

Result<HealthReport> check_health(Core& core) {
  HealthReport report;
  Findings findings(report);
  for (const auto check : {check_tables, check_models, check_evaluations, check_registry}) {
    if (Status status = check(core, findings); !status) return status;
  }
  return report;
}

}  // namespace retrain::pipeline
