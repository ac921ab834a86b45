#include "base/text.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <limits>
#include <random>

using namespace retrain::base;

TEST_CASE("text is trimmed, split and joined without losing empty parts") {
  CHECK(trim(" \t a b \r\n") == "a b");
  CHECK(trim(" \n").empty());
  CHECK(lower("ÄbC-9") == "Äbc-9");
  CHECK(split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(split("", ',').size() == 1);
  CHECK(join({"a", "b"}, ", ") == "a, b");
}

TEST_CASE("the nearest name is offered for a slip, and none for another word") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(nearest("debounce_second", {"cooldown_seconds", "debounce_seconds"}) == "debounce_seconds");
  CHECK(nearest("ETA", {"eta"}) == "eta");
  CHECK_FALSE(nearest("zzzzzz", {"debounce_seconds"}).has_value());
}

TEST_CASE("a number is a whole finite decimal and nothing else") {
  CHECK(parse_double("12.5") == 12.5);
  CHECK(parse_double("-1e-3") == -0.001);
  CHECK(parse_double("+7") == 7.0);
  for (const char* bad : {"", " 1", "1 ", "1,5", "0x10", "nan", "inf", "-inf", "1e999", "1.2.3", "-", "+", "1_000", "--1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_double(bad).has_value());
  }
}

TEST_CASE("an integer is digits only, inside 64 bits") {
  CHECK(parse_integer("-42") == -42);
  CHECK(parse_integer("9223372036854775807") == std::numeric_limits<long long>::max());
  for (const char* bad : {"", "1.0", "1e3", "9223372036854775808", " 1", "0x1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_integer(bad).has_value());
  }
}

TEST_CASE("every double is written so that it reads back to itself") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 10'000; ++i) {
    const double value = std::ldexp(double(random()) / 3.0, int(random() % 400) - 200);

    const auto back = parse_double(format_double(value));

    REQUIRE(back == value);
    REQUIRE(std::strtod(format_double(value).c_str(), nullptr) == value);
  }
  CHECK(format_double(std::nan("")) == "null");
  CHECK(format_short(9.43219) == "9.432");
}

TEST_CASE("patterns match as a shell's do") {
  CHECK(matches_pattern("2013-01-01.csv", "*.csv"));
  CHECK(matches_pattern("a.csv", "?.csv"));
  CHECK(matches_pattern("aXbXc", "a*b*c"));
  CHECK(matches_pattern("", "*"));
  CHECK_FALSE(matches_pattern("a.csv.tmp", "*.csv"));
  CHECK_FALSE(matches_pattern("ab.csv", "?.csv"));
  CHECK_FALSE(matches_pattern(std::string(200, 'a'), "*a*a*a*a*a*a*a*a*b"));
}

TEST_CASE("text from outside fits one line of a message") {
  CHECK(printable("a\nb\x1b[31m") == "a\\x0ab\\x1b[31m");
  CHECK(printable("\xFFz") == "\\xffz");
  CHECK(printable("Köln") == "Köln");
  CHECK(printable(std::string(100, 'x'), 10) == "xxxxxxxxxx...");
  for (std::size_t limit = 1; limit < 12; ++limit) CHECK(valid_utf8(printable("aéé€𝄞z", limit)));
}

TEST_CASE("UTF-8 is refused where Unicode refuses it") {
  CHECK(valid_utf8("aé€𝄞"));
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_utf8(bad));
  }
}

TEST_CASE("an id may not lead out of a folder, hide a file or break a message") {
  CHECK(safe_id("2013-01-01"));
  CHECK(safe_id("2018-01-melbourne-R"));
  CHECK(safe_id(std::string(128, 'a')));
  for (const std::string& bad : {std::string(), std::string(129, 'a'), std::string("../x"), std::string("a..b"),
                                 std::string(".hidden"), std::string("-rf"), std::string("a/b"), std::string("a b"),
                                 std::string("a\n"), std::string("a\0b", 3), std::string("caf\xC3\xA9"), std::string("$(x)")}) {
    CAPTURE(bad);
    CHECK_FALSE(safe_id(bad));
  }
}
