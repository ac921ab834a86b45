#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "base/text.hpp"
#include "csv/instruction_set.hpp"

using namespace retrain;
using namespace retrain::csv;

TEST_CASE("the portable form always runs, and the best form is among those that run") {
  const auto sets = supported_sets();

  CHECK(sets.front() == InstructionSet::portable);
  CHECK(sets.back() == best_set());
#if defined(__x86_64__)
  CHECK(std::find(sets.begin(), sets.end(), InstructionSet::sse2) != sets.end());
#endif
}

TEST_CASE("every form gives the same numbers as the standard library, bit for bit, or leaves the cell to it") {
  std::mt19937_64 random(3);
  const std::string alphabet = "0123456789.-,e\" ";
  for (int round = 0; round < 3000; ++round) {
    const auto decimals = unsigned(random() % 7);
    const auto count = std::uint32_t(1 + random() % 128);
    std::string text(scan_padding, '7');
    std::vector<std::uint32_t> begins, ends;
    for (std::uint32_t i = 0; i < count; ++i) {
      begins.push_back(std::uint32_t(text.size()));
      for (std::size_t length = random() % 11, k = 0; k < length; ++k) {
        const bool digit = random() % 16 != 0;
        text += digit ? char('0' + random() % 10) : alphabet[random() % alphabet.size()];
      }
      if (text.size() - begins.back() > decimals && random() % 2 == 0 && decimals > 0) text[text.size() - decimals - 1] = '.';
      ends.push_back(std::uint32_t(text.size()));
      text += ',';
    }
    text += std::string(scan_padding, '7');
    const NumberCells cells{text.data(), begins.data(), ends.data(), 1, 0, 1, count, decimals};
    for (const auto set : supported_sets()) {
      double values[128];
      std::uint64_t hard[2];

      kernels(set).numbers(cells, values, hard);

      for (std::uint32_t i = 0; i < count; ++i) {
        if ((hard[i / 64] >> (i % 64) & 1U) != 0) continue;
        const std::string cell = text.substr(begins[i], ends[i] - begins[i]);
        CAPTURE(cell);
        const auto expected = base::parse_double(cell);
        REQUIRE(expected);
        REQUIRE(std::memcmp(&*expected, &values[i], sizeof(double)) == 0);
      }
    }
  }
}

TEST_CASE("plain numbers with the expected decimals are not left to the slow path") {
  const std::string text = std::string(64, ' ') + "93.123,9.1234,12345678,0.5,.5" + std::string(64, ' ');
  const std::uint32_t begins[] = {64, 71, 78, 87, 91}, ends[] = {70, 77, 86, 90, 93};
  const unsigned decimals[] = {3, 4, 0, 1, 1};
  for (const auto set : supported_sets()) {
    for (int i = 0; i < 5; ++i) {
      double value = 0;
      std::uint64_t hard[2];
      kernels(set).numbers({text.data(), begins + i, ends + i, 1, 0, 1, 1, decimals[i]}, &value, hard);
      CHECK(hard[0] == 0);
    }
  }
}
