// Hostile text: random damage to a good file, bombs, and values that must survive being written and read again.
#include <retrain/config_file.hpp>

#include <doctest/doctest.h>

#include <ctime>
#include <random>

#include "unit/config/good_file.hpp"

using namespace retrain;

namespace {

/// CPU seconds that `work` takes: a busy machine must not fail the test.
template <class Work>
double seconds_of(const Work& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string out;
  while (out.size() + piece.size() <= bytes) out += piece;
  return out;
}

/// `text` with a few random bytes changed, removed, doubled or replaced by what YAML finds special.
std::string damaged(std::string text, std::mt19937_64& random) {
  static const std::vector<std::string> pieces = {
      "&a ", "*a", "!!x ", "<<: ", "---\n", "...\n", "\t",   "\"", "'",    "|\n",  ">\n", "[",   "]",    "{",       "}",
      "? ",  "- ", ": ",   "#",    ",",     "\n",    "\r\n", "\\", "\xFF", "\xC3", "~",   "010", ".nan", "%YAML 9", "\x85"};
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (std::size_t times = 1 + below(4); times > 0; --times) {
    const std::size_t at = below(text.size());
    switch (below(5)) {
      case 0: text[at] = static_cast<char>(random() % 256); break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: text.insert(at, text.substr(below(text.size()), below(40))); break;
      case 3: text.resize(at + 1); break;
      default: text.insert(at, pieces[below(pieces.size())]);
    }
  }
  return text;
}

bool one_line(const std::string& text) {
  return !text.empty() && text.size() < 1000 && text.find_first_of(std::string("\n\r\0", 3)) == std::string::npos;
}

/// Whether the values that a configuration shows give the same configuration when they are set.
bool survives_writing(const LoadedConfig& loaded) {
  ConfigOverrides values;
  for (const auto& value : loaded.values) values[value.key] = value.value;
  const auto again = parse_config("", "retrain.yaml", values);
  REQUIRE_MESSAGE(again.ok(), again.status().message());
  for (std::size_t i = 0; i < loaded.values.size(); ++i) {
    if (loaded.values[i].value != again->values[i].value) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a damaged file is read or refused in one line, and what was read survives being written") {
  std::mt19937_64 random(20240607);
  int accepted = 0, refused = 0;

  for (int i = 0; i < 2000; ++i) {
    const std::string text = damaged(test::good_file, random);
    CAPTURE(text);
    const auto loaded = parse_config(text, "retrain.yaml");
    if (loaded.ok()) {
      ++accepted;
      CHECK(survives_writing(*loaded));
    } else {
      ++refused;
      CHECK(loaded.status().code() == StatusCode::invalid_argument);
      CHECK(loaded.status().message().starts_with("retrain.yaml:"));
      CHECK(one_line(loaded.status().message()));
    }
  }

  CHECK(accepted > 50);
  CHECK(refused > 1000);
}

TEST_CASE("random text in the place of every kind of text survives being written and read again") {
  std::mt19937_64 random(7);
  static const std::vector<std::string> letters = {
      "a", "B", "9", "-", ".", "/", "_", " ", ":", "#", "\"", "'", "\\", "*",  "&",        "!", "~",    "{",    "}",   "[",
      "]", ",", "?", "%", "@", "`", "|", ">", "0", "+", "e",  "n", "y",  "<<", "\xC3\xA4", "=", "null", "true", ".inf"};

  for (int i = 0; i < 500; ++i) {
    const auto word = [&] {
      std::string out;
      for (std::size_t length = 1 + random() % 6; length > 0; --length) out += letters[random() % letters.size()];
      return out;
    };
    Config config;
    config.model.target = word();
    config.data.columns = {{word(), ColumnType::text, {}, {}, 0.5, {word()}}};
    config.data.rising = {{word(), {word()}}};
    config.data.where = {{word(), {word(), ""}}};
    config.training.parameters = {{"p", word()}};
    config.data.required_columns = {word()};
    CAPTURE(config.model.target);
    const auto quoted = [](const std::string& text) {
      std::string out = "'";
      for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
      return out + "'";
    };

    const auto loaded = parse_config(
        "model: {name: m, features: {numeric: [the_only_feature]}}", "retrain.yaml",
        {{"model.target", quoted(config.model.target)},
         {"data.columns", "{" + quoted(config.data.columns[0].name) + ": {type: text, missing: 0.5, values: [" +
                              quoted(config.data.columns[0].values[0]) + "]}}"},
         {"data.rising",
          "{" + quoted(config.data.rising.begin()->first) + ": [" + quoted(config.data.rising.begin()->second[0]) + "]}"},
         {"data.where",
          "[{column: " + quoted(config.data.where[0].column) + ", in: [" + quoted(config.data.where[0].values[0]) + ", '']}]"},
         {"data.required_columns", "[" + quoted(config.data.required_columns[0]) + "]"}});

    REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
    CHECK(loaded->config.model.target == config.model.target);
    CHECK(loaded->config.data.columns[0].name == config.data.columns[0].name);
    CHECK(loaded->config.data.rising == config.data.rising);
    CHECK(loaded->config.data.where[0].values == config.data.where[0].values);
    CHECK(survives_writing(*loaded));
  }
}

TEST_CASE("bombs of the largest size are answered within a second each") {
  const std::size_t largest = 256U << 10U;
  for (const std::string_view piece :
       {"[",    "{", "- ",  "? ", "a: ",   "[a,",      "\"",  "'",   "{a: ", "x", "\n",  "[]: ",  "!",  "&a ",      "*a ",
        "a:\n", "#", "|\n", "%",  "---\n", "{a: b}: ", "- [", "-\n", ":",    ",", "a\n", "? a\n", "{}", "\xC3\xA4", "\\"}) {
    for (const std::string_view head : {"", "[", "a: ", "a: \""}) {
      CAPTURE(piece);
      CAPTURE(head);
      const std::string text = std::string(head) + repeated(piece, largest - head.size());

      Status answer;
      const double took = seconds_of([&] { answer = parse_config(text, "retrain.yaml").status(); });

      CHECK_FALSE(answer.ok());
      CHECK(one_line(answer.message()));
      CHECK(took < 1.0);
    }
  }
}

TEST_CASE("thousands of faults in one file are all told in bounded time") {
  std::string text = test::model_section;
  for (int i = 0; i < 4000; ++i) text += "unknown" + std::to_string(i) + ": 1\n";

  Status answer;
  const double took = seconds_of([&] { answer = parse_config(text, "retrain.yaml").status(); });

  CHECK(answer.message().starts_with("retrain.yaml:2:1: unknown key 'unknown0', known are model, "));
  CHECK(took < 5.0);
}

TEST_CASE("size, number of values and depth have exact limits") {
  const auto message = [](const std::string& text) { return parse_config(text, "f").status().message(); };
  const std::string model = test::model_section;
  const std::string full = model + "#" + std::string((256U << 10U) - model.size() - 1, 'x');
  const auto listing = [&](std::size_t count) {
    std::string text = model + "data: {required_columns: [";
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "c" : ",c") + std::to_string(i);
    return text + "]}";
  };
  const auto nested = [&](std::size_t depth) { return "a: " + std::string(depth, '[') + std::string(depth, ']'); };

  CHECK(parse_config(full, "f").ok());
  CHECK(message(full + "x") == "f:1:1: 262145 bytes, over the limit of 262144");
  // The model section holds 12 values; data, its map, required_columns and its list make 4.
  CHECK(parse_config(listing(10'000 - 16), "f").ok());
  CHECK(message(listing(10'000 - 15)).ends_with(": more than 10000 values"));
  CHECK(message(nested(15)) ==
        "f:1:1: unknown key 'a', known are model, state, data, drift, schedule, queue, resources, "
        "training, validation, comparison, deployment, verification, rollback, notifications, backtest");
  CHECK(message(nested(16)) == "f:1:19: nested deeper than 16 levels");
}
