#include "key_builder.hpp"

namespace retrain::config {

std::vector<Key> validation_keys() {
  using V = ValidationSettings;
  const auto v = &C::validation;
  return {
      key("validation.holdout_sessions", at(v, &V::holdout_sessions), whole<Count>(1, most),
          "newest sessions, on which models are judged and never trained"),
      key("validation.recent_sessions", at(v, &V::recent_sessions), whole<Count>(1, most),
          "newest of those, judged once more by themselves"),
      key("validation.loss", at(v, &V::loss), loss(), "loss of one row; auto: absolute_error for regression, else log_loss"),
      key("validation.p_value_threshold", at(v, &V::p_value_threshold), number(probability),
          "two-sided level of the gate; half of it is the one-sided level"),
      key("validation.mae_threshold", at(v, &V::mae_threshold), number(not_negative),
          "least improvement of the mean absolute error, in units of the target"),
      key("validation.rmse_threshold", at(v, &V::rmse_threshold), number(not_negative),
          "least improvement of the root mean squared error, in units of the target"),
      key("validation.rmse_margin", at(v, &V::rmse_margin), number(not_negative),
          "relative worsening of the root mean squared error that is let pass"),
      key("validation.recent_margin", at(v, &V::recent_margin), number(not_negative),
          "relative worsening on the recent sessions that is let pass"),
      key("validation.bias_margin", at(v, &V::bias_margin), or_null(number(not_negative)),
          "worsening of the mean error, as a share of the champion's loss, that is let pass; null: only a significant one "
          "blocks"),
      key("validation.max_mae", at(v, &V::max_mae), or_null(number(positive)),
          "mean absolute error above which no candidate passes"),
      key("validation.max_rmse", at(v, &V::max_rmse), or_null(number(positive)),
          "root mean squared error above which no candidate passes"),
      key("validation.min_clusters", at(v, &V::min_clusters), whole<Count>(2, most), "fewest sessions for a verdict"),
      key("validation.min_df", at(v, &V::min_df), number({1, most}), "fewest degrees of freedom for a verdict"),
      key("validation.anchor", at(v, &V::anchor), choice({"first_stable", "none"}),
          "model that a candidate must not fall behind, beside the champion"),
      key("validation.segments", at(v, &V::segments), list_of(text()), "columns whose values are judged apart"),
      key("validation.test", at(v, &V::test),
          choice({"cluster_t", "paired_t", "cluster_means_t", "cr0", "cr1", "cr3", "two_way", "ewc", "dm_hln", "sign_flip",
                  "cluster_bootstrap"}),
          "test of the difference between two models"),
      key("validation.second_cluster", at(v, &V::second_cluster), text_or_null(),
          "two_way: the column that recurs across sessions"),
      key("validation.horizon", at(v, &V::horizon), whole<Count>(1, most),
          "dm_hln: sessions fewer than this apart may depend on each other"),
      key("validation.rule", at(v, &V::rule), choice({"primary", "legacy_all"}),
          "what must improve: the loss, or both mean absolute and root mean squared error on holdout and recent sessions"),
      key("validation.margin_mode", at(v, &V::margin_mode), choice({"observed", "confident"}),
          "what must be beyond the thresholds of improvement: the observed value, or its confidence bound"),
      key("validation.guardrail", at(v, &V::guardrail), choice({"deterioration", "prove"}),
          "whether a guardrail blocks what got worse, or asks for proof that nothing got worse than its margin"),
      key("validation.on_production_fault", at(v, &V::on_production_fault), choice({"hold", "ceilings"}),
          "when the champion predicts nonsense: keep it, or let a candidate pass that is within max_mae and max_rmse"),
      key("validation.max_missing_label_share", at(v, &V::max_missing_label_share), number(share),
          "share of the holdout's rows that may lack a label"),
      key("validation.allow_duplicates", at(v, &V::allow_duplicates), flag(),
          "whether rows that share session and number, as a host's own source may give them, are judged"),
      key("validation.lifetime", at(v, &V::lifetime),
          choice({"budget", "lord++", "saffron", "addis", "lond", "lond_dependent", "spending", "elond", "lord*", "none"}),
          "how repeated retraining draws the level down"),
      key("validation.alpha_per_year", at(v, &V::alpha_per_year), number({0, 1}),
          "budget: level regained in a year, and so the false promotions to be expected in it"),

      key("comparison.improvement_threshold", at(&C::comparison, &ComparisonSettings::improvement_threshold),
          number(not_negative), "improvement beyond which a candidate is promoted"),
      key("comparison.improvement_mode", at(&C::comparison, &ComparisonSettings::improvement_mode),
          choice({"relative", "absolute", "both"}), "whether that is a share of the champion's loss or in units of the loss"),
  };
}

}  // namespace retrain::config
