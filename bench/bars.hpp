// Bars: a printed line for each goal that was measured, and whether all were met.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "simulations/repeat.hpp"

namespace retrain::bench {

struct Options {
  std::vector<std::string> only;  ///< names of bars; empty = all
  std::uint64_t seed = 1;
  unsigned threads = 1;
  std::string commit = "unknown";
  std::string laps_folder;  ///< Formula 1 laps; empty = none
};

class Bars {
 public:
  explicit Bars(const Options& options) : options_(options) {}

  const Options& options() const { return options_; }
  bool wants(const std::string& name) const;
  simulations::Plan plan(std::uint64_t repetitions) const { return {repetitions, options_.seed, options_.threads}; }

  /// Restarts the seconds of the next line.
  void start();
  /// `bar` is what `figure` is held against.
  void add(const std::string& name, const std::string& bar, const std::string& figure, bool met, std::uint64_t repetitions);
  /// A figure without a bar.
  void tell(const std::string& name, const std::string& what, const std::string& figure, std::uint64_t repetitions);
  bool all_met() const { return all_met_; }

 private:
  void print(const std::string& name, const char* verdict, const std::string& what, const std::string& figure,
             std::uint64_t repetitions);

  Options options_;
  std::chrono::steady_clock::time_point started_;
  bool all_met_ = true;
};

/// `value` with that many decimals.
std::string decimals(double value, int count);

void measure_stream(Bars& bars);     ///< N2
void measure_sessions(Bars& bars);   ///< N4, N5, N7, N11, N12
void measure_lifetimes(Bars& bars);  ///< N8, N9
void measure_laps(Bars& bars);       ///< N6

}  // namespace retrain::bench
