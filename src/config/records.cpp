// The kinds of value that are maps or lists of maps; each is one key of the configuration.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "kinds.hpp"

namespace retrain::config {
namespace {

using Names = std::vector<std::string>;

const Names column_types = {"float", "integer", "text", "date"};  // in the order of ColumnType

/// Parameters that other keys set: two masters for one setting would be a guess.
const std::map<std::string, std::string> parameters_elsewhere = {{"seed", "training.seed"},
                                                                 {"random_state", "training.seed"},
                                                                 {"nthread", "resources.threads"},
                                                                 {"n_jobs", "resources.threads"}};

/// Whether `node` is a map whose keys are all in `known`; reports what is not.
bool expect_map(const YamlNode& node, const Names& known, const std::string& example, const Problems& problems) {
  if (node.kind != YamlNode::Kind::map) {
    problems.at(node, "needs a map like " + example + ", not " + describe(node));
    return false;
  }
  bool good = true;
  for (const auto& child : node.children) {
    if (std::find(known.begin(), known.end(), child.key) != known.end()) continue;
    const std::string near = suggestion(child.key, known);
    problems.at(child.key_place,
                "has an unknown key " + in_quotes(child.key) + (near.empty() ? ": there are " + base::join(known, ", ") : near));
    good = false;
  }
  return good;
}

/// Reads `member` of `map` into `field` when it is there. Returns whether nothing was wrong.
template <class Value, class Field>
bool read_member(const YamlNode& map, const char* member, const Kind<Value>& kind, const Problems& problems, Field& field) {
  const YamlNode* node = map.find(member);
  if (node == nullptr) return true;
  auto value = kind.read(*node, problems.member(member));
  if (value) field = std::move(*value);
  return value.has_value();
}

std::optional<ColumnRule> read_column(const YamlNode& node, const Problems& problems) {
  static const Names members = {"type", "min", "max", "missing", "values"};
  if (!expect_map(node, members, "{type: float, min: 0}", problems)) return std::nullopt;
  ColumnRule rule;
  rule.name = node.key;
  std::string type = column_types[static_cast<std::size_t>(rule.type)];
  bool good = read_member(node, "type", choice(column_types), problems, type);
  const auto found = std::find(column_types.begin(), column_types.end(), type);
  if (found == column_types.end()) {
    choice(column_types).check(type, problems.member("type"));
    good = false;
  } else {
    rule.type = static_cast<ColumnType>(found - column_types.begin());
  }
  good &= read_member(node, "min", or_null(number(any_number)), problems, rule.min);
  good &= read_member(node, "max", or_null(number(any_number)), problems, rule.max);
  good &= read_member(node, "missing", or_null(number(share)), problems, rule.missing);
  good &= read_member(node, "values", list_of(text()), problems, rule.values);
  return good ? std::optional(rule) : std::nullopt;
}

void check_column(const ColumnRule& rule, const Problems& problems) {
  text().check(rule.name, problems);
  or_null(number(any_number)).check(rule.min, problems.member("min"));
  or_null(number(any_number)).check(rule.max, problems.member("max"));
  or_null(number(share)).check(rule.missing, problems.member("missing"));
  list_of(text()).check(rule.values, problems.member("values"));
  if (rule.min && rule.max && *rule.min > *rule.max) {
    problems.add("has a min of " + number_text(*rule.min) + ", over its max of " + number_text(*rule.max));
  }
  const bool numeric = rule.type == ColumnType::number || rule.type == ColumnType::integer;
  if (!numeric && (rule.min || rule.max)) {
    problems.add("has a min or max, which a column of type " + column_types[static_cast<std::size_t>(rule.type)] +
                 " cannot have");
  }
}

std::string write_column(const ColumnRule& rule) {
  std::string out = flow_text(rule.name) + ": {type: " + column_types[static_cast<std::size_t>(rule.type)];
  if (rule.min) out += ", min: " + number_text(*rule.min);
  if (rule.max) out += ", max: " + number_text(*rule.max);
  if (rule.missing) out += ", missing: " + number_text(*rule.missing);
  if (!rule.values.empty()) out += ", values: " + list_of(text()).write(rule.values);
  return out + "}";
}

std::optional<RowCondition> read_condition(const YamlNode& node, const Problems& problems) {
  if (!expect_map(node, {"column", "equals", "in"}, "{column: name, equals: 1}", problems)) return std::nullopt;
  const YamlNode* column = node.find("column");
  const YamlNode* equals = node.find("equals");
  const YamlNode* in = node.find("in");
  if (column == nullptr || (equals == nullptr) == (in == nullptr)) {
    problems.at(node, "needs a column and either equals or in");
    return std::nullopt;
  }
  RowCondition condition;
  const auto name = text().read(*column, problems.member("column"));
  if (name) condition.column = *name;
  bool good = name.has_value();
  const auto add = [&](const YamlNode& value, const Problems& of) {
    const auto text = cell().read(value, of);
    if (text) condition.values.push_back(*text);
    good &= text.has_value();
  };
  if (equals != nullptr) {
    add(*equals, problems.member("equals"));
  } else if (in->kind != YamlNode::Kind::sequence) {
    problems.member("in").at(*in, "needs a list like [a, b], not " + describe(*in));
    good = false;
  } else {
    for (const auto& value : in->children) add(value, problems.member("in"));
  }
  return good ? std::optional(condition) : std::nullopt;
}

void check_condition(const RowCondition& condition, const Problems& problems) {
  text().check(condition.column, problems.member("column"));
  if (condition.values.empty()) problems.add("needs at least one value for " + in_quotes(condition.column));
  for (const auto& value : condition.values) cell().check(value, problems);
}

std::string write_condition(const RowCondition& condition) {
  Names values;
  for (const auto& value : condition.values) values.push_back(cell().write(value));
  return "{column: " + flow_text(condition.column) +
         (values.size() == 1 ? ", equals: " + values.front() : ", in: " + flow_list(values)) + "}";
}

std::optional<SumRule> read_sum(const YamlNode& node, const Problems& problems) {
  if (!expect_map(node, {"columns", "equals", "tolerance"}, "{columns: [a, b], equals: c}", problems)) return std::nullopt;
  SumRule rule;
  if (node.find("columns") == nullptr || node.find("equals") == nullptr) {
    problems.at(node, "needs columns and the column that their sum equals");
    return std::nullopt;
  }
  bool good = read_member(node, "columns", list_of(text(), 1), problems, rule.columns);
  good &= read_member(node, "equals", text(), problems, rule.equals);
  good &= read_member(node, "tolerance", number(not_negative), problems, rule.tolerance);
  return good ? std::optional(rule) : std::nullopt;
}

void check_sum(const SumRule& rule, const Problems& problems) {
  list_of(text(), 1).check(rule.columns, problems.member("columns"));
  text().check(rule.equals, problems.member("equals"));
  number(not_negative).check(rule.tolerance, problems.member("tolerance"));
}

std::string write_sum(const SumRule& rule) {
  return "{columns: " + list_of(text()).write(rule.columns) + ", equals: " + flow_text(rule.equals) +
         ", tolerance: " + number_text(rule.tolerance) + "}";
}

std::optional<std::string> read_parameter(const YamlNode& node, const Problems& problems) {
  if (node.kind != YamlNode::Kind::scalar) {
    problems.at(node, "needs a number or text, not " + describe(node));
    return std::nullopt;
  }
  const auto fault = number_fault(node.text);
  if (!node.quoted && fault == "a number without leading zeros") {
    problems.at(node, "needs " + *fault + ", not " + describe(node));
    return std::nullopt;
  }
  return node.text;
}

void check_parameter(const std::string& name, const std::string& value, const Problems& problems) {
  const bool word = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!word) return problems.add("is not a parameter's name: letters, digits and _");
  if (const auto elsewhere = parameters_elsewhere.find(name); elsewhere != parameters_elsewhere.end()) {
    return problems.add("is set by " + elsewhere->second);
  }
  text().check(value, problems);
  if (number_fault(value) == "a finite number") problems.add("must be finite, not " + in_quotes(value));
}

/// Reads every child of a map or list with `read_child`; nothing when one of them is wrong.
template <class Values, class ReadChild>
std::optional<Values> read_all(const YamlNode& node, YamlNode::Kind shape, const char* example, const Problems& problems,
                               const ReadChild& read_child) {
  if (node.kind != shape) {
    problems.at(node, std::string("needs a ") + (shape == YamlNode::Kind::map ? "map" : "list") + " like " + example + ", not " +
                          describe(node));
    return std::nullopt;
  }
  Values values;
  bool good = true;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const YamlNode& child = node.children[i];
    const Problems part = shape == YamlNode::Kind::map ? problems.member(child.key) : problems.element(i);
    good &= read_child(child, part, values);
  }
  return good ? std::optional(values) : std::nullopt;
}

}  // namespace

