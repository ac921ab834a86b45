// What every DataSource does, and the FrameStream it opens.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <retrain/data_source.hpp>

#include "base/sha256.hpp"
#include "contract/part_contract.hpp"
#include "support/world.hpp"

namespace retrain::test {

/// Equal bit for bit, missing values included.
inline bool same_values(const NumericColumn& a, const NumericColumn& b) {
  const auto bits = [](float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); };
  return a.name == b.name && std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), bits);
}

inline bool same_values(const CategoryColumn& a, const CategoryColumn& b) {
  return a.name == b.name && a.dictionary == b.dictionary &&
         std::equal(a.codes.begin(), a.codes.end(), b.codes.begin(), b.codes.end());
}

inline bool same_frame(const Frame& a, const Frame& b) {
  const auto same = [](const auto& x, const auto& y) { return same_values(x, y); };
  return a.session == b.session && a.rows == b.rows && a.row_numbers == b.row_numbers && same_values(a.target, b.target) &&
         std::equal(a.numeric.begin(), a.numeric.end(), b.numeric.begin(), b.numeric.end(), same) &&
         std::equal(a.categorical.begin(), a.categorical.end(), b.categorical.begin(), b.categorical.end(), same);
}

/// `make` gives a source of CSV files.
inline void check_data_source_contract(const Maker<DataSource>& make) {
  check_part_contract(make);
  const auto source = make();
  const TemporaryFolder folder;
  Snapshot snapshot;
  for (const int number : {1, 2, 3}) {
    const std::string id = "day-00" + std::to_string(number), rows = session_rows(number, 0);
    snapshot.sessions.push_back({id, folder.write(id + ".csv", rows), base::sha256(rows), rows.size(), 60, 60, day(number)});
  }
  const RowSelection selection{.target = "y", .numeric = {"x", "z"}, .categorical = {"colour"}, .extra = {}, .where = {}};
  const auto open = [&](std::stop_token stop = {}) {
    auto stream = source->open(snapshot, selection, std::move(stop));
    REQUIRE_MESSAGE(stream.ok(), stream.status().message());
    return *stream;
  };
  const auto read = [](FrameStream& stream) {
    std::vector<std::shared_ptr<const Frame>> frames;
    for (;;) {
      auto frame = stream.next();
      REQUIRE_MESSAGE(frame.ok(), frame.status().message());
      if (*frame == nullptr) return frames;
      frames.push_back(*frame);
    }
  };

  SUBCASE("a stream hands over each session of the snapshot once, in its order, and then nothing more") {
    std::swap(snapshot.sessions[0], snapshot.sessions[2]);
    const auto stream = open();

    const auto frames = read(*stream);

    REQUIRE(frames.size() == 3);
    CHECK(frames[0]->session == "day-003");
    CHECK(frames[1]->session == "day-002");
    CHECK(frames[2]->session == "day-001");
    CHECK(stream->next().value() == nullptr);
  }

  SUBCASE("a frame has the columns that were asked for, in that order, each with a value a row") {
    for (const auto& frame : read(*open())) {
      CHECK(frame->rows == 60);
      REQUIRE(frame->numeric.size() == 2);
      CHECK(frame->numeric[0].name == "x");
      CHECK(frame->numeric[1].name == "z");
      REQUIRE(frame->categorical.size() == 1);
      CHECK(frame->categorical[0].name == "colour");
      CHECK(frame->target.name == "y");
      for (const NumericColumn& column : {frame->numeric[0], frame->numeric[1], frame->target}) CHECK(column.values.size() == 60);
      for (const std::int32_t code : frame->categorical[0].codes) {
        REQUIRE(code >= -1);
        REQUIRE(code < static_cast<std::int32_t>(frame->categorical[0].dictionary.size()));
      }
      CHECK(frame->row_numbers.size() == 60);
      CHECK(frame->row_numbers.front() == 2);
    }
  }

  SUBCASE("a second pass, a pass after half a pass, and another stream give the same frames bit for bit") {
    const auto stream = open();
    const auto first = read(*stream);
    REQUIRE(stream->rewind().ok());
    const auto second = read(*stream);
    REQUIRE(stream->rewind().ok());
    REQUIRE(stream->next().ok());
    REQUIRE(stream->rewind().ok());
    const auto third = read(*stream);
    const auto other = read(*open());

    for (const auto* pass : {&second, &third, &other}) {
      REQUIRE(pass->size() == first.size());
      for (std::size_t i = 0; i < first.size(); ++i) CHECK(same_frame(*pass->at(i), *first[i]));
    }
  }

  SUBCASE("a frame outlives its stream and its source") {
    auto stream = open();
    const auto frame = stream->next().value();
    const auto again = open()->next().value();

    stream.reset();

    CHECK(same_frame(*frame, *again));
  }

  SUBCASE("bytes that are not the ones that were checked are corrupt, in the first pass and in any later one") {
    const auto stream = open();
    SUBCASE("at once") {}
    SUBCASE("after a good pass") {
      read(*stream);
      REQUIRE(stream->rewind().ok());
    }
    std::string rows = session_rows(2, 0);
    rows.back() = ' ';
    folder.write("day-002.csv", rows);

    CHECK(stream->next().ok());
    CHECK(stream->next().status().code() == StatusCode::corrupt);
  }

  SUBCASE("a file that has gone is a failure, not the end of the data") {
    std::filesystem::remove(folder / "day-002.csv");
    const auto stream = open();

    CHECK(stream->next().ok());
    CHECK_FALSE(stream->next().ok());
  }

  SUBCASE("an empty snapshot is an empty stream") {
    snapshot.sessions.clear();

    CHECK(open()->next().value() == nullptr);
  }

  SUBCASE("a stop ends reading as cancelled") {
    std::stop_source stop;
    const auto stream = open(stop.get_token());
    REQUIRE(stream->next().ok());

    stop.request_stop();

    CHECK(stream->next().status().code() == StatusCode::cancelled);
  }
}

}  // namespace retrain::test
