#include "base/csv_value.hpp"

#include <doctest/doctest.h>

using namespace retrain::base;

TEST_CASE("a value is found by its text, or as the same number in another spelling") {
  const ValueSet values({"1", "SOFT", "2.50"});

  CHECK(values.contains("1"));
  CHECK(values.contains("1.0"));
  CHECK(values.contains("1e0"));
  CHECK(values.contains("2.5"));
  CHECK(values.contains("SOFT"));
  CHECK_FALSE(values.contains("soft"));
  CHECK_FALSE(values.contains("11"));
  CHECK_FALSE(values.contains(""));
  CHECK_FALSE(values.contains(" 1"));
}

TEST_CASE("an empty value stands for an empty cell, and an empty set holds nothing") {
  CHECK(ValueSet({""}).contains(""));
  CHECK_FALSE(ValueSet({""}).contains("0"));
  CHECK_FALSE(ValueSet().contains(""));
  CHECK(ValueSet().empty());
}

TEST_CASE("only the empty cell and NA are missing numbers") {
  CHECK(is_missing(""));
  CHECK(is_missing("NA"));
  CHECK_FALSE(is_missing("na"));
  CHECK_FALSE(is_missing("nan"));
  CHECK_FALSE(is_missing(" "));
}

TEST_CASE("a number beyond float32 has no float32") {
  CHECK(to_float32(3.4028234663852886e38) == FLT_MAX);
  CHECK(to_float32(-1.5) == -1.5F);
  CHECK(to_float32(1e-300) == 0.0F);
  CHECK_FALSE(to_float32(3.5e38));
  CHECK_FALSE(to_float32(-1e39));
}
