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
  print(name, met ? "pass" : "FAIL", bar, figure, repetitions);
  all_met_ = all_met_ && met;
}

void Bars::tell(const std::string& name, const std::string& what, const std::string& figure, std::uint64_t repetitions) {
  print(name, "info", what, figure, repetitions);
}

void Bars::print(const std::string& name, const char* verdict, const std::string& what, const std::string& figure,
                 std::uint64_t repetitions) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  std::printf("%-4s %s %s: %s | seed %llu, %llu repetitions, %.1f s\n", name.c_str(), verdict, what.c_str(), figure.c_str(),
              static_cast<unsigned long long>(options_.seed), static_cast<unsigned long long>(repetitions), seconds);
  std::fflush(stdout);
  start();
}

std::string decimals(double value, int count) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", count, value);
  return text;
}

}  // namespace retrain::bench
