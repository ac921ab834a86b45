#include "loss_test.hpp"

#include <algorithm>
#include <cmath>
#include <retrain/paired_tests.hpp>

#include "cluster_sums.hpp"

namespace retrain::evaluate {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<PairedTest> on_session_means(const LossTest& test, const std::vector<double>& means, double baseline) {
  if (test.name == "ewc") return ewc_test(means, 0, baseline);
  if (test.name == "dm_hln") return dm_hln_test(means, test.horizon, baseline);
  if (test.name == "nadeau_bengio") return nadeau_bengio_test(means, test.test_train_ratio, baseline);
  if (test.name == "sign_flip") return sign_flip_test(means);
  return test.name == "wilcoxon" ? wilcoxon_test(means) : sign_test(means);
}

Result<PairedTest> on_rows(const LossTest& test, const std::vector<double>& differences, const ComparedRows& rows,
                           double baseline) {
  if (test.name == "cluster_t") return cluster_t_test(differences, rows.sessions, baseline);
  if (test.name == "paired_t") return paired_t_test(differences, baseline);
  if (test.name == "cluster_means_t") return cluster_means_t_test(differences, rows.sessions, baseline);
  if (test.name == "cr0") return cluster_robust_test(differences, rows.sessions, ClusterCorrection::cr0, baseline);
  if (test.name == "cr1") return cluster_robust_test(differences, rows.sessions, ClusterCorrection::cr1, baseline);
  if (test.name == "cr3") return cluster_robust_test(differences, rows.sessions, ClusterCorrection::cr3, baseline);
  if (test.name == "cluster_bootstrap") return cluster_bootstrap_test(differences, rows.sessions);
  if (test.name != "two_way") return Status{StatusCode::invalid_argument, "'" + test.name + "' is no test"};
  if (rows.second.size() != differences.size()) {
    return Status{StatusCode::invalid_argument, "the test two_way needs a second cluster, and the evaluation has none"};
  }
  return two_way_test(differences, rows.sessions, rows.second, baseline);
}

}  // namespace

bool LossTest::diagnostic() const {
  return is_one_of(name, {"wilcoxon", "sign"});
}

bool LossTest::has_df() const {
  return !diagnostic() && !is_one_of(name, {"sign_flip", "cluster_bootstrap"});
}

LossTest LossTest::quick() const {
  if (has_df()) return *this;
  return {name == "cluster_bootstrap" ? "cluster_t" : "cluster_means_t", horizon, test_train_ratio};
}

const std::vector<std::string>& test_names() {
  static const std::vector<std::string> names = {
      "cluster_t", "paired_t",  "cluster_means_t",   "cr0",      "cr1",  "cr3",          "two_way", "ewc",
      "dm_hln",    "sign_flip", "cluster_bootstrap", "wilcoxon", "sign", "nadeau_bengio"};
  return names;
}

Result<PairedTest> run_test(const LossTest& test, const std::vector<double>& differences, const ComparedRows& rows) {
  const double baseline = rows.baseline();
  if (!is_one_of(test.name, {"ewc", "dm_hln", "nadeau_bengio", "sign_flip", "wilcoxon", "sign"})) {
    return on_rows(test, differences, rows, baseline);
  }
  const auto means = cluster_means(differences, rows.sessions);
  if (!means) return means.status();
  auto result = on_session_means(test, *means, baseline);
  if (!result) return result;
  result->rows = differences.size();
  result->clusters = means->size();
  return result;
}

Result<PairedTest> run_test(const LossTest& test, const ComparedRows& rows) {
  return run_test(test, rows.differences(), rows);
}

double p_better(const PairedTest& test) {
  return std::isnan(test.p_less) ? 1 : std::max(test.p_less, test.p_hall_less.value_or(0));
}

PairedTest untested(std::string name, std::size_t rows) {
  PairedTest test = insufficient(std::move(name), rows, 0, 0);
  test.estimate = std::numeric_limits<double>::quiet_NaN();
  test.flags.clear();
  return test;
}

PairedTest scaled(PairedTest test, int exponent) {
  for (double* value : {&test.estimate, &test.standard_error, &test.lower, &test.upper, &test.upper_one_sided}) {
    *value = std::ldexp(*value, exponent);
  }
  return test;
}

bool has_flag(const PairedTest& test, std::string_view flag) {
  return std::find(test.flags.begin(), test.flags.end(), flag) != test.flags.end();
}

}  // namespace retrain::evaluate
