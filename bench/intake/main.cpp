// One task of the intake benchmark; bench/intake/bars.py runs them and holds the figures to their bars.
//
//   retrain_bench_intake TASK FOLDER [ARGUMENTS…]
#include <cstdio>
#include <functional>
#include <map>
#include <stdexcept>

#include "senders.hpp"

namespace {

using namespace retrain::bench;
using Words = std::vector<std::string>;

std::string perform(const std::string& task, const std::string& folder, const Words& more) {
  const auto number = [&](std::size_t at) { return std::stod(more.at(at)); };
  const auto count = [&](std::size_t at) { return std::stoull(more.at(at)); };
  const std::map<std::string, std::function<std::string()>> tasks = {
      {"commits", [&] { return measure_commits(folder, std::stoi(more.at(0))); }},
      {"group", [&] { return measure_group(folder, std::stoi(more.at(0)), number(1), std::stoi(more.at(2))); }},
      {"batches", [&] { return measure_batches(folder, count(0), number(1), std::stoi(more.at(2))); }},
      {"decisions", [&] { return measure_decisions(std::stoi(more.at(0))); }},
      {"ageing", [&] { return measure_ageing(folder); }},
      {"opening", [&] { return measure_opening(folder); }},
      {"fill", [&] { return fill(folder, count(0)); }},
      {"produce", [&] { return produce(folder, more.at(0), number(1), number(2)); }},
      {"acknowledge", [&] { return acknowledge(folder, more.at(0), count(1), count(2)); }},
      {"list", [&] { return list_stored(folder); }},
  };
  const auto found = tasks.find(task);
  if (found == tasks.end()) throw std::runtime_error("there is no task " + task);
  return found->second();
}

}  // namespace

int main(int count, char** words) {
  try {
    if (count < 3) throw std::runtime_error("usage: retrain_bench_intake TASK FOLDER [ARGUMENTS]; see main.cpp");
    std::printf("%s\n", perform(words[1], words[2], Words(words + 3, words + count)).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
