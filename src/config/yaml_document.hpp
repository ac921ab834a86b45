// YamlDocument: one YAML text as a bounded tree in which every value knows its place. The only file pair that knows yaml-cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::config {

inline constexpr std::size_t largest_document = 256U << 10U;  // bytes
inline constexpr std::size_t most_nodes = 10'000;
inline constexpr std::size_t deepest_nesting = 16;

/// Line and column (in characters), both from 1; line 0 = nowhere.
struct Place {
  int line = 0;
  int column = 0;
};

struct YamlNode {
  /// `refused`: an alias, reported already.
  enum class Kind { null, scalar, sequence, map, refused };

  Kind kind = Kind::null;
  Place place;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< the scalar stood in quotes or in a block
  std::string key;      ///< inside a map: its name there
  Place key_place;
  std::vector<YamlNode> children;  ///< of a sequence or map, in the order of the text; keys of a map are distinct

  /// The value of `name` in a map, null when it has none.
  const YamlNode* find(std::string_view name) const;
};

struct YamlIssue {
  Place place;
  std::string message;
};

struct YamlDocument {
  YamlNode root;                  ///< null for a text without content
  std::vector<YamlIssue> issues;  ///< what YAML allows and a configuration does not: aliases, tags, duplicates, …
  bool readable = true;           ///< false: not YAML, or over a limit; `issues` then holds that alone
};

/// Reads one document of plain YAML (UTF-8, no aliases, anchors, tags, merge keys). Never throws on bad input; time and
/// memory are linear in the size of the text.
YamlDocument read_document(std::string_view text);

}  // namespace retrain::config
