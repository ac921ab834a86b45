// Config: everything that one retrain.yaml says, as plain values. docs/configuration.md explains each key.
#pragma once

#include <retrain/data_settings.hpp>
#include <retrain/decision_settings.hpp>
#include <retrain/deployment_settings.hpp>
#include <retrain/status.hpp>
#include <retrain/training_settings.hpp>
#include <retrain/validation_settings.hpp>
#include <string>

namespace retrain {

struct StateSettings {
  std::string directory = ".retrain";
};

struct BacktestSettings {
  std::size_t first_sessions = 31;  ///< the first model is fitted on these
  std::size_t score_first = 0;      ///< number of the first scored session, from 1; 0 = first_sessions + holdout
  std::size_t score_last = 0;       ///< number of the last; 0 = the newest
  std::size_t retrain_every = 7;    ///< sessions between two trainings of the always-retrain model
};

struct Config {
  std::string path;  ///< the file it came from; empty = made in code
  ModelSettings model;
  StateSettings state;
  DataSettings data;
  DriftSettings drift;
  ScheduleSettings schedule;
  QueueSettings queue;
  ResourceSettings resources;
  TrainingSettings training;
  ValidationSettings validation;
  ComparisonSettings comparison;
  DeploymentSettings deployment;
  VerificationSettings verification;
  RollbackSettings rollback;
  NotificationSettings notifications;
  BacktestSettings backtest;
};

}  // namespace retrain
