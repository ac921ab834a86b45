// What every Notifier does.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <retrain/notifier.hpp>
#include <string>
#include <vector>

#include "contract/part_contract.hpp"

namespace retrain::test {

inline Event contract_event(const std::string& id, const std::string& data = "{}") {
  return {.id = id,
          .type = "run.promoted",
          .time = Time(std::chrono::hours(400'000)),
          .model = "toy",
          .run_id = "run-" + id,
          .data = data};
}

/// `delivered` tells which event ids reached the receiver of the newest notifier, in order.
inline void check_notifier_contract(const Maker<Notifier>& make, const std::function<std::vector<std::string>()>& delivered) {
  check_part_contract(make);
  const auto notifier = make();

  SUBCASE("events arrive in the order in which they were given") {
    for (const char* id : {"a", "b", "c"}) REQUIRE(notifier->notify(contract_event(id)).ok());

    CHECK(delivered() == std::vector<std::string>{"a", "b", "c"});
  }

  SUBCASE("an event given again is taken without complaint, and loses no other") {
    for (const char* id : {"a", "b", "b", "a", "c"}) REQUIRE(notifier->notify(contract_event(id)).ok());

    std::vector<std::string> seen;
    for (const auto& id : delivered()) {
      if (std::find(seen.begin(), seen.end(), id) == seen.end()) seen.push_back(id);
    }
    CHECK(seen == std::vector<std::string>{"a", "b", "c"});
  }

  SUBCASE("an event is delivered whatever stands in it") {
    const std::string awkward = R"({"reason":"line\nbreak, \"quotes\" and ünïcode","nothing":null,"nested":{"list":[1,2]}})";

    CHECK(notifier->notify(contract_event("a", awkward)).ok());
    Event bare = contract_event("b");
    bare.run_id.clear();
    CHECK(notifier->notify(bare).ok());

    CHECK(delivered() == std::vector<std::string>{"a", "b"});
  }

  SUBCASE("an event needs to live no longer than the call") {
    {
      const auto brief = std::make_unique<Event>(contract_event("a"));
      REQUIRE(notifier->notify(*brief).ok());
    }
    REQUIRE(notifier->notify(contract_event("b")).ok());

    CHECK(delivered() == std::vector<std::string>{"a", "b"});
  }
}

}  // namespace retrain::test
