// What gate and comparator found together, as the one flat document of `retrain judge --json`.
#include <retrain/judgement.hpp>

#include "base/json.hpp"
#include "records.hpp"

namespace retrain {

std::string to_json(const Judgement& record) {
  using base::number;
  const GateReport& gate = record.gate;
  const PairedTest& test = gate.test;
  report::Json hall = nullptr;
  if (test.p_hall_less) hall = number(*test.p_hall_less);
  return base::dump({{"verdict", to_string(record.verdict)},
                     {"reason", record.reason},
                     {"message", record.message},
                     {"test", test.test},
                     {"rows", test.rows},
                     {"clusters", test.clusters},
                     {"mean_difference", number(test.estimate)},
                     {"standard_error", number(test.standard_error)},
                     {"t", number(test.t)},
                     {"df", number(test.df)},
                     {"p_less", number(test.p_less)},
                     {"p_greater", number(test.p_greater)},
                     {"p_two_sided", number(test.p_two_sided)},
                     {"log10_p_two_sided", number(test.log10_p_two_sided)},
                     {"p_hall_less", hall},
                     {"interval", report::Json::array({number(test.lower), number(test.upper)})},
                     {"upper_95_one_sided", number(test.upper_one_sided)},
                     {"p", number(gate.p)},
                     {"level", number(gate.level)},
                     {"candidate_loss", number(gate.candidate_loss)},
                     {"production_loss", number(gate.production_loss)},
                     {"candidate_rmse", number(gate.candidate_rmse)},
                     {"production_rmse", number(gate.production_rmse)},
                     {"relative_improvement", number(gate.relative_improvement)},
                     {"smallest_detectable_effect", number(gate.smallest_detectable_effect)},
                     {"sessions_needed", gate.sessions_needed},
                     {"flags", gate.flags},
                     {"guardrails", report::as_json(gate.guardrails)},
                     {"comparison", report::as_json(record.comparison)}});
}

}  // namespace retrain
