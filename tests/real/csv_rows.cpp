// Prints the rows of a CSV file as a JSON array of objects, as every form of the scanner and the slow reader give them; fails
// when two of them differ.
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "unit/csv/reading.hpp"

using namespace retrain;

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: csv_rows FILE\n";
    return 2;
  }
  const std::string bytes = base::read_file(words[1]).value();
  const csv::Dialect dialect{',', true};
  const test::Reading slow = test::read_slowly(bytes, dialect);
  const test::TemporaryFolder folder;
  for (const auto set : csv::supported_sets()) {
    csv::ScanOptions options;
    options.dialect = dialect;
    options.instructions = set;
    if (test::scan(folder, bytes, options) == slow) continue;
    std::cerr << words[1] << ": the form " << csv::to_string(set) << " reads other rows than the slow reader\n";
    return 1;
  }
  using Json = nlohmann::ordered_json;
  Json rows = Json::array(), faults = Json::array();
  for (std::size_t i = 1; i < slow.records.size(); ++i) {
    const auto& record = slow.records[i];
    Json row;
    for (std::size_t field = 0; field < std::min(record.fields.size(), slow.records[0].fields.size()); ++field)
      row[slow.records[0].fields[field]] = record.fields[field];
    rows.push_back(row);
    for (const auto& fault : record.faults) faults.push_back(fault);
  }
  std::cout << Json{{"rows", rows}, {"faults", faults}}.dump() << '\n';
  return 0;
}
