#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <retrain/paired_stream.hpp>
#include <vector>

#include "bars.hpp"

namespace retrain::bench {
namespace {

constexpr std::uint64_t rows = 100'000'000;
constexpr std::size_t piece_rows = 1U << 20U;

struct Stream {
  const char* name;
  double candidate_base, production_base, mean;
  bool mirrored = false;  ///< every second difference mirrors the one before, so that the mean is met
};

struct Piece {
  std::vector<double> candidate, production;
};

// Rows `begin` … of a stream: each loss is uniform around its base, the difference has a standard deviation of 0.29.
void make_rows(const Stream& stream, std::uint64_t seed, std::uint64_t begin, Piece& piece) {
  const simulations::Random random(seed, static_cast<std::uint64_t>(stream.candidate_base) + 7);
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(piece_rows, rows - begin));
  piece.candidate.resize(count);
  piece.production.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t row = begin + i;
    const std::uint64_t place = stream.mirrored ? row - row % 2 : row;
    const double sign = stream.mirrored && row % 2 == 1 ? -0.71 : 0.71;
    piece.candidate[i] = stream.candidate_base + stream.mean + sign * (random.uniform_at(2 * place) - 0.5);
    piece.production[i] = stream.production_base + sign * (random.uniform_at(2 * place + 1) - 0.5);
  }
}

template <class Use>
void for_each_piece(const Stream& stream, std::uint64_t seed, const Use& use) {
  Piece piece;
  for (std::uint64_t begin = 0; begin < rows; begin += piece_rows) {
    make_rows(stream, seed, begin, piece);
    use(piece);
  }
}

// A compensated sum of 64-bit mantissas.
struct LongSum {
  long double high = 0, low = 0;
  void add(long double value) {
    const long double sum = high + value;
    const long double part = sum - high;
    low += (high - (sum - part)) + (value - part);
    high = sum;
  }
};

struct OnePass {
  double sum = 0, squares = 0;
};

[[gnu::noinline]] void add_plainly(OnePass& plain, const Piece& piece) {
  for (std::size_t i = 0; i < piece.candidate.size(); ++i) {
    const double difference = piece.candidate[i] - piece.production[i];
    plain.sum += difference;
    plain.squares += difference * difference;
  }
}

double digits(double got, long double expected) {
  const long double error = std::abs((got - expected) / expected);
  return error == 0 ? 17 : std::clamp(static_cast<double>(-std::log10(error)), 0.0, 17.0);
}

template <class Work>
double seconds_of(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

bool same_bits(const PairedTest& a, const PairedTest& b) {
  const auto equal = [](double x, double y) { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); };
  return equal(a.t, b.t) && equal(a.estimate, b.estimate) && equal(a.standard_error, b.standard_error) &&
         equal(a.p_two_sided, b.p_two_sided) && equal(a.lower, b.lower) && equal(a.upper, b.upper);
}

// t from exact sums: differences are taken as doubles, as the test's definition says, and deviations from a mean of two halves.
long double reference_t(const Stream& stream, std::uint64_t seed) {
  LongSum sum;
  for_each_piece(stream, seed, [&](const Piece& piece) {
    for (std::size_t i = 0; i < piece.candidate.size(); ++i) sum.add(piece.candidate[i] - piece.production[i]);
  });
  const long double n = rows;
  const long double mean = (sum.high + sum.low) / n;
  const long double mean_rest = ((sum.high - mean * n) + sum.low) / n;
  LongSum squares;
  for_each_piece(stream, seed, [&](const Piece& piece) {
    for (std::size_t i = 0; i < piece.candidate.size(); ++i) {
      const long double deviation = (static_cast<long double>(piece.candidate[i] - piece.production[i]) - mean) - mean_rest;
      squares.add(deviation * deviation);
    }
  });
  return mean / std::sqrt((squares.high + squares.low) / (n * (n - 1)));
}

struct Figures {
  double plain_digits = 0, stream_digits = 0;
  double plain_seconds = 0, stream_seconds = 0;  ///< for all rows, from medians
  bool same_for_any_threads = false;
};

Figures measure(const Stream& stream, std::uint64_t seed) {
  OnePass plain;
  PairedStream one, two(2), four(4);
  std::vector<double> plain_times, stream_times;
  for_each_piece(stream, seed, [&](const Piece& piece) {
    add_plainly(plain, piece);  // also brings the piece into the cache for both
    OnePass again;
    Status added;
    const double plain_time = seconds_of([&] { add_plainly(again, piece); });
    const double stream_time = seconds_of([&] { added = one.add(piece.candidate, piece.production); });
    if (piece.candidate.size() == piece_rows) {
      plain_times.push_back(plain_time);
      stream_times.push_back(stream_time);
    }
    for (PairedStream* each : {&two, &four}) added = each->add(piece.candidate, piece.production);
  });
  const double n = static_cast<double>(rows);
  const double plain_t = plain.sum / n / std::sqrt((plain.squares - plain.sum * plain.sum / n) / (n * (n - 1)));
  const long double expected = reference_t(stream, seed);
  const PairedTest test = one.finish();
  const double pieces = n / static_cast<double>(piece_rows);
  return {.plain_digits = std::isfinite(plain_t) ? digits(plain_t, expected) : 0,
          .stream_digits = digits(test.t, expected),
          .plain_seconds = median(plain_times) * pieces,
          .stream_seconds = median(stream_times) * pieces,
          .same_for_any_threads = same_bits(test, two.finish()) && same_bits(test, four.finish())};
}

}  // namespace

void measure_stream(Bars& bars) {
  if (!bars.wants("N2")) return;
  const Stream streams[] = {{"typical", 1, 1, 1e-3},
                            {"tiny mean", 2, 2, 1.45e-5, true},
                            {"offset 1e6 in d", 1e6, 1, 1e-3},
                            {"offset 1e9 in d", 1e9, 1, 1e-3},
                            {"offset 1e9 in both losses", 1e9 + 1, 1e9 + 1, 1e-3}};
  bars.start();
  std::vector<double> ratios;
  for (const Stream& stream : streams) {
    const Figures figures = measure(stream, bars.options().seed);
    ratios.push_back(figures.stream_seconds / figures.plain_seconds);
    bars.add("N2", std::string("digits of t >= 14, bits equal for 1, 2, 4 threads, <= 3.3 x plain sums, ") + stream.name,
             decimals(figures.stream_digits, 1) + " digits (plain sums: " + decimals(figures.plain_digits, 1) + "), bits " +
                 (figures.same_for_any_threads ? "equal, " : "DIFFER, ") + decimals(figures.stream_seconds, 3) +
                 " s = " + decimals(ratios.back(), 2) + " x " + decimals(figures.plain_seconds, 3) + " s",
             figures.stream_digits >= 14 && figures.same_for_any_threads && ratios.back() <= 3.3, rows);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double mebibytes = static_cast<double>(usage.ru_maxrss) / 1024;
  bars.add("N2", "peak memory <= 64 MiB", decimals(mebibytes, 1) + " MiB", mebibytes <= 64, 1);
}

}  // namespace retrain::bench
