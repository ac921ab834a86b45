#include "finding_log.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace retrain::readiness {

FindingLog::Entry* FindingLog::find(std::string_view rule, std::string_view session) const {
  if (last_.entry != nullptr && *last_.rule == rule && *last_.session == session) return last_.entry;
  const auto by_rule = entries_.find(rule);
  if (by_rule == entries_.end()) return nullptr;
  const auto found = by_rule->second.find(session);
  if (found == by_rule->second.end()) return nullptr;
  last_.rule = &by_rule->first;
  last_.session = &found->first;
  last_.entry = const_cast<Entry*>(&found->second);
  return last_.entry;
}

FindingLog::Entry& FindingLog::entry(std::string_view rule, std::string_view session) {
  if (Entry* known = find(rule, session)) return *known;
  auto by_rule = entries_.find(rule);
  if (by_rule == entries_.end()) by_rule = entries_.try_emplace(std::string(rule)).first;
  return by_rule->second.try_emplace(std::string(session)).first->second;
}

Finding* FindingLog::count(FindingLevel level, std::string_view rule, const Place& place) {
  Entry& counted = entry(rule, place.session);
  if (level == FindingLevel::error && !errors_.contains(place.session)) errors_.emplace(place.session);
  ++counted.count;
  if (counted.kept.size() == kept_findings) return nullptr;
  counted.kept.push_back({finding(level, rule, place), place.rank});
  return &counted.kept.back().finding;
}

Finding* FindingLog::insert(std::string_view rule, const Place& place) {
  Entry& known = entry(rule, place.session);
  if (!errors_.contains(place.session)) errors_.emplace(place.session);
  const auto behind = std::find_if(known.kept.begin(), known.kept.end(), [&](const Kept& kept) {
    return std::pair(kept.finding.row, kept.rank) > std::pair(place.row, place.rank);
  });
  const auto at = behind - known.kept.begin();
  if (std::size_t(at) == kept_findings) return nullptr;
  known.kept.insert(behind, {finding(FindingLevel::error, rule, place), place.rank});
  if (known.kept.size() > kept_findings) known.kept.pop_back();
  return &known.kept[std::size_t(at)].finding;
}

Finding* FindingLog::find_kept(std::string_view rule, const Place& place) {
  Entry& known = entry(rule, place.session);
  const auto found =
      std::find_if(known.kept.begin(), known.kept.end(), [&](const Kept& kept) { return kept.finding.row == place.row; });
  return found == known.kept.end() ? nullptr : &found->finding;
}

Finding FindingLog::finding(FindingLevel level, std::string_view rule, const Place& place) const {
  Finding finding{level, std::string(rule), {}, std::string(place.session), path_, place.row, std::string(place.column)};
  finding.byte = place.byte;
  finding.value = base::printable(place.value);
  return finding;
}

void FindingLog::count_errors(std::string_view rule, std::string_view session, std::int64_t count) {
  entry(rule, session).count += count;
}

bool FindingLog::keeps(std::string_view rule, std::string_view session) const {
  const Entry* known = find(rule, session);
  return known == nullptr || known->kept.size() < kept_findings;
}

std::string FindingLog::message(const Place& place, std::string_view text) const {
  std::string out = base::printable(name_);
  if (place.row > 0) out += " line " + std::to_string(place.row);
  if (!place.column.empty()) out += ", " + base::printable(place.column);
  return out + ": " + std::string(text);
}

std::vector<Finding> FindingLog::findings(const std::function<bool(const std::string&)>& wanted) const {
  const auto by_row = [](const Finding& a, const Finding& b) { return std::pair(a.row, a.byte) < std::pair(b.row, b.byte); };
  std::vector<Finding> all;
  for (const auto& [rule, sessions] : entries_) {
    std::vector<Finding> of_rule;
    std::int64_t count = 0;
    for (const auto& [session, entry] : sessions) {
      if (!session.empty() && !wanted(session)) continue;
      count += entry.count;
      for (const Kept& kept : entry.kept) of_rule.push_back(kept.finding);
    }
    std::stable_sort(of_rule.begin(), of_rule.end(), by_row);
    if (of_rule.size() > kept_findings) of_rule.resize(kept_findings);
    for (Finding& finding : of_rule) finding.count = count;
    all.insert(all.end(), std::make_move_iterator(of_rule.begin()), std::make_move_iterator(of_rule.end()));
  }
  std::stable_sort(all.begin(), all.end(), by_row);
  return all;
}

}  // namespace retrain::readiness
