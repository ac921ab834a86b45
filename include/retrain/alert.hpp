// Alert: a report that a model drifts, from outside or from our own detector.
#pragma once

#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace retrain {

/// One report. docs/formats/alert.md is its JSON form.
struct Alert {
  std::string id;                       ///< the source's id of this event; empty = one is made, so it is never a duplicate
  std::string source = "manual";        ///< who reports: "manual", "detector", "alertmanager:…"
  std::string model;                    ///< empty = the pipeline's model
  std::string dedup_key;                ///< alerts of one key merge; empty = the source
  double severity = 1.0;                ///< 0 (nothing) … 1 (certain); anything else is invalid
  std::string severity_rule = "given";  ///< how severity was found
  bool resolved = false;                ///< the condition is over: never triggers
  std::string summary;                  ///< one line for people
  std::optional<Time> raised_at;        ///< when the source saw it; empty = now
  std::string detail;                   ///< evidence as a JSON document, or empty
};

/// Reads one alert from JSON (docs/formats/alert.md). Unknown fields are ignored. Fails with invalid_argument when the text
/// is over 1 MiB, nested deeper than 64, no JSON object, or a known field has a wrong type; the message names it.
Result<Alert> parse_alert(std::string_view json);

/// A part of a body that could not be read as an alert, and why.
struct InvalidAlert {
  std::string text;  ///< its start, as compact JSON
  std::string reason;
};

/// What a body from another system holds.
struct AlertBody {
  std::string format;         ///< the adapter that read it
  std::vector<Alert> alerts;  ///< each valid, with a source and a dedup_key; severity_rule says how severity was found
  std::vector<InvalidAlert> invalid;
};

/// The formats that parse_alerts() reads, by name.
std::vector<std::string> alert_formats();

/// Reads a body of another system (docs/formats/alert.md says which, and by what rule each finds a severity). Unknown fields
/// change nothing; an alert that cannot be read does not hide the others. Fails with invalid_argument, saying what is wrong, when
/// the body as a whole cannot be read: not JSON, over 1 MiB or 64 levels, or with `format` auto of no known or of two formats.
/// `headers` are those that came with the body, "ce-id: 7": with ce-specversion among them and `format` auto or cloudevents, the
/// body is the data of a CloudEvents event in binary mode; others change nothing.
Result<AlertBody> parse_alerts(std::string_view text, std::string_view format = "auto",
                               std::span<const std::string> headers = {});

/// Success, or why this alert cannot be taken: severity outside [0, 1] or not a number, a text over its length.
Status validate(const Alert& alert);

}  // namespace retrain
