// Kind: one type of configuration value: how it is read from YAML, checked, and written again.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "yaml_document.hpp"

namespace retrain::config {

/// One thing wrong with the value of a key.
struct Problem {
  std::string message;            ///< names the key
  Place place;                    ///< where in the text, when that is known
  std::vector<std::string> path;  ///< else: which part of the value, by number from 0 in a list and by name in a map
};

/// Collects what is wrong with one key; every message starts with the key's name.
class Problems {
 public:
  Problems(std::string subject, std::vector<Problem>& found) : subject_(std::move(subject)), found_(found) {}

  /// About element `index` of the list that this is about; the messages go on naming the list.
  Problems element(std::size_t index) const { return part(subject_, std::to_string(index)); }
  /// About the member `name`: "data.columns.lap_time".
  Problems member(const std::string& name) const;

  void add(const std::string& claim) const { found_.push_back({subject_ + " " + claim, {}, path_}); }
  void at(Place place, const std::string& claim) const { found_.push_back({subject_ + " " + claim, place, {}}); }
  void at(const YamlNode& node, const std::string& claim) const { at(node.place, claim); }

 private:
  Problems part(std::string subject, std::string step) const {
    Problems inner(std::move(subject), found_);
    inner.path_ = path_;
    inner.path_.push_back(std::move(step));
    return inner;
  }

  std::string subject_;
  std::vector<Problem>& found_;
  std::vector<std::string> path_;
};

template <class Value>
struct Kind {
  std::string type;  ///< for people: "number from 0 to 1"
  /// The value, or nothing and a problem.
  std::function<std::optional<Value>(const YamlNode&, const Problems&)> read;
  /// Adds a problem when the value, however it came about, is out of its range.
  std::function<void(const Value&, const Problems&)> check;
  /// YAML flow text that `read` turns into the same value.
  std::function<std::string(const Value&)> write;
};

/// Limits of a number; both inclusive unless `open`.
struct Range {
  std::optional<double> low, high;
  bool open_low = false, open_high = false;

  bool holds(double value) const;
  std::string text() const;  ///< "from 0 to 1", "over 0", "at least 2"
};

/// "a list", "nothing", "'abc'", for the end of "needs a number, not …".
std::string describe(const YamlNode& node);
/// `text` in single quotes, fit for a message.
std::string in_quotes(std::string_view text);
/// Whether the scalar stands without quotes or block.
bool plain_scalar(const YamlNode& node);
/// Why plain `text` is no number ("a finite number"), or nothing when it is one. Stricter than YAML: no octal, no infinity.
std::optional<std::string> number_fault(std::string_view text);

/// YAML flow text of `text`: plain where that is safe, else in double quotes.
std::string flow_text(std::string_view text);
/// The same, but a number stays plain: for values that mean what they spell.
std::string flow_scalar(std::string_view text);
std::string flow_list(const std::vector<std::string>& items);
/// Shortest exact decimal, without an exponent where digits do.
std::string number_text(double value);
/// The candidate that `word` is a slip of, if any; time does not grow with the length of `word`.
std::optional<std::string> nearest_name(std::string_view word, const std::vector<std::string>& candidates);
/// ", did you mean 'x'" with that candidate, or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace retrain::config
