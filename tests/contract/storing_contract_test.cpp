// The parts that keep and tell: the defaults, and the same in memory.
#include <doctest/doctest.h>

#include <list>
#include <nlohmann/json.hpp>
#include <sstream>

#include "contract/clock_contract.hpp"
#include "contract/memory_parts.hpp"
#include "contract/model_registry_contract.hpp"
#include "contract/notifier_contract.hpp"
#include "contract/rollback_store_contract.hpp"
#include "support/temporary_folder.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("the system clock keeps the clock's contract") {
  check_clock_contract(make_system_clock);
}

TEST_CASE("the manual clock keeps the clock's contract") {
  check_clock_contract([] { return std::make_shared<ManualClock>(Time(std::chrono::hours(400'000))); });
}

TEST_CASE("the event log keeps the notifier's contract") {
  std::list<TemporaryFolder> folders;
  const auto delivered = [&] {
    std::vector<std::string> ids;
    std::istringstream lines(folders.back().read("events.jsonl"));
    for (std::string line; std::getline(lines, line);) ids.push_back(nlohmann::json::parse(line).at("id"));
    return ids;
  };

  check_notifier_contract([&] { return make_jsonl_notifier(folders.emplace_back() / "events.jsonl"); }, delivered);
}

TEST_CASE("a notifier that repeats what is repeated keeps the contract") {
  std::shared_ptr<MemoryNotifier> newest;

  check_notifier_contract([&] { return newest = std::make_shared<MemoryNotifier>(); }, [&] { return newest->ids; });
}

TEST_CASE("the rollback store of the state directory keeps the contract") {
  std::list<TemporaryFolder> folders;
  const auto clock = std::make_shared<ManualClock>(Time(std::chrono::hours(400'000)));

  check_rollback_store_contract(
      [&] { return make_sqlite_rollback_store(folders.emplace_back() / "state", "toy", clock).value(); });
}

TEST_CASE("a rollback store in memory keeps the contract") {
  check_rollback_store_contract([] { return std::make_shared<MemoryRollbackStore>(); });
}

TEST_CASE("the local registry keeps the registry's contract") {
  std::list<TemporaryFolder> folders;

  check_model_registry_contract([&] { return make_local_registry(folders.emplace_back().path(), "air-time"); });
}

TEST_CASE("a registry in memory that numbers its models keeps the contract") {
  check_model_registry_contract([] { return std::make_shared<MemoryRegistry>(); });
}

TEST_CASE("the model files of a state directory keep the model store's contract") {
  std::list<TemporaryFolder> folders;

  check_model_store_contract([&] { return make_model_store(folders.emplace_back().path()); });
}
