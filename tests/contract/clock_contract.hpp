// What every Clock does.
#pragma once

#include <doctest/doctest.h>

#include <retrain/clock.hpp>
#include <thread>

#include "contract/part_contract.hpp"

namespace retrain::test {

inline void check_clock_contract(const Maker<Clock>& make) {
  const auto clock = make();
  const Instant start = clock->now();

  SUBCASE("time since boot never goes back within one boot") {
    Instant last = start;
    for (int reading = 0; reading < 1000; ++reading) {
      const Instant now = clock->now();
      REQUIRE(now.boot_id == start.boot_id);
      REQUIRE(now.boot >= last.boot);
      last = now;
    }
    CHECK_FALSE(start.boot_id.empty());
  }

  SUBCASE("waiting for what is past returns at once, and says that it was reached") {
    CHECK(clock->wait_until(start.wall, {}));
    CHECK(clock->wait_until(start.wall - std::chrono::hours(1), {}));
    CHECK(clock->wait_until(Time{}, {}));
  }

  SUBCASE("a stop that was requested before ends the wait, and says that the instant was not reached") {
    std::stop_source stop;
    stop.request_stop();

    CHECK_FALSE(clock->wait_until(start.wall + std::chrono::hours(1000), stop.get_token()));
  }

  SUBCASE("a stop requested by another thread ends the wait") {
    std::stop_source stop;
    bool reached = true;
    std::thread waiter([&] { reached = clock->wait_until(start.wall + std::chrono::hours(1000), stop.get_token()); });

    stop.request_stop();
    waiter.join();

    CHECK_FALSE(reached);
  }

  SUBCASE("a clock is read while another thread waits on it") {
    std::stop_source stop;
    std::thread waiter([&] { clock->wait_until(start.wall + std::chrono::hours(1000), stop.get_token()); });

    const Instant now = clock->now();
    stop.request_stop();
    waiter.join();

    CHECK(now.boot >= start.boot);
  }
}

}  // namespace retrain::test
