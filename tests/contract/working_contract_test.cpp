// The parts that read, admit and train: the defaults, and a trainer of the plainest kind.
#include <doctest/doctest.h>

#include "contract/data_source_contract.hpp"
#include "contract/mean_trainer.hpp"
#include "contract/readiness_checker_contract.hpp"
#include "contract/resource_manager_contract.hpp"
#include "contract/trainer_contract.hpp"
#include "unit/resources/fake_machine.hpp"

using namespace retrain;
using namespace retrain::test;

TEST_CASE("the host's resource manager keeps the resource manager's contract") {
  FakeMachine machine;
  machine.be_idle();

  check_resource_manager_contract([&] { return make_resource_manager({.threads = 1}, machine.root()); }, 2 * gibibyte);
}

TEST_CASE("the host's resource manager inside a control group keeps the contract") {
  FakeMachine machine;
  machine.be_idle();
  machine.file("proc/self/cgroup", "0::/worker\n");
  machine.group("/worker", std::to_string(gibibyte));

  check_resource_manager_contract([&] { return make_resource_manager({.threads = 1}, machine.root()); }, gibibyte);
}

TEST_CASE("the session readiness checker keeps the readiness checker's contract") {
  check_readiness_checker_contract([](const std::string& data_directory) {
    Config config = world_config("");
    config.data.directory = data_directory;
    return make_session_readiness_checker(config.data, config.model);
  });
}

TEST_CASE("the source of CSV files keeps the data source's contract") {
  check_data_source_contract([] { return make_csv_data_source(DataSettings{}); });
}

TEST_CASE("the XGBoost trainer keeps the trainer's contract") {
  check_trainer_contract([] { return make_trainer(training_settings("libxgboost.so.0")); });
}

TEST_CASE("the XGBoost trainer without early stopping keeps the contract") {
  TrainingSettings training = training_settings("libxgboost.so.0");
  training.early_stopping_rounds = 0;

  check_trainer_contract([&] { return make_trainer(training); });
}

TEST_CASE("a trainer of means keeps the contract") {
  check_trainer_contract([] { return std::make_shared<MeanTrainer>(model_settings()); });
}
