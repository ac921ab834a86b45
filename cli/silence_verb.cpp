// silence
#include <CLI/CLI.hpp>

#include "invocation.hpp"
#include "json_text.hpp"
#include "table.hpp"

namespace retrain::cli {
namespace {

struct SilenceOptions {
  std::string reason, duration, key;
  std::int64_t lifted = 0;
};

Result<int> show_silences(Invocation& invocation, Pipeline& pipeline) {
  const auto silences = pipeline.silences();
  if (!silences) return silences.status();
  std::vector<std::vector<std::string>> rows = {{"SILENCE", "UNTIL", "KEY", "BY", "WHY"}};
  std::string json;
  for (const Silence& silence : *silences) {
    rows.push_back({std::to_string(silence.id), moment(silence.until), silence.dedup_key.empty() ? "any" : silence.dedup_key,
                    silence.actor, silence.reason});
    json += (json.empty() ? "" : ",") + JsonObject()
                                            .json("id", std::to_string(silence.id))
                                            .text("until", format_time(silence.until))
                                            .text("dedup_key", silence.dedup_key)
                                            .text("actor", silence.actor)
                                            .text("reason", silence.reason)
                                            .str();
  }
  invocation.print(silences->empty() ? "no silence: every alert is heard\n" : aligned(rows), "[" + json + "]");
  return exit_done;
}

Result<int> change_silences(Invocation& invocation, const SilenceOptions& options) {
  const auto pipeline = invocation.open();
  if (!pipeline) return pipeline.status();
  if (options.lifted > 0) {
    if (Status status = (*pipeline)->end_silence(options.lifted, invocation.actor()); !status) return status;
  } else if (!options.duration.empty()) {
    if (options.reason.empty()) return Status{StatusCode::invalid_argument, "--for needs --reason"};
    const auto duration = parse_duration(options.duration);
    if (!duration) return duration.status().within("--for");
    Silence silence{.actor = invocation.actor(), .reason = options.reason, .dedup_key = options.key};
    silence.until = make_system_clock()->now().wall + *duration;
    if (auto set = (*pipeline)->silence(silence); !set) return set.status();
  } else if (!options.reason.empty() || !options.key.empty()) {
    return Status{StatusCode::invalid_argument, "a silence needs --for"};
  }
  return show_silences(invocation, **pipeline);
}

}  // namespace

void add_silence_verb(CLI::App& app, Action& chosen) {
  CLI::App* silencing = app.add_subcommand("silence", "let alerts start nothing for a while; without options, list the silences");
  const auto options = std::make_shared<SilenceOptions>();
  silencing->add_option("--for", options->duration, "how long, like 90s, 15m, 24h or 7d")->type_name("DURATION");
  silencing->add_option("--reason", options->reason, "why; stands in the records")->type_name("TEXT");
  silencing->add_option("--key", options->key, "only alerts of this dedup key (default: all)")->type_name("KEY");
  silencing->add_option("--lift", options->lifted, "end the silence of this number")
      ->type_name("NUMBER")
      ->check(CLI::PositiveNumber);
  silencing->callback(
      [&chosen, options] { chosen = [options](Invocation& invocation) { return change_silences(invocation, *options); }; });
}

}  // namespace retrain::cli
