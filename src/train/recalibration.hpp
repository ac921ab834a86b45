// Recalibration: the one constant for each output that, added to a model's margins, fits the newest rows best.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "parameters.hpp"

namespace retrain::train {

/// What a model says about some rows, `outputs` margins a row, and what was true. `weights` may be empty: all the same.
struct ShiftRows {
  std::size_t outputs = 1;
  std::vector<double> margins;
  std::vector<float> labels;
  std::vector<float> weights;
};

/// Why no shift is exact for `objective`; nullopt when one is.
std::optional<std::string> obstacle_to_shift(const std::string& objective);

/// The constants, or why there are none.
struct Shift {
  std::vector<double> values;  ///< one for each output
  std::string obstacle;
};

/// The maximum-likelihood intercept with the margins as offset: the mean residual for squared error, the median residual for
/// absolute error, the intercept of a logistic regression for binary:logistic, of a multinomial one (adding up to 0) for
/// multi:softprob, that of a generalised linear model with log link for Poisson, gamma and Tweedie, Huber's M-estimate for the
/// pseudo-Huber error. All in double, to its last digits but a few.
Shift best_shift(const ShiftRows& rows, const Parameters& parameters);

}  // namespace retrain::train
