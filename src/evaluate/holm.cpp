#include <algorithm>
#include <numeric>
#include <retrain/statistics.hpp>

namespace retrain {

std::vector<double> holm_adjust(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double previous = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double scaled = static_cast<double>(order.size() - rank) * p_values[order[rank]];
    previous = std::max(previous, std::min(1.0, scaled));
    adjusted[order[rank]] = previous;
  }
  return adjusted;
}

}  // namespace retrain
