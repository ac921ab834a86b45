#include "loss_chart.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "chart_axis.hpp"
#include "page.hpp"
#include "wording.hpp"

namespace retrain::report {
namespace {

constexpr std::size_t smoothing_window = 7;
constexpr double lane_height = 24;
constexpr double top = 14;

struct Curve {
  const char* name;
  double BacktestSession::* loss;
};
constexpr Curve curves[] = {{"frozen", &BacktestSession::frozen},
                            {"always", &BacktestSession::always},
                            {"pipeline", &BacktestSession::pipeline}};  // the one that matters lies on top

struct Lane {
  const char* kind;
  const char* label;
};
constexpr Lane lanes[] = {{"alert", "alerts"},  {"rejected", "rejected"},       {"promoted", "promoted"},
                          {"stable", "stable"}, {"rolled_back", "rolled back"}, {"data_not_ready", "no data"},
                          {"failed", "failed"}};

std::string at(double value) {
  return fixed(value, 1);
}

/// A mark of its own shape for each kind, so that colour is not needed to tell them apart.
std::string mark(std::string_view kind, double x, double y, const std::string& title) {
  const auto path = [&](const char* extra, const std::string& d) {
    return "<path class=\"mark " + std::string(kind) + extra + "\" d=\"" + d + "\"><title>" + title + "</title></path>\n";
  };
  const std::string start = "M" + at(x) + " " + at(y);
  if (kind == "alert") return path("", start + "m0 -5.5l5 9h-10z");
  if (kind == "promoted") return path("", start + "m0 -6l6 6l-6 6l-6 -6z");
  if (kind == "rejected") return path(" open", start + "m-4 -4l8 8m0 -8l-8 8");
  if (kind == "stable") return path("", start + "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z");
  if (kind == "rolled_back") return path("", start + "m-6 0l7 -6v4h5v4h-5v4z");
  return path(" open", start + "m-4 -4h8v8h-8z");
}

std::vector<double> losses_of(const BacktestReport& report, const Curve& curve) {
  std::vector<double> losses;
  for (const BacktestSession& session : report.series) losses.push_back(session.*curve.loss);
  return losses;
}

class Drawing {
 public:
  Drawing(const BacktestReport& report, const ChartSize& size) : report_(report), size_(size) {
    first_ = report.series.front().number;
    last_ = report.series.back().number;
    for (const BacktestDecision& decision : report.decisions) {
      first_ = std::min(first_, decision.session_number);
      last_ = std::max(last_, decision.session_number);
    }
    double lowest = std::numeric_limits<double>::infinity(), highest = 0;
    std::vector<double> raw;
    for (const Curve& curve : curves) {
      const std::vector<double> losses = losses_of(report, curve);
      for (const double loss : losses) {
        if (std::isfinite(loss)) raw.push_back(loss);
      }
      for (const double mean : rolling_mean(losses, smoothing_window)) {
        if (!std::isfinite(mean)) continue;
        lowest = std::min(lowest, mean);
        highest = std::max(highest, mean);
      }
    }
    std::sort(raw.begin(), raw.end());
    // A few outlying sessions must not flatten everything else: they are drawn on the upper edge.
    if (!raw.empty()) highest = std::max(highest, raw[(raw.size() - 1) * 99 / 100]);
    axis_ = value_axis(lowest, highest);
    for (const Lane& lane : lanes) {
      const bool used = std::any_of(report.decisions.begin(), report.decisions.end(),
                                    [&](const BacktestDecision& decision) { return decision.kind == lane.kind; });
      if (used) used_lanes_.push_back(lane);
    }
    bottom_ = top + size.plot_height;
    lanes_top_ = bottom_ + 46;
    height_ = lanes_top_ + lane_height * static_cast<double>(used_lanes_.size()) + 4;
  }

  std::string svg() const {
    std::string out = "<svg viewBox=\"0 0 " + at(size_.width) + " " + at(height_) +
                      "\" role=\"img\" aria-label=\"Loss per session of the " +
                      "pipeline, the frozen and the always retrained model, with the decisions below\">\n";
    draw_axes(out);
    draw_rules(out);
    for (const Curve& curve : curves) draw_dots(out, curve);
    for (const Curve& curve : curves) draw_curve(out, curve);
    if (size_.right >= 40) draw_end_labels(out);
    if (size_.hover) draw_targets(out);
    draw_lanes(out);
    return out + "</svg>\n";
  }

 private:
  double x(double number) const {
    const double span = std::max(1.0, static_cast<double>(last_ - first_));
    return size_.left + (number - static_cast<double>(first_)) / span * (size_.width - size_.left - size_.right);
  }
  double y(double loss) const {
    const double share = (loss - axis_.low) / (axis_.high - axis_.low);
    return bottom_ - std::clamp(share, 0.0, 1.0) * size_.plot_height;
  }

  void draw_axes(std::string& out) const {
    const std::string left = at(size_.left), right = at(size_.width - size_.right);
    for (const double value : axis_.ticks) {
      out += "<path class=\"grid\" d=\"M" + left + " " + at(y(value)) + "H" + right + "\"/>";
      out += "<text x=\"" + at(size_.left - 10) + "\" y=\"" + at(y(value) + 4) + "\" text-anchor=\"end\">" +
             fixed(value, axis_.decimals) + "</text>\n";
    }
    out += "<path class=\"axis\" d=\"M" + left + " " + at(bottom_) + "H" + right + "\"/>\n";
    const auto room = static_cast<std::size_t>((size_.width - size_.left - size_.right) / 58);
    for (const DateTick& tick : date_ticks(report_.series, room)) {
      const std::string place = at(x(static_cast<double>(tick.number)));
      out += "<path class=\"axis\" d=\"M" + place + " " + at(bottom_) + "v5\"/>";
      out += "<text x=\"" + place + "\" y=\"" + at(bottom_ + 19) + "\" text-anchor=\"middle\">" + escaped(tick.label) + "</text>";
      if (!tick.year.empty()) {
        out += "<text x=\"" + place + "\" y=\"" + at(bottom_ + 34) + "\" text-anchor=\"middle\">" + tick.year + "</text>";
      }
      out += "\n";
    }
  }

