#include "base/json.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace retrain;
using namespace retrain::base;

TEST_CASE("keys keep their order, so equal records give equal bytes") {
  const auto json = parse_json(R"({"z": 1, "a": [true, null]})");

  REQUIRE(json.ok());
  CHECK(dump(*json) == R"({"z":1,"a":[true,null]})");
}

TEST_CASE("too long, too deep and malformed documents are refused by name") {
  const std::string nested(100, '[');

  CHECK(parse_json("[1,2,3]", 3).status().message() == "JSON of 7 bytes is over the limit of 3");
  CHECK(parse_json(nested + std::string(100, ']')).status().message().find("nested deeper than 64") != std::string::npos);
  CHECK(parse_json(nested.substr(0, 60) + std::string(60, ']')).ok());
  CHECK(parse_json("{\"a\":}").status().code() == StatusCode::invalid_argument);
  CHECK(parse_json("").status().code() == StatusCode::invalid_argument);
  CHECK(parse_json("{} x").status().code() == StatusCode::invalid_argument);
}

TEST_CASE("a number that is not finite becomes null and comes back as NaN") {
  Json json;
  json["mean"] = number(std::nan(""));
  json["sd"] = number(0.5);

  CHECK(dump(json) == R"({"mean":null,"sd":0.5})");
  CHECK(std::isnan(number_or_nan(json, "mean")));
  CHECK(std::isnan(number_or_nan(json, "absent")));
  CHECK(number_or_nan(json, "sd") == 0.5);
}

TEST_CASE("invalid UTF-8 is replaced when it is written, not thrown about") {
  const Json json = {{"name", "\xFF"}};

  CHECK(dump(json) == "{\"name\":\"\xEF\xBF\xBD\"}");
}

TEST_CASE("a missing key or a wrong type turns into corrupt, naming what was read") {
  const Json json = {{"rounds", "many"}};

  const auto missing = guarded("model.json", [&] { return json.at("features").size(); });
  const auto wrong = guarded("model.json", [&] { return json.at("rounds").get<int>(); });

  CHECK(missing.status().code() == StatusCode::corrupt);
  CHECK(missing.status().message().starts_with("model.json: "));
  CHECK(wrong.status().code() == StatusCode::corrupt);
}
