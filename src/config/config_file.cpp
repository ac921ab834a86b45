// The layers of a configuration: defaults, the file, the environment, the call.
#include <retrain/config_file.hpp>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <tuple>

#include "base/files.hpp"
#include "base/text.hpp"
#include "keys.hpp"
#include "rules.hpp"

namespace retrain {
namespace {

using namespace config;

/// The part of `node` that `path` leads to, or as near to it as it leads.
Place locate(const YamlNode& node, const std::vector<std::string>& path) {
  const YamlNode* at = &node;
  for (const auto& step : path) {
    const YamlNode* next = at->find(step);
    if (at->kind == YamlNode::Kind::sequence) {
      const auto index = static_cast<std::size_t>(base::parse_integer(step).value_or(0));
      if (index < at->children.size()) next = &at->children[index];
    }
    if (next == nullptr) break;
    at = next;
  }
  return at->place;
}

class Layers {
 public:
  explicit Layers(std::string name) : name_(std::move(name)), held_(keys().size()) {}

  void read_file(std::string_view yaml) {
    const YamlDocument* document = read(yaml, name_, true);
    if (document == nullptr) return;
    root_ = &document->root;
    if (root_->kind == YamlNode::Kind::null) return;
    if (root_->kind == YamlNode::Kind::map) return walk(*root_, "");
    give_up("");
    report(name_, root_->place, "the file must be a map of sections, not " + describe(*root_));
  }

  void read_environment(const std::map<std::string, std::string>& environment) {
    for (const auto& [variable, text] : environment) {
      const std::size_t index = environment_index(variable);
      if (index < keys().size()) {
        override_key(index, Origin::environment, variable, text);
      } else if (speaks_of_section(variable)) {
        report(variable, {}, unknown_variable(variable));
      }
    }
  }

  void read_call(const ConfigOverrides& call) {
    for (const auto& [name, text] : call) {
      const std::size_t index = key_index(name);
      if (index < keys().size()) {
        override_key(index, Origin::call, name, text);
      } else {
        report(name, {}, is_unavailable(name) ? "is not available in this version" : "unknown key" + nearest_key(name));
      }
    }
  }

  /// Checks what can only be checked when every layer was read.
  void finish() {
    if (!readable_) return;
    for (std::size_t i = 0; i < keys().size(); ++i) {
      if (!keys()[i].required || held_[i].node != nullptr || held_[i].failed) continue;
      held_[i].failed = true;
      report_at(keys()[i].name, {}, keys()[i].name + " is required");
    }
    for (const auto& rule : rules()) {
      const auto failed = [&](const std::string& key) { return held_[key_index(key)].failed; };
      if (std::any_of(rule.keys.begin(), rule.keys.end(), failed)) continue;
      for (const auto& conflict : rule.conflicts(config_)) report_at(conflict.key, conflict.path, conflict.message);
    }
    resolve_paths();
  }

  /// By place: the file from top to bottom, then the overrides.
  std::vector<ConfigIssue> issues() const {
    auto sorted = issues_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const ConfigIssue& a, const ConfigIssue& b) {
      return std::tuple(a.line == 0, a.line, a.column) < std::tuple(b.line == 0, b.line, b.column);
    });
    return sorted;
  }

  LoadedConfig loaded() const {
    LoadedConfig out{config_, {}};
    for (std::size_t i = 0; i < keys().size(); ++i)
      out.values.push_back({keys()[i].name, keys()[i].write(config_), held_[i].origin});
    return out;
  }

 private:
  /// Where a key got its value.
  struct Held {
    Origin origin = Origin::defaulted;
    std::string source;              // the file, the variable or the key of the call
    const YamlNode* node = nullptr;  // into documents_
    bool failed = false;             // no value could be read: what depends on it is not judged
  };

  void report(const std::string& source, Place place, std::string message) {
    issues_.push_back({source, place.line, place.column, std::move(message)});
  }

