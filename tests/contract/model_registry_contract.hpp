// What every ModelRegistry does, and every ModelStore.
#pragma once

#include <doctest/doctest.h>

#include <retrain/json.hpp>
#include <retrain/model_registry.hpp>
#include <string>

#include "base/sha256.hpp"
#include "contract/part_contract.hpp"
#include "unit/deploy/stored_model.hpp"

namespace retrain::test {

/// `make` gives a registry for the model "air-time".
inline void check_model_registry_contract(const Maker<ModelRegistry>& make) {
  check_part_contract(make);
  const auto registry = make();
  const auto context = [](const std::string& run, const std::string& reason = "promoted") {
    return DeployContext{"air-time", run, Time(std::chrono::hours(400'000)), reason};
  };
  const auto publish = [&](const std::string& bytes, const std::string& run) {
    auto model = registry->publish(make_artifact(bytes), context(run));
    REQUIRE_MESSAGE(model.ok(), model.status().message());
    return *model;
  };

  SUBCASE("serving finds nothing at first, and publishing changes nothing for it") {
    CHECK(registry->current().value() == std::nullopt);

    publish("first", "run-1");

    CHECK(registry->current().value() == std::nullopt);
  }

  SUBCASE("a published model is named by the hash of its bytes and by its run, and once however often it is published") {
    const ModelRef model = publish("first", "run-1");

    CHECK(model.sha256 == base::sha256("first"));
    CHECK(model.run_id == "run-1");
    CHECK(publish("first", "run-1") == model);
  }

  SUBCASE("serving finds the model that was activated last, also the way back") {
    const ModelRef first = publish("first", "run-1"), second = publish("second", "run-2");

    REQUIRE(registry->activate(first, context("run-1")).ok());
    CHECK(registry->current().value() == first);
    REQUIRE(registry->activate(second, context("run-2")).ok());
    CHECK(registry->current().value() == second);
    REQUIRE(registry->activate(first, context("run-2", "rolled back: harmful")).ok());
    CHECK(registry->current().value() == first);
  }

  SUBCASE("activating twice is activating once, and publishing a served model again leaves it served") {
    const ModelRef first = publish("first", "run-1");
    REQUIRE(registry->activate(first, context("run-1")).ok());

    REQUIRE(registry->activate(first, context("run-1")).ok());
    publish("first", "run-1");

    CHECK(registry->current().value() == first);
  }

  SUBCASE("what was never published is not activated, and what serves stays") {
    const ModelRef first = publish("first", "run-1");
    REQUIRE(registry->activate(first, context("run-1")).ok());

    const Status status = registry->activate({.sha256 = base::sha256("nobody"), .run_id = "run-9"}, context("run-9"));

    CHECK_FALSE(status.ok());
    CHECK_FALSE(status.message().empty());
    CHECK(registry->current().value() == first);
  }
}

inline void check_model_store_contract(const Maker<ModelStore>& make) {
  const auto store = make();
  const ModelArtifact artifact = make_artifact(std::string("bytes\0of a model\n", 17));

  SUBCASE("a model comes back whole under the hash of its bytes") {
    const auto sha256 = store->put(artifact);
    REQUIRE_MESSAGE(sha256.ok(), sha256.status().message());

    const auto found = store->get(*sha256);

    CHECK(*sha256 == base::sha256(artifact.bytes));
    REQUIRE_MESSAGE(found.ok(), found.status().message());
    CHECK(found->bytes == artifact.bytes);
    CHECK(to_json(found->description) == to_json(artifact.description));
  }

  SUBCASE("the same bytes again change nothing, not even the description that was stored with them") {
    const std::string sha256 = store->put(artifact).value();
    const std::string description = store->description_sha256(sha256).value();
    ModelArtifact other = artifact;
    other.description.rounds += 1;

    CHECK(store->put(artifact).value() == sha256);
    CHECK(store->put(other).value() == sha256);

    CHECK(store->description_sha256(sha256).value() == description);
    CHECK(to_json(store->get(sha256)->description) == to_json(artifact.description));
  }

  SUBCASE("a model that was never stored is not found") {
    CHECK(store->get(base::sha256("nobody")).status().code() == StatusCode::not_found);
    CHECK(store->description_sha256(base::sha256("nobody")).status().code() == StatusCode::not_found);
  }

  SUBCASE("a sweep leaves whole models alone") {
    const std::string sha256 = store->put(artifact).value();

    CHECK(store->sweep().value() == 0);

    CHECK(store->get(sha256).ok());
  }
}

}  // namespace retrain::test
