#include <retrain/paired_tests.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cluster_cases.hpp"
#include "digits.hpp"

namespace retrain {
namespace {

using reference::same_digits;
using reference::sessions_of;
using Numbers = std::vector<std::uint32_t>;

// Forty session means in time order, with serial dependence.
const std::vector<double> dm_series = {-0.008, -0.01,  -0.043, -0.045, -0.095, -0.055, -0.026, -0.039, -0.008, -0.073,
                                       -0.026, 0.071,  0.035,  -0.023, 0.053,  0.042,  0.001,  0.018,  -0.078, -0.076,
                                       -0.003, -0.044, -0.116, -0.016, -0.035, -0.071, -0.11,  -0.043, 0.04,   0.099,
                                       0.079,  -0.012, -0.014, -0.052, 0.074,  0.02,   0.004,  -0.037, -0.076, -0.125};

struct Row {
  double standard_error, t, df, p_two_sided, p_less;
};

// Eleven digits: the references agree with R to 2e-14 relative.
void check_row(const PairedTest& test, const Row& expected) {
  CAPTURE(test.test);
  CHECK(same_digits(test.standard_error, expected.standard_error, 11));
  CHECK(same_digits(test.t, expected.t, 11));
  CHECK(same_digits(test.df, expected.df, 11));
  CHECK(same_digits(test.p_two_sided, expected.p_two_sided, 11));
  CHECK(same_digits(test.p_less, expected.p_less, 11));
  CHECK(same_digits(test.log10_p_two_sided, std::log10(expected.p_two_sided), 10));
}

// In the crossed case the j-th row of every session is of driver j.
Numbers drivers_of(const reference::ClusterCase& item) {
  Numbers drivers;
  for (const int size : item.sizes) {
    for (int j = 0; j < size; ++j) drivers.push_back(static_cast<std::uint32_t>(j % 6));
  }
  return drivers;
}

TEST_CASE("every correction of the cluster variance equals clubSandwich") {
  const auto check = [](std::size_t item, ClusterCorrection correction, const Row& expected) {
    const auto& data = reference::cluster_cases()[item];
    check_row(*cluster_robust_test(data.differences, sessions_of(data), correction), expected);
  };

  check(0, ClusterCorrection::cr0,
        {0.022489619519038358, -4.4464958562480801, 7.0, 0.0029842235124731912, 0.0014921117562365956});
  check(0, ClusterCorrection::cr1,
        {0.024042414571184368, -4.1593160164475876, 7.0, 0.0042453831375958994, 0.0021226915687979497});
  check(0, ClusterCorrection::cr3,
        {0.025702422307472409, -3.8906838742170701, 7.0, 0.0059701252066489799, 0.0029850626033244899});
  check(1, ClusterCorrection::cr0,
        {0.016122403021607159, -3.8206191033096638, 2.9538636895851743, 0.032430697311470265, 0.016215348655735133});
  check(1, ClusterCorrection::cr1,
        {0.017661207632247382, -3.4877321108631059, 2.9538636895851743, 0.040808850037806842, 0.020404425018903421});
  check(1, ClusterCorrection::cr2,
        {0.028824386275302673, -2.1369947095244076, 1.625665021114579, 0.19461397198417314, 0.09730698599208657});
  check(1, ClusterCorrection::cr3,
        {0.054317975264369913, -1.1340179871545197, 1.1763526432797122, 0.43713534370409373, 0.21856767185204687});
  check(2, ClusterCorrection::cr3,
        {0.020775175021004076, -3.9951528647092265, 11.0, 0.0021035561579208674, 0.0010517780789604337});
}

TEST_CASE("drivers that recur across sessions widen the error as sandwich::vcovCL says") {
  const auto& item = reference::cluster_cases()[2];

  const auto test = *two_way_test(item.differences, sessions_of(item), drivers_of(item));

  check_row(test, {0.025904468190528017, -3.2040804462586495, 5.0, 0.023886055140401831, 0.011943027570200915});
  CHECK(test.clusters == 6);
  CHECK(test.flags.empty());
}

TEST_CASE("a two-way variance that is not positive gives way to the larger one-way variance, flagged") {
  // rows of a session cancel, and so do rows of a driver: only single rows vary
  const std::vector<double> differences = {1, -1, -1, 1};

  const auto test = *two_way_test(differences, Numbers{0, 0, 1, 1}, Numbers{0, 1, 0, 1});

  CHECK(test.flags.back() == "one_way");
  CHECK(test.standard_error == 0);
  CHECK(test.p_less == 1);
}

TEST_CASE("the Diebold-Mariano test equals forecast::dm.test at every horizon") {
  check_row(*dm_hln_test(dm_series, 1),
            {0.0086303643667323862, -2.3840244890830804, 39, 0.022087015721522377, 0.011043507860761188});
  check_row(*dm_hln_test(dm_series, 2),
            {0.012121450570532932, -1.6974041085493119, 39, 0.097587902677136307, 0.048793951338568153});
  check_row(*dm_hln_test(dm_series, 3),
            {0.012774543811604178, -1.610625029232748, 39, 0.11532673530104956, 0.057663367650524782});
  check_row(*dm_hln_test(dm_series, 5), {0.012886839986640241, -1.59659001130844, 39, 0.11842944533867947, 0.059214722669339734});
}

TEST_CASE("a negative long-run variance is replaced by Bartlett's and said so") {
  std::vector<double> alternating;
  for (int i = 0; i < 12; ++i) alternating.push_back(i % 2 == 0 ? 1.1 : -0.9);

  const auto test = *dm_hln_test(alternating, 2);

  CHECK(test.flags.back() == "bartlett");
  CHECK(test.standard_error > 0);
}

TEST_CASE("Newey-West and the cosine test equal their references") {
  check_row(*newey_west_test(dm_series, 3),
            {0.011076454387432605, -1.8575438746305395, 39, 0.070796206917996337, 0.035398103458998169});
  check_row(*newey_west_test(dm_series, 9),
            {0.01012074908835186, -2.032952286474537, 39, 0.048904320624082846, 0.024452160312041423});
  check_row(*ewc_test(dm_series), {0.010991973353382497, -1.8718204037192805, 4, 0.13454752569665182, 0.067273762848325912});
  check_row(*ewc_test(dm_series, 8), {0.012654710927732536, -1.6258767282396245, 8, 0.14262883217619338, 0.071314416088096689});
  CHECK(ewc_test(std::vector<double>(125, 1.0))->df == 10);  // ⌊0.4·25⌋, although 125^(2/3) may come out below 25
}

TEST_CASE("folds that share training rows have the corrected variance of Nadeau and Bengio") {
  const std::vector<double> folds = {0.013, -0.004, 0.021, 0.008, 0.017, 0.002, 0.011, -0.001, 0.019, 0.006};

  check_row(*nadeau_bengio_test(folds, 1.0 / 9),
            {0.0039215139429738449, 2.3460327143509434, 9, 0.043587437720781975, 0.97820628113960901});
  check_row(*nadeau_bengio_test(folds, 0.25),
            {0.005049312384429741, 1.8220302685905279, 9, 0.1017749356024714, 0.9491125321987643});
  check_row(*nadeau_bengio_test(folds, 0),
            {0.0026989709973329548, 3.4087065066987286, 9, 0.0077655033426673881, 0.99611724832866631});
  CHECK_FALSE(nadeau_bengio_test(folds, -1).ok());
}

TEST_CASE("block bootstraps of a series have their exact limits") {
  CHECK(same_digits(circular_block_error(dm_series, 2), 0.010175293300441025));
  CHECK(same_digits(circular_block_error(dm_series, 4), 0.010991590535495761));
  CHECK(same_digits(circular_block_error(dm_series, 5), 0.011108512361022965));
  CHECK(same_digits(circular_block_error(dm_series, 8), 0.01145327327666637));
  CHECK(same_digits(stationary_bootstrap_error(dm_series, 2), 0.010169994947279479));
  CHECK(same_digits(stationary_bootstrap_error(dm_series, 4), 0.010379571706330676));
  CHECK(same_digits(stationary_bootstrap_error(dm_series, 5), 0.010073116414207869));
  CHECK(same_digits(stationary_bootstrap_error(dm_series, 8), 0.0090229201353504281));
  CHECK(std::isnan(circular_block_error(dm_series, 7)));
}

TEST_CASE("series that are too short or not finite are answered, not computed") {
  CHECK(dm_hln_test(std::vector<double>{1, 2}, 2)->flags.back() == "insufficient");
  CHECK(ewc_test(std::vector<double>{1, 2})->flags.back() == "insufficient");
  CHECK(newey_west_test(std::vector<double>{}, 0)->flags.back() == "insufficient");
  CHECK_FALSE(dm_hln_test(dm_series, 0).ok());
  CHECK_FALSE(ewc_test(std::vector<double>{1, std::nan(""), 2}).ok());
  CHECK_FALSE(two_way_test(std::vector<double>(3, 1.0), Numbers(3, 0), Numbers(2, 0)).ok());
}

TEST_CASE("series in any unit give the same t") {
  for (const double unit : {1e-310, 1e200, 1e305}) {
    auto scaled = dm_series;
    for (double& value : scaled) value *= unit;

    CHECK(dm_hln_test(scaled, 2)->t == doctest::Approx(-1.6974041085493119).epsilon(1e-6));
    CHECK(ewc_test(scaled)->t == doctest::Approx(-1.8718204037192805).epsilon(1e-6));
    CHECK(circular_block_error(scaled, 4) / unit == doctest::Approx(0.010991590535495761).epsilon(1e-6));
  }
}

}  // namespace
}  // namespace retrain
