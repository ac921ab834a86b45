// JudgingSettings: what the default gate and comparator go by, stored with each judgement so that it can be made again after the
// configuration has changed.
#pragma once

#include <retrain/config.hpp>
#include <retrain/status.hpp>
#include <string>

namespace retrain::pipeline {

/// The sections validation and comparison as JSON: key → YAML text.
std::string write_judging_settings(const Config& config);
/// `config` with these settings instead of its own; an empty text, as before schema version 2, changes nothing. Fails with
/// corrupt when they are no settings.
Result<Config> with_judging_settings(const Config& config, const std::string& json);

}  // namespace retrain::pipeline
