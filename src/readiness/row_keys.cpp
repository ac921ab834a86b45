#include "row_keys.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace retrain::readiness {
namespace {

template <class Word>
std::uint64_t load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// Both halves of the product, which depend on all bits of both factors.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ typedef unsigned __int128 Wide;
  const Wide product = Wide{a} * b;
  return std::uint64_t(product) ^ std::uint64_t(product >> 64U);
}

}  // namespace

std::optional<std::uint32_t> plain_count(std::string_view text) {
  if (text.empty() || text.size() > 9 || (text.front() == '0' && text.size() > 1)) return std::nullopt;
  std::uint32_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + std::uint32_t(c - '0');
  }
  return count;
}

void KeyHash::mix(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t low = low_, high = high_;
  low_ = fold(low ^ a, b ^ 0xA4093822299F31D0U) + std::rotl(high, 29);
  high_ = fold(high ^ b, a ^ 0x082EFA98EC4E6C89U) + std::rotl(low, 41);
}

void KeyHash::add(std::string_view text) {
  const char* at = text.data();
  std::size_t size = text.size();
  high_ += (size + 1) * 0xD6E8FEB86659FD93U;
  for (; size > 16; at += 16, size -= 16) mix(load<std::uint64_t>(at), load<std::uint64_t>(at + 8));
  // The two words overlap unless the text fills them; with its length they say all of it.
  if (size >= 8) return mix(load<std::uint64_t>(at), load<std::uint64_t>(at + size - 8));
  if (size >= 4) return mix(load<std::uint32_t>(at), load<std::uint32_t>(at + size - 4));
  if (size == 0) return mix(0, 0);
  const auto byte = [&](std::size_t index) { return std::uint64_t{static_cast<unsigned char>(at[index])}; };
  mix(byte(0) | byte(size / 2) << 8U | byte(size - 1) << 16U, 0);
}

KeyPrint KeyHash::print() const {
  KeyHash last = *this;
  last.mix(session_, 0);
  return {last.low_, (last.high_ & ~std::uint64_t{UINT32_MAX}) | session_};
}

void KeyTable::clear() {
  prints_.clear();
  std::fill(slots_.begin(), slots_.end(), 0);
}

void KeyTable::grow() {
  slots_.assign(std::max<std::size_t>(64, 2 * slots_.size()), 0);
  for (std::uint32_t number = 0; number < prints_.size(); ++number) {
    std::size_t at = place(prints_[number]);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = number + 1;
  }
}

}  // namespace retrain::readiness
