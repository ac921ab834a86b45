// alert send · ingest · list · replay
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "invocation.hpp"
#include "json_text.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct SendOptions {
  std::string file;
  std::optional<double> severity;
  Alert alert;
};

/// The bytes of `path`, or of stdin for "-"; one byte more than an alert may have shows that there are too many.
Result<std::string> read_text(const std::string& path) {
  constexpr std::size_t limit = (std::size_t{1} << 20U) + 1;
  std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Status{StatusCode::not_found, "cannot open " + path + ": " + std::strerror(errno)};
  std::string text(limit, '\0');
  text.resize(std::fread(text.data(), 1, limit, file));
  const bool failed = std::ferror(file) != 0;
  if (file != stdin) std::fclose(file);
  if (failed) return Status{StatusCode::io_error, "cannot read " + path};
  return text;
}

std::string describe(const AlertDecision& decision) {
  std::string text = std::string(to_string(decision.verdict)) + ": " + decision.reason + "\n";
  if (!decision.run_id.empty()) text += "run " + decision.run_id + "\n";
  if (decision.run_not_before) text += "starts at " + moment(*decision.run_not_before) + " or later\n";
  if (decision.next_eligible_at) text += "the same alert would pass from " + moment(*decision.next_eligible_at) + " on\n";
  return text;
}

Result<int> answer(Invocation& invocation, const Result<AlertDecision>& decision) {
  if (!decision) return decision.status();
  invocation.print(describe(*decision), to_json(*decision));
  return exit_code(decision->verdict);
}

Result<int> send_file(Invocation& invocation, const std::string& file) {
  const auto text = read_text(file);
  if (!text) return text.status();
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto alert = parse_alert(*text);
  if (alert) return answer(invocation, (*pipeline)->submit_alert(*alert));
  // Stored as invalid, so that whoever looks after the sender finds it.
  const auto stored = (*pipeline)->submit_invalid_alert(*text, alert.status().message());
  if (!stored) return stored.status();
  return alert.status().within(file == "-" ? "stdin" : file);
}

Result<int> send(Invocation& invocation, SendOptions options) {
  if (!options.file.empty()) {
    if (options.severity) return Status{StatusCode::invalid_argument, "give a file or --severity, not both"};
    return send_file(invocation, options.file);
  }
  if (!options.severity) return Status{StatusCode::invalid_argument, "give --severity, or a file with an alert"};
  options.alert.severity = *options.severity;
  if (Status status = validate(options.alert); !status) return status;
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  return answer(invocation, (*pipeline)->submit_alert(options.alert));
}

struct IngestOptions {
  std::string file;
  std::string format = "auto";
  std::vector<std::string> headers;
};

/// One alert of a body: its line for people, its decision.
struct Ingested {
  std::string line;
  AlertDecision decision;
};

Result<Ingested> store_invalid(Pipeline& pipeline, const std::string& text, const std::string& reason) {
  auto decision = pipeline.submit_invalid_alert(text, reason);
  if (!decision) return decision.status();
  return Ingested{"invalid: " + reason + "\n", std::move(*decision)};
}

Result<Ingested> submit(Pipeline& pipeline, const Alert& alert) {
  auto decision = pipeline.submit_alert(alert);
  // About another model, for instance: no reason to send it again, one to keep it.
  if (decision.status().code() == StatusCode::invalid_argument) {
    return store_invalid(pipeline, to_json(alert), decision.status().message());
  }
  if (!decision) return decision.status();
  std::string line = alert.source + ": " + std::string(to_string(decision->verdict)) + ": " + decision->reason;
  if (!decision->run_id.empty()) line += " (run " + decision->run_id + ")";
  return Ingested{line + "\n", std::move(*decision)};
}

