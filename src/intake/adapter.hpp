// Adapter: how one format of another system becomes alerts. A format is one file with a recogniser and a reader, and one line in
// the table of adapters.cpp.
#pragma once

#include <retrain/alert.hpp>
#include <span>

#include "members.hpp"

namespace retrain::intake {

/// Takes what a reader finds in a body.
class Intake {
 public:
  explicit Intake(AlertBody& body) : body_(body) {}
  /// `alert`, if it is valid; else `element` and the reason. A missing key becomes the source.
  void add(Result<Alert> alert, const Json& element);

 private:
  AlertBody& body_;
};

struct Adapter {
  const char* name;
  bool (*recognise)(const Json& document);
  void (*read)(const Json& document, Intake& intake);
};

bool is_plain(const Json& document);
void read_plain(const Json& document, Intake& intake);
bool is_cloud_event(const Json& document);
void read_cloud_events(const Json& document, Intake& intake);
bool is_alertmanager(const Json& document);
void read_alertmanager(const Json& document, Intake& intake);
bool is_evidently(const Json& document);
void read_evidently(const Json& document, Intake& intake);
bool is_nannyml(const Json& document);
void read_nannyml(const Json& document, Intake& intake);
bool is_river(const Json& document);
void read_river(const Json& document, Intake& intake);
bool is_whylogs(const Json& document);
void read_whylogs(const Json& document, Intake& intake);
bool is_prefect(const Json& document);
void read_prefect(const Json& document, Intake& intake);
bool is_event_grid(const Json& document);
void read_event_grid(const Json& document, Intake& intake);

/// The plain record; `place` goes before a field's name in messages.
Result<Alert> plain_alert(const Json& object, const std::string& place);
Result<Alert> cloud_event_alert(const Json& envelope);
/// The event of version 1.0 that is spread over `headers` ("ce-id: 7") and its `data`; nothing when they do not tell of one:
/// there is no ce-specversion, or the content type says that the body is the event. Fails for two headers of one name.
Result<std::optional<Json>> event_from_headers(std::span<const std::string> headers, const Json& data);
/// The event type of Azure that means drift, in whatever case it is written.
bool is_dataset_drift(std::string_view type);
/// NannyML's table as CSV: an array of one object of texts a row; nothing when it is no such table.
std::optional<Json> nannyml_rows(std::string_view csv);

/// The elements of an array, or the one document that is no array.
std::span<const Json> elements(const Json& document);
/// Whether any of elements(document) is an object that satisfies `test`.
template <class Test>
bool any_object(const Json& document, Test test) {
  for (const Json& element : elements(document)) {
    if (element.is_object() && test(element)) return true;
  }
  return false;
}

/// Reads each of elements(document) by itself.
template <class Read>
void read_each(const Json& document, Intake& intake, Read read) {
  for (const Json& element : elements(document)) {
    intake.add(element.is_object() ? read(element) : Result<Alert>(invalid("alert is no object")), element);
  }
}

/// `text` as a name that validate() accepts: control characters as \xNN; a long one ends in a digest, so that two stay two.
std::string name_from(const std::string& text);
/// `text` as one line for people, cut to what a summary may hold.
std::string line_from(const std::string& text);
/// `known` as an alert's detail; only its size and digest when it is large.
std::string evidence(const Json& known);
/// The start of the digest of `text`: the id of a report that has none.
std::string digest_id(const std::string& text);

/// A share of columns or tests says how wide drift is, not how bad: it counts as severity up to this.
constexpr double share_cap = 0.6;
/// `share` as the severity, capped; the rule says whether it was: "evidently.share_capped".
void set_share(Alert& alert, double share, const std::string& rule);

}  // namespace retrain::intake
