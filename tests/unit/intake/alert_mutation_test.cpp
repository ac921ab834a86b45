#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <retrain/alert.hpp>

#include "alert_examples.hpp"
#include "base/text.hpp"

using namespace retrain;

namespace {

/// Changes a text the way broken senders and attackers do: bytes flipped, cut out, doubled, and tokens of JSON put in.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::size_t change = 1 + below(4); change > 0; --change) change_once(text);
    return text;
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

 private:
  void change_once(std::string& text) {
    static const std::vector<std::string> tokens = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    "\"",
                                                    ":",
                                                    ",",
                                                    "null",
                                                    "true",
                                                    "NaN",
                                                    "1e999",
                                                    "-1",
                                                    "0.5",
                                                    "\\u0000",
                                                    "\\ud800",
                                                    "\xff",
                                                    "\n",
                                                    "\"severity\":",
                                                    "\"specversion\":\"1.0\",",
                                                    "\"status\":\"resolved\",",
                                                    "\"time\":\"9999-12-31T23:59:60Z\",",
                                                    "\"id\":7,"};
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(12);
    switch (below(4)) {
      case 0: text.insert(at, tokens[below(tokens.size())]); break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(at, text.substr(at, length)); break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(random_());
    }
  }

  std::mt19937_64 random_;
};

bool is_one_plain_line(const std::string& message) {
  return !message.empty() && message.size() < 400 && base::valid_utf8(message) &&
         std::none_of(message.begin(), message.end(), [](char c) { return c >= 0 && c < 0x20; });
}

}  // namespace

TEST_CASE("a mangled alert is either taken whole and valid or refused in one plain line") {
  const auto examples = test::alert_examples();
  REQUIRE(examples.size() == 2);
  Mutator mutator(20130309);
  int taken = 0, refused = 0;

  for (int round = 0; round < 20'000; ++round) {
    const std::string text = mutator.mutate(examples[mutator.below(2)]);
    const auto alert = parse_alert(text);
    if (alert) {
      ++taken;
      const Status valid = validate(*alert);
      if (!valid) FAIL_CHECK(valid.message() << " in " << text);
      CHECK_MESSAGE((alert->severity >= 0 && alert->severity <= 1), text);
    } else {
      ++refused;
      if (!is_one_plain_line(alert.status().message())) FAIL_CHECK(alert.status().message() << " for " << text);
    }
  }

  CHECK(taken > 1'000);
  CHECK(refused > 5'000);
}