/// Everything in `text`; the first alert that cannot be stored ends it, because then the sender must come again.
Result<std::vector<Ingested>> ingest_text(Pipeline& pipeline, const std::string& text, const IngestOptions& options) {
  std::vector<Result<Ingested>> stored;
  const auto body = parse_alerts(text, options.format, options.headers);
  if (!body) {
    stored.push_back(store_invalid(pipeline, text, body.status().message()));
  } else {
    for (const Alert& alert : body->alerts) {
      stored.push_back(submit(pipeline, alert));
      if (!stored.back()) break;
    }
    for (const InvalidAlert& wrong : body->invalid) {
      if (stored.empty() || stored.back()) stored.push_back(store_invalid(pipeline, wrong.text, wrong.reason));
    }
  }
  std::vector<Ingested> done;
  for (auto& one : stored) {
    if (!one) return one.status();
    done.push_back(std::move(*one));
  }
  return done;
}

/// Done means stored, whatever was decided: a receiver that answers with anything else has the same sent again.
Result<int> ingest(Invocation& invocation, const IngestOptions& options) {
  const auto text = read_text(options.file);
  if (!text) return text.status();
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto stored = ingest_text(**pipeline, *text, options);
  if (!stored) return stored.status();
  std::string lines;
  std::vector<AlertDecision> decisions;
  for (const Ingested& one : *stored) {
    lines += one.line;
    decisions.push_back(one.decision);
  }
  invocation.print(lines, to_json(decisions));
  return exit_done;
}

struct ReplayOptions {
  std::string alert;
  std::string since;
};

constexpr std::size_t shown_id = 18;  // of an id, in the list: millisecond and counter
constexpr std::size_t all_alerts = 100'000;

/// The stored alerts that are meant, newest first.
Result<std::vector<StoredAlert>> chosen_alerts(Pipeline& pipeline, const ReplayOptions& options) {
  auto alerts = pipeline.alerts(options.alert == "last" ? 1 : all_alerts);
  if (!alerts) return alerts;
  std::vector<StoredAlert> found;
  if (!options.since.empty()) {
    const auto since = parse_duration(options.since);
    if (!since) return since.status();
    const auto status = pipeline.status();
    if (!status) return status.status();
    for (StoredAlert& stored : *alerts) {
      if (stored.received >= status->now - *since) found.push_back(std::move(stored));
    }
    return found;
  }
  for (StoredAlert& stored : *alerts) {
    if (options.alert == "last" || stored.decision.alert_id.starts_with(options.alert)) found.push_back(std::move(stored));
  }
  if (found.size() == 1) return found;
  if (found.empty()) return Status{StatusCode::not_found, "there is no alert '" + options.alert + "'"};
  return Status{StatusCode::invalid_argument, "'" + options.alert + "' is the start of " + std::to_string(found.size()) +
                                                  " alerts, among them " + found[0].decision.alert_id + " and " +
                                                  found[1].decision.alert_id};
}

Result<int> replay(Invocation& invocation, const ReplayOptions& options) {
  if (options.alert.empty() == options.since.empty()) {
    return Status{StatusCode::invalid_argument, "give an alert (an id or its start, or last) or --since"};
  }
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto alerts = chosen_alerts(**pipeline, options);
  if (!alerts) return alerts.status();
  std::string text, json;
  for (const StoredAlert& stored : *alerts) {
    const auto now = (*pipeline)->replay_alert(stored);
    if (!now) return now.status();
    const AlertDecision& then = stored.decision;
    text += then.alert_id + " from " + stored.alert.source + "\n  was " + std::string(to_string(then.verdict)) + ": " +
            then.reason + "\n  now " + std::string(to_string(now->verdict)) + ": " + now->reason + "\n";
    JsonObject row;
    row.text("alert_id", then.alert_id).json("was", to_json(then)).json("now", to_json(*now));
    json += (json.empty() ? "" : ",") + row.str();
  }
  invocation.print(text.empty() ? "no alert came in that time\n" : text, "[" + json + "]");
  return exit_done;
}

