#include "session_rows.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <optional>

#include "base/csv.hpp"
#include "base/csv_value.hpp"
#include "base/files.hpp"

namespace retrain::readiness {
namespace {

using Fields = std::vector<std::size_t>;

/// Where `columns` stand in the header, or nothing when one is missing.
std::optional<Fields> find(const base::CsvRecord& header, const std::vector<std::string>& columns) {
  Fields fields;
  for (const auto& column : columns) {
    const auto same = [&](const base::CsvField& field) { return field.text == column; };
    const auto found = std::find_if(header.fields.begin(), header.fields.end(), same);
    if (found == header.fields.end()) return std::nullopt;
    fields.push_back(std::size_t(found - header.fields.begin()));
  }
  return fields;
}

using Visit = std::function<bool(const base::CsvRecord&, const Fields&)>;

/// Calls `visit` with each whole row of the session in `bytes` and the places of `columns`, until it answers false.
void visit_rows(std::string_view bytes, const Session& session, const DataSettings& data, const std::vector<std::string>& columns,
                const Visit& visit) {
  base::CsvReader reader(bytes, data.allow_embedded_newlines, data.delimiter.empty() ? ',' : data.delimiter.front());
  base::CsvRecord record;
  if (!reader.next(record)) return;
  const std::size_t width = record.fields.size();
  const auto fields = find(record, columns);
  std::optional<Fields> own;
  if (!data.session_column.empty()) own = find(record, {data.session_column});
  if (!fields || (!data.session_column.empty() && !own)) return;
  while (reader.next(record)) {
    if (record.fields.size() != width || (own && record.fields[own->front()].text != session.id)) continue;
    if (!visit(record, *fields)) return;
  }
}

void visit_file(const Session& session, const DataSettings& data, const std::vector<std::string>& columns, const Visit& visit) {
  const auto bytes = base::read_file(session.path);
  if (bytes && bytes->size() == session.size) visit_rows(*bytes, session, data, columns, visit);
}

/// The beginning of a file: enough for its first row.
std::string head_of(const std::string& path) {
  constexpr std::size_t enough = std::size_t{64} << 10U;
  std::string bytes(enough, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), std::streamsize(enough));
  bytes.resize(std::size_t(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

std::vector<std::string> naming_columns(const DataSettings& data, const ModelSettings& model) {
  std::vector<std::string> columns = data.unique;
  if (!data.time_column.empty()) columns.push_back(data.time_column);
  if (!model.target.empty()) columns.push_back(model.target);
  return columns;
}

/// FNV-1a over the cells and their lengths, mixed so that all bits count.
std::uint64_t identity(const base::CsvRecord& record, const Fields& fields) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3ULL; };
  for (const std::size_t field : fields) {
    const std::string_view text = record.fields[field].text;
    for (const char c : text) add(static_cast<unsigned char>(c));
    for (std::size_t length = text.size(), i = 0; i < 4; ++i, length >>= 8U) add(static_cast<unsigned char>(length & 255U));
  }
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdULL;
  return std::max<std::uint64_t>(hash ^ (hash >> 33U), 1);
}

}  // namespace

std::vector<std::uint64_t> row_identities(const Session& session, const DataSettings& data, const ModelSettings& model) {
  std::vector<std::uint64_t> identities;
  visit_file(session, data, naming_columns(data, model), [&](const base::CsvRecord& record, const Fields& fields) {
    identities.push_back(identity(record, fields));
    return true;
  });
  std::sort(identities.begin(), identities.end());
  return identities;
}

std::uint64_t first_identity(const Session& session, const DataSettings& data, const ModelSettings& model) {
  std::uint64_t first = 0;
  visit_rows(head_of(session.path), session, data, naming_columns(data, model),
             [&](const base::CsvRecord& record, const Fields& fields) {
               first = identity(record, fields);
               return false;
             });
  return first;
}

}  // namespace retrain::readiness
