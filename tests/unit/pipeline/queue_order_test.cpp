// The order of waiting runs and the pauses between attempts, as properties over made-up runs.
#include "pipeline/queue_order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <retrain/decision_settings.hpp>

#include "base/uuid.hpp"

using namespace retrain;
using namespace retrain::pipeline;
using namespace std::chrono_literals;

namespace {

constexpr Duration ageing = 4h;
constexpr Time noon{};

/// Runs of a few severities and ages, so that ranks are often equal.
std::vector<Turn> some_turns(std::mt19937& random, int count) {
  std::vector<Turn> turns;
  for (int i = 0; i < count; ++i) {
    const Duration waited = std::chrono::minutes(30 * (random() % 12));
    turns.push_back({"run-" + std::to_string(i), 0.25 * static_cast<double>(random() % 5), waited, noon - waited});
  }
  return turns;
}

}  // namespace

TEST_CASE("waiting raises a rank from the severity to 1 at the ageing bound, never back, and not further") {
  for (const double severity : {0.0, 0.3, 0.7, 1.0}) {
    double before = -1;
    for (Duration waited{}; waited <= 3 * ageing; waited += 7min) {
      const double now = rank({"r", severity, waited, noon}, ageing);
      CHECK(now >= before);
      CHECK(now >= severity);
      CHECK(now <= 1);
      before = now;
    }
    CHECK(rank({"r", severity, {}, noon}, ageing) == severity);
    CHECK(rank({"r", severity, ageing, noon}, ageing) == 1);
    CHECK(rank({"r", severity, 100 * ageing, noon}, 0s) == severity);
  }
}

TEST_CASE("the order is a strict total order") {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const auto turns = some_turns(random, 12);
    for (const Turn& a : turns) {
      CHECK_FALSE(goes_before(a, a, ageing));
      for (const Turn& b : turns) {
        if (a.run != b.run) CHECK(goes_before(a, b, ageing) != goes_before(b, a, ageing));
        for (const Turn& c : turns) {
          if (goes_before(a, b, ageing) && goes_before(b, c, ageing)) CHECK(goes_before(a, c, ageing));
        }
      }
    }
  }
}

TEST_CASE("of equal severity the run that was created first goes first, at any age") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    const double severity = 0.1 * static_cast<double>(random() % 11);
    const Duration waited = std::chrono::minutes(random() % 1000);
    const Duration later = std::chrono::minutes(1 + random() % 1000);
    const Turn older{"b", severity, waited + later, noon - waited - later}, newer{"a", severity, waited, noon - waited};

    CHECK(goes_before(older, newer, ageing));
  }
}

TEST_CASE("nothing that is created later overtakes a run that waited for the ageing bound") {
  std::mt19937 random(13);
  for (int round = 0; round < 500; ++round) {
    const Duration waited = ageing + std::chrono::minutes(random() % 1000);
    const Duration later = waited - std::chrono::minutes(1 + random() % 600);
    const Turn aged{"b", 0, waited, noon - waited};
    const Turn urgent{"a", 1, std::max(later, Duration{}), noon - std::max(later, Duration{})};

    CHECK(goes_before(aged, urgent, ageing));
  }
}

TEST_CASE("pauses between attempts never shrink, stay below their limit, and keep at least three quarters") {
  QueueSettings queue;
  queue.backoff = 1min;
  queue.max_backoff = 1h;
  base::IdSource ids(3);
  std::vector<Duration> first;
  for (int i = 0; i < 200; ++i) {
    const std::string run = ids.next(noon);
    Duration before{};
    for (int failures = 1; failures <= 12; ++failures) {
      const Duration pause = backoff_of(queue, run, failures);
      const Duration plain = std::min<Duration>(1min * (1 << (failures - 1)), 1h);
      CHECK(pause >= before);
      CHECK(pause <= plain);
      CHECK(pause >= plain * 3 / 4);
      CHECK(pause == backoff_of(queue, run, failures));
      before = pause;
    }
    first.push_back(backoff_of(queue, run, 1));
  }

  std::sort(first.begin(), first.end());
  CHECK(std::unique(first.begin(), first.end()) - first.begin() > 190);
  CHECK(first.front() < 48s);
  CHECK(first.back() > 57s);
}
