// ConfigTemplate: a retrain.yaml to start from, every key in it with its meaning.
#pragma once

#include <map>
#include <string>

namespace retrain::cli {

/// Keys of `values` (key → YAML flow text) are set, all others stand in comments with their default.
std::string config_template(const std::map<std::string, std::string>& values);
/// `text` as a YAML scalar in single quotes.
std::string yaml_quoted(const std::string& text);

}  // namespace retrain::cli
