// TokenMemo: answers about short texts that come again and again, such as the values of a category column.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace retrain::readiness {

class TokenMemo {
 public:
  /// What `answer(text)` gives, asked at most once while the text stays in the memo.
  template <class Answer>
  bool get(std::string_view text, Answer&& answer) {
    if (text.size() > sizeof(Entry::bytes)) return answer(text);
    std::uint64_t bytes[2] = {0, 0};
    std::memcpy(bytes, text.data(), text.size());
    const std::uint64_t hash = (bytes[0] ^ (bytes[1] * 0x9E3779B97F4A7C15U) ^ text.size()) * 0xD6E8FEB86659FD93U;
    Entry& entry = entries_[hash >> 56U];
    if (entry.size != text.size() || entry.bytes[0] != bytes[0] || entry.bytes[1] != bytes[1]) {
      entry = {{bytes[0], bytes[1]}, std::uint32_t(text.size()), answer(text)};
    }
    return entry.answer;
  }

 private:
  struct Entry {
    std::uint64_t bytes[2] = {0, 0};
    std::uint32_t size = UINT32_MAX;
    bool answer = false;
  };
  std::array<Entry, 256> entries_;
};

}  // namespace retrain::readiness