  /// Reports at the value of `key`; without one at the section around it, else at the top of the file.
  void report_at(const std::string& key, const std::vector<std::string>& path, const std::string& message) {
    if (const std::size_t index = key_index(key); index < held_.size() && held_[index].node != nullptr) {
      const Held& held = held_[index];
      return report(held.source, held.origin == Origin::file ? locate(*held.node, path) : Place{}, message);
    }
    Place place{1, 1};
    const YamlNode* at = root_;
    for (const auto step : base::split(key, '.')) {
      at = at == nullptr ? nullptr : at->find(step);
      if (at != nullptr) place = at->key_place;
    }
    report(name_, place, message);
  }

  /// The document, or null when it is unreadable; reports what is wrong with it as YAML.
  const YamlDocument* read(std::string_view text, const std::string& source, bool has_lines) {
    const YamlDocument& document = documents_.emplace_back(read_document(text));
    for (const auto& issue : document.issues) report(source, has_lines ? issue.place : Place{}, issue.message);
    if (document.readable) return &document;
    readable_ = readable_ && !has_lines;
    return nullptr;
  }

  void walk(const YamlNode& map, const std::string& section) {
    for (const auto& child : map.children) {
      const std::string name = section.empty() ? child.key : section + "." + child.key;
      const bool dotted = child.key.find('.') != std::string::npos;
      if (const std::size_t index = key_index(name); index < keys().size() && !dotted) {
        set(index, child, Origin::file, name_);
      } else if (is_unavailable(name) && !dotted) {
        report(name_, child.key_place, name + " is not available in this version");
      } else if (dotted || !is_section(name)) {
        report(name_, child.key_place, unknown_key(child.key, section));
      } else if (child.kind == YamlNode::Kind::map) {
        walk(child, name);
      } else if (child.kind != YamlNode::Kind::null) {
        give_up(name + ".");
        if (child.kind == YamlNode::Kind::refused) continue;
        report(name_, child.place, name + " needs a map with " + base::join(names_in(name), ", ") + ", not " + describe(child));
      }
    }
  }

  void override_key(std::size_t index, Origin origin, const std::string& source, const std::string& text) {
    const YamlDocument* document = read(text, source, false);
    if (document != nullptr) {
      set(index, document->root, origin, source);
    } else {
      held_[index].failed = true;
    }
  }

  void set(std::size_t index, const YamlNode& node, Origin origin, const std::string& source) {
    const Key& key = keys()[index];
    held_[index] = {origin, source, &node, node.kind == YamlNode::Kind::refused};
    if (held_[index].failed) return;
    std::vector<Problem> found;
    const Problems problems(key.name, found);
    held_[index].failed = !key.read(node, config_, problems);
    if (!held_[index].failed) key.check(config_, problems);
    for (const auto& problem : found) {
      const Place place = problem.place.line > 0 ? problem.place : locate(node, problem.path);
      report(source, origin == Origin::file ? place : Place{}, problem.message);
    }
  }

  /// Spares every key that starts with `prefix` further errors: the one error about it is reported.
  void give_up(const std::string& prefix) {
    for (std::size_t i = 0; i < keys().size(); ++i) {
      if (keys()[i].name.starts_with(prefix)) held_[i].failed = true;
    }
  }

  std::string unknown_key(const std::string& key, const std::string& section) {
    const std::vector<std::string> known = names_in(section);
    const std::string message = "unknown key " + in_quotes(key) + (section.empty() ? "" : " in " + section);
    if (const auto near = nearest_name(key, known)) {
      give_up(section.empty() ? *near + "." : section + "." + *near);
      return message + ", did you mean '" + *near + "'";
    }
    for (const auto& other : keys()) {
      if (other.name == key) return message + ": sections hold keys, as in 'a: {b: 1}', dots do not";
      if (other.name.ends_with("." + key)) return message + ", did you mean '" + other.name + "'";
    }
    return message + ", known are " + base::join(known, ", ");
  }

