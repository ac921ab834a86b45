#include "row_keys.hpp"

#include "base/text.hpp"

namespace retrain::readiness {

void write_key(const base::CsvRecord& record, const std::vector<std::size_t>& fields, std::string& key) {
  key.clear();
  for (const std::size_t field : fields) {
    const std::string_view text = record.fields[field].text;
    const auto size = std::uint32_t(text.size());
    key.append(reinterpret_cast<const char*>(&size), sizeof size);  // lengths first: "a","bc" is not "ab","c"
    key.append(text);
  }
}

std::string readable_key(const base::CsvRecord& record, const std::vector<std::size_t>& fields) {
  std::vector<std::string> texts;
  for (const std::size_t field : fields) texts.push_back("'" + base::printable(record.fields[field].text) + "'");
  return base::join(texts, ", ");
}

std::optional<std::int64_t> UniqueRows::insert(const base::CsvRecord& record, const std::vector<std::size_t>& fields) {
  write_key(record, fields, key_);
  const auto [entry, inserted] = line_of_.try_emplace(key_, record.line);
  if (inserted) return std::nullopt;
  return entry->second;
}

std::optional<RisingValues::Last> RisingValues::insert(const base::CsvRecord& record, const std::vector<std::size_t>& keys,
                                                       double value) {
  write_key(record, keys, key_);
  const auto [entry, inserted] = last_of_.try_emplace(key_, Last{value, record.line});
  if (inserted) return std::nullopt;
  const Last before = std::exchange(entry->second, Last{value, record.line});
  if (value > before.value) return std::nullopt;
  return before;
}

}  // namespace retrain::readiness
