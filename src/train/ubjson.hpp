// Ubjson: a bounded reader of the UBJSON that XGBoost writes, for bytes that nobody vouches for.
#pragma once

#include <cstdint>
#include <retrain/status.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retrain::train {

/// One value. Texts and numbers of typed arrays are views into the bytes that were read, which must outlive it.
struct Ubjson {
  enum class Kind { null, boolean, integer, real, text, numbers, list, object };

  Kind kind = Kind::null;
  std::int64_t integer = 0;  ///< also of a boolean
  double real = 0;
  std::string_view text;
  char type = 0;          ///< of a typed array: one of i U I l L d D
  std::string_view raw;   ///< its elements, big-endian
  std::size_t count = 0;  ///< of them
  std::vector<Ubjson> items;
  std::vector<std::pair<std::string_view, Ubjson>> members;  ///< in the order of the bytes, names distinct

  /// The member of that name; null when there is none.
  const Ubjson* find(std::string_view name) const;
  /// Elements of an array of numbers, typed or not; 0 for anything else.
  std::size_t size() const;
  bool whole_numbers() const;
  /// Element `index` of a typed array, or item of a list; both in range.
  double number(std::size_t index) const;
  std::int64_t whole(std::size_t index) const;
};

/// Reads one object that fills `bytes`. Fails with corrupt, naming the byte: at most 32 containers deep, no length beyond the
/// bytes that are left, no name twice, valid UTF-8, at most 2 million values, nothing after the end.
Result<Ubjson> read_ubjson(std::string_view bytes);

}  // namespace retrain::train