Kind<std::string> session_rule() {
  return {"file_name, or {column: name}",
          [](const YamlNode& node, const Problems& problems) -> std::optional<std::string> {
            if (node.kind == YamlNode::Kind::scalar && node.text == "file_name") return std::string{};
            if (node.kind != YamlNode::Kind::map) {
              problems.at(node, "needs file_name or {column: name}, not " + describe(node));
              return std::nullopt;
            }
            if (!expect_map(node, {"column"}, "{column: name}", problems)) return std::nullopt;
            const YamlNode* column = node.find("column");
            if (column == nullptr || column->kind != YamlNode::Kind::scalar || column->text.empty()) {
              problems.at(node, "needs the name of a column");
              return std::nullopt;
            }
            return column->text;
          },
          [](const std::string& value, const Problems& problems) {
            if (!value.empty()) text().check(value, problems);
          },
          [](const std::string& value) { return value.empty() ? "file_name" : "{column: " + flow_text(value) + "}"; }};
}

Kind<std::vector<ColumnRule>> column_rules() {
  using Rules = std::vector<ColumnRule>;
  return {"map of column to {type, min, max, missing, values}",
          [](const YamlNode& node, const Problems& problems) {
            return read_all<Rules>(node, YamlNode::Kind::map, "{lap: {type: integer}}", problems,
                                   [](const YamlNode& child, const Problems& part, Rules& rules) {
                                     auto rule = read_column(child, part);
                                     if (rule) rules.push_back(std::move(*rule));
                                     return rule.has_value();
                                   });
          },
          [](const Rules& rules, const Problems& problems) {
            std::set<std::string> seen;
            for (const auto& rule : rules) {
              check_column(rule, problems.member(rule.name));
              if (!seen.insert(rule.name).second) problems.member(rule.name).add("stands there twice");
            }
          },
          [](const Rules& rules) {
            Names parts;
            for (const auto& rule : rules) parts.push_back(write_column(rule));
            return "{" + base::join(parts, ", ") + "}";
          }};
}

