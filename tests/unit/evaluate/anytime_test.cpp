#include <retrain/anytime.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "digits.hpp"

namespace retrain {
namespace {

using reference::same_digits;

constexpr double infinity = std::numeric_limits<double>::infinity();

const std::vector<double> session_means = {-0.012, 0.011, -0.001, 0.053, 0.078, 0.103, 0.04,  0.035,
                                           0.023,  0.004, -0.001, 0.089, 0.006, 0.005, 0.049, 0.038};

struct Look {
  double log_e_two_sided, lower, upper, log_e_betting, asymptotic;
};

// After 1 … 16 of them; 12 significant digits were printed.
const std::vector<Look> looks = {{0, -infinity, infinity, 0, 0},
                                 {-0.548047490927, -infinity, infinity, 0, 0.0503783866426},
                                 {-0.687497456367, -infinity, infinity, 0, 0.0259668251679},
                                 {-0.434057039111, -infinity, infinity, 0, 0.0519751740203},
                                 {0.00588828405265, -0.118534303502, 0.170134303502, 0.144965770250186, 0.0597470192122},
                                 {0.504868589576, -0.0647236255989, 0.142056958932, 0.332274868555179, 0.0643710322757},
                                 {0.944910462243, -0.0355472703252, 0.113261556039, 0.409235909691308, 0.0531931449846},
                                 {1.392226932, -0.0206908853195, 0.0974408853195, 0.476894558165123, 0.0453134986064},
                                 {1.71398829832, -0.0130853664394, 0.0864186997727, 0.521867923807854, 0.0398178287837},
                                 {1.68501586222, -0.0112516676942, 0.0780516676942, 0.529836093457031, 0.0367460541338},
                                 {1.5612078249, -0.0107269025787, 0.0712723571242, 0.527834090786358, 0.0344071444432},
                                 {2.20761260621, -0.00567024588734, 0.0760035792207, 0.691652176015753, 0.0347668700768},
                                 {2.22994399241, -0.00490798494114, 0.0707541387873, 0.703580746881026, 0.032562452328},
                                 {2.24084922505, -0.00436399597157, 0.0662211388287, 0.713531077734194, 0.0306393328943},
                                 {2.87123708526, -0.000648975844905, 0.0649156425116, 0.807021420821533, 0.0286567265748},
                                 {3.43761804885, 0.00207867996384, 0.0629213200362, 0.880271882561126, 0.0267431751257}};

std::span<const double> seen(std::size_t n) {
  return std::span(session_means).first(n);
}

TEST_CASE("evidence and intervals equal the references after each session") {
  for (std::size_t n = 1; n <= looks.size(); ++n) {
    const Look& expected = looks[n - 1];

    const auto bounds = t_confidence_sequence(seen(n));

    CAPTURE(n);
    CHECK(same_digits(log_e_value_two_sided(seen(n)), expected.log_e_two_sided, 10));
    CHECK(same_digits(bounds.lower, expected.lower, 9));
    CHECK(same_digits(bounds.upper, expected.upper, 10));
    CHECK(std::abs(log_e_betting(seen(n)) - expected.log_e_betting) < 1e-12);
  }
}

TEST_CASE("the interval holds exactly the means that the e-value does not refute") {
  const auto bounds = t_confidence_sequence(seen(16));
  const auto log_e_at = [](double mean) {
    auto shifted = session_means;
    for (double& value : shifted) value -= mean;
    return log_e_value_two_sided(shifted);
  };

  CHECK(log_e_at(bounds.lower) == doctest::Approx(std::log(20.0)).epsilon(1e-9));
  CHECK(log_e_at(bounds.upper) == doctest::Approx(std::log(20.0)).epsilon(1e-9));
}

TEST_CASE("the asymptotic radius equals its reference, and is finite where the exact sequence is not") {
  for (std::size_t n = 2; n <= looks.size(); ++n) {
    double mean = 0;
    for (const double value : seen(n)) mean += value / static_cast<double>(n);
    double squares = 0;
    for (const double value : seen(n)) squares += (value - mean) * (value - mean);
    const double sd = std::sqrt(squares / static_cast<double>(n - 1));

    CHECK(same_digits(asymptotic_radius(sd, static_cast<double>(n), 0.25, 0.05), looks[n - 1].asymptotic, 10));
  }
}

TEST_CASE("the normal mixture boundary equals confseq") {
  const double rho = normal_mixture_rho(100, 0.05);

  CHECK(same_digits(normal_mixture_radius(1, rho, 0.05), 9.08437943731058));
  CHECK(same_digits(normal_mixture_radius(10, rho, 0.05), 12.1907531463415));
  CHECK(same_digits(normal_mixture_radius(100, rho, 0.05), 30.3520899037625));
  CHECK(same_digits(normal_mixture_radius(1000, rho, 0.05), 102.512286831664));
}

TEST_CASE("one wild value cannot ruin or make a bet") {
  std::vector<double> values(10, 0.1);
  const double before = log_e_betting(values);
  values.push_back(-1e300);
  const double after_loss = log_e_betting(values);
  values.back() = 1e300;

  CHECK(before - after_loss <= std::log(2.0) + 1e-12);
  CHECK(log_e_betting(values) - before <= std::log(1.5) + 1e-12);
  CHECK(log_e_betting(std::vector<double>(50, -0.1)) == 0);
}

TEST_CASE("samples that say nothing give no evidence and no bounds") {
  CHECK(log_e_value_two_sided(std::vector<double>(8, 0.0)) == 0);
  CHECK(log_e_value_two_sided(std::vector<double>{1}) == 0);
  CHECK(t_confidence_sequence({}).lower == -infinity);
  CHECK(t_confidence_sequence(session_means, 0).upper == infinity);
  CHECK(t_confidence_sequence(std::vector<double>(12, 0.25)).lower == 0.25);
  CHECK(log_e_betting(session_means, 0) == 0);
}

}  // namespace
}  // namespace retrain
