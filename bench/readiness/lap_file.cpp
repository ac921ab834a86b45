#include "lap_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <vector>

namespace retrain::bench {
namespace {

constexpr std::array circuits = {
    "Sakhir",   "Jeddah",    "Melbourne",         "Suzuka",      "Shanghai",         "Miami",     "Imola",     "Monaco",
    "Montreal", "Barcelona", "Spielberg",         "Silverstone", "Budapest",         "Spa",       "Zandvoort", "Monza",
    "Baku",     "Singapore", "\"Austin, Texas\"", "Mexico City", "S\xC3\xA3o Paulo", "Las Vegas", "Lusail",    "Abu Dhabi"};
constexpr std::array drivers = {"ALB", "ALO", "BOT", "GAS", "HAM", "HUL", "LAW", "LEC", "MAG", "NOR",
                                "OCO", "PER", "PIA", "RIC", "RUS", "SAI", "SAR", "STR", "TSU", "VER"};
constexpr std::array teams = {"Williams", "Aston Martin", "Sauber",  "Alpine",  "Mercedes",
                              "Haas",     "RB",           "Ferrari", "McLaren", "Red Bull"};
constexpr std::array compounds = {"SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET"};
constexpr std::array states = {"green", "yellow", "sc", "vsc"};
constexpr const char* header =
    "season,round,session,circuit,driver,team,compound,lap,stint,tyre_life,position,lap_time,sector1,sector2,sector3,speed_trap,"
    "air_temp,track_temp,humidity,track_status\n";

/// xorshift64*: the same file for the same seed on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U | 1U) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ ^= state_ >> 12U;
    state_ ^= state_ << 25U;
    state_ ^= state_ >> 27U;
    return std::uint32_t(((state_ * 0x2545F4914F6CDD1DU) >> 32U) * limit >> 32U);
  }

 private:
  std::uint64_t state_;
};

class Writer {
 public:
  Writer(const std::string& path, const LapFile& file) : file_(file), random_(file.seed), out_(std::fopen(path.c_str(), "wb")) {
    if (out_ == nullptr) throw std::runtime_error("cannot write " + path);
    buffer_ = header;
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { std::fclose(out_); }

  std::int64_t write() {
    std::uint64_t written = 0;
    std::vector<std::string> shuffled;
    for (int session = 0; written < file_.bytes && (file_.sessions == 0 || session < file_.sessions); ++session) {
      add_session(session);
      if (file_.kind == LapFileKind::worst) {
        keep(shuffled);
        written += buffer_.size();
        buffer_.clear();
        if (shuffled.size() > 200'000) flush(shuffled);
      } else if (buffer_.size() > 1'000'000) {
        written += buffer_.size();
        flush();
      }
    }
    flush(shuffled);
    flush();
    return rows_;
  }

 private:
  bool worst() const { return file_.kind == LapFileKind::worst; }
  void text(const char* value) {
    const bool quote = worst() && value[0] != '"';
    if (quote) buffer_ += '"';
    buffer_ += value;
    buffer_ += quote ? "\"," : ",";
  }
  void number(unsigned value) { (buffer_ += std::to_string(value)) += ','; }
  void decimal(unsigned value, unsigned decimals) {
    char digits[32];
    const unsigned scale = decimals == 3 ? 1000 : 10;
    std::snprintf(digits, sizeof digits, "%u.%0*u,", value / scale, int(decimals), value % scale);
    buffer_ += digits;
  }
  void decimal_or_blank(unsigned value, unsigned decimals, unsigned blanks_in_10000) {
    if (random_.below(10000) < blanks_in_10000) {
      buffer_ += ',';
    } else {
      decimal(value, decimals);
    }
  }

  void add_session(int session) {
    const unsigned season = 1950 + unsigned(session) % 75, round = 1 + unsigned(session) % 24;
    const std::string id = std::to_string(season) + "-" + std::to_string(round) + "-" + std::to_string(session);
    const char* circuit = circuits[round - 1];
    const unsigned laps = 55 + random_.below(20), pace = 70'000 + random_.below(30'000);
    for (unsigned driver = 0; driver < drivers.size(); ++driver) {
      unsigned stint = 1, tyre = 1, compound = random_.below(3);
      for (unsigned lap = 1; lap <= laps; ++lap, ++tyre) {
        if (tyre > 15 && random_.below(20) == 0) {
          ++stint;
          tyre = 1;
          compound = random_.below(5);
        }
        add_row(season, round, id, circuit, driver, compound, lap, stint, tyre, pace);
      }
    }
  }

  void add_row(unsigned season, unsigned round, const std::string& id, const char* circuit, unsigned driver, unsigned compound,
               unsigned lap, unsigned stint, unsigned tyre, unsigned pace) {
    number(season);
    number(round);
    text(id.c_str());
    text(circuit);
    text(drivers[driver]);
    text(teams[driver / 2]);
    text(compounds[compound]);
    number(lap);
    number(stint);
    number(tyre);
    number(worst() ? 99 : 1 + (driver + lap / 10) % 20);
    const unsigned first = pace / 3 + random_.below(2000), second = pace / 3 + random_.below(2000),
                   third = pace / 3 + random_.below(2000);
    decimal(worst() ? 9'999'000 : first + second + third, 3);
    decimal_or_blank(first, 3, 30);
    decimal_or_blank(second, 3, 30);
    decimal_or_blank(third, 3, 30);
    decimal_or_blank(2700 + random_.below(800), 1, 80);
    decimal_or_blank(150 + random_.below(200), 1, 3);
    decimal(250 + random_.below(300), 1);
    decimal_or_blank(200 + random_.below(700), 1, 3);
    text(states[random_.below(50) == 0 ? random_.below(4) : 0]);
    buffer_.back() = '\n';
    ++rows_;
  }

  void keep(std::vector<std::string>& rows) const {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (begin != 0 || buffer_.compare(0, 7, "season,") != 0) rows.push_back(buffer_.substr(begin, end + 1 - begin));
    }
  }
  void flush(std::vector<std::string>& rows) {
    if (rows.empty()) return;
    if (std::ftell(out_) == 0) buffer_ = header;
    for (std::size_t i = rows.size() - 1; i > 0; --i) std::swap(rows[i], rows[random_.below(std::uint32_t(i + 1))]);
    for (const auto& row : rows) buffer_ += row;
    rows.clear();
    flush();
  }
  void flush() {
    std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
    buffer_.clear();
  }

