// Table: rows of text in aligned columns.
#pragma once

#include <retrain/time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::cli {

/// Columns are as wide as their widest cell; the last one is not padded. Widths count characters, not bytes.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
/// Characters of UTF-8 text.
std::size_t shown_width(std::string_view text);
/// The first `width` characters, whole.
std::string_view clipped(std::string_view text, std::size_t width);
/// An instant in whole seconds: "2013-02-14T08:30:00Z".
std::string moment(Time time);

}  // namespace retrain::cli
