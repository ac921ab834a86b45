#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "readiness/session_files.hpp"

using namespace retrain;
using namespace retrain::readiness;

TEST_CASE("digits in ids compare by value, of any length") {
  CHECK(natural_less("s2", "s10"));
  CHECK(natural_less("2018-2-x", "2018-10-a"));
  CHECK(natural_less("s99999999999999999999998", "s99999999999999999999999"));
  CHECK(natural_less("s", "s1"));
  CHECK(natural_less("s0", "s00a"));
  CHECK_FALSE(natural_less("s2", "s2"));
  CHECK(natural_less("s02", "s2") != natural_less("s2", "s02"));
}

TEST_CASE("natural order is a strict order of all texts") {
  std::mt19937_64 random(17);
  const std::string alphabet = "01290ab-";
  const auto text = [&] {
    std::string out;
    for (std::size_t length = random() % 6; length > 0; --length) out += alphabet[random() % alphabet.size()];
    return out;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string a = text(), b = text(), c = text();
    CAPTURE(a);
    CAPTURE(b);
    CAPTURE(c);

    REQUIRE(natural_less(a, b) + natural_less(b, a) == (a == b ? 0 : 1));
    if (natural_less(a, b) && natural_less(b, c)) REQUIRE(natural_less(a, c));
  }
}

TEST_CASE("time comes before the id, and no time before any") {
  const Time early{std::chrono::seconds(1)}, late{std::chrono::seconds(2)};
  const auto session = [](std::string id, std::optional<Time> time) {
    Session out;
    out.id = std::move(id);
    out.time = time;
    return out;
  };

  CHECK(session_before(session("z", early), session("a", late)));
  CHECK(session_before(session("a2", early), session("a10", early)));
  CHECK(session_before(session("z", std::nullopt), session("a", early)));
}
