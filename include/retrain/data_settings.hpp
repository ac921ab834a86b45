// What is predicted and from which files: the sections `model` and `data` of a configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <retrain/session.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain {

enum class Task { regression, binary, multiclass };
std::string_view to_string(Task task);

struct ModelSettings {
  std::string name;
  Task task = Task::regression;
  std::string target;
  std::vector<std::string> numeric;
  std::vector<std::string> categorical;
};

enum class ColumnType { number, integer, text, date };

struct ColumnRule {
  std::string name;
  ColumnType type = ColumnType::number;
  std::optional<double> min, max;   ///< inclusive
  std::optional<double> missing;    ///< largest allowed share of missing values, 0 … 1
  std::vector<std::string> values;  ///< the only allowed ones; empty = any
};

/// In each row `columns` add up to `equals`, give or take `tolerance`; rows that lack one of them are left out.
struct SumRule {
  std::vector<std::string> columns;
  std::string equals;
  double tolerance = 0.001;
};

/// Sessions by rule: one every `every`, counted from the first. Each may be early or late by `grace`.
struct ExpectedRule {
  std::optional<Duration> every;  ///< empty = no rule
  Duration grace{};
};

/// Who says whether the data is what DVC recorded: nobody, our reader of .dvc files and dvc.lock, the `dvc` program, or both,
/// which must then agree.
enum class DvcMode { off, native, cli, both };
std::string_view to_string(DvcMode mode);

struct DvcSettings {
  DvcMode mode = DvcMode::off;
  std::string path;             ///< a .dvc file, dvc.lock, or a folder of them; empty = found from `directory` upwards
  std::string program = "dvc";  ///< a name to be found in PATH, or a path
  Duration timeout = std::chrono::seconds(60);  ///< of one call of it
};

struct DataSettings {
  std::string directory = "data";
  std::string pattern = "*.csv";  ///< a "/" in it matches sub-folders: "*/*.csv"; the session id is the file's own name
  std::string session_column;     ///< empty: one file is one session, named by the file without its extension
  std::string time_column;        ///< empty: sessions are ordered by name and known at once
  std::string time_zone = "UTC";  ///< of dates and times without an offset; a date alone means its end
  std::vector<ColumnRule> columns;
  std::vector<std::string> unique;                         ///< columns that together name a row of a session once
  std::map<std::string, std::vector<std::string>> rising;  ///< column → key columns within which it strictly rises
  std::vector<SumRule> sum_equals;
  std::vector<RowCondition> where;
  std::vector<std::string> required_columns;
  bool exact_header = false;      ///< whether columns that the configuration does not name are errors
  std::int64_t min_rows = 1;      ///< per session
  double valid_share = 1.0;       ///< of the sessions; invalid ones beyond it make the data broken, within it they are set aside
  std::string expected_sessions;  ///< file with one session id a line; empty = none
  ExpectedRule expected;
  Duration settle{};                ///< a file that changed less than this ago may still grow: it is waited for
  std::optional<Duration> max_age;  ///< of the newest session; older data is not worth training on
  double min_label_share = 0;       ///< of the rows of a session that pass `where`; with fewer labels it is waited for
  DvcSettings dvc;
  std::vector<std::string> files;  ///< exactly these instead of directory and pattern; not a key of the configuration
  std::string delimiter = ",";     ///< one character
  std::vector<std::string> missing_values = {
      "", "NA"};  ///< what a number's or date's cell may hold instead; texts lack a value when empty
  bool allow_embedded_newlines = false;
};

}  // namespace retrain
