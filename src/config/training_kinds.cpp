#include "training_kinds.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace retrain::config {
namespace {

using Names = std::vector<std::string>;

bool expect(const YamlNode& node, YamlNode::Kind kind, const char* example, const Problems& problems) {
  if (node.kind == kind) return true;
  const char* shape = kind == YamlNode::Kind::map ? "a map like " : "a list like ";
  problems.at(node, std::string("needs ") + shape + example + ", not " + describe(node));
  return false;
}

/// Reads `member` of `map` into `field` when it is there. Returns whether nothing was wrong.
template <class Value>
bool read_member(const YamlNode& map, const char* member, const Kind<Value>& kind, const Problems& problems, Value& field) {
  const YamlNode* node = map.find(member);
  if (node == nullptr) return true;
  auto value = kind.read(*node, problems.member(member));
  if (value) field = std::move(*value);
  return value.has_value();
}

std::optional<SearchRange> read_range(const YamlNode& node, const Problems& problems) {
  SearchRange range;
  if (node.kind == YamlNode::Kind::sequence) {
    auto values = list_of(cell()).read(node, problems);
    if (!values) return std::nullopt;
    range.values = std::move(*values);
    return range;
  }
  if (!expect(node, YamlNode::Kind::map, "{min: 0.01, max: 0.3, log: true}, or a list of values", problems)) return std::nullopt;
  static const Names members = {"min", "max", "log", "whole"};
  bool good = true;
  for (const auto& child : node.children) {
    if (std::find(members.begin(), members.end(), child.key) != members.end()) continue;
    problems.at(child.key_place, "has an unknown key " + in_quotes(child.key) + ": there are " + base::join(members, ", "));
    good = false;
  }
  for (const char* member : {"min", "max"}) {
    if (node.find(member) != nullptr) continue;
    problems.at(node, std::string("needs ") + member);
    good = false;
  }
  good = read_member(node, "min", number(any_number), problems, range.least) && good;
  good = read_member(node, "max", number(any_number), problems, range.most) && good;
  good = read_member(node, "log", flag(), problems, range.logarithmic) && good;
  good = read_member(node, "whole", flag(), problems, range.whole) && good;
  return good ? std::optional(range) : std::nullopt;
}

void check_range(const SearchRange& range, const Problems& problems) {
  if (!range.values.empty()) {
    for (const auto& value : range.values) text().check(value, problems);
    return;
  }
  if (!std::isfinite(range.least) || !std::isfinite(range.most)) return problems.add("must be finite");
  if (range.least > range.most) return problems.add("must have a min of at most its max " + number_text(range.most));
  if (range.logarithmic && range.least <= 0) problems.add("must have a min over 0 for a logarithmic scale");
  if (range.whole && std::ceil(range.least) > std::floor(range.most)) problems.add("must hold a whole number");
}

std::string write_range(const SearchRange& range) {
  if (!range.values.empty()) {
    Names parts;
    for (const auto& value : range.values) parts.push_back(flow_scalar(value));
    return flow_list(parts);
  }
  return "{min: " + number_text(range.least) + ", max: " + number_text(range.most) + (range.logarithmic ? ", log: true" : "") +
         (range.whole ? ", whole: true" : "") + "}";
}

}  // namespace

Kind<std::map<std::string, int>> monotone_rules() {
  using Rules = std::map<std::string, int>;
  return {"map of feature to 1 or -1",
          [](const YamlNode& node, const Problems& problems) -> std::optional<Rules> {
            if (!expect(node, YamlNode::Kind::map, "{tyre_life: 1}", problems)) return std::nullopt;
            Rules rules;
            for (const auto& child : node.children) {
              if (auto sign = integer(-1, 1).read(child, problems.member(child.key))) rules[child.key] = static_cast<int>(*sign);
            }
            return rules.size() == node.children.size() ? std::optional(rules) : std::nullopt;
          },
          [](const Rules& rules, const Problems& problems) {
            for (const auto& [feature, sign] : rules) {
              if (sign != 1 && sign != -1) problems.member(feature).add("must be 1 or -1, not " + std::to_string(sign));
            }
          },
          [](const Rules& rules) {
            Names parts;
            for (const auto& [feature, sign] : rules) parts.push_back(flow_text(feature) + ": " + std::to_string(sign));
            return "{" + base::join(parts, ", ") + "}";
          }};
}

Kind<std::vector<std::vector<std::string>>> interaction_groups() {
  using Groups = std::vector<std::vector<std::string>>;
  static const Kind<std::vector<std::string>> group = list_of(text(), 1);
  return {"list of lists of features",
          [](const YamlNode& node, const Problems& problems) -> std::optional<Groups> {
            if (!expect(node, YamlNode::Kind::sequence, "[[a, b], [c]]", problems)) return std::nullopt;
            Groups groups;
            for (std::size_t i = 0; i < node.children.size(); ++i) {
              if (auto features = group.read(node.children[i], problems.element(i))) groups.push_back(std::move(*features));
            }
            return groups.size() == node.children.size() ? std::optional(groups) : std::nullopt;
          },
          [](const Groups& groups, const Problems& problems) {
            for (std::size_t i = 0; i < groups.size(); ++i) group.check(groups[i], problems.element(i));
          },
          [](const Groups& groups) {
            Names parts;
            for (const auto& features : groups) parts.push_back(group.write(features));
            return flow_list(parts);
          }};
}

Kind<std::map<std::string, SearchRange>> search_space() {
  using Space = std::map<std::string, SearchRange>;
  return {"map of parameter to {min, max, log, whole} or to a list of values",
          [](const YamlNode& node, const Problems& problems) -> std::optional<Space> {
            if (!expect(node, YamlNode::Kind::map, "{eta: {min: 0.01, max: 0.3, log: true}}", problems)) return std::nullopt;
            Space space;
            for (const auto& child : node.children) {
              if (auto range = read_range(child, problems.member(child.key))) space[child.key] = std::move(*range);
            }
            return space.size() == node.children.size() ? std::optional(space) : std::nullopt;
          },
          [](const Space& space, const Problems& problems) {
            for (const auto& [name, range] : space) check_range(range, problems.member(name));
          },
          [](const Space& space) {
            Names parts;
            for (const auto& [name, range] : space) parts.push_back(flow_text(name) + ": " + write_range(range));
            return "{" + base::join(parts, ", ") + "}";
          }};
}

}  // namespace retrain::config
