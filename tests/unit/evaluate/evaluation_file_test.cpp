#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <retrain/evaluation.hpp>

#include "base/sha256.hpp"
#include "evaluations.hpp"

namespace retrain {
namespace {

Evaluation sample() {
  auto evaluation = reference::evaluation_of({{0, 1, 2}, {0, -0.0, 5e-324}, {1, 1e308, -3}, {2, 0.1, 0.3}});
  evaluation.anchor = {1, 2, 3, 4};
  evaluation.actual[1] = std::nan("");
  evaluation.recent = {"S02"};
  evaluation.trained_sessions = {"früher", ""};
  evaluation.segments.push_back({"circuit", {0, 1, -1, 1}, {"monza", "spa"}});
  evaluation.second_cluster = {"driver", {0, 1, 1, 0}, {"HAM", "VER"}};
  evaluation.selection_sessions = {"S90", "S91"};
  evaluation.anchor_sha256 = std::string(64, 'a');
  return evaluation;
}

// A file whose digest fits whatever its content says.
std::string sealed(std::string content) {
  content += base::sha256(content);
  return content;
}

std::string content_of(const Evaluation& evaluation) {
  auto bytes = serialize(evaluation);
  bytes.resize(bytes.size() - 64);
  return bytes;
}

TEST_CASE("an evaluation reads back to the same bits, and equal ones have equal bytes") {
  const auto evaluation = sample();
  const auto bytes = serialize(evaluation);

  const auto back = parse_evaluation(bytes);

  REQUIRE(back.ok());
  CHECK(serialize(*back) == bytes);
  CHECK(serialize(sample()) == bytes);
  CHECK(back->sessions == evaluation.sessions);
  CHECK(back->candidate == evaluation.candidate);
  CHECK(std::signbit(back->candidate[1]));
  CHECK(std::isnan(back->actual[1]));
  CHECK(back->trained_sessions == evaluation.trained_sessions);
  CHECK(back->segments[0].codes == evaluation.segments[0].codes);
  CHECK(back->segments[0].dictionary == evaluation.segments[0].dictionary);
  CHECK(back->second_cluster.name == "driver");
  CHECK(back->second_cluster.codes == evaluation.second_cluster.codes);
  CHECK(back->second_cluster.dictionary == evaluation.second_cluster.dictionary);
  CHECK(back->selection_sessions == evaluation.selection_sessions);
  CHECK(back->anchor_sha256 == evaluation.anchor_sha256);
}

TEST_CASE("any field that differs makes different bytes") {
  const auto bytes = serialize(sample());
  auto changes = std::vector<Evaluation>(7, sample());
  changes[0].loss = "squared_error";
  changes[1].row_number[3] += 1;
  changes[2].recent.clear();
  changes[3].production[0] = std::nextafter(changes[3].production[0], 9);
  changes[4].segments[0].codes[2] = 0;
  changes[5].selection_sessions.pop_back();
  changes[6].second_cluster.codes[3] = 1;

  for (const auto& changed : changes) CHECK(serialize(changed) != bytes);
}

TEST_CASE("an empty evaluation and many outputs per row are kept") {
  Evaluation empty;
  Evaluation wide = sample();
  wide.task = Task::multiclass;
  wide.outputs_per_row = 3;
  for (auto* column : {&wide.candidate, &wide.production, &wide.anchor}) column->resize(12);

  CHECK(parse_evaluation(serialize(empty)).ok());
  CHECK(parse_evaluation(serialize(wide))->outputs_per_row == 3);
}

TEST_CASE("one flipped bit anywhere is corrupt") {
  const auto bytes = serialize(sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);

    const auto parsed = parse_evaluation(flipped);

    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == StatusCode::corrupt);
  }
}

TEST_CASE("a file cut anywhere is corrupt, even when its digest is made to fit") {
  const auto content = content_of(sample());
  for (std::size_t length = 0; length < content.size(); ++length) {
    const auto parsed = parse_evaluation(sealed(content.substr(0, length)));

    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status().code() == StatusCode::corrupt);
  }
  CHECK_FALSE(parse_evaluation(sealed(content + "x")).ok());
}

TEST_CASE("hostile bytes under a fitting digest are refused without reading or allocating beyond the file") {
  const auto content = content_of(sample());
  std::mt19937_64 random(5);
  for (int i = 0; i < 3000; ++i) {
    auto hostile = content;
    const std::size_t at = 8 + random() % (hostile.size() - 8);
    const std::uint64_t value = i % 2 == 0 ? ~std::uint64_t{0} >> (random() % 40) : random();
    std::memcpy(hostile.data() + at, &value, std::min<std::size_t>(8, hostile.size() - at));

    const auto parsed = parse_evaluation(sealed(hostile));

    if (parsed.ok()) {
      CHECK(parsed->candidate.size() == parsed->rows() * parsed->outputs_per_row);
      for (const auto session : parsed->session_of_row) CHECK(session < parsed->sessions.size());
    } else {
      CHECK_FALSE(parsed.status().message().empty());
    }
  }
}

TEST_CASE("columns that do not fit together are refused when read") {
  auto evaluation = sample();
  evaluation.session_of_row[2] = 77;

  const auto parsed = parse_evaluation(serialize(evaluation));

  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.status().code() == StatusCode::corrupt);
  CHECK(parsed.status().message().find("77") != std::string::npos);
}

TEST_CASE("a file of the first version reads as one without selection sessions and second cluster") {
  auto evaluation = sample();
  evaluation.selection_sessions.clear();
  evaluation.second_cluster = {};
  auto content = content_of(evaluation);
  content[8] = 1;
  content.resize(content.size() - 4 * sizeof(std::uint64_t));  // four empty lists are all that version 2 adds to it

  const auto parsed = parse_evaluation(sealed(content));

  REQUIRE(parsed.ok());
  CHECK(parsed->segments.size() == 1);
  CHECK(serialize(*parsed) == serialize(evaluation));
}

TEST_CASE("a file of a newer version is incompatible, not corrupt") {
  auto content = content_of(sample());
  content[8] = 3;

  CHECK(parse_evaluation(sealed(content)).status().code() == StatusCode::incompatible);
}

}  // namespace
}  // namespace retrain
