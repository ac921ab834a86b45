// The table at the end of a backtest, for a terminal.
#include <retrain/report.hpp>

#include "backtest_summary.hpp"
#include "wording.hpp"

namespace retrain {
namespace {

using namespace report;

void row(std::string& out, std::string_view name, const std::vector<std::string>& cells) {
  constexpr std::size_t width = 11;
  std::string line = "  ";
  pad(line, name, 10);
  for (const std::string& cell : cells) {
    line.append(cell.size() < width ? width - cell.size() : 1, ' ');
    line += cell;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

std::string render_text(const BacktestReport& report) {
  const BacktestLoss& loss = report.loss;
  const BacktestRuns& runs = report.runs;
  std::string out = "Backtest of " + report.model + ": " + extent(report) + "\n\n";
  row(out, "",
      {spoken(report.loss_name).size() <= 10 ? spoken(report.loss_name) : "loss", "vs frozen", "vs always", "trained", "promoted",
       "rejected", "rolled back"});
  row(out, "pipeline",
      {brief(loss.pipeline), change(loss.pipeline, loss.frozen), change(loss.pipeline, loss.always), std::to_string(runs.trained),
       std::to_string(runs.promoted), std::to_string(runs.rejected), std::to_string(runs.rolled_back)});
  row(out, "frozen", {brief(loss.frozen), "", change(loss.frozen, loss.always), "1"});
  row(out, "always", {brief(loss.always), change(loss.always, loss.frozen), "", std::to_string(report.always_trained)});
  out += "\n  Loss: " + spoken(report.loss_name) +
         ", mean over rows. Holdout rows that were trained on: " + std::to_string(report.leaked_rows) + ".\n";
  if (const std::string text = rejections(report); !text.empty()) out += "  " + text + ".\n";
  return out;
}

}  // namespace retrain
