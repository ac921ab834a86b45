#include "train/survey.hpp"
#include "train/streams.hpp"

#include <doctest/doctest.h>

#include "synthetic_sessions.hpp"

using namespace retrain;
using namespace retrain::test;
using train::survey_sessions;

namespace {

/// One session with the given targets and one numeric feature that counts the rows.
std::shared_ptr<MemoryStream> counted_rows(const std::vector<std::vector<float>>& sessions) {
  std::vector<std::shared_ptr<const Frame>> frames;
  float row = 0;
  for (const auto& targets : sessions) {
    auto frame = std::make_shared<Frame>();
    frame->session = "s" + std::to_string(frames.size());
    frame->rows = targets.size();
    std::vector<float> counts;
    for (std::size_t i = 0; i < targets.size(); ++i) counts.push_back(row++);
    frame->numeric = {numeric_column("count", counts)};
    frame->target = numeric_column("y", targets);
    for (std::size_t i = 0; i < targets.size(); ++i) frame->row_numbers.push_back(static_cast<std::int64_t>(i) + 2);
    frames.push_back(std::move(frame));
  }
  return std::make_shared<MemoryStream>(std::move(frames));
}

ModelSettings counting(Task task) {
  return {"m", task, "y", {"count"}, {}};
}

Status survey_status(Task task, const std::vector<std::vector<float>>& sessions) {
  return survey_sessions(*counted_rows(sessions), counting(task), {}).status();
}

}  // namespace

TEST_CASE("golden rows are evenly spread over all sessions, at most 32 and never under 17 when there are so many rows") {
  for (const std::size_t rows : {1U, 31U, 32U, 33U, 64U, 65U, 100U, 1000U, 1025U}) {
    CAPTURE(rows);
    const auto stream = counted_rows({std::vector<float>(rows / 3, 1), {}, std::vector<float>(rows - rows / 3, 1)});

    const auto golden = survey_sessions(*stream, counting(Task::regression), {}).value().golden_rows;

    CHECK(golden.size() <= 32);
    CHECK(golden.size() >= std::min<std::size_t>(rows, 17));
    const float stride = golden.size() > 1 ? golden[1].numeric[0] - golden[0].numeric[0] : 1;
    for (std::size_t i = 0; i < golden.size(); ++i) CHECK(golden[i].numeric[0] == static_cast<float>(i) * stride);
    CHECK(golden.back().numeric[0] + stride >= static_cast<float>(rows));
  }
}

TEST_CASE("the survey counts rows and classes and takes the mean of the targets") {
  const auto numbers = survey_sessions(*counted_rows({{1, 2}, {}, {6}}), counting(Task::regression), {}).value();
  const auto classes = survey_sessions(*counted_rows({{0, 4}, {2}}), counting(Task::multiclass), {}).value();

  CHECK(numbers.rows == 3);
  CHECK(numbers.target_mean == 3);
  CHECK(numbers.classes == 0);
  CHECK(classes.classes == 5);
}

TEST_CASE("dictionaries hold the texts that occur in rows, sorted, whatever the frames' own dictionaries hold") {
  const auto one = std::make_shared<Frame>(), two = std::make_shared<Frame>();
  for (const auto& frame : {one, two}) {
    frame->rows = 2;
    frame->target = numeric_column("y", {1, 2});
  }
  one->categorical = {category_column("place", {2, 0}, {"Zürich", "unused", "Aarau"})};
  two->categorical = {category_column("place", {1, -1}, {"", "Bern"})};
  MemoryStream stream({one, two});

  const auto survey = survey_sessions(stream, {"m", Task::regression, "y", {}, {"place"}}, {}).value();

  CHECK(survey.categorical == std::vector<CategoryDictionary>{{"place", {"Aarau", "Bern", "Zürich"}}});
  CHECK(survey.golden_rows[3].categories == std::vector<std::string>{""});
}

TEST_CASE("a target that does not fit the task is named with its session and line") {
  const float nothing = std::numeric_limits<float>::quiet_NaN();

  CHECK(survey_status(Task::regression, {{1}, {2, nothing}}).message() ==
        "the target is not a finite number in session s1, line 3");
  CHECK(survey_status(Task::binary, {{1, 0, 0.5F}}).message() == "the target is 0.5, neither 0 nor 1, in session s0, line 4");
  CHECK(survey_status(Task::multiclass, {{1, -1}}).message() ==
        "the target is -1, no whole number from 0 to 999, in session s0, line 3");
  CHECK(survey_status(Task::multiclass, {{1000}}).code() == StatusCode::data_not_ready);
  CHECK(survey_status(Task::multiclass, {{1.5F}}).code() == StatusCode::data_not_ready);
  CHECK(survey_status(Task::regression, {{}, {}}).message() == "the sessions hold no row to learn from");
}

TEST_CASE("an unlabelled session is not ready, and an asked stop ends the survey") {
  auto frame = std::make_shared<Frame>();
  frame->session = "new";
  frame->rows = 1;
  frame->numeric = {numeric_column("count", {1})};
  MemoryStream stream({frame});
  std::stop_source stopped;
  stopped.request_stop();

  CHECK(survey_sessions(stream, counting(Task::regression), {}).status().message() == "session new has 0 targets for 1 rows");
  CHECK(survey_sessions(stream, counting(Task::regression), stopped.get_token()).status().code() == StatusCode::cancelled);
}

TEST_CASE("the newest sessions are the last of the stream, all of them when there are fewer") {
  const auto stream = counted_rows({{1}, {2}, {3}});
  for (const std::size_t count : {1U, 2U, 3U, 9U}) {
    CAPTURE(count);
    const auto newest = train::newest_sessions(*stream, count, {}).value();
    std::vector<std::string> ids;
    for (auto frame = newest->next().value(); frame != nullptr; frame = newest->next().value()) ids.push_back(frame->session);

    const std::vector<std::string> all = {"s0", "s1", "s2"};
    CHECK(ids == std::vector<std::string>(all.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(count, 3)), all.end()));
  }
}
