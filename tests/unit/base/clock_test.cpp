#include <doctest/doctest.h>

#include <retrain/clock.hpp>
#include <thread>

using namespace retrain;
using namespace std::chrono_literals;

TEST_CASE("a manual clock moves only when told, and steps the wall clock alone when asked") {
  ManualClock clock(Time(1000s));
  const Instant start = clock.now();

  clock.advance(60s);
  const Instant advanced = clock.now();
  clock.step_wall(-1h);
  const Instant stepped = clock.now();

  CHECK(advanced.wall - start.wall == 60s);
  CHECK(advanced.boot - start.boot == 60s);
  CHECK(stepped.wall - advanced.wall == -1h);
  CHECK(stepped.boot == advanced.boot);
}

TEST_CASE("a reboot gives a manual clock a new boot id and no uptime") {
  ManualClock clock(Time(1000s));

  clock.reboot("second");

  CHECK(clock.now().boot_id == "second");
  CHECK(clock.now().boot == Duration{});
  CHECK(clock.now().wall == Time(1000s));
}

TEST_CASE("waiting on a manual clock ends when another thread sets it past the instant, or stops") {
  ManualClock clock(Time(0s));
  std::stop_source stop;
  bool reached = false, stopped = true;
  std::thread waiter([&] { reached = clock.wait_until(Time(60s), {}); });
  std::thread halted([&] { stopped = clock.wait_until(Time(1000h), stop.get_token()); });

  clock.set(Time(61s));
  waiter.join();
  stop.request_stop();
  halted.join();

  CHECK(reached);
  CHECK_FALSE(stopped);
}

TEST_CASE("the system clock knows its boot, and does not wait for what is past") {
  const auto clock = make_system_clock();

  const Instant first = clock->now();
  const bool reached = clock->wait_until(first.wall - 1h, {});
  const Instant second = clock->now();

  CHECK(reached);
  CHECK_FALSE(first.boot_id.empty());
  CHECK(first.boot_id == second.boot_id);
  CHECK(second.boot >= first.boot);
}
