// TimeParser: reads the dates and times of a data column as instants, in the zone that the configuration names.
#pragma once

#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace retrain::readiness {

class TimeParser {
 public:
  /// Fails with invalid_argument when the machine knows no zone `name`. "UTC" needs no zone files.
  static Result<TimeParser> in_zone(const std::string& name);

  /// YYYY-MM-DD, or YYYY-MM-DD[ T]hh:mm[:ss[.fraction]][Z|±hh:mm]; nullopt for anything else. A date alone is the end of that
  /// day: the next midnight in the zone. A local time that happens twice is the later one, one that does not happen the end of
  /// the gap.
  std::optional<Time> parse(std::string_view text) const;

 private:
  explicit TimeParser(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;  // null = UTC; owned by the process-wide zone data base
};

}  // namespace retrain::readiness
