// Parts that make a run come out as a test wants it: models that are numbers, a gate whose p-values are given.
#pragma once

#include <charconv>
#include <cstdio>
#include <deque>
#include <retrain/comparator.hpp>
#include <retrain/gate.hpp>
#include <retrain/trainer.hpp>

#include "support/world.hpp"

namespace retrain::test {

/// Predicts one number.
class NumberModel final : public Model {
 public:
  NumberModel(double number, ModelDescription description) : number_(number), description_(std::move(description)) {}
  Result<std::vector<double>> predict(const Frame& frame) const override { return std::vector<double>(frame.rows, number_); }
  Result<ModelArtifact> save() const override {
    char text[32];
    return ModelArtifact{std::string(text, std::to_chars(text, text + sizeof text, number_).ptr), description_};
  }
  const ModelDescription& description() const override { return description_; }

 private:
  double number_;
  ModelDescription description_;
};

/// Trains `next`, which a test may set, and another number each time unless `repeat`.
class NumberTrainer : public Trainer {
 public:
  double next = 20;
  bool repeat = false;
  std::vector<std::string> choose_sessions;  ///< what the next model says that chose it

  PartId id() const override { return {"number", "test"}; }
  Result<std::shared_ptr<const Model>> train(const TrainRequest& request, Observer&, std::stop_token) override {
    ModelDescription description;
    description.trainer = id();
    description.mode = "full";
    description.data_fingerprint = request.data_fingerprint;
    description.fit_sessions = request.fit_sessions;
    description.stop_sessions = request.stop_sessions;
    description.choose_sessions = choose_sessions;
    const double number = next;
    if (!repeat) next += 0.125;
    return std::shared_ptr<const Model>(std::make_shared<NumberModel>(number, std::move(description)));
  }
  Result<std::shared_ptr<const Model>> load(const ModelArtifact& artifact) override {
    double number = 0;
    std::from_chars(artifact.bytes.data(), artifact.bytes.data() + artifact.bytes.size(), number);
    return std::shared_ptr<const Model>(std::make_shared<NumberModel>(number, artifact.description));
  }
};

/// Passes when the next p-value of its script, or the last one again, is within the level.
class ScriptedGate final : public Gate {
 public:
  std::deque<double> script = {0.5};
  mutable int looks = 0;
  mutable bool fail_once = false;  ///< the next look ends like a lost process: after the level was set aside, before p is known

  PartId id() const override { return {"scripted", "test"}; }
  Result<GateReport> judge(const Evaluation& evaluation, const GateContext& context) const override {
    GateReport report;
    report.level = context.level;
    if (evaluation.production.empty()) {
      report.verdict = GateVerdict::pass;
      report.reason = "cold_start";
      return report;
    }
    if (fail_once) {
      fail_once = false;
      return Status{StatusCode::unavailable, "the gate was interrupted"};
    }
    const auto place = std::min<std::size_t>(static_cast<std::size_t>(looks++), script.size() - 1);
    report.p = script[place];
    const bool pass = context.level > 0 && report.p <= context.level;
    report.verdict = pass ? GateVerdict::pass : GateVerdict::inconclusive;
    report.reason = pass ? "better" : context.level == 0 ? "holdout_exhausted" : "not_significant";
    return report;
  }
};

class AlwaysPromote final : public Comparator {
 public:
  PartId id() const override { return {"always", "test"}; }
  Result<Comparison> compare(const Evaluation&) const override {
    return Comparison{.verdict = ComparisonVerdict::promote, .reason = "better"};
  }
};

/// A world in which every run is asked for by hand, each candidate is a number and the gate follows a script. Sessions have no
/// times: a test decides which files are there.
struct ScriptedWorld : World {
  std::shared_ptr<NumberTrainer> trainer = std::make_shared<NumberTrainer>();
  std::shared_ptr<ScriptedGate> gate = std::make_shared<ScriptedGate>();
  int sessions = 0;

  ScriptedWorld() : World(0, 1, 0, 24) {
    config.data.time_column = "";
    config.verification.harm_level = 1e-12;
    config.verification.verify_sessions = 1000;
    parts.trainer = trainer;
    parts.gate = gate;
    parts.comparator = std::make_shared<AlwaysPromote>();
    parts.scratch = true;
    add_sessions(24);
  }

  void add_sessions(int count) {
    for (int i = 0; i < count; ++i) {
      char name[32];
      std::snprintf(name, sizeof name, "data/day-%03d.csv", ++sessions);
      folder.write(name, session_rows(sessions, 0, 8));
    }
  }

  RunReport run(Pipeline& pipeline) {
    const auto asked = pipeline.request_run({"tester", "a test", std::nullopt});
    if (!asked) throw std::runtime_error(asked.status().message());
    const auto done = pipeline.run(*asked, quiet_observer());
    if (!done) throw std::runtime_error(done.status().message());
    return *done;
  }
};

}  // namespace retrain::test
