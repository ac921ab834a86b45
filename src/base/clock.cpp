#include <retrain/clock.hpp>

#include <cstdio>
#include <ctime>

#include "text.hpp"

namespace retrain {

Clock::~Clock() = default;

namespace {

class SystemClock final : public Clock {
 public:
  SystemClock() : boot_id_(read_small("/proc/sys/kernel/random/boot_id")) {}

  Instant now() override {
    timespec boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &boot);
    return {std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()),
            std::chrono::seconds(boot.tv_sec) + std::chrono::microseconds(boot.tv_nsec / 1000), boot_id_};
  }

  bool wait_until(Time when, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any signal;
    std::unique_lock lock(mutex);
    signal.wait_until(lock, stop, when, [] { return false; });
    return now().wall >= when;
  }

 private:
  // Files of /proc say size 0, which read_file takes for "being written".
  static std::string read_small(const char* path) {
    std::string text;
    if (std::FILE* file = std::fopen(path, "r")) {
      char buffer[128];
      text.assign(buffer, std::fread(buffer, 1, sizeof buffer, file));
      std::fclose(file);
    }
    return std::string(base::trim(text));
  }

  std::string boot_id_;
};

}  // namespace

std::shared_ptr<Clock> make_system_clock() {
  return std::make_shared<SystemClock>();
}

ManualClock::ManualClock(Time start, std::string boot_id) : instant_{start, std::chrono::hours(1), std::move(boot_id)} {}

Instant ManualClock::now() {
  const std::lock_guard lock(mutex_);
  return instant_;
}

bool ManualClock::wait_until(Time when, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return moved_.wait(lock, stop, [&] { return instant_.wall >= when; });
}

void ManualClock::set(Time wall) {
  const std::lock_guard lock(mutex_);
  if (wall > instant_.wall) instant_.boot += wall - instant_.wall;
  instant_.wall = wall;
  moved_.notify_all();
}

void ManualClock::advance(Duration duration) {
  const std::lock_guard lock(mutex_);
  instant_.wall += duration;
  instant_.boot += duration;
  moved_.notify_all();
}

void ManualClock::step_wall(Duration by) {
  const std::lock_guard lock(mutex_);
  instant_.wall += by;
  moved_.notify_all();
}

void ManualClock::reboot(std::string boot_id) {
  const std::lock_guard lock(mutex_);
  instant_.boot = Duration{};
  instant_.boot_id = std::move(boot_id);
}

}  // namespace retrain
