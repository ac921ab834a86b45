// Numbers, counts and names as people read them; the same on every machine, whatever its locale.
#pragma once

#include <cstdint>
#include <retrain/pipeline_status.hpp>
#include <string>
#include <string_view>

namespace retrain::report {

/// `value` with `digits` decimals; "n/a" when it is not finite.
std::string fixed(double value, int digits);
/// `value` with four significant digits, without an exponent between 1e-4 and 1e7; "n/a" when it is not finite.
std::string brief(double value);
/// A probability or level: up to four decimals, "< 0.0001" below them.
std::string probability(double value);
/// How much `value` is below (-) or above (+) `reference`: "-36.4 %"; "n/a" when that says nothing.
std::string change(double value, double reference);
/// "1 session", "3 sessions".
std::string counted(std::int64_t count, std::string_view noun);
/// The first twelve digits of a hash: enough to tell models apart.
std::string short_hash(std::string_view hash);
/// "2013-02-14" of an instant.
std::string date_of(Time time);
/// An instant in whole seconds: "2013-02-14T08:30:00Z".
std::string moment(Time time);
/// "rejected: the candidate is worse" without its first word, for where that word stands already.
std::string_view without_lead(std::string_view message);
/// "not_significant" as "not significant"; a text with blanks is one already, and the names in it stay as they are.
std::string spoken(std::string_view name);
/// Appends `text` padded with blanks to `width` characters (code points, not bytes).
void pad(std::string& out, std::string_view text, std::size_t width);

}  // namespace retrain::report
