#include "chat_format.hpp"

#include <array>
#include <utility>

#include "base/json.hpp"

namespace retrain::notify {
namespace {

using base::Json;

struct Phrase {
  std::string_view type, words;
};

constexpr std::array phrases = {
    Phrase{"alert.accepted", "a drift alert started a run"},
    Phrase{"alert.escalated", "a worse drift alert started a run"},
    Phrase{"run.requested", "somebody asked for a run"},
    Phrase{"run.promoted", "a new model is in production"},
    Phrase{"run.rejected", "the candidate was not good enough"},
    Phrase{"run.data_not_ready", "the data was not ready"},
    Phrase{"run.failed", "a run failed"},
    Phrase{"run.cancelled", "a run was cancelled"},
    Phrase{"run.set_aside", "a run was set aside"},
    Phrase{"model.stable", "the model in production is confirmed"},
    Phrase{"model.rolled_back", "rolled back to the last stable model"},
    Phrase{"model.safe_mode", "SAFE MODE: rolled back too often, nothing is promoted until a person lifts the hold"},
    Phrase{"hold.set", "promotions are on hold"},
    Phrase{"hold.lifted", "promotions go on"},
    Phrase{"target.switched_off", "a receiver of events wants no more and is switched off"},
    Phrase{"delivery.given_up", "an event could not be delivered and is given up"},
};

std::string title_of(const Event& event) {
  for (const Phrase& phrase : phrases) {
    if (phrase.type == event.type) return event.model + ": " + std::string(phrase.words);
  }
  return event.model + ": " + event.type;
}

/// What the data says, a line each: "reason: better".
std::vector<std::pair<std::string, std::string>> details_of(const Event& event) {
  std::vector<std::pair<std::string, std::string>> lines;
  const auto data = base::parse_json(event.data);
  if (data && data->is_object()) {
    for (const char* key : {"message", "reason", "actor", "severity", "source", "sha256", "from", "to", "hold_until", "until",
                            "next_eligible_at", "target", "event"}) {
      const auto found = data->find(key);
      if (found == data->end() || found->is_null() || found->is_structured()) continue;
      std::string value = found->is_string() ? found->get<std::string>() : base::dump(*found);
      if (value.size() == 64 && value.find_first_not_of("0123456789abcdef") == std::string::npos) value.resize(12);
      if (!value.empty()) lines.emplace_back(key, std::move(value));
    }
  }
  if (!event.run_id.empty()) lines.emplace_back("run", event.run_id);
  lines.emplace_back("time", format_time(event.time));
  return lines;
}

/// `text` with each character of `special` behind a backslash.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// Slack's own three: they also keep a text from mentioning anybody.
std::string slack_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

bool for_people(const Event& event) {
  for (const Phrase& phrase : phrases) {
    if (phrase.type == event.type) return true;
  }
  return false;
}

std::string shortened(std::string_view text, std::size_t units) {
  std::size_t used = 0, fits = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    used += length == 4 ? 2 : 1;
    if (used > units) return std::string(text.substr(0, fits)) + "…";
    at += length;
    if (used < units) fits = at;  // room for the ellipsis
  }
  return std::string(text);
}

std::string slack_message(const Event& event) {
  constexpr std::size_t most_header = 150, most_section = 3000, most_line = 400;
  const std::string title = shortened(title_of(event), most_header);
  std::string text;
  for (const auto& [key, value] : details_of(event)) {
    // Cut before it is escaped, or half an escape could stay; an escape is at most five times as long.
    std::string line = "*" + key + "*: " + slack_escaped(shortened(value, most_line)) + "\n";
    if (text.size() + line.size() <= most_section) text += line;
  }
  const Json message = {
      {"text", slack_escaped(title)},
      {"blocks", Json::array({{{"type", "header"}, {"text", {{"type", "plain_text"}, {"text", title}, {"emoji", false}}}},
                              {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}}}}})}};
  return base::dump(message);
}

std::string discord_message(const Event& event) {
  constexpr std::size_t most_title = 256, most_description = 4096, most_line = 800;
  std::string text;
  for (const auto& [key, value] : details_of(event)) {
    std::string line = "**" + escaped(key, "_") + "**: " + escaped(shortened(value, most_line), "\\*_~`|>[]()#-") + "\n";
    if (text.size() + line.size() <= most_description) text += line;
  }
  const Json embed = {{"title", shortened(title_of(event), most_title)}, {"description", text}};
  const Json message = {{"embeds", Json::array({embed})}, {"allowed_mentions", {{"parse", Json::array()}}}};
  return base::dump(message);
}

std::string teams_message(const Event& event) {
  constexpr std::size_t most_title = 300, most_value = 1000;
  Json facts = Json::array();
  for (const auto& [key, value] : details_of(event)) {
    facts.push_back({{"title", key}, {"value", escaped(shortened(value, most_value), "\\*_`[]()#-")}});
  }
  const Json title = {{"type", "TextBlock"},
                      {"text", escaped(shortened(title_of(event), most_title), "\\*_`[]()#-")},
                      {"weight", "Bolder"},
                      {"wrap", true}};
  const Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                     {"type", "AdaptiveCard"},
                     {"version", "1.4"},
                     {"body", Json::array({title, {{"type", "FactSet"}, {"facts", facts}}})}};
  const Json attachment = {
      {"contentType", "application/vnd.microsoft.card.adaptive"}, {"contentUrl", nullptr}, {"content", card}};
  return base::dump(Json{{"type", "message"}, {"attachments", Json::array({attachment})}});
}

}  // namespace retrain::notify
