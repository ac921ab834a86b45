#include <doctest/doctest.h>

#include <retrain/config.hpp>
#include <set>

using namespace retrain;

namespace {

Snapshot snapshot_of(std::size_t count) {
  Snapshot snapshot;
  for (std::size_t i = 1; i <= count; ++i) snapshot.sessions.push_back({"s" + std::to_string(i), {}, std::to_string(i)});
  return snapshot;
}

std::vector<std::string> ids(const std::vector<Session>& sessions) {
  std::vector<std::string> out;
  for (const auto& session : sessions) out.push_back(session.id);
  return out;
}

Result<Split> split(std::size_t sessions, std::size_t holdout, std::size_t recent, std::optional<std::size_t> window,
                    int patience) {
  TrainingSettings training;
  training.window_sessions = window;
  training.early_stopping_rounds = patience;
  ValidationSettings validation;
  validation.holdout_sessions = holdout;
  validation.recent_sessions = recent;
  return split_sessions(snapshot_of(sessions), training, validation);
}

}  // namespace

TEST_CASE("the newest sessions are held out, the newest fifth of the window stops the training") {
  const auto cut = split(20, 4, 2, 10, 25);

  REQUIRE(cut.ok());
  CHECK(ids(cut->fit) == std::vector<std::string>{"s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14"});
  CHECK(ids(cut->stop) == std::vector<std::string>{"s15", "s16"});
  CHECK(ids(cut->holdout) == std::vector<std::string>{"s17", "s18", "s19", "s20"});
  CHECK(cut->recent == std::vector<std::string>{"s19", "s20"});
}

TEST_CASE("no session serves twice, and none beyond the window is lost") {
  for (std::size_t sessions = 1; sessions <= 30; ++sessions) {
    for (std::size_t holdout = 0; holdout < sessions; ++holdout) {
      for (const int patience : {0, 25}) {
        CAPTURE(sessions);
        CAPTURE(holdout);

        const auto cut = split(sessions, holdout, 3, std::nullopt, patience);

        REQUIRE(cut.ok());
        std::vector<std::string> all = ids(cut->fit);
        for (const auto* part : {&cut->stop, &cut->holdout}) {
          for (const auto& id : ids(*part)) all.push_back(id);
        }
        REQUIRE(all == ids(snapshot_of(sessions).sessions));
        REQUIRE(!cut->fit.empty());
        REQUIRE(cut->recent.size() == std::min<std::size_t>(3, holdout));
        REQUIRE(cut->stop.empty() == (patience == 0 || sessions - holdout < 2));
      }
    }
  }
}

TEST_CASE("a first model may be trained on everything") {
  const auto cut = split(31, 0, 2, std::nullopt, 25);

  CHECK(cut->holdout.empty());
  CHECK(cut->recent.empty());
  CHECK(cut->fit.size() == 25);
  CHECK(cut->stop.size() == 6);
}

TEST_CASE("too few sessions are not ready, with the counts") {
  const auto none_left = split(5, 14, 2, std::nullopt, 25), exactly_none = split(1, 1, 1, std::nullopt, 0),
             empty = split(0, 0, 0, std::nullopt, 0);

  CHECK(none_left.status().code() == StatusCode::data_not_ready);
  CHECK(none_left.status().message() == "5 sessions, 14 are held out: none is left to train on");
  CHECK(exactly_none.status().message() == "1 session, 1 is held out: none is left to train on");
  CHECK(empty.status().code() == StatusCode::data_not_ready);
  CHECK(split(2, 1, 1, std::nullopt, 25)->fit.size() == 1);
}

TEST_CASE("a fingerprint changes with ids, hashes and their order, and with nothing else") {
  const Snapshot snapshot = snapshot_of(3);
  Snapshot moved = snapshot, renamed = snapshot, changed = snapshot, swapped = snapshot, shifted = snapshot;
  moved.sessions[0].path = "/elsewhere";
  renamed.sessions[0].id = "t1";
  changed.sessions[2].sha256 = "4";
  std::swap(swapped.sessions[0], swapped.sessions[1]);
  shifted.sessions[0].id = "s", shifted.sessions[0].sha256 = "11";

  CHECK(moved.fingerprint() == snapshot.fingerprint());
  const std::set<std::string> all{snapshot.fingerprint(), renamed.fingerprint(), changed.fingerprint(),
                                  swapped.fingerprint(),  shifted.fingerprint(), Snapshot().fingerprint()};
  CHECK(all.size() == 6);
  CHECK(snapshot.fingerprint().size() == 64);
}

TEST_CASE("the row selection takes target and features from the model, rows from the data, segments from the validation") {
  ModelSettings model;
  model.target = "lap_time";
  model.numeric = {"lap"};
  model.categorical = {"driver"};
  DataSettings data;
  data.where = {{"compound", {"SOFT", "HARD"}}};
  ValidationSettings validation;
  validation.segments = {"circuit"};

  const RowSelection selection = row_selection(model, data, validation);

  CHECK(selection.target == "lap_time");
  CHECK(selection.numeric == model.numeric);
  CHECK(selection.categorical == model.categorical);
  CHECK(selection.extra == validation.segments);
  CHECK(selection.where[0].values.size() == 2);
}
