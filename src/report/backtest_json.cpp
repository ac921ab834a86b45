// The report of a backtest as JSON (docs/formats/backtest.md).
#include "records.hpp"

namespace retrain::report {
namespace {

Json as_json(const BacktestDecision& record) {
  return {{"session_number", record.session_number},
          {"session", record.session},
          {"time", report::as_json(record.time)},
          {"kind", record.kind},
          {"reason", record.reason},
          {"message", record.message},
          {"severity", base::number(record.severity)}};
}

Json as_json(const BacktestSession& record) {
  return {{"number", record.number},
          {"id", record.id},
          {"time", report::as_json(record.time)},
          {"rows", record.rows},
          {"pipeline", base::number(record.pipeline)},
          {"frozen", base::number(record.frozen)},
          {"always", base::number(record.always)}};
}

template <class Record>
Json list(const std::vector<Record>& records) {
  Json array = Json::array();
  for (const Record& record : records) array.push_back(as_json(record));
  return array;
}

}  // namespace

Json as_json(const BacktestReport& record) {
  return {{"schema", record.schema},
          {"sessions", record.sessions},
          {"loss",
           {{"pipeline", base::number(record.loss.pipeline)},
            {"frozen", base::number(record.loss.frozen)},
            {"always", base::number(record.loss.always)}}},
          {"runs",
           {{"trained", record.runs.trained},
            {"promoted", record.runs.promoted},
            {"rejected", record.runs.rejected},
            {"rolled_back", record.runs.rolled_back}}},
          {"always", {{"trained", record.always_trained}}},
          {"decisions", list(record.decisions)},
          {"series", list(record.series)},
          {"model", record.model},
          {"loss_name", record.loss_name},
          {"leaked_rows", record.leaked_rows},
          {"settings", embedded(record.settings)}};
}

}  // namespace retrain::report
