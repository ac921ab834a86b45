#include "csv/number.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "base/text.hpp"

using namespace retrain;

namespace {

bool same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || std::memcmp(&*a, &*b, sizeof(double)) == 0);
}

}  // namespace

TEST_CASE("numbers are those of the standard library, bit for bit, at every edge of the quick path") {
  for (const char* text : {"0",
                           "-0",
                           "+0",
                           "-0.0",
                           "1",
                           "+1",
                           "-1",
                           ".5",
                           "5.",
                           "-.5",
                           "+.5",
                           ".",
                           "-",
                           "+",
                           "",
                           "+-1",
                           "-+1",
                           "--1",
                           "1..2",
                           "1.2.3",
                           "9007199254740992",
                           "9007199254740993",
                           "9007199254740993.5",
                           "-9007199254740992",
                           "123456789012345678",
                           "1234567890123456789",
                           "999999999999999999",
                           "0.1234567890123456789",
                           ".123456789012345678",
                           "12345678.12345678",
                           "1e5",
                           "1E-5",
                           "0x10",
                           "inf",
                           "nan",
                           " 1",
                           "1 ",
                           "1,5",
                           "1_000",
                           "00012",
                           "000000000000000000012",
                           "0.000000000000000001",
                           "1.7976931348623157e308",
                           "1e309",
                           "4.9e-324",
                           "2.4703282292062327e-324",
                           "2.2250738585072011e-308",
                           "8.41e21",
                           "9.5e-5",
                           "179769313486231580793728971405301"}) {
    CAPTURE(text);
    CHECK(same(csv::parse_number(text), base::parse_double(text)));
  }
}

TEST_CASE("random texts and random numbers give the standard library's answer") {
  std::mt19937_64 random(9);
  const std::string alphabet = "00112233445566778899...-+e";
  for (int round = 0; round < 300'000; ++round) {
    std::string text;
    for (std::size_t length = random() % 24; length > 0; --length) text += alphabet[random() % alphabet.size()];
    REQUIRE_MESSAGE(same(csv::parse_number(text), base::parse_double(text)), text);
  }
  for (int round = 0; round < 100'000; ++round) {
    double value = 0;
    const std::uint64_t bits = random();
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const std::string text = base::format_double(value);
    const auto parsed = csv::parse_number(text);
    REQUIRE(parsed);
    REQUIRE(*parsed == value);
  }
}
