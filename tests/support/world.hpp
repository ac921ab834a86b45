// A small world for tests of the whole loop: sessions of made-up rows in which the truth moves, and a configuration for them.
#pragma once

#include <cstdio>
#include <memory>
#include <retrain/pipeline.hpp>
#include <string>

#include "support/temporary_folder.hpp"

namespace retrain::test {

/// A machine that always has room, so that a loaded one does not disturb a test.
class IdleMachine final : public ResourceManager {
 public:
  PartId id() const override { return {"idle-machine", "test"}; }
  Footprint predict(const Workload& coming, const FootprintHistory&) override { return {"", 1, 0, 1, coming.data_bytes}; }
  Result<Admission> admit(const Footprint&, std::span<const Footprint>) override {
    return Admission{AdmissionVerdict::start, "idle", {}, 1, 1};
  }
};

inline Time day(int number) {
  return std::chrono::sys_days(std::chrono::year(2024) / 1 / 1) + std::chrono::days(number);
}

/// One session: y = 3 x + level(colour) + shift + noise, all from a fixed generator.
inline std::string session_rows(int number, double shift, int rows = 60) {
  std::uint64_t state = 88172645463325252ULL + static_cast<std::uint64_t>(number) * 7919U;
  const auto uniform = [&] {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    return static_cast<double>(state >> 11U) * 0x1p-53;
  };
  const char* colours[] = {"blue", "green", "red"};
  std::string text = "date,x,z,colour,y\n";
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(day(number - 1)));
  for (int row = 0; row < rows; ++row) {
    const double x = uniform() * 10, z = uniform();
    const int colour = static_cast<int>(uniform() * 3);
    const double y = 3 * x + 5 * colour + shift + (uniform() - 0.5);
    char line[128];
    std::snprintf(line, sizeof line, "%04d-%02u-%02u,%.4f,%.4f,%s,%.4f\n", int(date.year()), unsigned(date.month()),
                  unsigned(date.day()), x, z, colours[colour], y);
    text += line;
  }
  return text;
}

/// Days 1 … `days`; from day `change` on the truth is `shift` higher.
inline void write_sessions(const TemporaryFolder& folder, int days, int change, double shift) {
  for (int number = 1; number <= days; ++number) {
    char name[32];
    std::snprintf(name, sizeof name, "data/day-%03d.csv", number);
    folder.write(name, session_rows(number, number >= change ? shift : 0));
  }
}

inline Config world_config(const std::string& folder) {
  Config config;
  config.model.name = "toy";
  config.resources.threads = 1;  // a second thread only waits for the first on so few rows
  config.model.target = "y";
  config.model.numeric = {"x", "z"};
  config.model.categorical = {"colour"};
  config.state.directory = folder + "/state";
  config.data.directory = folder + "/data";
  config.data.time_column = "date";
  config.drift.severity_threshold = 0.5;
  config.training.max_rounds = 30;
  config.training.early_stopping_rounds = 5;
  config.training.window_sessions = 12;
  config.training.parameters = {{"eta", "0.3"}, {"max_depth", "4"}};
  config.training.mode = TrainingMode::full;
  config.validation.holdout_sessions = 6;
  config.verification.verify_sessions = 6;
  return config;
}

/// A folder with data, a clock that stands at the end of `today`, and the parts that go with it.
struct World {
  TemporaryFolder folder;
  std::shared_ptr<ManualClock> clock;
  Config config;
  PipelineParts parts;

  explicit World(int days = 60, int change = 31, double shift = 4, int today = 24) {
    write_sessions(folder, days, change, shift);
    clock = std::make_shared<ManualClock>(day(today));
    config = world_config(folder.path());
    parts.clock = clock;
    parts.resource_manager = std::make_shared<IdleMachine>();
  }

  std::unique_ptr<Pipeline> open() {
    auto opened = Pipeline::open(config, parts);
    if (!opened) throw std::runtime_error(opened.status().message());
    return std::move(*opened);
  }

  static Alert alert(std::string id, double severity = 0.9) {
    Alert alert;
    alert.id = std::move(id);
    alert.severity = severity;
    return alert;
  }
};

}  // namespace retrain::test
