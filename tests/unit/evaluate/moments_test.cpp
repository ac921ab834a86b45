#include "evaluate/moments.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "evaluate/student_t.hpp"

namespace retrain::evaluate {
namespace {

std::vector<double> noise(std::size_t count, double offset) {
  std::mt19937_64 random(11);
  std::vector<double> values(count);
  for (double& value : values) value = offset + static_cast<double>(random() >> 11U) * 0x1p-53;
  return values;
}

// Mean and squared deviations by sums of long doubles over shifted values: slow, but right to about 17 digits here.
std::pair<long double, long double> slow_moments(const std::vector<double>& values, double shift) {
  long double sum = 0;
  for (const double value : values) sum += static_cast<long double>(value) - shift;
  const long double mean = sum / static_cast<long double>(values.size());
  long double squares = 0;
  for (const double value : values) {
    const long double deviation = static_cast<long double>(value) - shift - mean;
    squares += deviation * deviation;
  }
  return {mean, squares};
}

TEST_CASE("mean and squares keep their digits under a large common offset") {
  for (const double offset : {0.0, 1e6, 1e9}) {
    const auto values = noise(300007, offset);
    const auto [mean, squares] = slow_moments(values, offset);

    Moments moments;
    moments.add(values);

    CAPTURE(offset);
    CHECK(moments.count() == values.size());
    const double centered = (moments.mean() + -offset).value();
    CHECK(std::abs(centered / static_cast<double>(mean) - 1) < 1e-14);
    CHECK(std::abs(moments.squares().value() / static_cast<double>(squares) - 1) < 1e-14);
  }
}

TEST_CASE("any number of threads and any chunking beside them give the same bits of both halves of the sums") {
  const auto values = noise(64 * 1024 * 11 + 5, 1e3);
  Moments whole;
  whole.add(values);
  const LossRows rows{values, {}};

  for (const std::size_t chunk : {64U * 1024U * 4U, 300001U, 400000U, 1000000U}) {
    for (const unsigned threads : {1U, 2U, 8U}) {
      Moments pieces;
      for (std::size_t begin = 0; begin < values.size(); begin += chunk) {
        pieces.add(rows.part(begin, std::min(chunk, values.size() - begin)), threads);
      }
      CAPTURE(chunk);
      CAPTURE(threads);
      CHECK(pieces.count() == values.size());
      CHECK(pieces.mean().high == whole.mean().high);
      CHECK(pieces.mean().low == whole.mean().low);
      CHECK(pieces.squares().high == whole.squares().high);
      CHECK(pieces.squares().low == whole.squares().low);
    }
  }
}

TEST_CASE("any chunking of the stream gives the same bits") {
  const auto values = noise(50001, 1e3);
  Moments whole;
  whole.add(values);

  for (const std::size_t chunk : {1U, 7U, 1023U, 1024U, 1025U, 4096U, 49999U}) {
    Moments pieces;
    for (std::size_t begin = 0; begin < values.size(); begin += chunk) {
      pieces.add(std::span(values).subspan(begin, std::min(chunk, values.size() - begin)));
    }
    CAPTURE(chunk);
    CHECK(pieces.mean().high == whole.mean().high);
    CHECK(pieces.mean().low == whole.mean().low);
    CHECK(pieces.squares().high == whole.squares().high);
    CHECK(pieces.squares().low == whole.squares().low);
  }
}

TEST_CASE("the logarithm of a tail agrees with the tail, and continues where that underflows") {
  for (const double df : {0.7, 1.0, 5.0, 39.0, 1000.0, 1e6}) {
    for (const double t : {-3.0, 0.0, 0.5, 2.0, 6.0, 30.0}) {
      const double tail = t_upper_tail(t, df);
      if (tail < 1e-300) continue;
      CHECK(log_t_upper_tail(t, df) == doctest::Approx(std::log(tail)).epsilon(1e-13));
    }
  }
  // 40-digit values of the incomplete beta function
  CHECK(log_t_upper_tail(100, 500) == doctest::Approx(-765.1330565077760).epsilon(1e-14));
  CHECK(log_t_upper_tail(40, 1e6) == doctest::Approx(-803.9683247503420).epsilon(1e-13));
  CHECK(log_t_upper_tail(1e200, 3) == doctest::Approx(-1381.4533323573828).epsilon(1e-14));
  CHECK(log_t_upper_tail(1e12, 1e9) == doctest::Approx(-17269388208.735915).epsilon(1e-14));
  CHECK(log_t_upper_tail(37.0, 1e9) > log_t_upper_tail(38.0, 1e9));
}

}  // namespace
}  // namespace retrain::evaluate
