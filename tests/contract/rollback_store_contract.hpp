// What every RollbackStore does.
#pragma once

#include <doctest/doctest.h>

#include <retrain/rollback_store.hpp>
#include <string>
#include <vector>

#include "contract/part_contract.hpp"

namespace retrain::test {

inline void check_rollback_store_contract(const Maker<RollbackStore>& make) {
  check_part_contract(make);
  const auto store = make();
  const auto model = [](const std::string& name) { return ModelRef{name, "run-" + name, "rr-" + name, "rm-" + name, "1"}; };
  const auto history = [&](std::size_t limit = 100) {
    const auto models = store->history(limit);
    REQUIRE_MESSAGE(models.ok(), models.status().message());
    return *models;
  };
  const auto quarantine = [&](const std::string& name) {
    return Quarantine{{"data-" + name, "parameters", "code"}, name, "rolled back"};
  };
  using Models = std::vector<ModelRef>;

  SUBCASE("nothing is stable and nothing quarantined at first") {
    CHECK(store->stable().value() == std::nullopt);
    CHECK(history().empty());
    CHECK_FALSE(store->is_quarantined({"data", "parameters", "code"}).value());
  }

  SUBCASE("the history tells whole models, newest first, and no more than asked for") {
    for (const char* name : {"a", "b", "c"}) REQUIRE(store->register_stable(model(name)).ok());

    CHECK(store->stable().value() == model("c"));
    CHECK(history() == Models{model("c"), model("b"), model("a")});
    CHECK(history(2) == Models{model("c"), model("b")});
    CHECK(history(0).empty());
  }

  SUBCASE("a model registered again stands in the history once") {
    REQUIRE(store->register_stable(model("a")).ok());
    REQUIRE(store->register_stable(model("a")).ok());
    REQUIRE(store->register_stable(model("b")).ok());
    REQUIRE(store->register_stable(model("b")).ok());

    CHECK(history() == Models{model("b"), model("a")});
  }

  SUBCASE("a quarantined model is neither stable nor in the history, and the one before it is") {
    for (const char* name : {"a", "b", "c"}) REQUIRE(store->register_stable(model(name)).ok());

    REQUIRE(store->quarantine(quarantine("c")).ok());
    REQUIRE(store->quarantine(quarantine("c")).ok());

    CHECK(store->stable().value() == model("b"));
    CHECK(history() == Models{model("b"), model("a")});
    CHECK(history(1) == Models{model("b")});
  }

  SUBCASE("a model quarantined before it is registered does not become stable") {
    REQUIRE(store->register_stable(model("a")).ok());
    REQUIRE(store->quarantine(quarantine("b")).ok());

    REQUIRE(store->register_stable(model("b")).ok());

    CHECK(store->stable().value() == model("a"));
  }

  SUBCASE("a fingerprint is quarantined only as a whole") {
    REQUIRE(store->quarantine(quarantine("a")).ok());

    CHECK(store->is_quarantined({"data-a", "parameters", "code"}).value());
    CHECK_FALSE(store->is_quarantined({"data-b", "parameters", "code"}).value());
    CHECK_FALSE(store->is_quarantined({"data-a", "others", "code"}).value());
    CHECK_FALSE(store->is_quarantined({"data-a", "parameters", "newer"}).value());
  }
}

}  // namespace retrain::test