  void draw_rules(std::string& out) const {
    for (const BacktestDecision& decision : report_.decisions) {
      if (decision.kind != "promoted" && decision.kind != "rolled_back") continue;
      out += "<path class=\"rule " + decision.kind + "\" d=\"M" + at(x(static_cast<double>(decision.session_number))) + " " +
             at(top) + "V" + at(bottom_) + "\"/>\n";
    }
  }

  void draw_dots(std::string& out, const Curve& curve) const {
    std::string d;
    for (const BacktestSession& session : report_.series) {
      if (!std::isfinite(session.*curve.loss)) continue;
      d += "M" + at(x(static_cast<double>(session.number))) + " " + at(y(session.*curve.loss)) + "h0";
    }
    if (!d.empty()) out += "<path class=\"dots " + std::string(curve.name) + "\" d=\"" + d + "\"/>\n";
  }

  void draw_curve(std::string& out, const Curve& curve) const {
    const std::vector<double> means = rolling_mean(losses_of(report_, curve), smoothing_window);
    std::string d;
    bool drawing = false;
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (!std::isfinite(means[i])) {
        drawing = false;
        continue;
      }
      d += (drawing ? "L" : "M") + at(x(static_cast<double>(report_.series[i].number))) + " " + at(y(means[i]));
      drawing = true;
    }
    if (!d.empty()) out += "<path class=\"curve " + std::string(curve.name) + "\" d=\"" + d + "\"/>\n";
  }

  /// Names at the ends of the curves, moved apart where they would cover each other.
  void draw_end_labels(std::string& out) const {
    struct Label {
      const char* name;
      double y;
    };
    std::vector<Label> labels;
    for (const Curve& curve : curves) {
      const std::vector<double> means = rolling_mean(losses_of(report_, curve), smoothing_window);
      if (std::isfinite(means.back())) labels.push_back({curve.name, y(means.back()) + 4});
    }
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.y < b.y; });
    for (std::size_t i = 1; i < labels.size(); ++i) labels[i].y = std::max(labels[i].y, labels[i - 1].y + 15);
    for (std::size_t i = labels.size(); i-- > 0;) {
      labels[i].y = std::min(labels[i].y, i + 1 < labels.size() ? labels[i + 1].y - 15 : bottom_ - 3);
    }
    for (const Label& label : labels) {
      out += "<text class=\"strong " + std::string(label.name) + "\" x=\"" + at(size_.width - size_.right + 10) + "\" y=\"" +
             at(label.y) + "\">" + label.name + "</text>\n";
    }
  }

  void draw_targets(std::string& out) const {
    const double step = std::max(1.0, x(static_cast<double>(first_ + 1)) - x(static_cast<double>(first_)));
    for (const BacktestSession& session : report_.series) {
      out += "<rect class=\"hit\" x=\"" + at(x(static_cast<double>(session.number)) - step / 2) + "\" y=\"" + at(top) +
             "\" width=\"" + at(step) + "\" height=\"" + at(size_.plot_height) + "\"><title>" + escaped(session.id) +
             " (session " + std::to_string(session.number) + ", " + counted(session.rows, "row") + ")\npipeline " +
             brief(session.pipeline) + "\nfrozen " + brief(session.frozen) + "\nalways " + brief(session.always) +
             "</title></rect>\n";
    }
  }

  void draw_lanes(std::string& out) const {
    double middle = lanes_top_ + lane_height / 2;
    for (const Lane& lane : used_lanes_) {
      out += "<path class=\"grid\" d=\"M" + at(size_.left) + " " + at(middle) + "H" + at(size_.width - size_.right) + "\"/>";
      out +=
          "<text x=\"" + at(size_.left - 10) + "\" y=\"" + at(middle + 4) + "\" text-anchor=\"end\">" + lane.label + "</text>\n";
      for (const BacktestDecision& decision : report_.decisions) {
        if (decision.kind != lane.kind) continue;
        out += mark(lane.kind, x(static_cast<double>(decision.session_number)), middle,
                    escaped(decision.session) + " (session " + std::to_string(decision.session_number) +
                        "): " + escaped(decision.message));
      }
      middle += lane_height;
    }
  }

  const BacktestReport& report_;
  ChartSize size_;
  std::size_t first_ = 0, last_ = 0;
  ValueAxis axis_;
  std::vector<Lane> used_lanes_;
  double bottom_ = 0, lanes_top_ = 0, height_ = 0;
};

}  // namespace

std::vector<double> rolling_mean(const std::vector<double>& values, std::size_t window) {
  std::vector<double> means;
  for (std::size_t i = 0; i < values.size(); ++i) {
    double sum = 0;
    int count = 0;
    for (std::size_t k = i + 1 - std::min(i + 1, window); k <= i; ++k) {
      if (!std::isfinite(values[k])) continue;
      sum += values[k];
      ++count;
    }
    means.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  return means;
}

std::string loss_chart(const BacktestReport& report, const ChartSize& size) {
  if (report.series.empty()) return {};
  return Drawing(report, size).svg();
}

std::string curve_sample(std::string_view name) {
  return "<svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"curve " + std::string(name) + "\" d=\"M2 5H24\"/></svg>";
}

}  // namespace retrain::report
