#include "store/audit.hpp"

#include <doctest/doctest.h>

#include "base/sha256.hpp"
#include "unit/store/state_fixture.hpp"

using namespace retrain;
using store::Connection;
using test::open_writer;

namespace {

constexpr int entries = 5;

struct Tampering {
  store::Sql sql;
  const char* message;
};

class AuditedState {
 public:
  AuditedState() {
    for (int i = 1; i <= entries; ++i) append(i);
  }

  void append(int i) {
    const Status status = writer_->commit([i](Connection& connection) {
      return store::append_audit(connection, "model", "decided", "{\"n\":" + std::to_string(i) + "}", Time(Duration(1000 * i)));
    });
    REQUIRE_MESSAGE(status.ok(), status.message());
  }
  void change(store::Sql sql) {
    const Status status = writer_->commit([&](Connection& connection) { return connection.execute(sql); });
    REQUIRE_MESSAGE(status.ok(), status.message());
  }
  Status check() {
    return writer_->read([](Connection& connection) { return store::check_audit(connection); });
  }
  store::Writer& writer() { return *writer_; }

 private:
  test::TemporaryFolder folder_;
  std::unique_ptr<store::Writer> writer_ = open_writer(folder_ / "state");
};

}  // namespace

TEST_CASE("an untouched audit follows, empty or not") {
  const test::TemporaryFolder folder;
  AuditedState state;

  const Status empty = open_writer(folder / "state")->read([](Connection& connection) { return store::check_audit(connection); });

  CHECK(empty.ok());
  CHECK(state.check().ok());
}

TEST_CASE("any change of any column of any entry is found, and the entry named") {
  const Tampering changes[] = {
      {"UPDATE audit SET data = '{\"n\":9}' WHERE sequence = 3", "audit entry 3 was changed"},
      {"UPDATE audit SET model = 'other' WHERE sequence = 1", "audit entry 1 was changed"},
      {"UPDATE audit SET kind = 'undone' WHERE sequence = 5", "audit entry 5 was changed"},
      {"UPDATE audit SET time_us = time_us + 1 WHERE sequence = 2", "audit entry 2 was changed"},
      {"UPDATE audit SET hash = upper(hash) WHERE sequence = 4", "audit entry 4 was changed"},
      {"UPDATE audit SET previous_hash = hash WHERE sequence = 4", "audit entry 4 does not follow"},
      {"UPDATE audit SET model = model || kind, kind = '' WHERE sequence = 2", "audit entry 2 was changed"},
  };
  for (const auto& [sql, message] : changes) {
    AuditedState state;
    CAPTURE(sql.text());

    state.change(sql);

    const Status status = state.check();
    CHECK(status.code() == StatusCode::corrupt);
    CHECK(status.message().find(message) == 0);
  }
}

TEST_CASE("an entry taken out is found: the first, one in between, the last, all of them") {
  const Tampering removals[] = {
      {"DELETE FROM audit WHERE sequence = 1", "audit entry 1 is missing"},
      {"DELETE FROM audit WHERE sequence = 3", "audit entry 3 is missing"},
      {"DELETE FROM audit WHERE sequence >= 5", "audit entry 5 is missing"},
      {"DELETE FROM audit", "audit entry 1 is missing"},
      {"DELETE FROM audit WHERE sequence = 3; UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3",
       "audit entry 3 does not follow"},
  };
  for (const auto& [sql, message] : removals) {
    AuditedState state;
    CAPTURE(sql.text());

    state.change(sql);

    CHECK(state.check().message().find(message) == 0);
  }
}

TEST_CASE("a cut-off end stays visible after the next entry") {
  AuditedState state;
  state.change("DELETE FROM audit WHERE sequence >= 4");

  state.append(6);

  CHECK(state.check().message() == "audit entry 4 is missing");
}

TEST_CASE("an entry put in, two changed about, and a head that was set back are found") {
  AuditedState inserted, swapped, set_back;

  inserted.change("INSERT INTO audit SELECT 6, model, time_us, kind, data, hash, hash FROM audit WHERE sequence = 5");
  swapped.change(
      "UPDATE audit SET sequence = -2 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; "
      "UPDATE audit SET sequence = 3 WHERE sequence = -2");
  set_back.change("UPDATE meta SET value = (SELECT '4:' || hash FROM audit WHERE sequence = 4) WHERE key = 'audit_head'");

  CHECK(inserted.check().message().find("audit entry 6") == 0);
  CHECK(swapped.check().message().find("audit entry 2 does not follow") == 0);
  CHECK(set_back.check().message() == "audit entry 5 is not the one that was written last");
}

TEST_CASE("an entry that was rolled back leaves no trace in the chain") {
  AuditedState state;

  const Status refused = state.writer().commit([](Connection& connection) -> Status {
    if (Status status = store::append_audit(connection, "model", "decided", "{}", Time{}); !status) return status;
    return {StatusCode::conflict, "no"};
  });
  state.append(6);

  CHECK_FALSE(refused.ok());
  CHECK(state.check().ok());
}

TEST_CASE("the hash is the one that docs/formats/state.md describes") {
  AuditedState state;
  std::string first, second;
  const Status status = state.writer().read([&](Connection& connection) -> Status {
    first = test::value(connection, "SELECT hash FROM audit WHERE sequence = 1");
    second = test::value(connection, "SELECT hash FROM audit WHERE sequence = 2");
    return {};
  });
  REQUIRE(status.ok());

  CHECK(first == base::sha256("64:" + std::string(64, '0') + "1:1" + "4:1000" + "5:model" + "7:decided" + "7:{\"n\":1}"));
  CHECK(second == base::sha256("64:" + first + "1:2" + "4:2000" + "5:model" + "7:decided" + "7:{\"n\":2}"));
}