Kind<std::map<std::string, Names>> rising_rules() {
  using Rules = std::map<std::string, Names>;
  return {"map of column to list of columns",
          [](const YamlNode& node, const Problems& problems) {
            return read_all<Rules>(node, YamlNode::Kind::map, "{lap: [driver]}", problems,
                                   [](const YamlNode& child, const Problems& part, Rules& rules) {
                                     auto keys = list_of(text()).read(child, part);
                                     if (keys) rules[child.key] = std::move(*keys);
                                     return keys.has_value();
                                   });
          },
          [](const Rules& rules, const Problems& problems) {
            for (const auto& [column, keys] : rules) {
              text().check(column, problems.member(column));
              list_of(text()).check(keys, problems.member(column));
            }
          },
          [](const Rules& rules) {
            Names parts;
            for (const auto& [column, keys] : rules) parts.push_back(flow_text(column) + ": " + list_of(text()).write(keys));
            return "{" + base::join(parts, ", ") + "}";
          }};
}

Kind<std::vector<SumRule>> sum_rules() {
  using Rules = std::vector<SumRule>;
  return {"list of {columns, equals, tolerance}",
          [](const YamlNode& node, const Problems& problems) {
            return read_all<Rules>(node, YamlNode::Kind::sequence, "[{columns: [a, b], equals: c}]", problems,
                                   [](const YamlNode& child, const Problems& part, Rules& rules) {
                                     auto rule = read_sum(child, part);
                                     if (rule) rules.push_back(std::move(*rule));
                                     return rule.has_value();
                                   });
          },
          [](const Rules& rules, const Problems& problems) {
            for (std::size_t i = 0; i < rules.size(); ++i) check_sum(rules[i], problems.element(i));
          },
          [](const Rules& rules) {
            Names parts;
            for (const auto& rule : rules) parts.push_back(write_sum(rule));
            return flow_list(parts);
          }};
}

Kind<std::vector<RowCondition>> row_conditions() {
  using Conditions = std::vector<RowCondition>;
  return {"list of {column, equals} or {column, in}",
          [](const YamlNode& node, const Problems& problems) {
            return read_all<Conditions>(node, YamlNode::Kind::sequence, "[{column: name, equals: 1}]", problems,
                                        [](const YamlNode& child, const Problems& part, Conditions& conditions) {
                                          auto condition = read_condition(child, part);
                                          if (condition) conditions.push_back(std::move(*condition));
                                          return condition.has_value();
                                        });
          },
          [](const Conditions& conditions, const Problems& problems) {
            for (std::size_t i = 0; i < conditions.size(); ++i) check_condition(conditions[i], problems.element(i));
          },
          [](const Conditions& conditions) {
            Names parts;
            for (const auto& condition : conditions) parts.push_back(write_condition(condition));
            return flow_list(parts);
          }};
}

Kind<std::map<std::string, std::string>> parameters() {
  using Parameters = std::map<std::string, std::string>;
  return {"map of name to number or text",
          [](const YamlNode& node, const Problems& problems) {
            return read_all<Parameters>(node, YamlNode::Kind::map, "{eta: 0.1}", problems,
                                        [](const YamlNode& child, const Problems& part, Parameters& values) {
                                          auto value = read_parameter(child, part);
                                          if (value) values[child.key] = std::move(*value);
                                          return value.has_value();
                                        });
          },
          [](const Parameters& values, const Problems& problems) {
            for (const auto& [name, value] : values) check_parameter(name, value, problems.member(name));
          },
          [](const Parameters& values) {
            Names parts;
            for (const auto& [name, value] : values) parts.push_back(flow_text(name) + ": " + flow_scalar(value));
            return "{" + base::join(parts, ", ") + "}";
          }};
}

}  // namespace retrain::config
