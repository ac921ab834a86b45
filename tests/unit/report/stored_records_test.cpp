// Records that are stored and read back: nothing is lost, and damage is named.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <nlohmann/json.hpp>
#include <random>
#include <retrain/json.hpp>

using namespace retrain;
using Json = nlohmann::ordered_json;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

Readiness full_readiness() {
  Readiness readiness;
  readiness.verdict = ReadinessVerdict::not_yet;
  readiness.reason = "2 sessions are being written";
  readiness.retry_at = parse_time("2013-02-14T00:15:00Z").value();
  readiness.findings = {{.level = FindingLevel::warning,
                         .rule = "missing",
                         .message = "lap_time has 3 empty cells",
                         .session = "s1",
                         .file = "data/s1.csv",
                         .row = 41,
                         .column = "lap_time",
                         .byte = 3'000'000'000,
                         .count = 3}};
  readiness.snapshot.sessions = {{.id = "s1",
                                  .path = "data/s1.csv",
                                  .sha256 = "ab",
                                  .size = 1'000'000'000'000'000'003U,
                                  .rows = 10,
                                  .used_rows = 9,
                                  .time = parse_time("2013-02-13T00:00:00.000001Z").value()}};
  readiness.sessions = {readiness.snapshot.sessions[0], {.id = "s2", .path = "d/\"\\\n.csv"}};
  readiness.data_bytes = std::numeric_limits<std::uint64_t>::max();
  readiness.dvc = DvcReport{DvcMode::both, "/r", {{"data", "data.dvc", DvcState::not_in_cache, "ab.dir", "cd.dir"}}};
  return readiness;
}

GateReport full_gate_report() {
  GateReport report;
  report.verdict = GateVerdict::fail;
  report.reason = "guardrail";
  report.test = {.test = "cluster_t",
                 .rows = 12345,
                 .clusters = 14,
                 .estimate = -0.1,
                 .standard_error = 1.0 / 3.0,
                 .t = -5e-324,
                 .df = 11.999999999999998,
                 .p_less = 1e-300,
                 .log10_p_two_sided = -412.25,
                 .lower = missing,
                 .p_hall_less = 0.0125,
                 .flags = {"identical"}};
  report.p = 0.1 + 0.2;
  report.candidate_rmse = missing;
  report.sessions_needed = 9'007'199'254'740'993;
  report.guardrails = {
      {.name = "segment circuit=monza", .passed = false, .candidate = 1.5, .limit = 1.25, .p = 0.001, .message = "worse"},
      {.name = "recent", .production = missing}};
  report.flags = {"one", "two"};
  return report;
}

ModelDescription full_description() {
  ModelDescription model;
  model.name = "lap-time";
  model.task = Task::multiclass;
  model.target = "lap_time";
  model.numeric = {"lap", "tyre_life"};
  model.categorical = {{"compound", {"SOFT", "", "H\xc3\xa4rte \"x\""}}, {"team", {}}};
  model.outputs_per_row = 3;
  model.trainer = {"xgboost", "1"};
  model.library = "xgboost 1.7.4";
  model.parameters = {{"eta", "0.1"}, {"max_depth", "6"}};
  model.seed = std::numeric_limits<std::uint64_t>::max();
  model.threads = 2;
  model.rounds = 400;
  model.rounds_since_full = 50;
  model.mode = "warm";
  model.parent_sha256 = "cd";
  model.fit_sessions = {"s1", "s2"};
  model.stop_sessions = {"s3"};
  model.choose_sessions = {"s4"};
  model.data_fingerprint = "ef";
  model.trials = {{"trial 0", {}, {0.5, 0.1}, 31, true, ""},
                  {"trial 1", {{"eta", "0.3"}}, {std::numeric_limits<double>::infinity()}, 0, false, "in the worse half"}};
  return model;
}

bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool same_bits(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace

TEST_CASE("a readiness answer reads back with its snapshot, sessions and findings") {
  const std::string written = to_json(full_readiness());

  const Readiness read = parse_readiness(written).value();

  CHECK(to_json(read) == written);
  CHECK(read.data_bytes == std::numeric_limits<std::uint64_t>::max());
  CHECK(read.snapshot.sessions[0].size == 1'000'000'000'000'000'003U);
  CHECK(read.snapshot.sessions[0].time == full_readiness().snapshot.sessions[0].time);
  CHECK_FALSE(read.sessions[1].time);
  CHECK(read.findings[0].level == FindingLevel::warning);
  CHECK(read.findings[0].byte == 3'000'000'000);
}

TEST_CASE("a gate report reads back to the same doubles, absent ones as NaN") {
  const GateReport report = full_gate_report();

  const GateReport read = parse_gate_report(to_json(report)).value();

  CHECK(to_json(read) == to_json(report));
  CHECK(same_bits(read.test.t, -5e-324));
  CHECK(same_bits(read.test.df, 11.999999999999998));
  CHECK(same_bits(read.p, 0.1 + 0.2));
  CHECK(std::isnan(read.test.lower));
  CHECK(std::isnan(read.candidate_rmse));
  CHECK(read.sessions_needed == 9'007'199'254'740'993);
  CHECK(read.guardrails[0].p == 0.001);
  CHECK_FALSE(read.guardrails[1].p);
  CHECK(std::isnan(read.guardrails[1].production));
}

TEST_CASE("context, comparison and verification read back") {
  const GateContext context{.level = 0.025, .level_rule = "budget", .earlier_uses = 7, .wealth = 0.05, .cached_from = "run-1"};
  const Comparison comparison{.verdict = ComparisonVerdict::challenger,
                              .reason = "not_enough",
                              .message = "m",
                              .candidate_loss = 1.1,
                              .production_loss = missing,
                              .improvement = 0.004,
                              .threshold = 0.01,
                              .mode = "relative"};
  const Verification verification{.verdict = VerificationVerdict::harm,
                                  .reason = "harmful",
                                  .message = "m",
                                  .sessions = 5,
                                  .mean_difference = 0.3,
                                  .log_e_harm = 3.1,
                                  .log_e_better = -2};

  CHECK(to_json(parse_gate_context(to_json(context)).value()) == to_json(context));
  CHECK(to_json(parse_comparison(to_json(comparison)).value()) == to_json(comparison));
  CHECK(to_json(parse_verification(to_json(verification)).value()) == to_json(verification));
  CHECK(parse_comparison(to_json(comparison)).value().verdict == ComparisonVerdict::challenger);
}

TEST_CASE("a model description reads back, its dictionaries in order") {
  const ModelDescription model = full_description();

  const ModelDescription read = parse_model_description(to_json(model)).value();

  CHECK(to_json(read) == to_json(model));
  CHECK(read.categorical == model.categorical);
  CHECK(read.trainer == model.trainer);
  CHECK(read.seed == model.seed);
  CHECK(read.parameters == model.parameters);
}

TEST_CASE("golden rows read back bit for bit, whatever the floats are") {
  ModelDescription model = full_description();
  std::mt19937_64 random(7);
  for (int row = 0; row < 2000; ++row) {
    GoldenRow golden{.categories = {"SOFT", ""}};
    for (int i = 0; i < 8; ++i) golden.numeric.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    for (int i = 0; i < 3; ++i) golden.expected.push_back(std::bit_cast<double>(random()));
    model.golden_rows.push_back(std::move(golden));
  }
  model.golden_rows.push_back({.numeric = {0.1F, -0.0F, 1e-45F, 3.4028235e38F, std::numeric_limits<float>::infinity(),
                                           std::numeric_limits<float>::quiet_NaN(), 16777216.0F},
                               .expected = {-0.0, 5e-324, -std::numeric_limits<double>::infinity(), missing}});

  const ModelDescription read = parse_model_description(to_json(model)).value();

  REQUIRE(read.golden_rows.size() == model.golden_rows.size());
  for (std::size_t row = 0; row < model.golden_rows.size(); ++row) {
    const GoldenRow& before = model.golden_rows[row];
    const GoldenRow& after = read.golden_rows[row];
    REQUIRE(after.numeric.size() == before.numeric.size());
    REQUIRE(after.expected.size() == before.expected.size());
    for (std::size_t i = 0; i < before.numeric.size(); ++i) REQUIRE(same_bits(before.numeric[i], after.numeric[i]));
    for (std::size_t i = 0; i < before.expected.size(); ++i) REQUIRE(same_bits(before.expected[i], after.expected[i]));
    REQUIRE(after.categories == before.categories);
  }
}

TEST_CASE("a model and a gate's context from before fields were added to them still read") {
  Json model = Json::parse(to_json(full_description()));
  Json context = Json::parse(to_json(GateContext{.level = 0.01}));
  for (const char* field : {"choose_sessions", "trials"}) model.erase(field);
  for (const char* field : {"wealth", "cached_from"}) context.erase(field);

  CHECK(parse_model_description(model.dump()).value().choose_sessions.empty());
  CHECK(parse_gate_context(context.dump()).value().level == 0.01);
}

TEST_CASE("a golden float stands in its shortest form") {
  ModelDescription model;
  model.golden_rows = {{.numeric = {0.1F, 2.5F, 1.7F}}};

  const std::string json = to_json(model);

  CHECK(json.find(R"("numeric":[0.1,2.5,1.7])") != std::string::npos);
}

TEST_CASE("removing any field of a stored record is noticed, and the message names it") {
  const std::set<std::string> added_later = {"choose_sessions", "trials", "wealth", "cached_from", "dvc", "value"};
  const auto every_field = [&](const std::string& written, auto parse, const char* what) {
    const Json whole = Json::parse(written);
    for (const auto& item : whole.items()) {
      if (added_later.contains(item.key())) continue;
      Json damaged = whole;
      damaged.erase(item.key());

      const auto read = parse(damaged.dump());

      REQUIRE_MESSAGE(!read.ok(), item.key());
      CHECK(read.status().code() == StatusCode::corrupt);
      CHECK(read.status().message() == std::string(what) + ": " + item.key() + " is missing");
    }
  };
  every_field(to_json(full_readiness()), parse_readiness, "readiness");
  every_field(to_json(full_description()), parse_model_description, "model description");
  every_field(to_json(full_gate_report()), parse_gate_report, "gate report");
  every_field(to_json(GateContext{}), parse_gate_context, "gate context");
  every_field(to_json(Comparison{}), parse_comparison, "comparison");
  every_field(to_json(Verification{}), parse_verification, "verification");
}

TEST_CASE("a field of a wrong type, range or name is corrupt, with its path and value") {
  const auto broken_gate = [](const char* pointer, Json value) {
    Json json = Json::parse(to_json(full_gate_report()));
    json[Json::json_pointer(pointer)] = std::move(value);
    return parse_gate_report(json.dump()).status().message();
  };
  const auto broken_model = [](const char* pointer, Json value) {
    ModelDescription model = full_description();
    model.golden_rows = {{.numeric = {1.0F}, .categories = {"SOFT"}, .expected = {1.0}}};
    Json json = Json::parse(to_json(model));
    json[Json::json_pointer(pointer)] = std::move(value);
    return parse_model_description(json.dump()).status().message();
  };

  CHECK(broken_gate("/test/df", "12") == "gate report: test.df is the text '12', expected a number");
  CHECK(broken_gate("/verdict", "maybe") == "gate report: verdict is 'maybe', which is no known name");
  CHECK(broken_gate("/guardrails/1/passed", 1) == "gate report: guardrails[1].passed is 1, expected true or false");
  CHECK(broken_gate("/test/rows", -1) == "gate report: test.rows is -1, out of range");
  CHECK(broken_gate("/test/flags/0", nullptr) == "gate report: test.flags[0] is null, expected a text");
  CHECK(broken_gate("/test", Json::array()) == "gate report: test is an array, expected an object");
  CHECK(broken_model("/rounds", 3e9) == "model description: rounds is 3000000000.0, expected a whole number");
  CHECK(broken_model("/threads", 4294967296) == "model description: threads is 4294967296, out of range");
  CHECK(broken_model("/parameters/eta", 0.1) == "model description: parameters.eta is 0.1, expected a text");
  CHECK(broken_model("/golden_rows/0/numeric/0", "1e5") ==
        "model description: golden_rows[0].numeric[0] is the text '1e5', expected a number");
  CHECK(broken_model("/golden_rows/0/numeric/0", 1e300).find("range of float") != std::string::npos);
}

TEST_CASE("text that is no JSON object is corrupt, however it is built") {
  const std::string deep(100'000, '[');
  for (const std::string& text : {std::string(), std::string("null"), std::string("[]"), std::string("{\"level\":1e999}"), deep,
                                  std::string("{\"level\":"), std::string("\xff\xfe")}) {
    const auto read = parse_gate_context(text);

    REQUIRE_FALSE(read.ok());
    CHECK(read.status().code() == StatusCode::corrupt);
    CHECK(read.status().message().rfind("gate context: ", 0) == 0);
    CHECK(read.status().message().size() < 300);
  }
}

TEST_CASE("a bad time in a stored session names the field") {
  Json json = Json::parse(to_json(full_readiness()));
  json["snapshot"]["sessions"][0]["time"] = "yesterday";

  const auto read = parse_readiness(json.dump());

  CHECK(read.status().message() == "readiness: snapshot.sessions[0].time: 'yesterday' is not a time like 2013-02-14T00:00:00Z");
}
