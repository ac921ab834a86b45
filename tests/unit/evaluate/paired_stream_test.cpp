#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <retrain/paired_stream.hpp>
#include <string>
#include <vector>

#include "digits.hpp"
#include "reference_cases.hpp"

namespace retrain {
namespace {

using reference::same_digits;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Losses {
  std::vector<double> candidate, production;
};

Losses losses(std::size_t rows, double offset, double scale = 1) {
  std::mt19937_64 random(5);
  Losses made;
  for (std::size_t i = 0; i < rows; ++i) {
    made.candidate.push_back((offset + 0.999 * static_cast<double>(random() >> 11U) * 0x1p-53) * scale);
    made.production.push_back(static_cast<double>(random() >> 11U) * 0x1p-53 * scale);
  }
  return made;
}

std::vector<double> differences_of(const Losses& rows) {
  std::vector<double> differences(rows.candidate.size());
  for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = rows.candidate[i] - rows.production[i];
  return differences;
}

PairedTest tested(std::span<const double> differences) {
  PairedStream stream;
  REQUIRE(stream.add(differences).ok());
  return stream.finish();
}

// Every number of the result, to the bit.
std::vector<std::uint64_t> bits(const PairedTest& test) {
  std::vector<std::uint64_t> all{test.rows, test.flags.size()};
  for (const double value : {test.estimate, test.standard_error, test.t, test.df, test.p_less, test.p_greater, test.p_two_sided,
                             test.log10_p_two_sided, test.lower, test.upper, test.upper_one_sided}) {
    all.push_back(std::bit_cast<std::uint64_t>(value));
  }
  return all;
}

void check_equal(const PairedTest& stream, const PairedTest& whole) {
  CHECK(stream.test == whole.test);
  CHECK(stream.rows == whole.rows);
  CHECK(stream.clusters == whole.clusters);
  CHECK(stream.flags == whole.flags);
  CHECK(same_digits(stream.estimate, whole.estimate, 14.5));
  CHECK(same_digits(stream.standard_error, whole.standard_error, 14.5));
  CHECK(same_digits(stream.t, whole.t, 14.5));
  CHECK(same_digits(stream.lower, whole.lower, 14));
  CHECK(same_digits(stream.upper, whole.upper, 14));
}

TEST_CASE("one, two, four and eight threads give the same bits") {
  const auto rows = losses(64 * 1024 * 9 + 777, 0.01);
  PairedStream one;
  REQUIRE(one.add(rows.candidate, rows.production).ok());

  for (const unsigned threads : {0U, 2U, 4U, 8U}) {
    PairedStream stream(threads);
    REQUIRE(stream.add(rows.candidate, rows.production).ok());
    CAPTURE(threads);
    CHECK(bits(stream.finish()) == bits(one.finish()));
  }
}

TEST_CASE("any cutting of the rows into pieces, with threads or without, gives the same bits") {
  // A single row makes up half of the squares: another grouping shows in the last bits.
  auto rows = losses(64 * 1024 * 6 + 5, 1e-12);
  for (double& loss : rows.candidate) loss = 1 / loss;
  const std::span<const double> candidate = rows.candidate, production = rows.production;

  for (std::size_t begin_at = 0; begin_at < 5; ++begin_at) {
    const std::size_t size = candidate.size() - begin_at;
    PairedStream whole;
    REQUIRE(whole.add(candidate.last(size), production.last(size)).ok());
    for (const std::size_t piece : {1000UL, 1025UL, 16385UL, 70000UL, 200001UL}) {
      PairedStream stream(2);
      for (std::size_t begin = 0; begin < size; begin += piece) {
        const std::size_t count = std::min(piece, size - begin);
        REQUIRE(stream.add(candidate.last(size).subspan(begin, count), production.last(size).subspan(begin, count)).ok());
      }
      CAPTURE(begin_at);
      CAPTURE(piece);
      CHECK(stream.rows() == size);
      CHECK(bits(stream.finish()) == bits(whole.finish()));
    }
  }
}

TEST_CASE("losses and ready differences give the same bits") {
  const auto rows = losses(5000, 0.01);
  PairedStream from_losses;
  REQUIRE(from_losses.add(rows.candidate, rows.production).ok());

  CHECK(bits(from_losses.finish()) == bits(tested(differences_of(rows))));
}

TEST_CASE("the stream equals the test in memory on every reference case") {
  for (const auto& item : reference::paired_cases()) {
    const Losses rows{item.candidate, item.production};

    const auto stream = tested(differences_of(rows));

    CAPTURE(item.name);
    check_equal(stream, *paired_t_test(differences_of(rows)));
    CHECK(same_digits(stream.t, item.t, 14));
    CHECK(same_digits(stream.estimate, item.mean, 14));
  }
}

TEST_CASE("huge, tiny and subnormal losses come out as exactly as ordinary ones") {
  const auto ordinary = losses(3000, 0.01);
  const auto expected = tested(differences_of(ordinary));

  for (const int exponent : {-900, -290, 290, 700, 1020}) {
    const auto scaled = tested(differences_of(losses(3000, 0.01, std::ldexp(1.0, exponent))));
    CAPTURE(exponent);
    CHECK(same_digits(scaled.t, expected.t, 14));
    CHECK(same_digits(scaled.estimate, std::ldexp(expected.estimate, exponent), 14));
  }
  std::vector<double> whole, subnormal;
  for (const double value : differences_of(ordinary)) {
    whole.push_back(std::round(value * 1000));
    subnormal.push_back(std::ldexp(whole.back(), -1074));
  }
  CHECK(same_digits(tested(subnormal).t, tested(whole).t, 15));
}

TEST_CASE("a stream that is ordinary, tiny and huge by turns equals the test in memory") {
  std::vector<double> differences = differences_of(losses(1024, 0.5, 1e-200));
  const auto append = [&](const std::vector<double>& more) { differences.insert(differences.end(), more.begin(), more.end()); };
  append(std::vector<double>(1024, 0.0));
  append(differences_of(losses(1024, 0.5)));
  check_equal(tested(differences), *paired_t_test(differences));
  append(differences_of(losses(2500, 0.5, 1e170)));
  check_equal(tested(differences), *paired_t_test(differences));
}

TEST_CASE("a common offset of 1e6 or 1e9 in the differences costs no digit of t") {
  for (const double offset : {1e6, 1e9}) {
    // Whole multiples of 2^-20: the sums of the reference are exact.
    std::mt19937_64 random(7);
    std::vector<double> differences;
    long double sum = 0, squares = 0;
    for (int i = 0; i < 100000; ++i) {
      const double noise = static_cast<double>(random() >> 44U) * 0x1p-20;
      differences.push_back(offset + noise);
      sum += noise;
      squares += static_cast<long double>(noise) * noise;
    }
    const long double n = 100000;
    const long double error = std::sqrt((squares - sum * sum / n) / (n * (n - 1)));

    const auto test = tested(differences);

    CAPTURE(offset);
    CHECK(same_digits(test.t, static_cast<double>((offset + sum / n) / error), 15));
  }
}

TEST_CASE("nothing, one row, equal models and a constant difference end as they do in memory") {
  for (const std::size_t rows : {0UL, 1UL}) {
    const auto test = tested(std::vector<double>(rows, 0.5));
    CHECK(test.flags == std::vector<std::string>{"insufficient"});
    CHECK(std::isnan(test.t));
    CHECK(std::isnan(test.p_less));
  }
  for (const std::size_t rows : {2UL, 3UL, 1024UL, 100003UL}) {
    for (const double value : {0.0, -0.1, 1e-310, 1e200}) {
      const std::vector<double> differences(rows, value);
      CAPTURE(rows);
      CAPTURE(value);
      check_equal(tested(differences), *paired_t_test(differences));
    }
  }
}

TEST_CASE("a difference that is constant up to the rounding of the losses is flagged") {
  const std::vector<double> candidate{0.1, 0.2, 0.3, 0.4}, production{0.2, 0.3, 0.4, 0.5};
  PairedStream stream;
  REQUIRE(stream.add(candidate, production).ok());

  const auto test = stream.finish();

  CHECK(test.flags == std::vector<std::string>{"zero_variance"});
  CHECK(test.t < -1e15);
}

TEST_CASE("an add that fails changes nothing and names the row") {
  auto rows = losses(200000, 0.01);
  PairedStream stream(2), untouched;
  for (PairedStream* each : {&stream, &untouched}) REQUIRE(each->add(rows.candidate, rows.production).ok());
  const auto message_of = [&](std::size_t count, std::vector<double> Losses::* side, std::size_t row, double value) {
    Losses broken = losses(count, 0.01);
    (broken.*side)[row] = value;
    const auto status = stream.add(broken.candidate, broken.production);
    CHECK(status.code() == StatusCode::invalid_argument);
    return status.message();
  };

  CHECK(message_of(10, &Losses::candidate, 3, nan) == "candidate loss nan in row 200004 is not finite");
  CHECK(message_of(150000, &Losses::candidate, 100000, infinity) == "candidate loss inf in row 300001 is not finite");
  CHECK(message_of(150000, &Losses::production, 149999, nan) == "production loss nan in row 350000 is not finite");
  CHECK_FALSE(stream.add(std::vector<double>{1e308}, std::vector<double>{-1e308}).ok());
  CHECK(stream.add(std::vector<double>(3), std::vector<double>(2)).message() == "3 candidate losses, but 2 production losses");

  CHECK(bits(stream.finish()) == bits(untouched.finish()));
}

}  // namespace
}  // namespace retrain
