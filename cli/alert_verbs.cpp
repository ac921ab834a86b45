// alert send · list
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "invocation.hpp"
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

Result<int> list(Invocation& invocation, std::size_t limit) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  const auto alerts = (*pipeline)->alerts(limit);
  if (!alerts) return alerts.status();
  std::vector<std::vector<std::string>> rows = {{"RECEIVED", "SEVERITY", "SOURCE", "VERDICT", "WHY"}};
  for (const StoredAlert& stored : *alerts) {
    char severity[16] = "-";
    if (std::isfinite(stored.alert.severity)) std::snprintf(severity, sizeof severity, "%.2f", stored.alert.severity);
    rows.push_back({moment(stored.received), severity, stored.alert.source, std::string(to_string(stored.decision.verdict)),
                    stored.decision.reason});
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

  CLI::App* listing = alert->add_subcommand("list", "show the newest alerts and what was decided");
  const auto limit = std::make_shared<std::size_t>(20);
  listing->add_option("--limit", *limit, "how many (default: 20)")->type_name("COUNT");
  listing->callback([&chosen, limit] { chosen = [limit](Invocation& invocation) { return list(invocation, *limit); }; });
}

}  // namespace retrain::cli
