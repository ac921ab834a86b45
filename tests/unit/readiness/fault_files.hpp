// Fault files: one clean table of laps, and ways to pollute it, each with what a check must say.
#pragma once

#include <functional>
#include <retrain/config.hpp>
#include <string>
#include <vector>

namespace retrain::test {

/// A table as text, cell by cell; row 0 is the header, so that cell (r, c) stands on line r + 1.
struct LapTable {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> ends;  ///< what ends each line
  std::string before;             ///< stands in front of the header

  static LapTable clean(int laps = 60) {
    LapTable table;
    table.rows.push_back({"driver", "lap", "lap_time", "sector1", "sector2", "sector3", "compound", "date", "note"});
    for (const char* driver : {"HAM", "VER"}) {
      for (int lap = 1; lap <= laps; ++lap) {
        const std::string tenth = std::to_string(lap % 10);
        table.rows.push_back({driver, std::to_string(lap), "90." + tenth, "30", "30." + tenth, "30.0",
                              lap % 2 == 0 ? "SOFT" : "HARD", "2024-05-05", lap % 3 == 0 ? "K\xC3\xB6ln, wet" : ""});
        if (lap % 3 == 0) table.rows.back().back() = "\"K\xC3\xB6ln, wet\"";
      }
    }
    table.ends.assign(table.rows.size(), "\n");
    return table;
  }

  std::string& cell(int line, const std::string& column) {
    const auto names = clean(1).rows[0];
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == column) return rows[std::size_t(line - 1)][i];
    }
    throw std::out_of_range(column);
  }
  std::vector<std::string>& line(int number) { return rows[std::size_t(number - 1)]; }
  void insert(int before_line, std::vector<std::string> cells) {
    rows.insert(rows.begin() + before_line - 1, std::move(cells));
    ends.insert(ends.begin() + before_line - 1, "\n");
  }
  std::string text(char delimiter = ',') const {
    std::string out = before;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      for (std::size_t i = 0; i < rows[row].size(); ++i) {
        if (i > 0) out += delimiter;
        out += rows[row][i];
      }
      out += ends[row];
    }
    return out;
  }
};

/// What the clean table keeps.
inline void set_lap_rules(DataSettings& data, ModelSettings& model) {
  model.target = "lap_time";
  model.numeric = {"sector1", "sector2", "sector3"};
  data.time_column = "date";
  data.columns = {
      {"lap", ColumnType::integer, 1, 100, 0.0},   {"lap_time", ColumnType::number, 40, 3000, 0.1},
      {"sector1", ColumnType::number, 5, {}, 0.1}, {"compound", ColumnType::text, {}, {}, 0.0, {"SOFT", "MEDIUM", "HARD"}},
      {"driver", ColumnType::text, {}, {}, 0.0},   {"date", ColumnType::date, {}, {}, 0.0}};
  data.unique = {"driver", "lap"};
  data.rising = {{"lap", {"driver"}}};
  data.sum_equals = {{{"sector1", "sector2", "sector3"}, "lap_time", 0.001}};
  data.required_columns = {"note"};
  data.exact_header = true;
  data.min_rows = 10;
}

/// One class of faults: how it is made, and the finding that must come of it.
struct FaultClass {
  const char* name;
  std::function<std::string(LapTable&)> pollute;  ///< the bytes of the file
  const char* rule;
  std::int64_t row = 0;
  const char* column = "";
  const char* value = "";  ///< of the finding
};

using Pollute = std::function<std::string(LapTable&)>;

/// Line 7 holds HAM's lap 6, with a quoted note.
inline Pollute set_cell(const char* column, std::string text, int line = 7) {
  return [=](LapTable& table) {
    table.cell(line, column) = text;
    return table.text();
  };
}

/// A number that is no plain one, without breaking the sum.
inline Pollute set_sector(std::string text) {
  return set_cell("sector1", std::move(text));
}

inline Pollute end_line(std::string end, int line = 7) {
  return [=](LapTable& table) {
    table.ends[std::size_t(line - 1)] = end;
    return table.text();
  };
}

inline Pollute rename(const char* column, std::string name) {
  return set_cell(column, std::move(name), 1);
}

inline Pollute edit(std::function<void(LapTable&)> change) {
  return [change = std::move(change)](LapTable& table) {
    change(table);
    return table.text();
  };
}

inline Pollute wide(bool big_endian, std::string mark, std::size_t unit = 2) {
  return [=](LapTable& table) {
    std::string out = mark;
    for (const char c : table.text()) {
      const std::string zeros(unit - 1, '\0');
      out += big_endian ? zeros + c : c + zeros;
    }
    return out;
  };
}

std::vector<FaultClass> fault_classes();

}  // namespace retrain::test