  static std::string nearest_key(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& key : keys()) names.push_back(key.name);
    return suggestion(name, names);
  }

  static bool speaks_of_section(const std::string& variable) {
    const auto sections = names_in("");
    return std::any_of(sections.begin(), sections.end(), [&](const std::string& section) {
      std::string prefix = "RETRAIN_";
      for (const char c : section) prefix += static_cast<char>(c - 'a' + 'A');
      return variable == prefix || variable.starts_with(prefix + "_");
    });
  }

  static std::string unknown_variable(const std::string& variable) {
    std::vector<std::string> names;
    for (const auto& key : keys()) names.push_back(key.environment_name());
    return "names no key" + suggestion(variable, names);
  }

  void resolve_paths() {
    const auto folder = std::filesystem::path(name_).parent_path();
    NotificationSettings& notifications = config_.notifications;
    MlflowSettings& mlflow = config_.deployment.mlflow;
    for (std::string* path :
         {&config_.state.directory, &config_.data.directory, &config_.data.expected_sessions, &config_.data.dvc.path,
          &config_.schedule.calendar, &notifications.webhook_secret_file, &notifications.webhook_previous_secret_file,
          &notifications.chat.url_file, &mlflow.password_file, &mlflow.token_file, &mlflow.ca_file}) {
      if (!path->empty()) *path = (folder / *path).lexically_normal().string();
    }
    // A bare name is looked up in PATH.
    std::string& program = config_.data.dvc.program;
    if (program.find('/') != std::string::npos) program = (folder / program).lexically_normal().string();
    config_.path = name_;
  }

  std::string name_;
  Config config_;
  std::vector<Held> held_;  // in the order of keys()
  std::deque<YamlDocument> documents_;
  const YamlNode* root_ = nullptr;
  bool readable_ = true;
  std::vector<ConfigIssue> issues_;
};

Result<std::string> read_config_file(const std::string& path) {
  // Deployments often mount a configuration as a link; read_file itself follows none.
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return base::file_error(error.value(), "open", path);
  return base::read_file(real.string(), largest_document);
}

Layers read_layers(std::string_view yaml, const std::string& name, const ConfigOverrides& call,
                   const std::map<std::string, std::string>& environment) {
  Layers layers(name);
  layers.read_file(yaml);
  layers.read_environment(environment);
  layers.read_call(call);
  layers.finish();
  return layers;
}

}  // namespace

std::string ConfigIssue::text() const {
  if (line == 0) return file.empty() ? message : file + ": " + message;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + message;
}

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::defaulted: return "default";
    case Origin::file: return "file";
    case Origin::environment: return "environment";
    case Origin::call: return "call";
  }
  return "";
}

Result<LoadedConfig> load_config(const std::string& path, const ConfigOverrides& call,
                                 const std::map<std::string, std::string>& environment) {
  const auto yaml = read_config_file(path);
  if (!yaml) return yaml.status();
  return parse_config(*yaml, path, call, environment);
}

Result<LoadedConfig> parse_config(std::string_view yaml, const std::string& name, const ConfigOverrides& call,
                                  const std::map<std::string, std::string>& environment) {
  const Layers layers = read_layers(yaml, name, call, environment);
  if (const auto issues = layers.issues(); !issues.empty()) return Status{StatusCode::invalid_argument, issues.front().text()};
  return layers.loaded();
}

std::vector<ConfigIssue> check_config(const std::string& path, const std::map<std::string, std::string>& environment) {
  const auto yaml = read_config_file(path);
  if (!yaml) return {{"", 0, 0, yaml.status().message()}};
  return read_layers(*yaml, path, {}, environment).issues();
}

Status validate(const Config& config) {
  std::vector<Problem> found;
  for (const auto& key : keys()) {
    key.check(config, Problems(key.name, found));
    if (!found.empty()) return {StatusCode::invalid_argument, found.front().message};
  }
  for (const auto& rule : rules()) {
    const auto conflicts = rule.conflicts(config);
    if (!conflicts.empty()) return {StatusCode::invalid_argument, conflicts.front().message};
  }
  return {};
}

std::vector<ConfigKey> config_schema() {
  std::vector<ConfigKey> schema;
  const Config defaults;
  for (const auto& key : keys()) {
    schema.push_back({key.name, key.type, key.required ? "" : key.write(defaults), key.meaning});
  }
  return schema;
}

std::vector<ConfigValue> config_values(const Config& config) {
  std::vector<ConfigValue> values;
  const Config defaults;
  for (const auto& key : keys()) {
    std::string value = key.write(config);
    const bool defaulted = !key.required && value == key.write(defaults);
    values.push_back({key.name, std::move(value), defaulted ? Origin::defaulted : Origin::file});
  }
  return values;
}

}  // namespace retrain
