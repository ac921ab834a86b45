// Blocks: a sequence that grows without ever being copied, and that is emptied without giving its memory back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace retrain::readiness {

template <class Item>
class Blocks {
 public:
  static constexpr std::uint32_t block = 256;  ///< items next to each other in memory

  Item& operator[](std::uint32_t index) { return blocks_[index / block][index % block]; }
  const Item& operator[](std::uint32_t index) const { return blocks_[index / block][index % block]; }
  std::uint32_t size() const { return size_; }
  std::size_t bytes() const { return size_ * sizeof(Item); }

  void push_back(const Item& item) {
    if (size_ == blocks_.size() * block) blocks_.push_back(std::make_unique_for_overwrite<Item[]>(block));
    (*this)[size_++] = item;
  }
  /// Makes room for `index`; what is new is `item`.
  void reach(std::uint32_t index, const Item& item) {
    while (size_ <= index) push_back(item);
  }
  /// Makes room for `count` items that lie next to each other, at most `block`; the index of the first.
  std::uint32_t add_run(std::uint32_t count) {
    if (size_ / block != (size_ + count - 1) / block) size_ = (size_ / block + 1) * block;
    const std::uint32_t first = size_;
    size_ += count;
    while (size_ > blocks_.size() * block) blocks_.push_back(std::make_unique_for_overwrite<Item[]>(block));
    return first;
  }
  void clear() { size_ = 0; }

 private:
  std::vector<std::unique_ptr<Item[]>> blocks_;
  std::uint32_t size_ = 0;
};

}  // namespace retrain::readiness
