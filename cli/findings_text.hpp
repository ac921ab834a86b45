// Findings as text for people: by rule, with the line that offends and a caret below the place.
#pragma once

#include <retrain/readiness_checker.hpp>
#include <string>

#include "console.hpp"

namespace retrain::cli {

/// All findings of `readiness`, errors first; of each rule the first `places`. `delimiter` separates the cells of the files.
std::string findings_text(const Console& console, const Readiness& readiness, char delimiter, std::size_t places = 5);

/// The line that `finding` is about as two lines of text: what is in it around the place, and a caret under it. Empty when the
/// finding has no place, or it cannot be read.
std::string shown_line(const Finding& finding, char delimiter);

}  // namespace retrain::cli
