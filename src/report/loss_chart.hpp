// LossChart: the losses of a backtest over its sessions as inline SVG, with a lane of marks per kind of decision.
#pragma once

#include <retrain/backtest.hpp>
#include <string>
#include <string_view>

namespace retrain::report {

/// Size of a drawing in its own units; a page shows the one that fits its width.
struct ChartSize {
  double width = 1040;
  double plot_height = 330;
  double left = 92;   ///< room for axis and lane labels
  double right = 92;  ///< room for the names at the ends of the curves; below 40 they are left out
  bool hover = true;  ///< one target a session, with its numbers as title
};

/// The drawing as one <svg> element. Empty when no session was scored.
std::string loss_chart(const BacktestReport& report, const ChartSize& size);

/// The legend's marks: the curve of "pipeline", "frozen" or "always" as a small <svg>.
std::string curve_sample(std::string_view name);

/// Trailing mean over the last `window` values, those that are not finite left out; NaN where none is left.
std::vector<double> rolling_mean(const std::vector<double>& values, std::size_t window);

}  // namespace retrain::report