  const LapFile file_;
  Random random_;
  std::FILE* out_;
  std::string buffer_;
  std::int64_t rows_ = 0;
};

}  // namespace

std::int64_t write_lap_file(const std::string& path, const LapFile& file) {
  return Writer(path, file).write();
}

DataSettings lap_rules(const std::string& folder) {
  const auto column = [](const char* name, ColumnType type, double min, double max, bool blanks) {
    ColumnRule rule{name, type, min, max};
    if (!blanks) rule.missing = 0.0;
    return rule;
  };
  DataSettings data;
  data.directory = folder;
  const auto integer = ColumnType::integer;
  const auto number = ColumnType::number;
  data.columns = {column("season", integer, 1950, 2030, false), column("round", integer, 1, 24, false),
                  column("lap", integer, 1, 100, false),        column("stint", integer, 1, 30, false),
                  column("tyre_life", integer, 1, 100, false),  column("position", integer, 1, 20, false),
                  column("lap_time", number, 40, 3000, false),  column("sector1", number, 5, 1500, true),
                  column("sector2", number, 5, 1500, true),     column("sector3", number, 5, 1500, true),
                  column("speed_trap", number, 50, 400, true),  column("air_temp", number, -10, 60, true),
                  column("track_temp", number, -10, 80, false), column("humidity", number, 0, 100, true)};
  for (const char* name : {"session", "circuit", "driver", "team"}) {
    ColumnRule rule{name, ColumnType::text};
    rule.missing = 0.0;
    data.columns.push_back(rule);
  }
  data.columns.push_back({"compound", ColumnType::text, {}, {}, {}, {compounds.begin(), compounds.end()}});
  data.columns.push_back({"track_status", ColumnType::text, {}, {}, {}, {states.begin(), states.end()}});
  data.unique = {"session", "driver", "lap"};
  data.rising = {{"lap", {"session", "driver"}}};
  return data;
}

ModelSettings lap_columns() {
  ModelSettings model;
  model.target = "lap_time";
  model.numeric = {"season",  "round",   "lap",        "stint",    "tyre_life",  "position", "sector1",
                   "sector2", "sector3", "speed_trap", "air_temp", "track_temp", "humidity"};
  model.categorical = {"session", "circuit", "driver", "team", "compound", "track_status"};
  return model;
}

DataSettings race_rules(const std::string& folder) {
  DataSettings data;
  data.directory = folder;
  data.pattern = "*/*.csv";
  data.columns = {{"season", ColumnType::integer, 2000, 2100, 0.0}, {"round", ColumnType::integer, 1, 30, 0.0},
                  {"lap", ColumnType::integer, 1, 100, 0.0},        {"lap_time", ColumnType::number, 40, 4000},
                  {"quali_best", ColumnType::number, 40, 4000},     {"course_length_km", ColumnType::number, 2, 10, 0.0},
                  {"tyre_life", ColumnType::number, 0, 100}};
  data.unique = {"driver", "lap"};
  data.rising = {{"lap", {"driver"}}};
  return data;
}

ModelSettings race_columns() {
  ModelSettings model;
  model.target = "lap_time";
  return model;
}

}  // namespace retrain::bench
