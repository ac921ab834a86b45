// What is predicted and from which files: the sections `model` and `data` of a configuration.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <retrain/session.hpp>
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

struct DataSettings {
  std::string directory = "data";
  std::string pattern = "*.csv";  ///< a "/" in it matches sub-folders: "*/*.csv"; the session id is the file's own name
  std::string session_column;     ///< empty: one file is one session, named by the file without its extension
  std::string time_column;        ///< empty: sessions are ordered by name and known at once
  std::string time_zone = "UTC";  ///< of dates and times without an offset; a date alone means its end
  std::vector<ColumnRule> columns;
  std::vector<std::string> unique;                         ///< columns that together name a row of a session once
  std::map<std::string, std::vector<std::string>> rising;  ///< column → key columns within which it strictly rises
  std::vector<RowCondition> where;
  std::vector<std::string> required_columns;
  std::int64_t min_rows = 1;      ///< per session
  double valid_share = 1.0;       ///< of the sessions; invalid ones beyond it make the data broken, within it they are set aside
  std::string expected_sessions;  ///< file with one session id a line; empty = none
  bool allow_embedded_newlines = false;
};

}  // namespace retrain
