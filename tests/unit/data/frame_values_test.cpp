#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "base/text.hpp"
#include "sessions.hpp"

using namespace retrain;
using namespace retrain::test;

namespace {

/// A number in one of the spellings that files hold.
std::string random_number(std::mt19937_64& random) {
  char text[64];
  const double value = std::ldexp(double(std::int64_t(random())), -int(random() % 90));
  switch (random() % 5) {
    case 0: return std::to_string(std::int64_t(random() % 2'000'001) - 1'000'000);
    case 1: std::snprintf(text, sizeof text, "%.3f", value); return text;
    case 2: std::snprintf(text, sizeof text, "%.17g", value); return text;
    case 3: std::snprintf(text, sizeof text, "%.9e", value * 1e-30); return text;
    default: return "+" + base::format_double(std::fabs(value));
  }
}

}  // namespace

TEST_CASE("every value of a frame is what strtod reads in its cell, rounded to float32") {
  std::mt19937_64 random(2013);
  std::string bytes = "y,x\r\n";
  std::vector<float> expected;
  for (int row = 0; row < 20'000; ++row) {
    const std::string cell = row % 11 == 0 ? "" : random_number(random);
    bytes += std::to_string(row) + "," + (row % 3 == 0 ? "\"" + cell + "\"" : cell) + "\r\n";
    expected.push_back(cell.empty() ? std::nanf("") : static_cast<float>(std::strtod(cell.c_str(), nullptr)));
  }
  const TemporaryFolder folder;

  const auto frames = read_all(*open({}, {{write_session(folder, "a", bytes)}}, {"y", {"x"}, {}, {}, {}}));

  const auto values = frames[0]->numeric[0].values;
  REQUIRE(values.size() == expected.size());
  for (std::size_t row = 0; row < expected.size(); ++row) {
    CAPTURE(row);
    REQUIRE((values[row] == expected[row] || (std::isnan(values[row]) && std::isnan(expected[row]))));
  }
}

TEST_CASE("every category code leads back to the text of its cell") {
  std::mt19937_64 random(5);
  std::string bytes = "y,c\n";
  std::vector<std::string> cells;
  for (int row = 0; row < 5000; ++row) {
    const auto value = random() % 40;
    cells.push_back(value == 0 ? "" : "c" + std::to_string(value * value));
    bytes += "1," + cells.back() + "\n";
  }
  const TemporaryFolder folder;

  const auto frames = read_all(*open({}, {{write_session(folder, "a", bytes)}}, {"y", {}, {"c"}, {}, {}}));

  const CategoryColumn& column = frames[0]->categorical[0];
  CHECK(column.dictionary.size() == 39);
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const auto code = column.codes[row];
    REQUIRE((code < 0 ? std::string() : column.dictionary[std::size_t(code)]) == cells[row]);
  }
}
