// retrain_bench: measures the numeric goals of the statistics and prints a line for each. Exit code 1: one was missed.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>

#include "bars.hpp"

namespace {

std::string load_average() {
  std::ifstream file("/proc/loadavg");
  std::string load;
  std::getline(file, load);
  return load.empty() ? "unknown" : load;
}

[[noreturn]] void usage() {
  std::cerr << "usage: retrain_bench [--only NAME]… [--seed S] [--threads T] [--commit C]\n";
  std::exit(2);
}

retrain::bench::Options parse(int count, char** arguments) {
  retrain::bench::Options options;
  options.threads = std::min(2U, std::max(1U, std::thread::hardware_concurrency()));
  const auto number = [](const std::string& text) {
    std::size_t used = 0;
    unsigned long long value = 0;
    try {
      value = std::stoull(text, &used);
    } catch (const std::exception&) {
      usage();
    }
    if (used != text.size()) usage();
    return value;
  };
  for (int i = 1; i < count; i += 2) {
    const std::string name = arguments[i];
    if (i + 1 == count) usage();
    const std::string value = arguments[i + 1];
    if (name == "--only") {
      options.only.push_back(value);
    } else if (name == "--seed") {
      options.seed = number(value);
    } else if (name == "--threads") {
      options.threads = static_cast<unsigned>(number(value));
    } else if (name == "--commit") {
      options.commit = value;
    } else {
      usage();
    }
  }
  if (const char* folder = std::getenv("RETRAIN_F1")) options.laps_folder = folder;
  return options;
}

}  // namespace

int main(int count, char** arguments) {
  retrain::bench::Bars bars(parse(count, arguments));
  std::printf("commit %s, compiler %s, load %s, %u threads for the simulations\n", bars.options().commit.c_str(), __VERSION__,
              load_average().c_str(), bars.options().threads);
  // The stream first: its peak memory is that of the process.
  retrain::bench::measure_stream(bars);
  retrain::bench::measure_sessions(bars);
  retrain::bench::measure_lifetimes(bars);
  retrain::bench::measure_laps(bars);
  return bars.all_met() ? 0 : 1;
}
