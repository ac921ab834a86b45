#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
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
    const TextCells cells{text.data(), begins.data(), ends.data(), 1, 0, 1, count};
    for (const auto set : supported_sets()) {
      double values[128];
      NumberValues out{values};
      double least = INFINITY, most = -INFINITY;

      kernels(set).numbers(cells, decimals, out);

      for (std::uint32_t i = 0; i < count; ++i) {
        if ((out.hard[i / 64] >> (i % 64) & 1U) != 0) {
          REQUIRE(std::isnan(values[i]));
          continue;
        }
        const std::string cell = text.substr(begins[i], ends[i] - begins[i]);
        CAPTURE(cell);
        const auto expected = base::parse_double(cell);
        REQUIRE(expected);
        REQUIRE(std::memcmp(&*expected, &values[i], sizeof(double)) == 0);
        least = std::min(least, *expected);
        most = std::max(most, *expected);
      }
      REQUIRE(out.least == least);
      REQUIRE(out.most == most);
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
      NumberValues out{&value};
      kernels(set).numbers({text.data(), begins + i, ends + i, 1, 0, 1, 1}, decimals[i], out);
      CHECK(out.hard[0] == 0);
    }
  }
}

TEST_CASE("decimals are divided as a division rounds, over mantissas of every size") {
  constexpr std::uint32_t cells = 128;
  std::mt19937_64 random(8);
  for (std::uint32_t decimals = 1; decimals <= 6; ++decimals) {
    for (int round = 0; round < 300; ++round) {
      std::string text(scan_padding, ' ');
      std::vector<std::uint32_t> begins, ends, mantissas;
      for (std::uint32_t i = 0; i < cells; ++i) {
        const std::uint32_t digits = decimals + std::uint32_t(random() % (8 - decimals));
        std::uint32_t limit = 1;
        for (std::uint32_t k = 0; k < digits; ++k) limit *= 10;
        mantissas.push_back(std::uint32_t(random() % limit));
        std::string number = std::to_string(mantissas.back());
        if (number.size() < digits) number.insert(0, digits - number.size(), '0');
        begins.push_back(std::uint32_t(text.size()));
        text += number.substr(0, digits - decimals) + "." + number.substr(digits - decimals);
        ends.push_back(std::uint32_t(text.size()));
        text += ',';
      }
      text += std::string(scan_padding, ' ');
      for (const auto set : supported_sets()) {
        double values[cells];
        NumberValues out{values};
        kernels(set).numbers({text.data(), begins.data(), ends.data(), 1, 0, 1, cells}, decimals, out);
        REQUIRE((out.hard[0] | out.hard[1]) == 0);
        for (std::uint32_t i = 0; i < cells; ++i) REQUIRE(values[i] == mantissas[i] / std::pow(10.0, decimals));
      }
    }
  }
}

TEST_CASE("every form sees where a column changes, whatever the lengths") {
  std::mt19937_64 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string text(scan_padding, 'x');
    std::vector<std::uint32_t> begins, ends;
    std::vector<std::string> cells;
    for (std::uint32_t i = 0; i < 128; ++i) {
      std::string cell = cells.empty() ? "" : cells.back();
      if (random() % 3 == 0) cell = std::string(random() % (round % 2 == 0 ? 40 : 200), 'a');
      if (!cell.empty() && random() % 3 == 0) cell[random() % cell.size()] = char('a' + random() % 2);
      begins.push_back(std::uint32_t(text.size()));
      text += cell;
      ends.push_back(std::uint32_t(text.size()));
      text += random() % 2 == 0 ? "," : "a";
      cells.push_back(cell);
    }
    for (const auto set : supported_sets()) {
      std::uint64_t words[2];

      kernels(set).changes({text.data(), begins.data(), ends.data(), 1, 0, 1, 128}, words);

      for (std::uint32_t i = 0; i < 128; ++i)
        REQUIRE((words[i / 64] >> (i % 64) & 1U) == (i == 0 || cells[i] != cells[i - 1] ? 1 : 0));
    }
  }
}
