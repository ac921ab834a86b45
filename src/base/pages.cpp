#include "pages.hpp"

#include <sys/mman.h>

#include <cstdint>

namespace retrain::base {

void prefer_large_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t size) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t large = std::uintptr_t{2} << 20U;
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + large - 1) & ~(large - 1);
  const auto last = (reinterpret_cast<std::uintptr_t>(begin) + size) & ~(large - 1);
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

}  // namespace retrain::base
