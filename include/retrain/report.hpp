// Reports for people: text for a terminal, Markdown, and self-contained HTML.
#pragma once

#include <retrain/backtest.hpp>
#include <retrain/pipeline_status.hpp>
#include <string>

namespace retrain {

/// A few lines that say what happened in words: why it ran, what was judged, what was decided, what comes next.
std::string explain(const RunReport& run);
std::string render_markdown(const RunReport& run);
std::string render_html(const RunReport& run);

/// The table of losses and runs at the end of a backtest.
std::string render_text(const BacktestReport& report);
/// One page without any outside reference: an inline SVG chart, the table, every decision, and the numbers as JSON in the page.
std::string render_html(const BacktestReport& report);

/// `retrain status` for a terminal.
std::string render_text(const PipelineStatus& status);

}  // namespace retrain
