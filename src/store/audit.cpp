#include "audit.hpp"

#include "base/sha256.hpp"
#include "base/text.hpp"

namespace retrain::store {
namespace {

/// The newest entry. The first one follows upon sequence 0 and a hash of zeros.
struct Head {
  std::int64_t sequence = 0;
  std::string hash = std::string(64, '0');
};

std::string as_text(const Head& head) {
  return std::to_string(head.sequence) + ":" + head.hash;
}

Result<Head> read_head(Connection& connection) {
  Statement statement = connection.prepare("SELECT value FROM meta WHERE key = 'audit_head'");
  const Result<bool> row = statement.next();
  if (!row) return row.status();
  if (!*row) return Head{};
  const std::string text = statement.text(0);
  const auto colon = text.find(':');
  const auto sequence = base::parse_integer(text.substr(0, colon));
  if (colon == std::string::npos || !sequence)
    return Status{StatusCode::corrupt, "meta audit_head is \"" + base::printable(text) + "\""};
  return Head{*sequence, text.substr(colon + 1)};
}

/// Each field goes in with its length before it, so that no two entries have the same bytes.
std::string hash_entry(const Head& previous, std::int64_t sequence, std::int64_t time_us, std::string_view model,
                       std::string_view kind, std::string_view data) {
  base::Sha256 hash;
  const std::string number = std::to_string(sequence);
  const std::string time = std::to_string(time_us);
  for (const std::string_view field :
       {std::string_view(previous.hash), std::string_view(number), std::string_view(time), model, kind, data}) {
    hash.update(std::to_string(field.size()) + ":");
    hash.update(field);
  }
  return hash.hex();
}

Status broken(std::int64_t sequence, std::string_view how) {
  return {StatusCode::corrupt, "audit entry " + std::to_string(sequence) + " " + std::string(how)};
}

}  // namespace

Status append_audit(Connection& connection, const std::string& model, std::string_view kind, std::string_view data_json,
                    Time now) {
  // From the stored head and not from the last row: over a cut-off end the chain must stay visibly broken.
  const Result<Head> previous = read_head(connection);
  if (!previous) return previous.status();
  const std::int64_t sequence = previous->sequence + 1;
  const Head head{sequence, hash_entry(*previous, sequence, now.time_since_epoch().count(), model, kind, data_json)};
  const Status inserted =
      connection
          .prepare(
              "INSERT INTO audit (sequence, model, time_us, kind, data, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)")
          .with(sequence, model, now, kind, data_json, previous->hash, head.hash)
          .run();
  if (!inserted) return inserted;
  return connection
      .prepare("INSERT INTO meta (key, value) VALUES ('audit_head', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
      .with(as_text(head))
      .run();
}

Status check_audit(Connection& connection) {
  const Result<Head> head = read_head(connection);
  if (!head) return head.status();
  Statement entries =
      connection.prepare("SELECT sequence, time_us, model, kind, data, previous_hash, hash FROM audit ORDER BY sequence");
  Head previous;
  for (;;) {
    const Result<bool> row = entries.next();
    if (!row) return row.status();
    if (!*row) break;
    const std::int64_t sequence = entries.integer(0);
    if (sequence != previous.sequence + 1) return broken(previous.sequence + 1, "is missing");
    if (entries.text(5) != previous.hash) return broken(sequence, "does not follow upon the one before");
    const std::string hash =
        hash_entry(previous, sequence, entries.integer(1), entries.text(2), entries.text(3), entries.text(4));
    if (hash != entries.text(6)) return broken(sequence, "was changed: its hash is another");
    previous = {sequence, hash};
  }
  if (previous.sequence < head->sequence) return broken(previous.sequence + 1, "is missing");
  if (as_text(previous) != as_text(*head)) return broken(previous.sequence, "is not the one that was written last");
  return {};
}

}  // namespace retrain::store
