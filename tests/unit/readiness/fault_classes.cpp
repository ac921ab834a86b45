#include <stdexcept>

#include "fault_files.hpp"

using namespace std::string_literals;

namespace retrain::test {
namespace {

std::vector<FaultClass> structure() {
  const auto cut = [](std::size_t from_end) {
    return [=](LapTable& table) {
      std::string text = table.text();
      text.resize(text.size() - from_end);
      return text;
    };
  };
  const auto quote_over = [](int first, int last) {
    return edit([=](LapTable& table) {
      table.cell(first, "note") = "\"dry";
      for (int line = first + 1; line < last; ++line) table.cell(line, "note") = "";
      table.cell(last, "note") = "dry\"";
    });
  };
  return {
      {"a stray quote", set_cell("note", "a\"b"), "stray_quote", 7, "", "a\"b"},
      {"a quote at the end of a field", set_cell("note", "dry\""), "stray_quote", 7, "", "dry\""},
      {"text behind a quote", set_cell("note", "\"a\"b"), "text_after_quote", 7, "", "a"},
      {"a blank behind a quote", set_cell("note", "\"a\" "), "text_after_quote", 7, "", "a"},
      {"a quote that is never closed", set_cell("note", "\"dry", 121), "open_quote", 121, "", "dry"},
      {"a quote closed on the next line", set_cell("note", "\"dry\nwet\""), "embedded_newline", 7, "", "dry\\x0awet"},
      {"a quote closed a hundred rows later", quote_over(10, 110), "embedded_newline", 10},
      {"a CRLF in quotes", set_cell("note", "\"dry\r\nwet\""), "embedded_newline", 7, "", "dry\\x0d\\x0awet"},
      {"a CR in quotes", set_cell("note", "\"dry\rwet\""), "embedded_newline", 7, "", "dry\\x0dwet"},
      {"a NUL byte", set_cell("note", "a\0b"s), "nul_byte", 7, "", "a\\x00b"},
      {"a NUL byte in quotes", set_cell("note", "\"a\0b\""s), "nul_byte", 7, "", "a\\x00b"},
      {"a NUL byte for a number", set_sector("\0"s), "nul_byte", 7, "", "\\x00"},
      {"a CR without LF", set_cell("note", "a\rb"), "bare_cr", 7, "", "a\\x0db"},
      {"two CR before the LF", end_line("\r\r\n", 6), "bare_cr", 6},
      {"a CR at the end of the file", end_line("\r", 121), "text_after_quote", 121},
      {"an extra separator at the end", end_line(",\n"), "ragged_row", 7},
      {"an extra field", edit([](LapTable& table) { table.line(7).insert(table.line(7).begin() + 3, "1"); }), "ragged_row", 7},
      {"a missing last field", edit([](LapTable& table) { table.line(7).pop_back(); }), "ragged_row", 7},
      {"a missing first field", edit([](LapTable& table) { table.line(7).erase(table.line(7).begin()); }), "ragged_row", 7},
      {"two rows run together", end_line(","), "ragged_row", 7},
      {"a row of blanks", edit([](LapTable& table) { table.insert(7, {"   "}); }), "ragged_row", 7},
      {"a comment", edit([](LapTable& table) { table.insert(7, {"# checked by hand"}); }), "ragged_row", 7},
      {"a total below the rows", edit([](LapTable& table) { table.insert(122, {"total", "120"}); }), "ragged_row", 122},
      {"a blank line", edit([](LapTable& table) { table.insert(7, {}); }), "blank_line", 7},
      {"a blank line of CRLF", end_line("\n\r\n"), "blank_line", 8},
      {"a blank line at the end", edit([](LapTable& table) { table.insert(122, {}); }), "blank_line", 122},
      {"a file cut in a row", cut(30), "ragged_row", 121},
      {"a file cut in a quote", cut(3), "open_quote", 121},
      {"a field beyond the limit", set_cell("note", std::string(70'000, 'a')), "long_field", 7},
      {"a record beyond the limit", edit([](LapTable& table) { table.line(7).assign(20, std::string(60'000, 'a')); }),
       "long_line", 7},
      {"too many fields", edit([](LapTable& table) { table.line(7).assign(5000, "1"); }), "many_fields", 7},
      {"Latin-1", set_cell("note", "K\xF6ln"), "utf8", 7, "", "K\\xf6ln"},
      {"overlong UTF-8", set_cell("note", "\xC0\xAF"), "utf8", 7, "", "\\xc0\\xaf"},
      {"a surrogate in UTF-8", set_cell("note", "\xED\xA0\x80"), "utf8", 7, "", "\\xed\\xa0\\x80"},
      {"a letter cut in half", set_cell("note", "K\xC3"), "utf8", 7, "", "K\\xc3"},
      {"bytes beyond Unicode", set_cell("note", "\xF5\x80\x80\x80"), "utf8", 7},
      {"UTF-16, little end first", wide(false, "\xFF\xFE"), "encoding"},
      {"UTF-16, big end first", wide(true, "\xFE\xFF"), "encoding"},
      {"UTF-32", wide(false, "\xFF\xFE\0\0"s, 4), "encoding"},
      {"UTF-16 without a mark", wide(false, ""), "nul_byte", 1, "", "d\\x00r\\x00i\\x00v\\x00e\\x00r\\x00"},
      {"an empty file", [](LapTable&) { return ""s; }, "empty_file"},
      {"nothing but a byte order mark", [](LapTable&) { return "\xEF\xBB\xBF"s; }, "empty_file"},
  };
}

std::vector<FaultClass> header() {
  const auto separated = [](char delimiter) { return [=](LapTable& table) { return table.text(delimiter); }; };
  return {
      {"semicolons", separated(';'), "missing_column", 1, "lap_time"},
      {"tabs", separated('\t'), "missing_column", 1, "lap_time"},
      {"bars", separated('|'), "missing_column", 1, "lap_time"},
      {"no header", edit([](LapTable& table) { table.rows.erase(table.rows.begin()); }), "missing_column", 1, "lap_time"},
      {"a title above the header", edit([](LapTable& table) { table.before = "Laps of 2024\n"; }), "missing_column", 1,
       "lap_time"},
      {"a column missing", edit([](LapTable& table) {
         for (auto& row : table.rows) row.erase(row.begin() + 2);
       }),
       "missing_column", 1, "lap_time"},
      {"a column renamed", rename("lap_time", "laptime"), "missing_column", 1, "lap_time"},
      {"a column in capitals", rename("lap_time", "Lap_Time"), "missing_column", 1, "lap_time"},
      {"a padded name", rename("lap_time", " lap_time"), "missing_column", 1, "lap_time"},
      {"a second byte order mark", edit([](LapTable& table) { table.before = "\xEF\xBB\xBF\xEF\xBB\xBF"; }), "missing_column", 1,
       "driver"},
      {"a name twice", rename("note", "lap"), "duplicate_header", 1, "lap", "lap"},
      {"a name missing", rename("note", ""), "empty_header", 1},
      {"a column that nobody named", edit([](LapTable& table) {
         for (auto& row : table.rows) row.push_back("1");
         table.line(1).back() = "weather";
       }),
       "unknown_column", 1, "weather", "weather"},
      {"a line break in a name", rename("note", "\"no\nte\""), "embedded_newline", 1, "", "no\\x0ate"},
      {"names of like columns exchanged",
       edit([](LapTable& table) { std::swap(table.cell(1, "lap_time"), table.cell(1, "sector1")); }), "sum_equals", 2, "lap_time",
       "30"},
      {"the header again amid the rows", edit([](LapTable& table) { table.insert(62, table.line(1)); }), "type", 62, "lap",
       "lap"},
  };
}

std::vector<FaultClass> cells() {
  return {
      {"NaN", set_sector("NaN"), "not_finite", 7, "sector1", "NaN"},
      {"inf", set_sector("inf"), "not_finite", 7, "sector1", "inf"},
      {"-Infinity", set_sector("-Infinity"), "not_finite", 7, "sector1", "-Infinity"},
      {"a blank before a number", set_sector(" 30"), "padding", 7, "sector1", " 30"},
      {"a blank behind a number", set_sector("30 "), "padding", 7, "sector1", "30 "},
      {"a tab before a number", set_sector("\t30"), "padding", 7, "sector1", "\\x0930"},
      {"a quoted number with a blank", set_sector("\"30 \""), "padding", 7, "sector1", "30 "},
      {"12.0 for an integer", set_cell("lap", "6.0"), "type", 7, "lap", "6.0"},
      {"1e1 for an integer", set_cell("lap", "6e0"), "type", 7, "lap", "6e0"},
      {"an integer beyond 64 bits", set_cell("lap", "99999999999999999999"), "type", 7, "lap", "99999999999999999999"},
      {"a number beyond float32", set_sector("1e39"), "float32_range", 7, "sector1", "1e39"},
      {"a number beyond double", set_sector("1e400"), "type", 7, "sector1", "1e400"},
      {"hexadecimal", set_sector("0x1E"), "type", 7, "sector1", "0x1E"},
      {"thousands apart", set_sector("\"1,030\""), "type", 7, "sector1", "1,030"},
      {"a decimal comma", set_sector("\"30,0\""), "type", 7, "sector1", "30,0"},
      {"digits apart", set_sector("3_0"), "type", 7, "sector1", "3_0"},
      {"a word", set_sector("thirty"), "type", 7, "sector1", "thirty"},
      {"two signs", set_sector("+-30"), "type", 7, "sector1", "+-30"},
      {"two points", set_sector("30.0.0"), "type", 7, "sector1", "30.0.0"},
      {"a unit", set_sector("30s"), "type", 7, "sector1", "30s"},
      {"a time for seconds", set_sector("0:30"), "type", 7, "sector1", "0:30"},
      {"NULL", set_sector("NULL"), "type", 7, "sector1", "NULL"},
      {"a dash", set_sector("-"), "type", 7, "sector1", "-"},
      {"N/A", set_sector("N/A"), "type", 7, "sector1", "N/A"},
      {"an error of a spreadsheet", set_sector("#DIV/0!"), "type", 7, "sector1", "#DIV/0!"},
      {"true for a number", set_sector("true"), "type", 7, "sector1", "true"},
      {"below the least", set_sector("4.999"), "min", 7, "sector1", "4.999"},
      {"a negative number", set_sector("-30"), "min", 7, "sector1", "-30"},
      {"above the most", set_cell("lap_time", "3000.001"), "max", 7, "lap_time", "3000.001"},
      {"a value that is not listed", set_cell("compound", "HYPER"), "values", 7, "compound", "HYPER"},
      {"a value in small letters", set_cell("compound", "soft"), "values", 7, "compound", "soft"},
      {"a padded value", set_cell("compound", "SOFT "), "values", 7, "compound", "SOFT "},
      {"a text missing", set_cell("compound", ""), "missing", 7, "compound"},
      {"a quoted nothing", set_cell("driver", "\"\""), "missing", 7, "driver"},
      {"too much missing", edit([](LapTable& table) {
         for (int line = 20; line < 33; ++line) table.cell(line, "sector1") = line % 2 == 0 ? "" : "NA";
       }),
       "missing", 20, "sector1"},
      {"a month that is none", set_cell("date", "2024-13-05"), "date", 7, "date", "2024-13-05"},
      {"a day that is none", set_cell("date", "2024-02-30"), "date", 7, "date", "2024-02-30"},
      {"another order of the date", set_cell("date", "05/05/2024"), "date", 7, "date", "05/05/2024"},
      {"a date as a number", set_cell("date", "45417"), "date", 7, "date", "45417"},
      {"a padded date", set_cell("date", " 2024-05-05"), "padding", 7, "date", " 2024-05-05"},
  };
}

std::vector<FaultClass> rows() {
  return {
      {"a row twice", edit([](LapTable& table) { table.insert(8, table.line(7)); }), "unique", 8, "driver, lap"},
      {"a key twice, far apart", edit([](LapTable& table) { table.insert(100, table.line(7)); }), "unique", 100, "driver, lap"},
      {"laps out of order", edit([](LapTable& table) { std::swap(table.line(7), table.line(8)); }), "rising", 8, "lap", "6"},
      {"a session appended to itself", edit([](LapTable& table) {
         const auto again = table.rows;
         table.rows.insert(table.rows.end(), again.begin() + 1, again.end());
         table.ends.resize(table.rows.size(), "\n");
       }),
       "unique", 122, "driver, lap"},
      {"a sum that is off", set_cell("sector2", "30.61"), "sum_equals", 7, "lap_time", "90.6"},
      {"header only", edit([](LapTable& table) {
         table.rows.resize(1);
         table.ends.resize(1);
       }),
       "min_rows"},
      {"too few rows", edit([](LapTable& table) {
         table.rows.resize(9);
         table.ends.resize(9);
       }),
       "min_rows"},
      {"no line end at the end", end_line("", 121), "missing_final_newline", 121},
  };
}

}  // namespace

std::vector<FaultClass> fault_classes() {
  std::vector<FaultClass> all;
  for (const auto& part : {structure(), header(), cells(), rows()}) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace retrain::test
