#include "bars.hpp"

#include <algorithm>
#include <cstdio>

namespace retrain::bench {

bool Bars::wants(const std::string& name) const {
  return options_.only.empty() || std::find(options_.only.begin(), options_.only.end(), name) != options_.only.end();
}

void Bars::start() {
  started_ = std::chrono::steady_clock::now();
}

void Bars::add(const std::string& name, const std::string& bar, const std::string& figure, bool met, std::uint64_t repetitions) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  std::printf("%-4s %-4s %s: %s | seed %llu, %llu repetitions, %.1f s\n", name.c_str(), met ? "pass" : "FAIL", bar.c_str(),
              figure.c_str(), static_cast<unsigned long long>(options_.seed), static_cast<unsigned long long>(repetitions),
              seconds);
  std::fflush(stdout);
  all_met_ = all_met_ && met;
  start();
}

std::string decimals(double value, int count) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", count, value);
  return text;
}

}  // namespace retrain::bench
