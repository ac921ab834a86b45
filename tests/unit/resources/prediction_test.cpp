#include <doctest/doctest.h>

#include "fake_machine.hpp"

using namespace retrain;
using test::FakeMachine;
using test::gibibyte;
using test::mebibyte;

namespace {

Footprint finished(std::uint64_t memory, std::uint64_t data, double cpu_seconds = 0) {
  return {.run_id = "done", .memory_bytes = memory, .cpu_seconds = cpu_seconds, .data_bytes = data};
}

Footprint predict(std::uint64_t data_bytes, const std::vector<Footprint>& history) {
  const FakeMachine machine;
  return make_resource_manager({.threads = 3}, machine.root())->predict({.data_bytes = data_bytes}, {history});
}

}  // namespace

TEST_CASE("without history memory is eight times the data and 128 MiB") {
  CHECK(predict(100 * mebibyte, {}).memory_bytes == 928 * mebibyte);
  CHECK(predict(0, {}).memory_bytes == 128 * mebibyte);
  CHECK(predict(100 * mebibyte, {finished(0, 5), finished(5, 0)}).memory_bytes == 928 * mebibyte);
  CHECK(predict(7, {}).data_bytes == 7);
  CHECK(predict(7, {}).threads == 3);
}

TEST_CASE("with history memory and processor time follow the data in the worst ratio measured") {
  const auto predicted =
      predict(200 * mebibyte, {finished(300 * mebibyte, 100 * mebibyte, 50), finished(500 * mebibyte, 100 * mebibyte, 40)});

  CHECK(predicted.memory_bytes == gibibyte - 24 * mebibyte);
  CHECK(predicted.cpu_seconds == doctest::Approx(100));
}

TEST_CASE("where rows are known they say how much more there is, not the bytes of the files") {
  const FakeMachine machine;
  const auto manager = make_resource_manager({}, machine.root());
  Footprint run = finished(300 * mebibyte, 100 * mebibyte, 50);
  run.rows = 1'000'000;

  const auto predicted = manager->predict({.data_bytes = 100 * mebibyte, .rows = 2'000'000}, {{run}});

  CHECK(predicted.memory_bytes == 600 * mebibyte);
  CHECK(predicted.cpu_seconds == doctest::Approx(100));
  CHECK(predicted.rows == 2'000'000);
  CHECK(manager->predict({.data_bytes = 100 * mebibyte}, {{run}}).memory_bytes == 300 * mebibyte);
}

TEST_CASE("processor time follows rows times rounds, with as many rounds as the longest run added, if it may add so many") {
  const FakeMachine machine;
  const auto manager = make_resource_manager({}, machine.root());
  Footprint warm = finished(300 * mebibyte, 100 * mebibyte, 10);
  warm.rows = 1'000'000;
  warm.rounds = 50;
  Footprint full = finished(300 * mebibyte, 100 * mebibyte, 60);
  full.rows = 1'000'000;
  full.rounds = 400;
  const auto predict_under = [&](unsigned max_rounds, std::vector<Footprint> runs) {
    return manager->predict({.data_bytes = 200 * mebibyte, .rows = 2'000'000, .max_rounds = max_rounds}, {std::move(runs)});
  };

  CHECK(predict_under(500, {warm}).cpu_seconds == doctest::Approx(20));
  CHECK(predict_under(500, {warm, full}).cpu_seconds == doctest::Approx(160));  // 10 s × 2 × 400 / 50
  CHECK(predict_under(500, {warm, full}).rounds == 400);
  CHECK(predict_under(100, {warm, full}).cpu_seconds == doctest::Approx(40));
  CHECK(predict_under(500, {}).rounds == 500);
  CHECK(predict_under(500, {warm, full}).memory_bytes == predict_under(100, {warm, full}).memory_bytes);
}

TEST_CASE("less data needs less, down to 64 MiB") {
  CHECK(predict(50 * mebibyte, {finished(400 * mebibyte, 100 * mebibyte)}).memory_bytes == 200 * mebibyte);
  CHECK(predict(1, {finished(400 * mebibyte, 100 * mebibyte)}).memory_bytes == 64 * mebibyte);
}

TEST_CASE("a run over a few kilobytes does not make a run over megabytes look impossible") {
  const auto predicted = predict(64 * mebibyte, {finished(200 * mebibyte, 10 * 1024)});

  CHECK(predicted.memory_bytes == 400 * mebibyte);
  CHECK(predict(11 * 1024, {finished(200 * mebibyte, 10 * 1024)}).memory_bytes == 200 * mebibyte);
}

TEST_CASE("only the ten newest runs count") {
  std::vector<Footprint> history(10, finished(200 * mebibyte, 100 * mebibyte));
  history.push_back(finished(2000 * mebibyte, 100 * mebibyte));

  CHECK(predict(100 * mebibyte, history).memory_bytes == 200 * mebibyte);
  history.erase(history.begin());
  CHECK(predict(100 * mebibyte, history).memory_bytes == 2000 * mebibyte);
}

TEST_CASE("data without end predicts memory without end and not a small number") {
  CHECK(predict(~std::uint64_t{0}, {}).memory_bytes > (std::uint64_t{1} << 62U));
  CHECK(predict(~std::uint64_t{0}, {finished(gibibyte, 1)}).memory_bytes > (std::uint64_t{1} << 62U));
}
