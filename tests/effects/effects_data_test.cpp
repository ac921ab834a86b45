// Effects of the section data: what the checker says about a few files, and which rows the source hands over.
#include <filesystem>
#include <retrain/data_source.hpp>
#include <retrain/readiness_checker.hpp>

#include "effects/effects.hpp"
#include "effects/effects_world.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

const char* const rows =
    "date,race,x,z,colour,y\n2024-01-01,monza,1,1,red,2\n2024-01-01,monza,3,1,blue,4\n2024-01-01,spa,2,1,red,3\n";

/// The same as the checker and the source see it, row by row.
std::string seen(const TemporaryFolder& folder, const Config& config, DataSettings data) {
  const auto ready = make_session_readiness_checker(data, config.model)->check({day(9), {}, ""}, quiet_observer(), {});
  if (!ready) return without_folder(ready.status().message(), folder);
  std::string text = to_json(*ready);
  const auto stream =
      make_csv_data_source(data)->open(ready->snapshot, row_selection(config.model, data, config.validation), {}).value();
  for (auto frame = stream->next(); frame.ok() && *frame; frame = stream->next()) {
    text += "\n" + (*frame)->session;
    for (const float target : (*frame)->target.values) text += " " + std::to_string(target);
  }
  return without_folder(text, folder);
}

std::string files_in(const Config& config, const std::map<std::string, std::string>& files) {
  TemporaryFolder folder;
  for (const auto& [name, bytes] : files) folder.write(name, bytes);
  DataSettings data = config.data;
  data.directory = folder / std::filesystem::path(data.directory).filename().string();
  if (!data.expected_sessions.empty())
    data.expected_sessions = folder / std::filesystem::path(data.expected_sessions).filename().string();
  return seen(folder, config, data);
}

std::string one_file(const Config& config) {
  return files_in(config, {{"data/a.csv", rows}});
}

std::string two_folders(const Config& config) {
  return files_in(config, {{"data/a.csv", rows}, {"sessions/b.csv", rows}});
}

std::string two_names(const Config& config) {
  return files_in(config, {{"data/race-1.csv", rows}, {"data/test-1.csv", rows}});
}

std::string with_times(const Config& config) {
  Config timed = config;
  timed.data.time_column = "date";
  return one_file(timed);
}

std::string with_a_session_a_day(const Config& config) {
  Config daily = config;
  daily.data.expected.every = std::chrono::days(1);
  return with_times(daily);
}

std::string one_label_of_two(const Config& config) {
  return files_in(config, {{"data/a.csv", "x,z,colour,y\n1,1,red,2\n3,1,blue,\n"}});
}

/// Data under DVC, with a program in its place that thinks for a while.
std::string under_dvc(Config config, DvcMode mode, bool own_program) {
  TemporaryFolder folder;
  folder.write("data/a.csv", rows);
  folder.write(".dvc/config", "");
  folder.write("data.dvc", "outs:\n- md5: 00000000000000000000000000000000.dir\n  hash: md5\n  path: data\n");
  DataSettings data = config.data;
  data.directory = folder / "data";
  data.dvc.mode = mode;
  if (own_program) {
    data.dvc.program = folder.write("slow-dvc", "#!/bin/sh\nsleep 0.2\necho '{\"unchanged\": [\"data/\"]}'\n");
    std::filesystem::permissions(data.dvc.program, std::filesystem::perms::owner_all);
  }
  return seen(folder, config, data);
}

std::string read_by_ourselves(const Config& config) {
  return under_dvc(config, config.data.dvc.mode, false);
}

std::string recorded_elsewhere(const Config& config) {
  return under_dvc(config, DvcMode::native, false);
}

std::string asked_of_a_program(const Config& config) {
  return under_dvc(config, DvcMode::cli, false);
}

std::string asked_of_a_slow_program(const Config& config) {
  return under_dvc(config, DvcMode::cli, true);
}

std::string one_broken_of_three(const Config& config) {
  const std::string broken = "x,z,colour,y\nmany,1,red,2\n";
  return files_in(
      config, {{"data/a.csv", rows}, {"data/b.csv", std::string(rows) + "2024-01-01,spa,3,1,red,4\n"}, {"data/c.csv", broken}});
}

std::string one_expected_is_missing(const Config& config) {
  return files_in(config, {{"data/a.csv", rows}, {"sessions.txt", "a\nb\n"}});
}

std::string dashes_and_semicolons(const Config& config) {
  return files_in(config, {{"data/a.csv", "x,z,colour,y\n1,1,red,2\n-,1,blue,4\n"}, {"data/b.csv", "x;z;colour;y\n1;1;red;2\n"}});
}

std::string a_line_end_in_a_cell(const Config& config) {
  return files_in(config, {{"data/a.csv", "x,z,colour,y\n1,1,\"dark\nred\",2\n3,1,blue,4\n"}});
}

}  // namespace

Effects retrain::test::data_effects() {
  return {
      {"data.directory", "sessions", two_folders},
      {"data.pattern", "\"race-*.csv\"", two_names},
      {"data.session", "{column: race}", one_file},
      {"data.time.column", "date", one_file},
      {"data.time.zone", "Europe/Vienna", with_times},
      {"data.columns", "{x: {max: 2.5}}", one_file},
      {"data.unique", "[colour]", one_file},
      {"data.rising", "{x: []}", one_file},
      {"data.sum_equals", "[{columns: [x], equals: y, tolerance: 0.5}]", one_file},
      {"data.where", "[{column: colour, equals: red}]", one_file},
      {"data.required_columns", "[weather]", one_file},
      {"data.exact_header", "true", one_file},
      {"data.min_rows", "100", one_file},
      {"data.valid_share", "0.5", one_broken_of_three},
      {"data.expected_sessions", "sessions.txt", one_expected_is_missing},
      {"data.expected.every", "1d", with_times},
      {"data.expected.grace", "30h", with_a_session_a_day},
      {"data.settle", "5m", one_file},
      {"data.max_age", "3d", with_times},
      {"data.min_label_share", "0.75", one_label_of_two},
      {"data.dvc.mode", "native", read_by_ourselves},
      {"data.dvc.path", "sessions.dvc", recorded_elsewhere},
      {"data.dvc.program", "no-such-dvc", asked_of_a_program},
      {"data.dvc.timeout", "10ms", asked_of_a_slow_program},
      {"data.delimiter", "\";\"", dashes_and_semicolons},
      {"data.missing_values", "[\"\", \"-\"]", dashes_and_semicolons},
      {"data.allow_embedded_newlines", "true", a_line_end_in_a_cell},
  };
}

TEST_CASE("every key of data has an effect") {
  check_effects(data_effects());
}