Result<int> list(Invocation& invocation, std::size_t limit) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto alerts = (*pipeline)->alerts(limit);
  if (!alerts) return alerts.status();
  std::vector<std::vector<std::string>> rows = {{"ALERT", "RECEIVED", "SEVERITY", "SOURCE", "VERDICT", "WHY"}};
  for (const StoredAlert& stored : *alerts) {
    char severity[16] = "-";
    if (std::isfinite(stored.alert.severity)) std::snprintf(severity, sizeof severity, "%.2f", stored.alert.severity);
    rows.push_back({stored.decision.alert_id.substr(0, shown_id), moment(stored.received), severity, stored.alert.source,
                    std::string(to_string(stored.decision.verdict)), stored.decision.reason});
  }
  invocation.print(alerts->empty() ? "no alert yet\n" : aligned(rows), to_json(*alerts));
  return exit_done;
}

}  // namespace

void add_alert_verbs(CLI::App& app, Action& chosen) {
  CLI::App* alert = app.add_subcommand("alert", "report drift, or see what was reported");
  alert->require_subcommand(1);

  CLI::App* sending = alert->add_subcommand("send", "report that the model drifts");
  const auto options = std::make_shared<SendOptions>();
  sending->add_option("FILE,--file", options->file, "an alert as JSON; - reads stdin")->type_name("FILE");
  sending->add_option("--severity", options->severity, "0 (nothing) to 1 (certain)")->type_name("NUMBER");
  sending->add_option("--id", options->alert.id, "the source's id: the same id twice is one alert")->type_name("ID");
  sending->add_option("--source", options->alert.source, "who reports (default: manual)")->type_name("NAME");
  sending->add_option("--key", options->alert.dedup_key, "alerts of one key are merged (default: the source)")->type_name("KEY");
  sending->add_option("--summary", options->alert.summary, "one line for people")->type_name("TEXT");
  sending->add_flag("--resolved", options->alert.resolved, "the cause is over: recorded, starts nothing");
  sending->callback([&chosen, options] { chosen = [options](Invocation& invocation) { return send(invocation, *options); }; });

  CLI::App* ingesting = alert->add_subcommand("ingest", "take what another system reports, in its own format");
  const auto taken = std::make_shared<IngestOptions>();
  std::vector<std::string> formats = alert_formats();
  formats.insert(formats.begin(), "auto");
  ingesting->add_option("FILE", taken->file, "the body; - reads stdin")->required()->type_name("FILE");
  ingesting->add_option("--format", taken->format, "auto (default), or the format's name")
      ->check(CLI::IsMember(formats))
      ->type_name("FORMAT");
  ingesting
      ->add_option("--header", taken->headers,
                   "a header that came with the body; ce-* make it an event of CloudEvents; may be repeated")
      ->allow_extra_args(false)
      ->type_name("LINE");
  ingesting->callback([&chosen, taken] { chosen = [taken](Invocation& invocation) { return ingest(invocation, *taken); }; });

  CLI::App* replaying = alert->add_subcommand("replay", "show what would be decided about stored alerts now; changes nothing");
  const auto again = std::make_shared<ReplayOptions>();
  replaying->add_option("ALERT", again->alert, "the id of a stored alert, its start, or last")->type_name("ALERT");
  replaying->add_option("--since", again->since, "all that came in this time: 7d")->type_name("DURATION");
  replaying->callback([&chosen, again] { chosen = [again](Invocation& invocation) { return replay(invocation, *again); }; });

  CLI::App* listing = alert->add_subcommand("list", "show the newest alerts and what was decided");
  const auto limit = std::make_shared<std::size_t>(20);
  listing->add_option("--limit", *limit, "how many (default: 20)")->type_name("COUNT");
  listing->callback([&chosen, limit] { chosen = [limit](Invocation& invocation) { return list(invocation, *limit); }; });
}

}  // namespace retrain::cli
