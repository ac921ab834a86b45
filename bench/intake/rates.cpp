// How fast alerts become durable, beside the raw device in the same run.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <thread>

#include "raw_device.hpp"
#include "senders.hpp"

namespace retrain::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double quantile(std::vector<double>& values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double time_of(const std::function<void()>& action) {
  const auto start = Clock::now();
  action();
  return seconds_since(start);
}

/// How often `action` ran in a second, over about `seconds`.
double rate_of(double seconds, const std::function<std::size_t()>& action) {
  const auto start = Clock::now();
  std::size_t done = 0;
  while (seconds_since(start) < seconds) done += action();
  return static_cast<double>(done) / seconds_since(start);
}

std::string figures(const std::vector<std::pair<std::string, double>>& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    char number[48];
    std::snprintf(number, sizeof number, "%.9g", value);
    text += (text.empty() ? "{\"" : ", \"") + name + "\": " + number;
  }
  return text + "}";
}

/// Alternates raw windows with windows of `rate`; the medians, so that one disturbed window does not count.
std::string compare_rates(const std::string& folder, double seconds, int rounds, const std::function<double()>& rate) {
  RawDevice device(folder);
  const auto raw_rate = [&] {
    return rate_of(seconds / 2, [&] {
      device.flush_once();
      return std::size_t{1};
    });
  };
  raw_rate();
  rate();
  std::vector<double> raw, ours, ratios;
  for (int round = 0; round < rounds; ++round) {
    const double before = raw_rate();
    ours.push_back(rate());
    raw.push_back((before + raw_rate()) / 2);
    ratios.push_back(ours.back() / raw.back());
  }
  return figures({{"raw", quantile(raw, 0.5)}, {"rate", quantile(ours, 0.5)}, {"ratio", quantile(ratios, 0.5)}});
}

}  // namespace

std::string measure_commits(const std::string& folder, int rounds) {
  const auto pipeline = open_pipeline(folder);
  RawDevice device(folder);
  constexpr int together = 20;
  std::vector<double> raw, ours;
  std::size_t number = 0;
  for (int round = 0; round < rounds + 2; ++round) {
    const bool counts = round >= 2;  // caches and statements are warm then
    for (int i = 0; i < together; ++i) {
      const double taken = time_of([&] { device.flush_once(); });
      if (counts) raw.push_back(taken);
    }
    for (int i = 0; i < together; ++i) {
      const Alert alert = make_alert("single", number++);
      const double taken = time_of([&] { submit_or_throw(*pipeline, alert); });
      if (counts) ours.push_back(taken);
    }
  }
  return figures({{"raw_p50", quantile(raw, 0.5)},
                  {"p50", quantile(ours, 0.5)},
                  {"p99", quantile(ours, 0.99)},
                  {"ratio", quantile(ours, 0.5) / quantile(raw, 0.5)}});
}

std::string measure_group(const std::string& folder, int producers, double seconds, int rounds) {
  const auto pipeline = open_pipeline(folder);
  std::vector<std::size_t> numbers(static_cast<std::size_t>(producers));
  double longest = 0;
  const auto rate = [&] {
    std::atomic<std::size_t> done{0};
    std::vector<double> waits(numbers.size());
    std::vector<std::thread> threads;
    const auto start = Clock::now();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      threads.emplace_back([&, i] {
        while (seconds_since(start) < seconds) {
          const Alert alert = make_alert("group" + std::to_string(i), numbers[i]++);
          waits[i] = std::max(waits[i], time_of([&] { submit_or_throw(*pipeline, alert); }));
          ++done;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    longest = std::max(longest, *std::max_element(waits.begin(), waits.end()));
    return static_cast<double>(done) / seconds_since(start);
  };
  std::string text = compare_rates(folder, seconds, rounds, rate);
  text.pop_back();
  return text + ", \"longest\": " + std::to_string(longest) + "}";
}

std::string measure_batches(const std::string& folder, std::size_t size, double seconds, int rounds) {
  const auto pipeline = open_pipeline(folder);
  std::size_t number = 0;
  return compare_rates(folder, seconds, rounds, [&] {
    return rate_of(seconds, [&] {
      std::vector<Alert> alerts;
      while (alerts.size() < size) alerts.push_back(make_alert("batch", number++));
      const auto stored = pipeline->submit_alerts(alerts);
      if (!stored) throw std::runtime_error(stored.status().message());
      return stored->size();
    });
  });
}

std::string measure_opening(const std::string& folder) {
  bool ok = false;
  std::unique_ptr<Pipeline> pipeline;
  const double opening = time_of([&] { pipeline = open_pipeline(folder); });
  const double checking = time_of([&] {
    const auto health = pipeline->verify_state();
    ok = health && health->ok;
  });
  return figures({{"open", opening}, {"verify", checking}, {"ok", ok ? 1 : 0}});
}

}  // namespace retrain::bench
