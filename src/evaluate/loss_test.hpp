// LossTest: the tests that `validation.test` can name, run on differences of losses.
#pragma once

#include <retrain/statistics.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "holdout_losses.hpp"

namespace retrain::evaluate {

struct LossTest {
  std::string name = "cluster_t";
  std::size_t horizon = 1;      ///< dm_hln
  double test_train_ratio = 0;  ///< nadeau_bengio

  /// Tells no mean: wilcoxon, sign.
  bool diagnostic() const;
  /// Takes rows as independent.
  bool by_row() const { return name == "paired_t"; }
  /// Whether the test itself has degrees of freedom; the others take their p from flips, ranks or resamples.
  bool has_df() const;
  /// Whether its degrees of freedom tell how evenly the rows are spread. Those of ewc are the number of its cosines.
  bool df_of_spread() const { return has_df() && name != "ewc"; }
  /// The test of the same clusters that is quick, has a standard error and degrees of freedom: itself, where it has them.
  LossTest quick() const;
};

/// Every name, in the order of the documentation.
const std::vector<std::string>& test_names();

/// Runs `test` on `differences`, one a row of `rows`. p_hall_less stands only where Hall's correction belongs to the test.
/// Fails with invalid_argument where it needs a second cluster that there is not.
Result<PairedTest> run_test(const LossTest& test, const std::vector<double>& differences, const ComparedRows& rows);
/// The same on candidate minus reference.
Result<PairedTest> run_test(const LossTest& test, const ComparedRows& rows);

/// The p that counts, one-sided: evidence for a mean below zero, the larger of the test's own and Hall's. 1 where there is none.
double p_better(const PairedTest& test);

/// A test that was not run: NaN throughout.
PairedTest untested(std::string name, std::size_t rows);
/// Statistics times 2^exponent, exactly.
PairedTest scaled(PairedTest test, int exponent);
bool has_flag(const PairedTest& test, std::string_view flag);

}  // namespace retrain::evaluate
